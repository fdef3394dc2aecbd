"""From the text of an input to data (language 13.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow import item_reading
from prodigy_tui.workflow.item_reading import InputMeaning, classify_input, format_for, no_such_file, read_items
from prodigy_tui.workflow.items import ItemsError
from tests.support.rules import rule


@rule("13.3 format")
@pytest.mark.parametrize(
    ("name", "given_format", "expected"),
    [
        ("a.json", "auto", "json"),
        ("a.JSONL", "auto", "jsonl"),
        ("a.ndjson", "auto", "jsonl"),
        ("a.yml", "auto", "yaml"),
        ("a.csv", "auto", "csv"),
        ("a.tsv", "auto", "tsv"),
        ("dir.x/a.list", "auto", "lines"),
        ("a.txt", "json", "json"),
        ("a.md", "auto", "auto"),
        ("", "auto", "auto"),
        ("", "Lines", "lines"),
    ],
)
def test_format(name: str, given_format: str, expected: str) -> None:
    assert format_for(name, given_format) == expected


@rule("13.3 format")
def test_unknown_format() -> None:
    with pytest.raises(ItemsError, match=r"PT109: unknown input format 'jsno'; did you mean 'json'\?"):
        format_for("", "jsno")


@rule(
    "13.3 json",
    "13.3 jsonl",
    "13.3 yaml",
    "13.3 csv",
    "13.3 lines",
    "13.3 auto value",
    "13.3 auto json lines",
    "13.3 auto lines",
    "13.3 encoding",
)
@pytest.mark.parametrize(
    ("text", "name", "data"),
    [
        ('[1, "a"]', "a.json", [1, "a"]),
        ('{"a": [1]}', "a.json", {"a": [1]}),
        ('{"a": 1}\n\n [2] \n', "a.jsonl", [{"a": 1}, [2]]),
        ("- a\n- {b: 1.0, c: yes}\n", "a.yaml", ["a", {"b": 1.0, "c": "yes"}]),
        ("# nothing\n\n", "a.yaml", []),
        ("\n\na,b\r\n1,x\n\n  \n2,\n", "a.csv", [{"a": "1", "b": "x"}, {"a": "2", "b": ""}]),
        ("\ufeffa,b\n1,2", "a.csv", [{"a": "1", "b": "2"}]),
        ('a\n""\n \n', "a.csv", [{"a": ""}, {"a": " "}]),
        ('a,b\r\n"x\r\ny",1\r\n', "a.csv", [{"a": "x\r\ny", "b": "1"}]),
        ("a,b\r1,2\r", "a.csv", [{"a": "1", "b": "2"}]),
        ("a\n" + "x" * 200_000, "a.csv", [{"a": "x" * 200_000}]),
        ("a b\tc\n1,2\t3\n", "a.tsv", [{"a b": "1,2", "c": "3"}]),
        ("a,b\n", "a.csv", []),
        ("\ufeff[1]", "a.json", [1]),
        ("null", "a.json", None),
        ('"x"', "a.json", "x"),
        ('1\n\n\t\n"x"\r\nnull\n', "a.ndjson", [1, "x", None]),
        ('a,b\n"x, ""y""\nz",1\n', "a.csv", [{"a": 'x, "y"\nz', "b": "1"}]),
        ("a\tb\r\n1\t2\r\n", "a.tsv", [{"a": "1", "b": "2"}]),
        ("", "a.csv", []),
        (" a \n\n  \nb\r\n", "a.txt", [" a ", "b"]),
        ("a\x0bb\u2028c\n", "a.list", ["a\x0bb\u2028c"]),
        ('{"a": 1}', "", {"a": 1}),
        ("[1]\n{}\n", "", [[1], {}]),
        ("1\n2\n", "", ["1", "2"]),
        ("42\n", "", 42),
        ("src/a.py\nsrc/b.py\n", "", ["src/a.py", "src/b.py"]),
        ("{a}\n[b]\n", "", ["{a}", "[b]"]),
        ("", "", []),
        ("\n \n", "", []),
        ('{"a":\n 1}\n', "", {"a": 1}),
        ('{"a": 1}\n\n  {"b": 2}\r\n', "", [{"a": 1}, {"b": 2}]),
        ('{"a": 1}\nplain\n', "", ['{"a": 1}', "plain"]),
        ('{"a": 1}\n7\n', "", ['{"a": 1}', "7"]),
        ("[1e999]", "", ["[1e999]"]),
        ('"a"\n"b"\n', "", ['"a"', '"b"']),
    ],
)
def test_reading(text: str, name: str, data: object) -> None:
    assert read_items(text, format_for(name), name=name).data == data


@rule("13.3 json lines of text")
def test_json_file_that_is_a_list_of_lines() -> None:
    read = read_items("a.py\nb.py\n", "json", name="files.json")

    assert read.data == ["a.py", "b.py"]
    assert [warning.code for warning in read.warnings] == ["PT504"]


@rule("13.3 json malformed", "13.3 jsonl", "13.3 yaml", "13.3 csv ragged")
@pytest.mark.parametrize(
    ("text", "name", "where"),
    [
        ('[1,\n 2 "x"]', "a.json", "a.json, line 2, column 4"),
        ("[NaN]", "a.json", "a.json, line 1"),
        ("[1e999]", "a.json", "too large"),
        ("[" * 100_000, "a.json", "a.json, line 1"),
        ('["\\ud800"]', "a.json", "surrogate"),
        ('{}\n{"a":}\n', "a.jsonl", "a.jsonl, line 2, column 6"),
        ("a: [1\n", "a.yml", "a.yml, line"),
        ("a: !!python/object:os.system 1\n", "a.yml", "tag"),
        ("a,a\n1,2\n", "a.csv", "a.csv, line 1, column 1: the column 'a' stands twice in the header"),
        ("a\n1,2\n", "a.csv", "a.csv, line 2, column 1: the row has 2 fields, but the header has 1 columns"),
        ('a,b\n"x\ny",1\n\n"x\n\nz"\n', "a.csv", "a.csv, line 5, column 1: the row has 1 fields, but the header has 2"),
        ('a\n"x\n', "a.csv", "a.csv, line 2"),
        ('a,b\n"x"y,1\n', "a.csv", "a.csv, line 2"),
        ("{", "a.json", "a.json, line 1, column 2"),
        ('{"a": 1}\n{"b": 2}\n', "a.json", "a.json, line 2, column 1: extra data"),
        ("a: 1\na: 2\n", "a.yml", "a.yml, line 2, column 1: the key 'a' is given twice"),
    ],
)
def test_malformed(text: str, name: str, where: str) -> None:
    with pytest.raises(ItemsError) as caught:
        read_items(text, format_for(name), name=name)

    assert caught.value.code == "PT503"
    assert where in caught.value.message


def test_json_of_a_command_may_not_be_lines() -> None:
    with pytest.raises(ItemsError, match="PT503"):
        read_items("a.py\n", "json")


@rule("13.3 auto lines")
def test_a_guess_that_looks_wrong_is_told() -> None:
    read = read_items('[\n  {"a": 1},\n]\n', "auto")

    assert read.data == ["[", '  {"a": 1},', "]"]
    assert [warning.code for warning in read.warnings] == ["PT504"]
    assert "begins like JSON, but is none (line 3, column 1:" in read.warnings[0].message


@rule("19 input size")
@pytest.mark.parametrize("text", ["x" * 101, "é" * 51, "😀" * 26])
def test_an_input_has_a_size(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_reading, "MAX_INPUT_BYTES", 100)

    with pytest.raises(ItemsError, match=r"PT506: in\.txt is larger than"):
        read_items(text, "lines", name="in.txt")
    assert read_items(text[:-1], "lines").data == [text[:-1]]


@given(st.text(max_size=30), st.sampled_from(["json", "jsonl", "yaml", "csv", "tsv", "lines", "auto"]))
def test_any_text_is_read_or_refused(text: str, given_format: str) -> None:
    try:
        read_items(text, format_for("", given_format))
    except ItemsError as error:
        assert error.code == "PT503"


FILES = {"items.json", "run", "tool.txt", "has space", "a*b"}
EXECUTABLE = {"run", "tool.txt"}


@rule("13.3 text file", "13.3 text glob", "13.3 text shell")
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("items.json", "file"),
        (" items.json\n", "file"),
        ("has space", "file"),
        ("tool.txt", "file"),
        ("a*b", "file"),
        ("src/**/*.py", "glob"),
        ("*.py", "glob"),
        ("[ab].py", "glob"),
        ("ls *.py", "shell"),
        ("cat a/b.json", "shell"),
        ("find-work", "shell"),
    ],
)
def test_other_text(text: str, kind: str) -> None:
    meaning = classify_input(text, is_file=FILES.__contains__, is_executable=EXECUTABLE.__contains__)

    assert meaning == InputMeaning(kind=kind, text=text if kind == "shell" else text.strip())  # type: ignore[arg-type]


@rule("13.3 text program", "13.3 text missing")
@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("run", "PT502", "write 'shell: run' or 'file: run'"),
        ("itmes.json", "PT501", "did you mean 'items.json'?"),
        ("a/b", "PT501", "a setup step should have made it"),
        ("work.csv", "PT501", "no such file 'work.csv'"),
    ],
)
def test_ambiguous_and_missing_files(text: str, code: str, words: str) -> None:
    with pytest.raises(ItemsError) as caught:
        classify_input(
            text,
            is_file=FILES.__contains__,
            is_executable=EXECUTABLE.__contains__,
            missing=lambda path: no_such_file(path, sorted(FILES)),
        )

    assert caught.value.code == code
    assert words in caught.value.message


@rule("13.3 file missing", "B.4 work-items")
@pytest.mark.parametrize(
    ("path", "files", "new", "words"),
    [
        ("itmes.json", ["items.json", "x.json"], [], "a setup step should have made it; did you mean 'items.json'?"),
        ("items.json", ["out/items.json"], [], "did you mean 'out/items.json'?"),
        ("a.json", ["very/different.json"], [], "no such file 'a.json'; a setup step should have made it"),
        (
            "items.json",
            ["items2.json", "w/my-work-items.json"],
            ["w/my-work-items.json", "n"],
            "no such file 'items.json'; a setup step should have made it; setup made 'w/my-work-items.json'",
        ),
    ],
)
def test_a_missing_file_names_what_could_be_meant(path: str, files: list[str], new: list[str], words: str) -> None:
    error = no_such_file(path, files, new)

    assert error.code == "PT501"
    assert error.message.endswith(words)

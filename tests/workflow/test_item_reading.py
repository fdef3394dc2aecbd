"""From the text of an input to data (language 13.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.item_reading import InputMeaning, classify_input, format_for, read_items
from prodigy_tui.workflow.items import ItemsError


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


def test_unknown_format() -> None:
    with pytest.raises(ItemsError, match=r"PT109: unknown input format 'jsno'; did you mean 'json'\?"):
        format_for("", "jsno")


@pytest.mark.parametrize(
    ("text", "name", "data"),
    [
        ('[1, "a"]', "a.json", [1, "a"]),
        ('{"a": [1]}', "a.json", {"a": [1]}),
        ('{"a": 1}\n\n [2] \n', "a.jsonl", [{"a": 1}, [2]]),
        ("- a\n- {b: 1.0, c: yes}\n", "a.yaml", ["a", {"b": 1.0, "c": "yes"}]),
        ("# nothing\n\n", "a.yaml", []),
        ("a,b\n1,x\n2\n\n", "a.csv", [{"a": "1", "b": "x"}, {"a": "2"}]),
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
    ],
)
def test_reading(text: str, name: str, data: object) -> None:
    assert read_items(text, format_for(name), name=name).data == data


def test_json_file_that_is_a_list_of_lines() -> None:
    read = read_items("a.py\nb.py\n", "json", name="files.json")

    assert read.data == ["a.py", "b.py"]
    assert [warning.code for warning in read.warnings] == ["PT504"]


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
        ("a,a\n1,2\n", "a.csv", "stands twice"),
        ("a\n1,2\n", "a.csv", "a.csv, line 2"),
        ('a\n"x\n', "a.csv", "a.csv, line 2"),
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


@given(st.text(max_size=30), st.sampled_from(["json", "jsonl", "yaml", "csv", "tsv", "lines", "auto"]))
def test_any_text_is_read_or_refused(text: str, given_format: str) -> None:
    try:
        read_items(text, format_for("", given_format))
    except ItemsError as error:
        assert error.code == "PT503"


FILES = {"items.json", "run", "tool.txt", "has space", "a*b"}
EXECUTABLE = {"run", "tool.txt"}


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
            files=lambda: sorted(FILES),
        )

    assert caught.value.code == code
    assert words in caught.value.message

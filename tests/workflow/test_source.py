"""YAML and JSON text -> nodes with values, spellings and places."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.nodes import ListNode, MapNode, ScalarNode, leaves, to_data
from prodigy_tui.workflow.problems import Report
from prodigy_tui.workflow.source import MAX_FILE_BYTES, read_source
from tests.support.rules import rule

DEEP = 64


def read(text, suffix=".yml"):
    report = Report("w.yml")
    return read_source(text, suffix, report), [str(problem) for problem in report.problems()]


def data(text, suffix=".yml"):
    node, problems = read(text, suffix)
    assert problems == []
    assert node is not None
    return to_data(node)


@pytest.mark.parametrize(
    ("spelling", "value"),
    [
        *[(word, True) for word in ("true", "True", "TRUE")],
        *[(word, False) for word in ("false", "False", "FALSE")],
        *[(word, None) for word in ("null", "~", "Null", "")],
        *[(word, word) for word in ("yes", "no", "on", "off", "2024-01-01", "1_000", "tRUE", ".inf", ".nan", "1e999")],
        *[("12", 12), ("-3", -3), ("+3", 3), ("0o17", 15), ("0x1F", 31), ("017", 17), ("1:30", "1:30")],
        *[("1.10", 1.1), (".5", 0.5), ("1e3", 1000.0), ("'12'", "12"), ('"true"', "true")],
    ],
)
@rule("2.1 core schema")
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(spelling, value):
    found = data(f"a: {spelling}\n")["a"]

    assert found == value
    assert type(found) is type(value)


@rule("2.1 spelling")
def test_every_scalar_keeps_its_spelling():
    node, _ = read("- 1.10\n- 0x10\n- yes\n- 'quoted'\n- TRUE\n")

    assert [leaf.text for leaf in leaves(node)] == ["1.10", "0x10", "yes", "quoted", "TRUE"]


@rule("2.1 spelling")
def test_places_and_paths_count_from_the_text():
    node, _ = read('steps:\n  - shell: a\n  - "a b": {x: [1, 2]}\n')

    assert [(leaf.line, leaf.column, leaf.path) for leaf in leaves(node)] == [
        (2, 12, "steps[0].shell"),
        (3, 17, 'steps[1]["a b"].x[0]'),
        (3, 20, 'steps[1]["a b"].x[1]'),
    ]


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("- abcdef", 2, (1, 5)),
        ('- "abcdef"', 2, (1, 6)),
        ("- 'abcdef'", 2, (1, 6)),
        ("- &x abcdef", 2, (1, 8)),
        ('- "a\\tbcdef"', 1, (1, 5)),
        ('- "a\\tbcdef"', 3, (1, 3)),
        ("- |\n  one\n   two\n", 0, (2, 3)),
        ("- |\n  one\n   two\n", 5, (3, 4)),
        ("- >\n  one\n  two\n", 5, (1, 3)),
    ],
)
def test_a_character_of_a_scalar_is_found_in_the_file(text, offset, place):
    node, _ = read(text)

    (scalar,) = leaves(node)
    assert scalar.position(offset) == place


@rule("2.1 keys")
def test_keys_are_read_as_text():
    node, _ = read("0: a\ntrue: b\nnull: c\n")

    assert isinstance(node, MapNode)
    assert [entry.key for entry in node.entries] == ["0", "true", "null"]


@rule("2.1 anchors")
def test_aliases_and_merges_are_written_out_and_own_keys_win():
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [{y: 4}, *a]}\nd: *a\n"

    assert data(text) == {"a": {"x": 1, "y": 2}, "b": {"y": 3, "x": 1}, "c": {"y": 4, "x": 1}, "d": {"x": 1, "y": 2}}


@rule("2.1 json")
def test_json_has_no_merges_and_reads_what_yaml_readers_refuse():
    text = '{"<<": {"a": 1},\n\t"b": "\\ud83d\\ude00\\/", "c": [2.50, -0, null]}'

    assert data(text, ".json") == {"<<": {"a": 1}, "b": "😀/", "c": [2.5, 0, None]}


@rule("2.1 suffix")
def test_without_a_known_suffix_valid_json_is_json_and_the_rest_is_yaml():
    assert data('{"<<": 1}', ".wf") == {"<<": 1}
    assert data("[a, b]", ".wf") == ["a", "b"]
    assert data("a: 1", "") == {"a": 1}


@rule("2.1 encoding")
def test_crlf_counts_as_one_line_end():
    node, _ = read("a: 1\r\nb: 2\r\n")

    assert [leaf.line for leaf in leaves(node)] == [1, 2]
    assert [leaf.text for leaf in leaves(node)] == ["1", "2"]


@rule("2.1 old line ends")
def test_the_old_line_ends_are_ordinary_characters_inside_quotes():
    assert data("a: 'x\u2028y\x85'\nb: \"\u2029\"\n") == {"a": "x\u2028y\x85", "b": "\u2029"}


FAULTS = [
    ("", ".yml", "1:1: error PT102: the document is empty; write a list of steps, or a mapping"),
    ("# only\n", ".yml", "1:1: error PT102: the document is empty; write a list of steps, or a mapping"),
    ("a\n---\nb\n", ".yml", "2:1: error PT102: a second document starts here; one file holds one workflow"),
    ("a: b: c", ".yml", "1:5: error PT101: mapping values are not allowed in this context; a text that holds ': ' "
     "needs quotes"),
    ("a: *u", ".yml", "1:4: error PT101: no anchor '&u' stands before this"),
    ("a: \x01", ".yml", "1:4: error PT101: the character U+0001 is not allowed"),
    ("a\u2028: 1", ".yml", "1:2: error PT101: the character U+2028 is not allowed outside quotes"),
    ("a: 1 # \x85", ".yml", "1:8: error PT101: the character U+0085 is not allowed outside quotes"),
    ('{"a": 1,}', ".json", "1:9: error PT101: expecting property name enclosed in double quotes"),
    ('{"NaN": NaN}', ".json", "1:9: error PT101: 'NaN' is no JSON"),
    ('["\\ud800"]', ".json", "1:2: error PT101: half of a surrogate pair stands alone"),
    ("a: \ud800", ".yml", "1:1: error PT100: the text is not UTF-8"),
    ("a: !custom x", ".yml", "1:4: error PT104 at a: the tag '!custom' is not allowed; write {custom: x}"),
    ("a: !b {size: 5}", ".yml", "1:4: error PT104 at a: the tag '!b' is not allowed; write {b: {size: 5}}"),
    ("a: !fixed", ".yml", "1:4: error PT104 at a: the tag '!fixed' is not allowed; write fixed"),
    ("a: !!str 5", ".yml", "1:4: error PT104 at a: the tag '!!str' is not allowed; write \"5\""),
    ("a: !!map {}", ".yml", "1:4: error PT104 at a: the tag '!!map' is not allowed; leave the tag out"),
    ("a: !!python/name:os.x ''", ".yml", "1:4: error PT104 at a: the tag '!!python/name:os.x' is not allowed"),
    ("? [a]\n: b\n", ".yml", "1:3: error PT105: a key must be text"),
    ("a: {<<: 5}", ".yml", "1:5: error PT105 at a.<<: '<<' needs a mapping".replace("a.<<", 'a["<<"]')),
    ("a: 1\nb: 2\na: 3\n", ".yml", "3:1: error PT107 at a: key 'a' is given twice; the first is on line 1"),
    ('{"a": 1, "a": 2}', ".json", "1:10: error PT107 at a: key 'a' is given twice; the first is on line 1"),
    ("a: &x [*x]", ".yml", "1:8: error PT106: the anchor '&x' contains itself"),
    ("[" * 65 + "]" * 65, ".yml", "1:65: error PT106: a list is nested deeper than 64 levels"),
    ("[" * 65 + "]" * 65, ".json", "1:65: error PT106: nested deeper than 64 levels"),
    ("a: " + "x" * (256 * 1024 + 1), ".yml", "1:4: error PT106: a text is longer than 256 KiB"),
    ("- x\n" * 99_999 + "- y\n", ".yml", "100000:3: error PT106: more than 100000 nodes, aliases written out"),
    ("- &x a\n" + "- *x\n" * 1001, ".yml", "1002:3: error PT106: more than 1000 aliases are used"),
    ("#" * (MAX_FILE_BYTES + 1), ".yml", "1:1: error PT106: the file is larger than 1 MiB"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "suffix", "expected"), FAULTS, ids=[expected[:40] for *_, expected in FAULTS])
@rule("2.1 syntax", "2.1 second document", "2.1 duplicates", "2.1 tags", "2.1 old line ends", "2.1 anchors")
@rule("19 one file", "19 nesting", "19 nodes", "19 aliases", "19 scalar", "2.2 anything else", "2.1 json")
def test_what_is_wrong_with_a_text_stands_at_its_place(text, suffix, expected):
    _, problems = read(text, suffix)

    assert problems == [f"w.yml:{expected}"]


@rule("2.4 goes on")
def test_reading_goes_on_behind_a_broken_part():
    node, problems = read("a: !x 1\nb: 2\nb: 3\nc: [!y 1]\nd: 4\n")

    assert [line.split()[2] for line in problems] == ["PT104", "PT107", "PT104"]
    assert to_data(node) == {"a": None, "b": 2, "c": [None], "d": 4}


@rule("19 nodes")
def test_aliases_of_aliases_cannot_blow_up():
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    _, problems = read("\n".join(rows))

    assert problems == ["w.yml:5:28: error PT106: more than 100000 nodes, aliases written out"] or len(problems) == 1


@rule("19 nesting")
def test_exactly_the_deepest_nesting_is_read():
    node, problems = read("[" * DEEP + "]" * DEEP)

    assert problems == []
    assert isinstance(node, ListNode)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 2, "\t"]))
@rule("2.1 json")
def test_json_is_read_as_a_json_parser_reads_it(value, indent):
    text = json.dumps(value, indent=indent)

    assert data(text, ".json") == value


@given(st.text(max_size=40))
def test_positions_of_json_scalars_point_at_them(text):
    document = json.dumps(["x", {"k": text}], indent=1, ensure_ascii=False)
    node, problems = read(document, ".json")

    assert problems == []
    leaf = list(leaves(node))[-1]
    assert isinstance(leaf, ScalarNode)
    lines = document.split("\n")
    assert lines[leaf.line - 1][leaf.column - 1 :].startswith('"')


@rule("2.1 spelling")
def test_every_node_knows_its_file():
    report = Report("main.yml")
    node = read_source("a: [1, {b: *x}]\nc: !t x\n".replace("*x", "2"), ".yml", report, "other.yml")

    assert node is not None
    assert {leaf.file for leaf in leaves(node)} == {"other.yml"}
    assert [problem.file for problem in report.problems()] == ["other.yml"]

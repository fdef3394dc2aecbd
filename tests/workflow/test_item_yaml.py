"""YAML as the text of work items (language 13.3): the scalars of a workflow, the limits of items."""

from typing import Any

import pytest

from prodigy_tui.workflow.item_yaml import MAX_DEPTH, load_yaml
from prodigy_tui.workflow.json_data import JsonError
from tests.support.rules import rule


@rule("13.3 yaml")
@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("- on\n- 1.0\n- 0x1F\n- 0o17\n- ~\n-\n", ["on", 1.0, 31, 15, None, None]),
        ("- 2020-01-01\n- 1_000\n- .inf\n", ["2020-01-01", "1_000", ".inf"]),
        ("- '1'\n- \"true\"\n- |\n  a\n- >-\n  b\n  c\n", ["1", "true", "a\n", "b c"]),
        ("{1: a, null: b, true: c}", {"1": "a", "null": "b", "true": "c"}),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}\ne: [*x]\n", {"a": {"b": 1}, "c": {"d": 2, "b": 1}, "e": [{"b": 1}]}),
        ("{<<: [{a: 1}, {b: 2, a: 3}], c: 9}", {"c": 9, "a": 1, "b": 2}),
        ("{<<: {a: 1}, a: 2}", {"a": 2}),
        ("- '<<'\n- <<\n- {'<<': 1}\n", ["<<", "<<", {"<<": 1}]),
        ("- &k key\n- {*k : 1}\n", ["key", {"key": 1}]),
        ("- \"a\u2028b\"\n", ["a\u2028b"]),
        ("", []),
        ("# only words\n", []),
        ("~", None),
    ],
)  # fmt: skip
def test_scalars_aliases_and_merges(text: str, data: Any) -> None:
    assert load_yaml(text) == data


@rule("13.3 yaml")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: the key 'a' is given twice"),
        ("- a\n- !!str b\n", "line 2, column 3: the tag 'tag:yaml.org,2002:str' is not allowed"),
        ("- !x {a: 1}\n", "line 1, column 3: the tag '!x' is not allowed"),
        ("a\n---\nb\n", "line 2, column 1: a second document starts here"),
        ("? [a]\n: 1\n", "line 1, column 3: a key must be text"),
        ("- &a [1]\n- {*a : 1}\n", "line 2, column 4: a key must be text"),
        ("a: &x [*x]\n", "line 1, column 8: the anchor '&x' contains itself"),
        ("a: *x\n", "line 1, column 4: no anchor '&x' stands before this"),
        ("a: {<<: 1}\n", "line 1, column 4: '<<' needs a mapping"),
        ("- a\u2028b\n", "line 1, column 3: the character U+2028 is not allowed outside quotes"),
        ('- "\u2028\ue028"\n', "line 1, column 5: the character U+E028 is not allowed here"),
        ("- a\n- b\x07\n", "line 2, column 4: the character U+0007 is not allowed"),
        ("- [a\n", "line 2, column 1: while parsing a flow sequence: did not find expected ',' or ']'"),
        ("[" * (MAX_DEPTH + 1), f"line 1, column {MAX_DEPTH + 1}: nested deeper than {MAX_DEPTH} levels"),
    ],
)
def test_what_a_workflow_refuses_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(JsonError) as caught:
        load_yaml(text)

    assert str(caught.value) == message


@rule("19 aliases of items")
def test_aliases_cannot_blow_up_the_input() -> None:
    lines = ["- &a0 [x]", *(f"- &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 9))]

    with pytest.raises(JsonError, match="aliases repeat more than 1,000,000 values"):
        load_yaml("\n".join(lines))


@rule("19 yaml items")
def test_items_are_not_under_the_limits_of_a_workflow_file() -> None:
    text = "".join(f"- {{n: {number}, t: {'x' * 40}}}\n" for number in range(40_000))
    assert len(text) > 1024 * 1024

    data = load_yaml(text + f"- {'y' * 300_000}\n")

    assert (len(data), data[39_999]["n"], len(data[-1])) == (40_001, 39_999, 300_000)

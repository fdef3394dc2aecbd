"""What holds for every text with references, whatever is in it (language 8)."""

import json

from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.build.context import Context, TextUse
from prodigy_tui.workflow.check_texts import check_text
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render, resolve
from prodigy_tui.workflow.nodes import ScalarNode
from prodigy_tui.workflow.problems import Report
from prodigy_tui.workflow.references import Mode
from prodigy_tui.workflow.rendering import render_value
from prodigy_tui.workflow.variables import Scope, Value, item_value
from prodigy_tui.workflow.visible import visible_names
from tests.support.rules import rule
from tests.workflow.test_computed import Tables

PIECES = st.sampled_from(
    [
        *(
            "${",
            "}",
            "{",
            "$",
            "$$",
            "\\",
            ":-",
            ":?",
            "|default:",
            ":",
            "|",
            "(",
            ")",
            "[",
            "]",
            "[*]",
            "[-1]",
            "'",
            '"',
        ),
        *("a", "b", "item", "map", "last", "env", "TOKEN", "1", ".", "-", " ", "\n", "*", "raw", "sh", "quote", "head"),
        *("file", "cmd", "json", "date", "uuid", ":from:", "%Y", "upper", "join", "glob", "/", ",", "é", "\0", '"'),
        *("${a}", "${item.x", "$a", "${env.TOKEN}", "<<E\n", "E\n", "`", "$((", "))"),
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=20).map("".join))
MODES = st.sampled_from(["plain", "shell"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
SCOPE = Scope(
    names=[{"a": Value("v", trusted=True), "b": Value(["x", 1]), "TOKEN": Value("hush")}],
    roots={
        "item": item_value({"x": {"y": [1, None]}}),
        "last": Value({"output": "[1]"}),
        "env": Value({"TOKEN": "hush"}, trusted=True),
    },
    environment={"HOME": "/h"},
    declared={"a", "b", "late"},
    secrets={"TOKEN"},
    computer=Tables(),
)


@rule("8.3 failure")
@given(TEXTS, MODES)
def test_a_text_renders_or_is_refused_with_a_code(written: str, mode: Mode) -> None:
    template = parse_text(written, mode)
    for attempt in (render, resolve) if mode == "plain" else (render,):
        try:
            attempt(template, SCOPE)
        except InterpolationError as error:
            assert error.code in {*("PT105", "PT106", "PT114", "PT301", "PT304", "PT333", "PT801")} or mode == "shell"


@rule("8.3 failure")
@given(TEXTS, MODES)
def test_every_text_can_be_checked(written: str, mode: Mode) -> None:
    node = ScalarNode(file="w", line=1, column=1, path="x", text=written, value=written, quoted=True, raw=repr(written))
    report = Report("w")

    check_text(
        TextUse(node=node, mode=mode, context=Context(phase="map")), visible_names("map", [], {}, {"TOKEN"}), report
    )

    assert all(problem.line >= 1 and problem.column >= 1 for problem in report.problems())


@rule("8.2 escapes in plain text")
@given(TEXTS)
def test_plain_text_without_references_is_itself_up_to_escapes(written: str) -> None:
    template = parse_text(written, "plain")
    if template.references:
        return

    shown = render(template, Scope())

    # An escape is a dollar or a backslash before a dollar; nothing but that first character is ever lost.
    remaining = iter(written)
    assert all(character in remaining for character in shown)
    lost = len(written) - len(shown)
    assert lost <= written.count("$$") + written.count("\\$") + written.count("$$$")
    if not any(sign in written for sign in ("$$", "\\$")):
        assert shown == written


@rule("8.2 escapes in plain text")
@given(st.text(alphabet="${}\\ab:-. ", max_size=30))
def test_every_plain_text_can_be_written(wanted: str) -> None:
    escaped = wanted.replace("${", "\0").replace("$", "\1")
    # What is no reference needs no escape, so only the signs of one get it.
    for name in ("a", "b"):
        escaped = escaped.replace(f"\1{name}", f"$${name}")
    escaped = escaped.replace("\0", "$${").replace("\1", "$")
    if any(sign in wanted for sign in ("\\$", "$$")):
        return

    assert render(parse_text(escaped, "plain"), Scope()) == wanted


@rule("8.1 read once")
@given(TEXTS)
def test_inserted_values_are_never_scanned_again(value: str) -> None:
    scope = Scope(names=[{"a": Value(value), "t": Value(value, trusted=True), "b": Value("no")}])

    assert render(parse_text("<${a}|$t|${nope:-${a}}>", "plain"), scope) == f"<{value}|{value}|{value}>"


@rule("8.7 object", "8.7 other list")
@given(JSON)
def test_values_of_json_kind_can_be_read_again(data: object) -> None:
    assert json.loads(render_value(Value(data, kind="json"))) == data
    if isinstance(data, dict) or (isinstance(data, list) and any(isinstance(x, list | dict) for x in data)):
        assert json.loads(render_value(Value(data))) == data


@given(
    JSON, st.sampled_from(["json", "lines", "sort:json", "unique", "reverse", "first", "last", "length", "basename"])
)
def test_modifiers_apply_to_every_value(data: object, modifier: str) -> None:
    scope = Scope(roots={"item": item_value(data)})

    assert isinstance(render(parse_text(f"${{item:{modifier}:-x}}", "plain"), scope), str)

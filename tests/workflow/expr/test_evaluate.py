"""What expressions mean (language 10.2, 10.3)."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.expr import EvaluationError, compile_filter, evaluate, parse_expression, truthy
from prodigy_tui.workflow.expr.compare import equal, order
from prodigy_tui.workflow.variables import Scope, Value, capture_value, item_value

SCOPE = Scope(
    names=[
        {
            "five": Value(5),
            "text5": Value(" 5.0 "),
            "word": Value("Word"),
            "yes": Value(True),
            "nothing": Value(None),
            "list": Value([1, "2", None, "x", 2.5]),
            "object": Value({"a": 1, "5": 2}),
            "zero": Value("0"),
            "branch": Value("main"),
            "pattern": Value("^W", trusted=True),
            "data_pattern": Value("^W"),
            "tests": capture_value("out", {"success": True, "exit_code": 0}),
            "files": Value(["a.rs", "b.py"], kind="paths"),
        }
    ],
    roots={"item": item_value({"x": {"y": [1, 2]}, "n": None}), "map": Value({"failed": 2})},
    environment={"CI": "true", "five": "hidden"},
)


def value_of(text: str) -> Any:
    return evaluate(parse_expression(text), SCOPE)


@pytest.mark.parametrize(
    "text",
    [
        "five == 5.0",
        "five == '5'",
        "five == ${text5}",
        "five != '5x'",
        "'5' != '5.0'",
        "word == 'Word'",
        "word != 'word'",
        "yes == 'TRUE'",
        "yes != 'yes'",
        "yes != 1",
        "nothing == null",
        "missing == null",
        "nothing != ''",
        "nothing != 0",
        "list == [1, '2', null, 'x', 2.5]",
        "list != [1]",
        "object != '{}'",
        "five > 4 && five >= '5' && five < 5.5 && five <= 5",
        "'10' > '9'",
        "'b' > 'a10'",
        "!(nothing < 1) && !(nothing >= 0) && !(yes > 0) && !(list > 0)",
        "!('abc' > 1)",
        "1 in list",
        "2 in list",
        "'3' not in list",
        "null in list",
        "'a' in object",
        "5 in object",
        "'or' in word",
        "!(1 in nothing)",
        "1 not in nothing",
        "word contains 'rd'",
        "list contains 'x'",
        "word starts_with 'W' && word ends_with 'd'",
        "!(nothing starts_with '') && !(list ends_with 'x')",
        "!(word matches '^w')",
        "word =~ '(?i)^w'",
        "five matches '^5$'",
        "!(nothing matches '.*')",
        "word matches ${pattern}",
        "exists(nothing) && !exists(missing) && exists(item.n) && !exists(item.nope)",
        "nothing.exists",
        "is_null(nothing) && is_null(missing) && !is_not_null(missing) && is_not_null(five)",
        "is_number(five) && !is_number(text5) && !is_number(yes)",
        "is_string(text5) && is_bool(yes) && is_array(list) && is_list(list) && is_object(object)",
        "is_empty(missing) && is_empty('') && is_empty([]) && !is_empty(0)",
        "length(word) == 4 && len(list) == 5 && length(object) == 2 && length(missing) == 0",
        "sum(list) == 5.5 && count(list) == 4 && min(list) == 1 && max(list) == 2.5",
        "avg(1, '2') == 1.5",
        "sum('x') == 0 && min('x') == null && avg(missing) == null",
        "sum(item.x.y[*]) == 3 && max(1, 7, '3') == 7",
        "lower(word) == 'word' && upper('a') == 'A' && trim(' a ') == 'a'",
        "default(missing, 'd') == 'd' && default(five, 6) == 5",
        "${tests.success} && ${tests.exit_code} == 0 && tests == 'out'",
        "CI",
        "five == 5",
        "${files:*.rs}",
        "!${files:*.md}",
        "${files:length} == 2",
        "${missing:-7} == 7",
        "${missing:-${word}} == 'Word'",
        "map.failed == 2",
        "not (five == 6) and (yes or nope)",
    ],
)
def test_true(text: str) -> None:
    assert value_of(text)
    assert truthy(value_of(text))


@pytest.mark.parametrize("data", [False, None, 0, 0.0, "", "0", "false", "FALSE", [], {}])
def test_false_values(data: Any) -> None:
    assert not truthy(data)


@pytest.mark.parametrize("data", [True, 1, -1, 0.1, " ", "00", "no", [0], {"a": None}])
def test_true_values(data: Any) -> None:
    assert truthy(data)


def test_logic_is_short_and_boolean() -> None:
    assert value_of("five || word matches ${data_pattern}") is True
    assert value_of("zero && word matches ${data_pattern}") is False
    assert value_of("five && word") is True


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("word matches ${data_pattern}", "PT403"),
        ("${word:nope}", "PT304"),
        ("${missing:?give one}", "PT301"),
    ],
)
def test_evaluation_errors(text: str, code: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        value_of(text)

    assert caught.value.code == code


@pytest.mark.slow
def test_a_match_is_stopped_after_a_second() -> None:
    with pytest.raises(EvaluationError, match=r"PT408.*took more than 1 s"):
        value_of(f"'{'a' * 60}b' matches '(a|aa)+$'")


ITEM = {
    "path": "src/a.py",
    "score": 7,
    "owner": "core",
    "env": "field",
    "item": {"x": 1},
    "tags": ["a", {"b": 2}],
    "n": None,
    "value": "v",
}


@pytest.mark.parametrize(
    "text",
    [
        "item.score >= 5 and not (path matches '\\.gen\\.') and owner in ['core', 'infra']",
        "${item.score} == 7 && ${score} == 7 && $.score == 7 && @.score == 7",
        "severity == null && is_null(severity) && !exists(severity) && exists(n)",
        "item.env == 'field' && env.MODE == 'x' && workflow.name == 'w'",
        "item.item.x == 1",
        "tags[0] == 'a' && tags[-1].b == 2 && sum(tags[*].b) == 2 && tags.0 == 'a'",
        "item.value == 'v' && value == 'v'",
        "${path:basename} == 'a.py'",
        "owner == core",
        "length(item) == 8",
        "contains(path, src)",
    ],
)
def test_filters(text: str) -> None:
    scope = Scope(roots={"env": Value({"MODE": "x"}, trusted=True), "workflow": Value({"name": "w"})})

    assert compile_filter(parse_expression(text), scope)(ITEM) is True


@pytest.mark.parametrize(
    "text", ["item == 'a.py'", "value == 'a.py'", "item.value == 'a.py'", "item matches 'py$'", "!a"]
)
def test_filters_of_scalar_items(text: str) -> None:
    assert compile_filter(parse_expression(text), Scope())("a.py")


def test_filters_do_not_see_the_variables_of_the_step() -> None:
    scope = Scope(names=[{"branch": Value("main")}], environment={"branch": "main"})

    assert not compile_filter(parse_expression("branch == 'main'"), scope)({})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@given(JSON, JSON)
def test_equality_is_symmetric_and_agrees_with_order(left: Any, right: Any) -> None:
    assert equal(left, left)
    assert equal(left, right) == equal(right, left)
    ordered, reverse = order(left, right), order(right, left)
    assert (ordered is None) == (reverse is None)
    if ordered is not None and reverse is not None:
        assert ordered == -reverse


@given(st.sampled_from(["==", "<", "<=", ">", ">="]), JSON, st.integers(-5, 5) | st.sampled_from([0.5, 2.5]))
def test_constants_are_compared_as_values_are(operator: str, data: Any, number: float) -> None:
    assert not math.isnan(number)
    constant = compile_filter(parse_expression(f"a {operator} {number}"), Scope())
    path = compile_filter(parse_expression(f"a {operator} ${{b}}"), Scope())

    assert constant({"a": data}) == path({"a": data, "b": number})

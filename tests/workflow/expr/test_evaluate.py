"""What expressions mean (language 10.3)."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.expr import EvaluationError, compile_expression, compile_filter, parse_expression, truthy
from prodigy_tui.workflow.expr.compare import equal, order
from prodigy_tui.workflow.variables import Scope, Value, capture_value, item_value
from tests.support.rules import rule

SCOPE = Scope(
    names=[
        {
            "five": Value(5),
            "text5": Value(" 5.0 "),
            "word": Value("Word"),
            "yes": Value(True),
            "no": Value(False),
            "nothing": Value(None),
            "list": Value([1, "2", None, "x", 2.5]),
            "object": Value({"a": 1, "5": 2}),
            "deep": Value({"a": [1, {"b": "2"}]}),
            "zero": Value("0"),
            "pattern": Value("^W", trusted=True),
            "bad_pattern": Value("(", trusted=True),
            "long_pattern": Value("x" * 5000, trusted=True),
            "number_pattern": Value(5, trusted=True),
            "data_pattern": Value("^W"),
            "tests": capture_value("out", {"success": True, "exit_code": 0}),
            "files": Value(["a.rs", "b.py"], kind="paths"),
        }
    ],
    roots={"item": item_value({"x": {"y": [1, 2]}, "n": None}), "map": Value({"failed": 2})},
    environment={"CI": "true"},
)


def value_of(text: str) -> Any:
    return compile_expression(parse_expression(text))(SCOPE)


def holds(text: str) -> bool:
    return truthy(value_of(text))


@rule("10.3 truth")
@pytest.mark.parametrize("data", [False, None, 0, 0.0, "", "0", "false", "FALSE", [], {}])
def test_false_values(data: Any) -> None:
    assert not truthy(data)


@rule("10.3 truth")
@pytest.mark.parametrize("data", [True, 1, -1, 0.1, " ", "00", "no", "0.0", " 0", [0], {"a": None}])
def test_true_values(data: Any) -> None:
    assert truthy(data)


EQUALITY = [
    pytest.param("five == 5.0", marks=rule("10.3 equal numbers")),
    pytest.param("five = 5", marks=rule("10.3 equal numbers")),
    pytest.param("five != 5.5", marks=rule("10.3 equal numbers")),
    pytest.param("9007199254740993 != 9007199254740992.0", marks=rule("10.3 equal numbers")),
    pytest.param("five == '5'", marks=rule("10.3 equal numeral")),
    pytest.param("five == '+5.0e0'", marks=rule("10.3 equal numeral")),
    pytest.param("five == ${text5}", marks=rule("10.3 equal numeral")),
    pytest.param("five != '5x'", marks=rule("10.3 equal numeral")),
    pytest.param("five != '0x5'", marks=rule("10.3 equal numeral")),
    pytest.param("five != '٥'", marks=rule("10.3 equal numeral")),
    pytest.param("five != '5.'", marks=rule("10.3 equal numeral")),
    pytest.param("0 != ''", marks=rule("10.3 equal numeral")),
    pytest.param("'5' != '5.0'", marks=rule("10.3 equal text")),
    pytest.param("word == 'Word' && word != 'word'", marks=rule("10.3 equal text")),
    pytest.param("yes == 'TRUE' && no == 'False'", marks=rule("10.3 equal boolean")),
    pytest.param("yes != 'yes' && yes != '1' && no != ''", marks=rule("10.3 equal boolean")),
    pytest.param("list == [1, '2', null, 'x', 2.5]", marks=rule("10.3 equal deep")),
    pytest.param("list == ['1', 2, null, 'x', '2.5']", marks=rule("10.3 equal deep")),
    pytest.param("list != [1]", marks=rule("10.3 equal deep")),
    pytest.param("deep == ${deep} && deep.a == deep.a", marks=rule("10.3 equal deep")),
    pytest.param("deep != ${object}", marks=rule("10.3 equal deep")),
    pytest.param("nothing == null && missing == null", marks=rule("10.3 equal null")),
    pytest.param("nothing != '' && nothing != 0 && nothing != no && nothing != []", marks=rule("10.3 equal null")),
    pytest.param("yes != 1 && no != 0", marks=rule("10.3 equal mixed")),
    pytest.param("object != '{}' && list != 'x' && list != 1", marks=rule("10.3 equal mixed")),
    pytest.param("five > 4 && five >= '5' && five < 5.5 && five <= 5", marks=rule("10.3 order numbers")),
    pytest.param("'4' < five && ' 1e1 ' > ${five}", marks=rule("10.3 order numbers")),
    pytest.param("'10' > '9'", marks=rule("10.3 order texts")),
    pytest.param("'b' > 'a10' && 'Z' < 'a' && '10' < '9a'", marks=rule("10.3 order texts")),
    pytest.param("!(nothing < 1) && !(nothing >= 0) && !(null <= null)", marks=rule("10.3 order else")),
    pytest.param("!(yes > 0) && !(list > 0) && !(object >= object)", marks=rule("10.3 order else")),
    pytest.param("!('abc' > 1) && !('abc' <= 1)", marks=rule("10.3 order else")),
]


@pytest.mark.parametrize("text", EQUALITY)
def test_equality_and_order(text: str) -> None:
    assert holds(text)


OPERATORS = [
    pytest.param("1 in list && 2 in list && null in list", marks=rule("10.3 in list")),
    pytest.param("'3' not in list && [1] not in list", marks=rule("10.3 in list")),
    pytest.param("word in ['Word', 'x'] && five in ['5'] && five in [5.0]", marks=rule("10.3 in list")),
    pytest.param("'a' in object && 5 in object && 'b' not in object", marks=rule("10.3 in object")),
    pytest.param("'or' in word && 5 in 'a5b' && '' in word", marks=rule("10.3 in text")),
    pytest.param("'x' not in word && null not in word && list not in word", marks=rule("10.3 in text")),
    pytest.param("!(1 in nothing) && 1 not in nothing && !(null in missing)", marks=rule("10.3 in null")),
    pytest.param("word contains 'rd' && list contains 'x' && object contains 'a'", marks=rule("10.3 contains")),
    pytest.param("!(nothing contains 'x') && !(word contains 'q')", marks=rule("10.3 contains")),
    pytest.param("word starts_with 'W' && word ends_with 'd'", marks=rule("10.3 starts ends")),
    pytest.param("!(nothing starts_with '') && !(list ends_with 'x') && !(five starts_with '5')",
                 marks=rule("10.3 starts ends")),
    pytest.param("!(word matches '^w') && word =~ '(?i)^w' && word matches 'or'", marks=rule("10.3 matches")),
    pytest.param("five matches '^5$' && 2.5 matches '\\\\.'", marks=rule("10.3 matches")),
    pytest.param("!(nothing matches '.*') && !(yes matches 'true') && !(list matches 'x')", marks=rule("10.3 matches")),
    pytest.param("word matches ${pattern} && word matches ${missing:-^W}", marks=rule("10.3 PT403")),
    pytest.param("not (five == 6) and (yes or nope)", marks=rule("10.3 logic")),
]  # fmt: skip


@pytest.mark.parametrize("text", OPERATORS)
def test_operators(text: str) -> None:
    assert holds(text)


FUNCTIONS = [
    pytest.param("contains(word, 'or') && starts_with(word, 'W') && ends_with(word, 'd') && matches(word, '^W')",
                 marks=rule("10.3 text functions")),
    pytest.param("word.contains('or') && list.contains(1) && word.matches('d$')", marks=rule("10.3 text functions")),
    pytest.param("exists(nothing) && !exists(missing) && exists(item.n) && !exists(item.nope)",
                 marks=rule("10.3 exists")),
    pytest.param("nothing.exists && !missing.exists && ${item.n.exists}", marks=rule("10.3 exists")),
    pytest.param("is_null(nothing) && is_null(missing) && !is_not_null(missing) && is_not_null(five)",
                 marks=rule("10.3 is null")),
    pytest.param("is_number(five) && is_number(2.5) && !is_number(text5) && !is_number(yes)", marks=rule("10.3 types")),
    pytest.param("is_string(text5) && is_bool(yes) && is_array(list) && is_list(list) && is_object(object)",
                 marks=rule("10.3 types")),
    pytest.param("!is_string(five) && !is_bool('true') && !is_array(object) && !is_object(list) && !is_string(missing)",
                 marks=rule("10.3 types")),
    pytest.param("is_empty(missing) && is_empty(nothing) && is_empty('') && is_empty([])",
                 marks=rule("10.3 is empty")),
    pytest.param("!is_empty(0) && !is_empty(no) && !is_empty(' ') && !is_empty(object)", marks=rule("10.3 is empty")),
    pytest.param("length(word) == 4 && len(list) == 5 && length(object) == 2", marks=rule("10.3 length")),
    pytest.param("length(missing) == 0 && length('é日') == 2", marks=rule("10.3 length")),
    pytest.param("length(word, 4) && !length(word, 3) && word.length(4)", marks=rule("10.3 legacy length")),
    pytest.param("sum(list) == 5.5 && count(list) == 4 && min(list) == 1 && max(list) == 2.5",
                 marks=rule("10.3 aggregates")),
    pytest.param("avg(1, '2') == 1.5 && sum(1, 2, 3) == 6 && max(1, 7, '3') == 7 && count(1, null) == 1",
                 marks=rule("10.3 aggregates")),
    pytest.param("sum(item.x.y[*]) == 3 && max(${item.x.y}) == 2", marks=rule("10.3 aggregates")),
    pytest.param("sum('x') == 0 && sum(missing) == 0 && sum([]) == 0 && count(missing) == 0",
                 marks=rule("10.3 aggregates skip")),
    pytest.param("min('x') == null && max([]) == null && avg(missing) == null", marks=rule("10.3 aggregates skip")),
    pytest.param("sum(1, 'x', ' 2 ', null, yes) == 3", marks=rule("10.3 aggregates skip")),
    pytest.param("lower(word) == 'word' && upper('a') == 'A' && trim('\\t a ') == 'a'",
                 marks=rule("10.3 case and trim")),
    pytest.param("lower(five) == '5' && lower(missing) == null", marks=rule("10.3 case and trim")),
    pytest.param("default(missing, 'd') == 'd' && default(five, 6) == 5 && default(nothing, null) == null",
                 marks=rule("10.3 default")),
    pytest.param("word.startsWith('W') && word.endsWith('d') && word.includes('or')",
                 marks=rule("10.3 legacy methods")),
    pytest.param("word.toLowerCase() == 'word' && word.toUpperCase() == 'WORD'", marks=rule("10.3 legacy methods")),
]  # fmt: skip


@pytest.mark.parametrize("text", FUNCTIONS)
def test_functions(text: str) -> None:
    assert holds(text)


@rule("B.3 when")
@pytest.mark.parametrize(
    "text",
    [
        "${tests.success} && ${tests.exit_code} == 0 && tests == 'out'",
        "${tests.success.exists}",
        "${five == 5 && yes}",
        "!${tests.exit_code}",
        "five == 5 and word =~ 'W'",
        "word contains 'W'",
        "true",
        "CI",
        "map.failed == 2",
    ],
)
def test_conditions_of_the_original(text: str) -> None:
    assert holds(text)


@rule("10.1 reference")
@pytest.mark.parametrize(
    "text",
    [
        "${files:*.rs}",
        "!${files:*.md}",
        "${files:length} == 2",
        "${files|length} == 2",
        "${missing:-7} == 7",
        "${missing:-${five}} == 5 && is_number(${missing:-${five}})",
        "${missing:-${word}} == 'Word'",
        "${missing:-a${word}b} == 'aWordb'",
        "${missing:-${missing:-x}} == 'x'",
        "${missing:-${missing}} == null",
        "${nothing:-x} == 'x' && ${word:lower} == 'word'",
    ],
)
def test_references_are_operands(text: str) -> None:
    assert holds(text)


@rule("10.3 logic")
def test_logic_is_short_and_boolean() -> None:
    assert value_of("five || word matches ${data_pattern}") is True
    assert value_of("zero && word matches ${data_pattern}") is False
    assert value_of("five && word") is True
    assert value_of("zero || nothing") is False
    assert value_of("!five") is False


@rule("10.3 logic")
def test_long_chains_are_short_too() -> None:
    assert value_of(" || ".join(["five", *["word matches ${data_pattern}"] * 100])) is True
    assert value_of(" && ".join(["zero", *["word matches ${data_pattern}"] * 100])) is False
    assert value_of(" && ".join(["five"] * 1000)) is True
    assert value_of(" or ".join(["zero"] * 1000)) is False


ERRORS = [
    pytest.param("word matches ${data_pattern}", "PT403", "cannot be data", marks=rule("10.3 PT403")),
    pytest.param("matches(word, ${data_pattern})", "PT403", "cannot be data", marks=rule("10.3 PT403")),
    pytest.param("word matches ${missing:-${data_pattern}}", "PT403", "cannot be data", marks=rule("10.3 PT403")),
    pytest.param("word matches ${missing:-^${data_pattern}}", "PT403", "cannot be data", marks=rule("10.3 PT403")),
    pytest.param("word matches ${data_pattern:trim}", "PT403", "cannot be data", marks=rule("10.3 PT403")),
    pytest.param("word matches ${bad_pattern}", "PT403", "is not a regex", marks=rule("10.3 PT403")),
    pytest.param("word matches ${number_pattern}", "PT403", "must be text, not 5", marks=rule("10.3 PT403")),
    pytest.param("word matches ${long_pattern}", "PT408", "longer than 4 KiB", marks=rule("10.1 PT408 regex")),
    pytest.param("${word:nope}", "PT304", "unknown modifier", marks=()),
    pytest.param("${missing:?give one}", "PT301", "give one", marks=()),
    pytest.param("${missing:?give ${word}}", "PT301", "give Word", marks=()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "message"), ERRORS)
def test_evaluation_errors(text: str, code: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=message) as caught:
        value_of(text)

    assert caught.value.code == code


@rule("10.1 PT408 match")
@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["(a|aa)+$", "(a*)*b", "^(?:a|a)*c", "a*a*a*a*a*a*a*b", "(a?){60}a{60}", "(.*,){30}P", "a?" * 60 + "a" * 60],
)
def test_a_match_is_stopped_after_a_second(text: str) -> None:
    subject = "a" * 60 + "b" if text.endswith("$") else "a" * 60 + "d" if "b" in text else "a" * 58 + ",x" * 30
    try:
        value_of(f"'{subject}' matches '{text}'")
    except EvaluationError as error:
        assert error.code == "PT408"
        assert "took more than 1 s" in str(error)


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


@given(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), JSON, st.integers(-5, 5) | st.sampled_from([0.5, 2.5]))
def test_constants_are_compared_as_values_are(operator: str, data: Any, number: float) -> None:
    assert not math.isnan(number)
    constant = compile_filter(parse_expression(f"a {operator} {number}"), Scope())
    path = compile_filter(parse_expression(f"a {operator} ${{b}}"), Scope())

    assert constant({"a": data}) == path({"a": data, "b": number})


@given(JSON, st.lists(st.text(max_size=3), max_size=3))
def test_lists_of_texts_are_searched_as_values_are(data: Any, texts: list[str]) -> None:
    spelled = ", ".join("'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'" for text in texts)
    constant = compile_filter(parse_expression(f"a in [{spelled}]"), Scope())
    path = compile_filter(parse_expression("a in b"), Scope())

    assert constant({"a": data}) == path({"a": data, "b": texts})

"""Values that are known when their context starts (language 3.1)."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.late import Late, LateError, LateForm, LateKind, settle, settle_model
from prodigy_tui.workflow.variables import Scope, Value
from tests.support.rules import rule

SCOPE = Scope(
    names=[
        {
            "n": Value(5),
            "f": Value(2.5),
            "yes": Value("Yes"),
            "half": Value(0.5),
            "one": Value(1),
            "whole": Value(1.0),
            "time": Value("1m30s"),
            "none": Value("none"),
            "size": Value("64KiB"),
            "zero": Value(0),
            "word": Value("many"),
            "list": Value([5]),
            "empty": Value(""),
            "secret": Value("5"),
        }
    ],
    environment={"MAX": "7"},
    secrets={"secret"},
)


@rule("3.1 late")
@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("${n}", "integer", 5),
        ("$n", "integer", 5),
        ("$MAX", "integer", 7),
        ("${nope:-5}", "integer", 5),
        ("${n}${n}", "integer", 55),
        ("${empty:-${n}}", "integer", 5),
        ("${list:length}", "integer", 1),
        ("${f}", "number", 2.5),
        ("${yes}", "boolean", True),
        ("${zero}", "boolean", False),
        ("${time}", "duration", 90.0),
        ("${n}", "duration", 5.0),
        ("${none}", "duration", None),
        ("${half}", "ratio", 0.5),
        ("${n}", "ratio", 0.05),
        ("${half}", "score", 50.0),
        ("${one}", "score", 1.0),
        ("${whole}", "score", 100.0),
        ("${size}", "size", 65_536),
    ],
)
def test_a_late_value_is_read_like_an_early_one(text: str, kind: LateKind, value: object) -> None:
    found = settle(Late(text=text, form=LateForm(kind=kind)), SCOPE)

    assert found == value
    assert type(found) is type(value)


@rule("3.1 late rule")
@pytest.mark.parametrize(
    ("text", "form", "line"),
    [
        ("${word}", LateForm(kind="integer"), "PT105: '${word}' cannot be 'many': a whole number is needed"),
        ("${f}", LateForm(kind="integer"), "PT105: '${f}' cannot be '2.5': a whole number is needed"),
        ("${word}", LateForm(kind="number"), "PT105: '${word}' cannot be 'many': a number is needed"),
        ("${word}", LateForm(kind="boolean"), "PT105: '${word}' cannot be 'many': true or false is needed"),
        ("${list}", LateForm(kind="integer"), "PT105: '${list}' must be a whole number, not a list or an object"),
        ("${zero}", LateForm(kind="integer", minimum=1), "PT113: '${zero}' is '0', but it must be at least 1"),
        ("${n}", LateForm(kind="number", maximum=4.5), "PT113: '${n}' is '5', but it must be at most 4.5"),
        ("${zero}", LateForm(kind="duration", zero_ok=False), "PT113: '${zero}' is '0', but it must be above 0"),
    ],
)
def test_a_late_value_must_satisfy_the_rule_of_its_field(text: str, form: LateForm, line: str) -> None:
    with pytest.raises(LateError) as caught:
        settle(Late(text=text, form=form), SCOPE)

    assert str(caught.value) == line


@rule("3.1 late rule")
@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("${word}", "duration", "PT111"),
        ("${word}", "ratio", "PT112"),
        ("${word}", "score", "PT112"),
        ("${word}", "size", "PT105"),
        ("${nope}", "integer", "PT301"),
        ("${n:nope}", "integer", "PT304"),
        ("${secret}", "integer", "PT333"),
    ],
)
def test_codes(text: str, kind: LateKind, code: str) -> None:
    with pytest.raises(LateError) as caught:
        settle(Late(text=text, form=LateForm(kind=kind)), SCOPE)

    assert caught.value.code == code


class Inner(msgspec.Struct, frozen=True, kw_only=True):
    late: dict[str, Late] = {}
    count: int = 1


class Outer(msgspec.Struct, frozen=True, kw_only=True):
    late: dict[str, Late] = {}
    timeout: float | None = None
    inner: Inner = Inner()
    steps: tuple[Inner, ...] = ()
    named: dict[str, Inner] = {}
    tags: tuple[str, ...] = ("a",)


COUNT = Late(text="${n}", form=LateForm(kind="integer"))


@rule("3.1 late")
def test_a_model_is_settled_with_everything_inside() -> None:
    late = Inner(late={"count": COUNT})
    outer = Outer(
        late={"timeout": Late(text="${time}", form=LateForm(kind="duration"))},
        inner=late,
        steps=(Inner(count=3), late),
        named={"a": late},
    )

    settled = settle_model(outer, SCOPE)

    five = Inner(count=5)
    assert settled == Outer(timeout=90.0, inner=five, steps=(Inner(count=3), five), named={"a": five})
    assert settled.steps[0] is outer.steps[0]


def test_models_of_other_contexts_are_left_alone() -> None:
    outer = Outer(inner=Inner(late={"count": COUNT}), steps=(Inner(late={"count": COUNT}),))

    assert settle_model(outer, SCOPE, without={"steps"}) == Outer(inner=Inner(count=5), steps=outer.steps)


def test_a_model_without_late_values_is_the_same_object() -> None:
    outer = Outer(steps=(Inner(), Inner()), named={"a": Inner()})

    assert settle_model(outer, SCOPE) is outer


def test_the_field_is_named() -> None:
    with pytest.raises(LateError, match=r"PT301: 'count': unknown variable 'nope'"):
        settle_model(Inner(late={"count": Late(text="${nope}", form=LateForm(kind="integer"))}), SCOPE)


@rule("3.1 late rule")
@given(st.text(max_size=20), st.sampled_from(["integer", "number", "boolean", "duration", "ratio", "score", "size"]))
def test_any_text_settles_or_is_refused(text: str, kind: LateKind) -> None:
    try:
        settle(Late(text="${x}", form=LateForm(kind=kind)), Scope(names=[{"x": Value(text)}]))
    except LateError as error:
        assert error.code in {"PT105", "PT111", "PT112", "PT113"}

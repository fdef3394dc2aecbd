"""Mappings that people write about agent programs: what is read, and everything that is wrong with it."""

from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, field

from prodigy_tui.agents.options import Options, OptionsWrong, given_in, problems_of, read_options


def _is_even(number: int) -> None:
    if number % 2:
        raise ValueError("must be even")


def _halves(text: object) -> object:
    return text.split("/") if isinstance(text, str) else text


class Inner(Options, frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, pattern=r"^[a-z]+\Z")]
    even: Annotated[int, Meta(extra={"check": _is_even})] = 0


class Outer(Options, frozen=True, kw_only=True):
    whole: int = 0
    part: Annotated[float, Meta(ge=0, le=1)] | None = None
    sure: bool = False
    word: Literal["last", "sum"] = "last"
    inner: Inner | None = None
    inners: tuple[Inner, ...] = ()
    halves: Annotated[list[str], Meta(min_length=2, extra={"before": _halves})] | None = None
    either: tuple[str | tuple[str, ...], ...] = ()
    any_of: dict[str, str | int | float | bool | None] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("given_", "fields"),
    [
        ({}, {}),
        ({"whole": "12"}, {"whole": 12}),
        ({"whole": 3.0}, {"whole": 3}),
        ({"part": "0.5"}, {"part": 0.5}),
        ({"part": 1}, {"part": 1.0}),
        ({"part": None}, {}),
        ({"sure": "Yes"}, {"sure": True}),
        ({"sure": 0}, {}),
        ({"word": "sum"}, {"word": "sum"}),
        ({"inner": {"name": "a"}}, {"inner": Inner(name="a")}),
        ({"inners": [{"name": "a", "even": "4"}]}, {"inners": (Inner(name="a", even=4),)}),
        ({"halves": "a/b"}, {"halves": ["a", "b"]}),
        ({"either": ["a", ["b", 3]]}, {"either": ("a", ("b", "3"))}),
        ({"any_of": {"a": "1", "b": 1, "c": 1.5, "d": True, "e": None}},) * 2,
    ],
)
def test_values_may_be_written_in_their_usual_spellings(given_, fields):
    found = read_options(Outer, given_)

    assert found == Outer(**fields)
    assert repr(found) == repr(Outer(**fields)), "1 is not True, and not 1.0"


@pytest.mark.parametrize(
    ("given_", "problems"),
    [
        ("x", ["options: input should be a mapping"]),
        ({"whole": True}, ["options.whole: input should be a valid integer"]),
        ({"whole": 1.5}, ["options.whole: input should be a valid integer"]),
        ({"whole": "9" * 9999}, ["options.whole: input should be a valid integer"]),
        ({"whole": float("inf")}, ["options.whole: input should be a valid integer"]),
        ({"part": "nan"}, ["options.part: input should be a finite number"]),
        ({"part": 10**400}, ["options.part: input should be a valid number"]),
        ({"part": -1}, ["options.part: input should be greater than or equal to 0"]),
        ({"part": 2}, ["options.part: input should be less than or equal to 1"]),
        ({"sure": 2}, ["options.sure: input should be a valid boolean"]),
        ({"sure": []}, ["options.sure: input should be a valid boolean"]),
        ({"word": []}, ["options.word: input should be 'last' or 'sum'"]),
        ({"inner": {}}, ["options.inner.name is missing"]),
        ({"inner": {"name": ""}}, ["options.inner.name: input should have a length of at least 1"]),
        ({"inner": {"name": "a\n"}}, ["options.inner.name: input should match the pattern ^[a-z]+$"]),
        ({"inner": {"name": "a", "even": 3}}, ["options.inner.even: must be even"]),
        ({"inner": {"name": "a", "even": "x"}}, ["options.inner.even: input should be a valid integer"]),
        ({"halves": "a"}, ["options.halves: input should have a length of at least 2"]),
        ({"halves": 3}, ["options.halves: input should be a list"]),
        ({"either": ["a", ["b", None]]}, ["options.either[1][1]: input should be a valid string"]),
        ({"any_of": {"a": [1]}}, ["options.any_of.a: input should be a text, a number or a boolean"]),
        ({"inner": {"nane": "a", "name": "b"}}, ["options.inner.nane is unknown"]),
        ({"hole": 1}, ["options.hole is unknown (did you mean 'whole'?)"]),
        ({3: 1}, ["options.3 is unknown"]),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(given_, problems):
    assert list(problems_of(Outer, given_)) == problems


def test_everything_that_is_wrong_is_told_at_once():
    given_ = {"inners": [{"name": 3}, {"name": "a", "even": 1}, 5], "whole": "x", "other": 1}

    assert problems_of(Outer, given_) == (
        "options.whole: input should be a valid integer",
        "options.inners[0].name: input should match the pattern ^[a-z]+$",
        "options.inners[1].even: must be even",
        "options.inners[2]: input should be a mapping",
        "options.other is unknown",
    )
    with pytest.raises(OptionsWrong) as raised:
        read_options(Outer, given_)
    assert [(mistake.kind, mistake.place) for mistake in raised.value.mistakes][::4] == [
        ("unfit", ("whole",)),
        ("unknown", ("other",)),
    ]


def test_only_what_was_said_is_said_again():
    found = read_options(Outer, {"whole": 0, "sure": "yes", "inner": {"name": "a", "even": 0}, "any_of": {}})

    assert dict(given_in(found)) == {"sure": True, "inner": {"name": "a"}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "even", "x"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*Outer.__struct_fields__, "other"]), JSON))
def test_whatever_is_given_is_read_or_told(given_):
    problems = problems_of(Outer, given_)

    if not problems:
        assert isinstance(read_options(Outer, given_), Outer)

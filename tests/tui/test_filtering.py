"""The grammar of filters: what it admits, what it refuses, and that nothing typed can hang or crash it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodigy_tui.errors import ProdigyError
from prodigy_tui.tui.model.filter_parsing import parse_filter
from prodigy_tui.tui.model.filtering import FilterWrong, Grammar


@dataclass
class Thing:
    """A subject."""

    text: str = "a017\nauth/tokens\nrunning\npytest -q"
    name: str = "auth/tokens"
    fields: dict[str, object] = field(
        default_factory=lambda: {
            "state": ("running", "R"),
            "step": "pytest -q",
            "tries": 3,
            "age": 540.0,
            "tokens": 40_000,
            "cost": None,
            "priority": "7",
            "labels": ["Slow", "db"],
            "urgent": True,
        }
    )

    def value(self, name: str) -> object:
        return self.fields.get(name.removeprefix("data."))

    def document(self) -> Mapping[str, object]:
        return self.fields


class Words:
    """An expression language of one word: the name of a field that is true."""

    def compile(self, text: str) -> Callable[[Mapping[str, object]], bool]:
        if text.strip() == "broken":
            raise ProdigyError("unexpected end")
        return lambda document: bool(document.get(text.strip()))


GRAMMAR = Grammar(
    fields={"state": "word", "step": "text", "tries": "number", "age": "time", "tokens": "number", "cost": "number"},
    more=("priority", "labels", "urgent"),
    expressions=Words(),
)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "!", "auth", "AUTH pytest", "tokns", "!zzz", "a017", '"tokens', '"pytest -q"', "step:pytest",
        'step:"pytest -q"',
        "state:run", "state:R", "!state:dead", "state:running !zzz tries>=3", "tries=3", "tries!=4", "age<10m",
        "age>=9m", "age<1h30m",
        "tokens>=40k", "tokens<0.1m", "~to.*ns~", "~a017|x~ !~b\\d~", "~pytest -q~", "priority>=7", "priority:7",
        "data.priority=7",
        "labels:slow", "labels=db", "urgent:true", "step:", "!cost:", "!cost>1", "=urgent", "auth =  urgent",
        "state:", "~~", "=",
    ],
)  # fmt: skip
def test_what_fits_is_admitted(text: str) -> None:
    assert parse_filter(text, GRAMMAR).admits(Thing())


@pytest.mark.parametrize(
    "text",
    [
        "zzz", "!auth", "auth zzz", "tokxx", "state:dead", "state:unning", "tries>3", "tries<3", "age<9m", "age>540",
        "tokens>40k", "!~to.*ns~",
        "~Auth~", "cost:", "cost>0", "cost=0", "labels:fast", "labels!=db", "=cost", "!=urgent", "step=pytest",
        '"pytest  -q"',
    ],
)  # fmt: skip
def test_what_does_not_fit_is_kept_out(text: str) -> None:
    assert not parse_filter(text, GRAMMAR).admits(Thing())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sate:failed", "did you mean state?"),
        ("nothing-like-it:1", "there are state, step"),
        ("step>3", "step is text"),
        ("tries>=many", "3, 0.5 or 40k"),
        ("age<soon", "10m, 90s"),
        ("age<10k", "10m, 90s"),
        ("tries>", "compared with what"),
        ("~half", "ends with ~"),
        ("~(~", "no pattern"),
        ("~(a{1000}){1000}~", "repeats too much"),
        ("~" + "a" * 300 + "~", "at most 200 characters"),
        ("=broken", "unexpected end"),
    ],
)
def test_what_cannot_be_understood_says_why(text: str, said: str) -> None:
    with pytest.raises(FilterWrong, match=said):
        parse_filter(text, GRAMMAR)


def test_expressions_need_somebody_who_knows_them() -> None:
    with pytest.raises(FilterWrong, match="cannot be used here"):
        parse_filter("=urgent", Grammar(fields={}))


@pytest.mark.parametrize("text", ["https://x/y", "C:\\dir", "std::move"])
def test_what_only_looks_like_a_field_is_a_word(text: str) -> None:
    assert parse_filter(text, GRAMMAR).admits(Thing(text=f"see {text}"))


def test_a_pattern_that_takes_for_ever_is_given_up_and_finds_nothing() -> None:
    wanted = parse_filter("~(a+)+$~", GRAMMAR)
    long = Thing(text="a" * 3000 + "b")
    begun = time.perf_counter()

    with pytest.raises(FilterWrong, match="takes too long"):
        wanted.admits(long)

    assert not wanted.admits(long)
    assert time.perf_counter() - begun < 1.0


def test_only_what_depends_on_the_time_is_timed() -> None:
    assert parse_filter("x age<10m", GRAMMAR).timed
    assert parse_filter("=urgent", GRAMMAR).timed
    assert not parse_filter("x tries>3 ~age~", GRAMMAR).timed


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("ab a:!~=<>\"'\\(){}[]*+?.$^|0179km \t-_/"), max_size=30))
def test_whatever_is_typed_is_a_filter_or_refused_in_words(text: str) -> None:
    try:
        wanted = parse_filter(text, GRAMMAR)
        wanted.admits(Thing())
    except FilterWrong as wrong:
        assert str(wrong)

"""Regexes (language 3.4): Python's syntax, `search`, one second for one match, 4 KiB."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.patterns import PatternError, PatternTimeout, compile_pattern
from tests.support.rules import rule


@rule("3.4 regex")
@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("b", "abc", True),
        ("^b", "abc", False),
        (r"\.rs$", "a.rs", True),
        ("(?i)ERROR", "an error", True),
        (r"(?P<q>['\"]).*(?P=q)", "say 'x'", True),
        ("", "", True),
        ("a.c", "a\nc", False),
    ],
)
def test_a_regex_is_searched_for(pattern: str, text: str, found: bool) -> None:
    assert compile_pattern(pattern)(text) is found


@rule("3.4 regex malformed")
@pytest.mark.parametrize("pattern", ["(", "[z-a]", "*", "a{2,1}", r"\p{L}", "(?<x>a)", "(?1)", "\\"])
def test_what_is_no_regex_of_python(pattern: str) -> None:
    with pytest.raises(PatternError, match="is not a regex"):
        compile_pattern(pattern)


@rule("19 regex")
def test_a_long_regex_is_refused() -> None:
    assert compile_pattern("a" * 4096)("a" * 4096)
    with pytest.raises(PatternError, match="4 KiB") as caught:
        compile_pattern("é" * 2049)
    assert caught.value.too_long


@rule("3.4 regex time", "19 regex")
@pytest.mark.parametrize("pattern", [r"(a|a)*b", r"(a+)+$", r"(?:a?){30}a{30}b", r"^(\w+\s?)*$"])
def test_one_match_takes_at_most_about_a_second(pattern: str) -> None:
    started = time.monotonic()
    try:
        compile_pattern(pattern)("a" * 5000 + "!")
    except PatternTimeout as error:
        assert "1 s" in str(error)
    assert time.monotonic() - started < 5


@rule("3.4 regex time")
@pytest.mark.parametrize(
    "pattern", ["((((a{50}){50}){50}){50})", "(?:x{0,1000}){1000}", "a" * 4000 + "b?", "(a{9}b{99}c){9999}"]
)
def test_a_regex_that_takes_long_to_prepare_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match="too large") as caught:
        compile_pattern(pattern)
    assert caught.value.too_long


@rule("3.4 regex")
@pytest.mark.parametrize(
    "pattern", [r"[0-9]{1,3}(\.[0-9]{1,3}){3}", "x{1000}", r"[(){}*]{2}\(\)\{9999\}", "(?:a|b){5}", "a{,3}"]
)
def test_counts_that_are_no_trouble(pattern: str) -> None:
    compile_pattern(pattern)


@given(st.text(alphabet="ab()[]{}*+?|^$.\\-,0123456789:<>!=P#i ", max_size=20), st.text(alphabet="ab", max_size=10))
def test_any_text_is_a_regex_or_refused(pattern: str, text: str) -> None:
    try:
        matches = compile_pattern(pattern)
    except PatternError:
        return
    try:
        assert matches(text) in (True, False)
    except PatternTimeout:
        return

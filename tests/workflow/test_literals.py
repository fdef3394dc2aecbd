"""Durations, booleans, integers, words and file modes by their spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.literals import (
    MAX_DURATION_S,
    as_word,
    is_late,
    parse_boolean,
    parse_duration,
    parse_file_mode,
    parse_integer,
    path_fault,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("1m30s", 90),
        ("1m 30s", 90),
        (" 1h ", 3600),
        ("1.5h", 5400),
        ("1e2", 100),
        ("0.5", 0.5),
        ("250ms", 0.25),
        ("10us", 1e-5),
        ("10µs", 1e-5),
        ("3ns", 3e-9),
        ("2 days".replace(" ", ""), 172_800),
        ("1d2h3m4s5ms", 93_784.005),
        ("366d", MAX_DURATION_S),
        ("0", 0),
        ("none", None),
    ],
)
def test_durations_are_seconds(text, seconds):
    found = parse_duration(text)

    assert found == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "written like"),
        ("5x", "written like"),
        ("90 s", "written like"),
        ("1H", "written like"),
        ("None", "written like"),
        ("s", "written like"),
        ("1s1m", "smaller"),
        ("1s1s", "smaller"),
        ("1s1sec", "smaller"),
        ("-1", "negative"),
        ("367d", "366 days"),
        ("9" * 300, "366 days"),
    ],
)
def test_what_is_no_duration_says_why(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_duration(text)


@given(st.text())
def test_any_text_is_a_duration_or_a_value_error(text):
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert seconds is None or 0 <= seconds <= MAX_DURATION_S


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("YES", True), ("1", True), ("False", False), ("no", False), ("0", False), ("on", None)],
)
def test_booleans_in_any_case(text, value):
    assert parse_boolean(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("0x10", 16),
        ("0o17", 15),
        ("1e3", 1000),
        ("3.0", 3),
        ("3.5", None),
        ("a", None),
        ("", None),
    ],
)
def test_integers_are_numerals_with_a_whole_value(text, value):
    assert parse_integer(text) == value


@pytest.mark.parametrize(
    ("text", "word"),
    [("PerAgent", "per_agent"), ("per-agent", "per_agent"), ("PER_AGENT", "per_agent"), ("DLQ", "dlq")],
)
def test_words_count_as_snake_case(text, word):
    assert as_word(text) == word


@pytest.mark.parametrize(
    ("text", "mode"), [("0644", 0o644), ("0o755", 0o755), ("755", 0o755), ("999", None), ("77777", None), ("rw", None)]
)
def test_file_modes_are_octal(text, mode):
    assert parse_file_mode(text) == mode


@pytest.mark.parametrize(
    ("text", "late"),
    [
        ("$N", True),
        ("${MAX}", True),
        ("${a:-5}", True),
        ("${a}${b}", True),
        ("5", False),
        ("${a}s", False),
        ("", False),
    ],
)
def test_a_late_value_is_references_only(text, late):
    assert is_late(text) is late


@pytest.mark.parametrize("path", ["a/b.txt", "..a", "a..b/c", "${item.path}", ".gitignore", "./a"])
def test_paths_that_stay_in_the_worktree_are_taken(path):
    assert path_fault(path) == ""


@pytest.mark.parametrize("path", ["/etc/passwd", "../a", "a/../../b", ".git/config", "a/.GIT/x", ".."])
def test_paths_that_leave_the_worktree_are_not(path):
    assert path_fault(path)

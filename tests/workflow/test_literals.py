"""Durations, ratios, scores, sizes, booleans, numbers, words and file modes by their spelling (language 3)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.literals import (
    MAX_DURATION_S,
    as_word,
    is_late,
    is_one,
    parse_boolean,
    parse_duration,
    parse_file_mode,
    parse_integer,
    parse_number,
    parse_ratio,
    parse_score,
    parse_size,
    path_fault,
    score_of_data,
)
from tests.support.rules import rule


@rule("3.2 form", "3.2 seconds", "3.2 units", "3.2 none", "C numerals")
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
        ("1e2ms", 0.1),
        ("1.5E1 min 2sec".replace(" m", "m"), 902),
        ("2hrs", 7200),
        ("1hour 1minute 1second", 3661),
        ("0ns", 0),
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


@rule("3.2 case", "3.2 decreasing", "3.2 range")
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


@rule("3.2 form")
@given(st.dictionaries(st.sampled_from(["d", "h", "m", "s", "ms", "us", "ns"]), st.integers(0, 40)), st.booleans())
def test_a_duration_is_the_sum_of_its_parts(parts, spaced):
    factors = {"d": 86_400, "h": 3600, "m": 60, "s": 1, "ms": Fraction(1, 10**3), "us": Fraction(1, 10**6)}
    factors["ns"] = Fraction(1, 10**9)
    ordered = [(unit, parts[unit]) for unit in factors if unit in parts]
    text = (" " if spaced else "").join(f"{count}{unit}" for unit, count in ordered) or "0"

    assert parse_duration(text) == pytest.approx(float(sum(count * factors[unit] for unit, count in ordered)))


@rule("3.2 seconds")
@given(st.floats(0, MAX_DURATION_S))
def test_seconds_that_are_written_are_read_again(seconds):
    assert parse_duration(repr(seconds)) == seconds
    assert parse_duration(f"{seconds:.6f}s") == pytest.approx(seconds, abs=1e-6)


@given(st.text())
def test_any_text_is_a_duration_or_a_value_error(text):
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert seconds is None or 0 <= seconds <= MAX_DURATION_S


@rule("3.1 boolean")
@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("YES", True), ("1", True), ("False", False), ("no", False), ("0", False), ("on", None)],
)
def test_booleans_in_any_case(text, value):
    assert parse_boolean(text) is value


@rule("3.1 integer")
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


@rule("3.1 number", "C numerals")
@pytest.mark.parametrize(("text", "value"), [("5", 5), (" 2.5 ", 2.5), ("1e3", 1000.0), ("-0.5", -0.5), (".5", 0.5)])
def test_numbers(text, value):
    assert parse_number(text) == value


@rule("3.1 number")
@pytest.mark.parametrize("text", ["", "five", "1,5", ".inf", "1_000", "true"])
def test_what_is_no_number(text):
    with pytest.raises(ValueError, match="number"):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "ratio", "score"),
    [
        pytest.param("80%", 0.8, 80, marks=rule("3.3 percent")),
        pytest.param("0.5%", 0.005, 0.5, marks=rule("3.3 percent")),
        pytest.param("1%", 0.01, 1, marks=rule("3.3 percent")),
        pytest.param("100%", 1, 100, marks=rule("3.3 percent")),
        pytest.param("80", 0.8, 80, marks=rule("3.3 above one")),
        pytest.param("92.5", 0.925, 92.5, marks=rule("3.3 above one")),
        pytest.param("1.5", 0.015, 1.5, marks=rule("3.3 above one")),
        pytest.param("100", 1, 100, marks=rule("3.3 above one")),
        pytest.param("0.8", 0.8, 80, marks=rule("3.3 fraction")),
        pytest.param(".29", 0.29, 29, marks=rule("3.3 fraction")),
        pytest.param("1.0", 1, 100, marks=rule("3.3 fraction")),
        pytest.param("1e0", 1, 100, marks=rule("3.3 fraction")),
        pytest.param("5e-1", 0.5, 50, marks=rule("3.3 fraction", "C numerals")),
        pytest.param("0.0", 0, 0, marks=rule("3.3 fraction")),
        pytest.param("0", 0, 0, marks=rule("3.3 zero and one")),
        pytest.param("1", 1, 1, marks=rule("3.3 zero and one")),
    ],
)
def test_ratios_and_scores(text, ratio, score):
    assert parse_ratio(text) == pytest.approx(ratio)
    assert parse_score(text) == score


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("-0.1", "negative", marks=rule("3.3 limits")),
        pytest.param("-5%", "negative", marks=rule("3.3 limits")),
        pytest.param("101", "more than 100", marks=rule("3.3 limits")),
        pytest.param("100.5%", "more than 100", marks=rule("3.3 limits")),
        pytest.param("9" * 400, "more than 100", marks=rule("3.3 limits")),
        ("", "is written like"),
        ("%", "is written like"),
        ("80 %", "is written like"),
        ("most", "is written like"),
        ("true", "is written like"),
    ],
)
def test_what_is_neither_ratio_nor_score(text, reason):
    for parse in (parse_ratio, parse_score):
        with pytest.raises(ValueError, match=reason):
            parse(text)


@rule("3.3 limits", "3.3 above one", "3.3 fraction")
@given(st.decimals(min_value=0, max_value=100, places=3, allow_nan=False))
def test_a_score_is_a_hundred_times_the_ratio_except_for_one(number):
    text = str(number)
    score, ratio = parse_score(text), parse_ratio(text)

    assert 0 <= ratio <= 1
    assert score == pytest.approx(ratio * 100)
    assert parse_score(f"{text}%") == pytest.approx(parse_ratio(f"{text}%") * 100)


@given(st.text(max_size=12))
def test_any_text_is_a_ratio_a_score_a_size_or_a_value_error(text):
    for parse in (parse_ratio, parse_score, parse_size, parse_number):
        try:
            parse(text)
        except ValueError as error:
            assert "\n" not in str(error)


@rule("3.3 zero and one")
@pytest.mark.parametrize(
    ("text", "one"), [("1", True), (" 1 ", True), ("0x1", True), ("1.0", False), ("1%", False), ("0", False)]
)
def test_the_integer_one_is_told_apart(text, one):
    assert is_one(text) is one


@rule("3.3 data")
@pytest.mark.parametrize(
    ("data", "score"), [(0.8, 80), (1.0, 100), (1, 1), (0, 0), (92.5, 92.5), (85, 85), ("80%", 80), ("0.5", 50)]
)
def test_in_data_the_type_stands_for_the_spelling(data, score):
    assert score_of_data(data) == score


@rule("3.3 data")
@pytest.mark.parametrize("data", [True, None, [], {}, -1, 101, float("nan"), float("inf"), "good"])
def test_what_is_no_score_in_data(data):
    with pytest.raises(ValueError, match=r"\S"):
        score_of_data(data)


@rule("3.1 size")
@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4096", 4096),
        ("0", 0),
        ("1e3", 1000),
        ("5B", 5),
        ("1kB", 1000),
        ("1.1kB", 1100),
        ("2MB", 2_000_000),
        ("3GB", 3_000_000_000),
        ("64KiB", 65_536),
        ("1.5 MiB", 1_572_864),
        ("1GiB", 2**30),
    ],
)
def test_sizes(text, size):
    assert parse_size(text) == size


@rule("3.1 size")
@pytest.mark.parametrize("text", ["", "1.5", "5kb", "5KB", "MB", "-1", "-1kB", "1e80GB", "none"])
def test_what_is_no_size(text):
    with pytest.raises(ValueError, match="size"):
        parse_size(text)


@rule("3.1 word")
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


@rule("3.1 late form")
@pytest.mark.parametrize(
    ("text", "late"),
    [
        ("${a:-${b:-${c:-{}}}}", True),
        ("${item.n|length}$x", True),
        ("$$N", False),
        ("${{a}}", False),
        ("${a", False),
        ("${a} ${b}", False),
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


@rule("3.4 path")
@pytest.mark.parametrize("path", ["a/b.txt", "..a", "a..b/c", "${item.path}", ".gitignore", "./a"])
def test_paths_that_stay_in_the_worktree_are_taken(path):
    assert path_fault(path) == ""


@rule("3.4 path")
@pytest.mark.parametrize("path", ["/etc/passwd", "../a", "a/../../b", ".git/config", "a/.GIT/x", ".."])
def test_paths_that_leave_the_worktree_are_not(path):
    assert path_fault(path)

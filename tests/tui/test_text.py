import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from prodigy_tui.tui.model.line import Line, between, cells, plain, shorten, wrap
from prodigy_tui.tui.model.text import agent_name, amount, clip, clock, fit, safe, span, stopwatch


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0~\x1b\\image", "image"),
        ("bell\x07", "bell␇"),
        ("a\tb", "a   b"),
        ("line\r\n", "line"),
        ("two\nlines", "two lines"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("👩\u200d💻", "👩💻"),
        ("\x9b31mred", "red"),
        ("\x7f", "␡"),
        ("lone \ud800", "lone \ufffd"),
        ("[bold]not markup[/]", "[bold]not markup[/]"),
    ],
)
def test_foreign_text_becomes_harmless(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.text())
def test_safe_text_holds_nothing_that_a_terminal_acts_on(text: str) -> None:
    assert not [char for char in safe(text) if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert not set(safe(text)) & set("\u202e\u2066\u200d\u200b\ufeff")


@given(st.text(), st.integers(0, 40))
def test_clipped_text_fits_and_fitted_text_fills(text: str, width: int) -> None:
    assert cell_len(clip(safe(text), width)) <= width
    assert cell_len(fit(safe(text), width)) == width


def test_a_wide_glyph_that_does_not_fit_is_left_out() -> None:
    assert clip("日本語", 4) == "日…"


@pytest.mark.parametrize(
    ("seconds", "short"),
    [(-3, "0s"), (59.9, "59s"), (61, "1m01"), (600, "10m"), (3600, "1h00"), (3 * 3600 + 240, "3h04"), (90000, "1d01")],
)
def test_durations_take_five_characters_at_most(seconds: float, short: str) -> None:
    assert span(seconds) == short
    assert len(short) <= 5


def test_amounts_and_times_are_short() -> None:
    assert [amount(n) for n in (0, 999, 1200, 61_000, 999_999, 1_250_000)] == [
        "0",
        "999",
        "1.2k",
        "61k",
        "1000k",
        "1.2M",
    ]
    assert (stopwatch(61), stopwatch(8071)) == ("01:01", "2:14:31")
    assert clock(datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC), UTC) == "09:26:53"
    assert agent_name(17) == "a017"


LINES = st.lists(st.tuples(st.text("ab 日─", max_size=30), st.just("text")), max_size=5).map(tuple)


@given(LINES, st.integers(4, 40))
def test_wrapping_keeps_all_words_and_fits(line: Line, width: int) -> None:
    wrapped = wrap(line, width)

    assert all(cells(part) <= width for part in wrapped)
    assert "".join(plain(part) for part in wrapped).replace(" ", "") == plain(line).replace(" ", "")


@given(LINES, LINES, st.integers(0, 60))
def test_two_ends_never_pass_the_width(left: Line, right: Line, width: int) -> None:
    assert cells(between(left, right, width)) <= width
    assert cells(shorten(left, width)) <= width

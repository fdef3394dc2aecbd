"""Foreign text in one line."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.agents.oneline import one_line, visible


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n\tb  c\r\n", "a b c"),
        ("\x1b[31mred\x07", "␛[31mred␇"),
        ("\x7f\x9b2J", "␡�2J"),
        ("a\u202eb\u200bc", "abc"),
        ("👩\u200d💻 naïve 日本", "👩\u200d💻 naïve 日本"),
        ("\udc80", "�"),
        ("a\u2028b", "a b"),
    ],
)
def test_nothing_is_left_that_a_terminal_obeys(text, line):
    assert one_line(text) == line


def test_only_what_is_printable_stays_as_it_is():
    every = map(chr, range(sys.maxunicode + 1))
    kept = [character for character in every if visible(character) == character]

    assert not [one for one in kept if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp")]
    assert [one for one in kept if unicodedata.category(one) == "Cf"] == ["\u200d"]
    assert [one for one in kept if one.isspace()] == [" "]
    assert all(chr(code) in kept for code in range(0x20, 0x7F))


def test_long_text_is_cut_with_an_ellipsis():
    assert one_line("x" * 201) == "x" * 199 + "…"
    assert one_line("x" * 200) == "x" * 200
    assert len(one_line("y " * 500_000)) <= 200


@given(st.text())
def test_it_is_always_one_short_clean_line(text):
    line = one_line(text)

    assert len(line) <= 200
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in line)
    assert one_line(line) == line
    assert len(visible(text).splitlines()) <= 1

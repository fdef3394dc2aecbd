import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.cli.output import (
    NotPrinted,
    Output,
    Painted,
    ReaderGone,
    harmless,
    harmless_json,
    harmless_lines,
    wants_colour,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def make_output(out: io.StringIO, err: io.StringIO | None = None, **options: object) -> Output:
    return Output(out, err or io.StringIO(), environ={}, **options)  # type: ignore[arg-type]  # test keywords


def test_a_paragraph_goes_on_below_at_a_word_where_the_terminal_is_narrow() -> None:
    said = ("  dead    ", Painted("a module", "red"), " that nothing in the repository calls")
    narrow, pipe = Terminal(), io.StringIO()
    Output(narrow, pipe, environ={"COLUMNS": "34"}, colour="never").paragraph(*said, indent=10)
    make_output(pipe).paragraph(*said, indent=10)

    lines = ["  dead    a module that nothing in", "          the repository calls"]
    assert narrow.getvalue().splitlines() == lines
    assert pipe.getvalue() == "  dead    a module that nothing in the repository calls\n"
    bright = Terminal()
    Output(bright, pipe, environ={"COLUMNS": "34"}, colour="always").paragraph(*said, indent=10)
    assert "\x1b[31ma module\x1b[0m" in bright.getvalue()


@given(st.text())
def test_harmless_text_is_one_line_of_printable_characters(text: str) -> None:
    shown = harmless(text)

    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in shown)
    assert not any("\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" for c in shown)
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")


@given(st.recursive(st.text() | st.none() | st.integers(), st.lists))
def test_harmless_json_means_the_same(value: object) -> None:
    assert json.loads(harmless_json(json.dumps(value, ensure_ascii=False))) == value


def test_lines_and_tabs_are_kept_in_text_of_several_lines() -> None:
    assert harmless_lines("a\tb\nc\x1b[2J") == "a\tb\nc\\x1b[2J"


def test_text_cannot_bring_its_own_colour_onto_a_terminal() -> None:
    out = Terminal()

    make_output(out).line(Painted("red \x1b[32m", "red"), "\x1b]0;title\x07")

    assert out.getvalue() == "\x1b[31mred \\x1b[32m\x1b[0m\\x1b]0;title\\x07\n"


@pytest.mark.parametrize(
    ("mode", "stream", "environ", "wanted"),
    [
        ("auto", Terminal(), {}, True),
        ("auto", io.StringIO(), {}, False),
        ("auto", Terminal(), {"NO_COLOR": "1"}, False),
        ("auto", Terminal(), {"TERM": "dumb"}, False),
        ("always", io.StringIO(), {"NO_COLOR": "1"}, True),
        ("never", Terminal(), {}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(mode, stream, environ, wanted) -> None:
    assert wants_colour(mode, stream, environ) is wanted


def test_what_is_said_goes_to_stderr_and_quiet_leaves_only_errors() -> None:
    out, err = io.StringIO(), io.StringIO()
    output = make_output(out, err, verbosity=-1)

    output.say("working")
    output.warn("careful")
    output.error("no way")

    assert (out.getvalue(), err.getvalue()) == ("", "error: no way\n")


def test_details_need_verbosity() -> None:
    err = io.StringIO()

    make_output(io.StringIO(), err).detail("small print")
    make_output(io.StringIO(), err, verbosity=1).detail("shown")

    assert err.getvalue() == "shown\n"


def test_table_columns_align_by_the_width_of_characters() -> None:
    out = io.StringIO()

    make_output(out).table(("NAME", "N"), [("漢字", "1"), ("abc", "2")])

    assert out.getvalue().splitlines() == ["NAME  N", "漢字  1", "abc   2"]


def test_document_names_its_schema_first() -> None:
    out = io.StringIO()

    make_output(out).document("runs", {"runs": []})

    assert next(iter(json.loads(out.getvalue()).items())) == ("schema", "prodigy-tui/runs/1")


def test_a_reader_that_hangs_up_is_told_apart_from_bugs() -> None:
    with pytest.raises(ReaderGone):
        make_output(Gone()).line("data")


def test_a_full_disk_is_no_reader_that_hangs_up() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full, pytest.raises(NotPrinted, match="no space left") as met:
        try:
            make_output(full).line("data")
        finally:
            os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())

    assert met.value.exit_code == 7


def test_a_person_who_left_does_not_disturb() -> None:
    make_output(io.StringIO(), Gone()).say("anybody?")


def test_what_the_terminal_cannot_encode_becomes_an_escape() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")

    Output(out, out, environ={}).line("naïve")

    assert raw.getvalue() == b"na\\xefve\n"

"""Lines by number: the same as splitting the text, at every time and however the stream was taken in."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodigy_tui.storage import LINE_LIMIT, LineIndex, OutputReader, OutputWriter

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def make_index(path: Path, *texts: str) -> LineIndex:
    with OutputWriter(path) as writer:
        for text in texts:
            writer.write(text, NOW)
    index = LineIndex(OutputReader(path))
    assert not index.extend()
    return index


def split(text: str) -> list[str]:
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


@settings(deadline=None)
@given(
    st.lists(st.text(alphabet="ab\n\ré𝄞", max_size=20), max_size=8),
    st.integers(1, 30),
    st.integers(0, 100),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_lines_are_the_split_text_up_to_any_limit(texts, step: int, cut: int, first: int, last: int):
    with TemporaryDirectory() as folder:
        reader = OutputReader(Path(folder) / "s")
        index = LineIndex(reader)
        with OutputWriter(reader.path) as writer:
            for text in texts:
                writer.write(text, NOW)
                while index.extend(at_most=step):
                    pass
        until = len(reader.read(0, cut).encode())
        lines = split(reader.read(0, until))

        assert index.count(until) == len(lines)
        assert index.lines(first, last, until=until) == lines[first:last]
        assert index.texts(first, last, until=until) == lines[first:last]
        assert index.whole(until) == reader.read(0, until).count("\n")
        assert index.lines(0, index.count()) == split(reader.read())
        assert [index.line_at(index.start_of(number)) for number in range(index.count())] == list(range(index.count()))


@pytest.mark.parametrize("end", ["", "\n", "\nnext"])
@pytest.mark.parametrize("length", [LINE_LIMIT - 1, LINE_LIMIT, LINE_LIMIT + 1, 5 * LINE_LIMIT])
def test_long_line_is_cut_for_display(tmp_path: Path, length: int, end: str):
    index = make_index(tmp_path / "s", "x" * length + end)

    assert index.lines(0, 1) == ["x" * min(length, LINE_LIMIT) + ("…" if length > LINE_LIMIT else "")]
    assert index.lines(1, 2) == (["next"] if end == "\nnext" else [])


def test_cut_of_a_long_line_leaves_no_half_character(tmp_path: Path):
    index = make_index(tmp_path / "s", "x" + "€" * LINE_LIMIT)

    [line] = index.lines(0, 1)

    assert line == "x" + "€" * ((LINE_LIMIT - 1) // 3) + "…"


def test_many_lines_are_read_across_blocks(tmp_path: Path):
    expected = [f"line {number} {'y' * (number % 300)}" for number in range(5000)]
    index = make_index(tmp_path / "s", *(f"{line}\n" for line in expected))

    assert index.count() == 5000
    assert index.lines(0, 5000) == expected
    assert index.lines(4990, 9999) == expected[4990:]


def test_lines_that_were_taken_back_are_forgotten(tmp_path: Path):
    index = make_index(tmp_path / "s", "one\ntwo\n", "three\n")
    with (tmp_path / "s.log").open("r+b") as log:
        log.truncate(6)

    index.extend()
    assert index.lines(0, 9) == ["one", "tw"]

    make_index(tmp_path / "s", "enty\n")
    index.extend()
    assert index.lines(0, 9) == ["one", "twenty"]


def test_missing_stream_has_no_lines_until_it_appears(tmp_path: Path):
    index = LineIndex(OutputReader(tmp_path / "s"))

    assert (index.extend(), index.count(), index.lines(0, 5)) == (False, 0, [])

    make_index(tmp_path / "s", "now\n")
    index.extend()
    assert index.lines(0, 5) == ["now"]


def test_a_block_of_lines_is_read_as_they_are_read_one_by_one(tmp_path: Path):
    index = make_index(tmp_path / "s", "short\n", "x" * (LINE_LIMIT + 5) + "\n", "é" * 100_000 + "\n", "end\n", "open")

    assert index.texts(0, 5) == index.lines(0, 5)
    assert index.texts(3, 5) == ["end", "open"]
    assert index.block(0, 10) == 1
    assert index.block(0, LINE_LIMIT * 2) == 2
    assert index.block(4, 10) == 5

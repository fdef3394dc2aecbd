"""The law of an output stream: what is read for a time is exactly what had been written by then."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodigy_tui.storage import DiskTrouble, OutputReader, OutputWriter, output
from prodigy_tui.storage.trouble import StateFolderUnusable
from tests.storage.children import run_python
from tests.support.counting import calls_of
from tests.support.full_disk import FullDisk

START = datetime(2026, 1, 1, tzinfo=UTC)
RECORD = 16

texts = st.text(alphabet=st.sampled_from("ab\n\r\0é€𝄞"), max_size=12)
moments = st.integers(-5, 40)
writes = st.lists(st.tuples(texts, moments), max_size=12)


def at(moment: int) -> datetime:
    return START + timedelta(microseconds=moment)


@contextmanager
def stream() -> Iterator[Path]:
    """A fresh stream for each example of a property."""
    with TemporaryDirectory() as folder:
        yield Path(folder) / "a001-1"


def write_all(path: Path, pieces: list[tuple[str, int]]) -> None:
    with OutputWriter(path) as writer:
        for text, moment in pieces:
            writer.write(text, at(moment))


def expected(pieces: list[tuple[str, int]], moment: int) -> str:
    """The model: a piece was there from the latest time given up to it."""
    times = accumulate((time for text, time in pieces if text), max)
    return "".join(text for (text, _), time in zip([p for p in pieces if p[0]], times, strict=True) if time <= moment)


@settings(deadline=None)
@given(writes, moments, st.booleans())
def test_reader_returns_exactly_what_had_been_written_by_then(pieces, moment: int, reopened: bool):
    with stream() as path:
        half = len(pieces) // 2 if reopened else len(pieces)
        write_all(path, pieces[:half])
        write_all(path, pieces[half:])
        reader = OutputReader(path)

        assert reader.read(0, reader.size(at(moment))) == expected(pieces, moment)
        assert reader.read() == "".join(text for text, _ in pieces)


@settings(deadline=None)
@given(writes, st.lists(st.integers(0, 200), max_size=6))
def test_cuts_at_any_offset_never_split_a_character(pieces, offsets: list[int]):
    with stream() as path:
        write_all(path, pieces)
        reader = OutputReader(path)
        bounds = [0, *sorted(offsets), reader.size()]

        parts = [reader.read(first, last) for first, last in pairwise(bounds)]

        if bounds == sorted(bounds):
            assert "".join(parts) == reader.read()
        assert "\N{REPLACEMENT CHARACTER}" not in "".join(parts)


@settings(deadline=None)
@given(writes, st.integers(0, 300), st.integers(0, 300), moments)
def test_torn_files_show_nothing_too_early_and_go_on(pieces, log_cut: int, index_cut: int, moment: int):
    with stream() as path:
        write_all(path, pieces)
        log, index = path.with_name("a001-1.log"), path.with_name("a001-1.idx")
        whole = log.read_bytes()
        os.truncate(log, min(log_cut, len(whole)))
        os.truncate(index, min(index_cut, index.stat().st_size))
        os.utime(log, ns=(0, int(at(50).timestamp()) * 10**9 + 50_000))
        left = whole[:log_cut].decode(errors="ignore")
        reader = OutputReader(path)

        assert reader.size(at(moment)) <= reader.size() <= log.stat().st_size
        then = reader.read(0, reader.size(at(moment)))
        assert left.startswith(then)
        assert expected(pieces, moment).startswith(then)
        assert reader.read() == left
        assert reader.read(0, reader.size(at(60))) == left

        write_all(path, [("more", 70)])
        assert reader.read(0, reader.size(at(60))) == left
        assert reader.read(0, reader.size(at(70))) == left + "more"
        assert expected(pieces, moment).startswith(reader.read(0, reader.size(at(moment))))
        assert index.stat().st_size % RECORD == 0


@pytest.mark.parametrize("length", range(2 * RECORD + 1))
def test_index_torn_at_any_byte_keeps_its_whole_records(tmp_path: Path, length: int):
    write_all(tmp_path / "s", [("one", 1), ("two", 2)])
    os.truncate(tmp_path / "s.idx", length)
    os.utime(tmp_path / "s.log", ns=(0, int(at(9).timestamp()) * 10**9 + 9_000))
    reader = OutputReader(tmp_path / "s")

    assert reader.read(0, reader.size(at(5))) == "onetwo"[: 3 * (length // RECORD)]
    assert reader.read(0, reader.size(at(9))) == "onetwo"


def test_zeros_that_a_power_loss_left_in_the_index_are_ignored(tmp_path: Path):
    write_all(tmp_path / "s", [("one", 1), ("two", 2)])
    with (tmp_path / "s.idx").open("ab") as index:
        index.write(bytes(5 * RECORD + 3))
    reader = OutputReader(tmp_path / "s")

    assert [reader.size(at(moment)) for moment in (0, 1, 2)] == [0, 3, 6]

    write_all(tmp_path / "s", [("three", 3)])
    assert [reader.size(at(moment)) for moment in (0, 1, 2, 3)] == [0, 3, 6, 11]


def test_character_cut_by_a_crash_is_left_out_and_then_dropped(tmp_path: Path):
    write_all(tmp_path / "s", [("a€", 1)])
    os.truncate(tmp_path / "s.log", 3)
    reader = OutputReader(tmp_path / "s")

    assert (reader.size(), reader.read()) == (1, "a")

    write_all(tmp_path / "s", [("b", 2)])
    assert reader.read() == "ab"


def test_missing_stream_is_empty_and_says_so(tmp_path: Path):
    reader = OutputReader(tmp_path / "gone" / "s")

    assert reader.missing
    assert (reader.size(), reader.size(START), reader.read()) == (0, 0, "")

    write_all(tmp_path / "gone" / "s", [("here", 1)])
    assert not reader.missing
    assert reader.read() == "here"


def test_lone_surrogates_do_not_stop_the_stream(tmp_path: Path):
    write_all(tmp_path / "s", [("a\udc80b", 1)])

    assert OutputReader(tmp_path / "s").read() == "a?b"


def test_offsets_count_bytes_and_files_are_private(tmp_path: Path):
    with OutputWriter(tmp_path / "deep" / "s") as writer:
        assert writer.write("é", START) == 2
        assert writer.write("", START) == writer.offset == 2

    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "deep").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) == 0o700


def test_a_new_stream_is_opened_without_a_look_at_what_is_there(tmp_path: Path):
    assert calls_of(os.stat, lambda: OutputWriter(tmp_path / "one" / "1").close()) == 0
    assert calls_of(os.open, lambda: OutputWriter(tmp_path / "two" / "1").close()) == 2


def test_a_file_in_place_of_the_folder_is_trouble(tmp_path: Path):
    (tmp_path / "item").write_text("x")
    for path in (tmp_path / "item/1", tmp_path / "item/deep/1"):
        with pytest.raises(StateFolderUnusable):
            OutputWriter(path)


def test_full_disk_takes_text_back_that_the_index_cannot_time(tmp_path: Path):
    code = """
        import resource, signal, sys
        from datetime import UTC, datetime
        from pathlib import Path
        from prodigy_tui.storage import DiskTrouble, OutputReader, OutputWriter

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
        now, path, written = datetime.now(UTC), Path(sys.argv[1]), 0
        with OutputWriter(path) as writer:
            try:
                while True:
                    writer.write("x", now)
                    written += 1
            except DiskTrouble as trouble:
                print(trouble.path.name)
            assert written == writer.offset == 100 // 16, written
            assert OutputReader(path).read(0, OutputReader(path).size(now)) == "x" * written
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            writer.write("y", now)
            assert OutputReader(path).read(0, OutputReader(path).size(now)) == "x" * written + "y"
    """
    assert run_python(code, tmp_path / "s") == "s.idx\n"


def test_folder_in_place_of_the_log_is_trouble(tmp_path: Path):
    (tmp_path / "s.log").mkdir()

    with pytest.raises(DiskTrouble, match=r"s\.log"):
        OutputWriter(tmp_path / "s")
    with pytest.raises(DiskTrouble, match="cannot read"):
        OutputReader(tmp_path / "s").read()


@given(st.lists(st.tuples(texts, st.booleans()), max_size=12), st.integers(0, 60), st.integers(0, 60))
@settings(max_examples=60)
def test_pieces_of_standard_error_are_found_between_any_two_offsets(pieces, start: int, end: int) -> None:
    with stream() as path:
        marks: list[bool] = []  # of every byte: whether it came from standard error
        with OutputWriter(path) as writer:
            for number, (text, error) in enumerate(pieces):
                writer.write(text, at(number), error=error)
                marks += [error] * (writer.offset - len(marks))
        reader = OutputReader(path)

        found = reader.error_pieces(start, end)

        wanted = {place for place in range(start, min(end, len(marks))) if marks[place]}
        assert {place for first, after in found for place in range(first, after)} == wanted
        assert reader.read() == "".join(text for text, _ in pieces)


@given(st.lists(texts, max_size=12), st.integers(0, 60), st.integers(1, 60))
@settings(max_examples=60)
def test_times_tell_when_every_byte_between_two_offsets_was_printed(pieces, start: int, length: int) -> None:
    with stream() as path:
        printed: list[int] = []  # of every byte: the number of its piece
        with OutputWriter(path) as writer:
            for number, text in enumerate(pieces):
                writer.write(text, at(number))
                printed += [number] * (writer.offset - len(printed))
        end = min(start + length, len(printed))

        times = OutputReader(path).times(start, end)

        first_end = {at(number): number for number in printed}
        assert [time for time, _ in times] == sorted(time for time, _ in times)
        for place in range(start, end):
            time = next(time for time, after in times if place < after)
            assert datetime.fromtimestamp(time / 1e6, UTC) in first_end
            assert first_end[datetime.fromtimestamp(time / 1e6, UTC)] == printed[place]


@given(st.binary(max_size=200), st.integers(0, 200))
def test_the_line_after_an_offset_begins_behind_the_next_line_feed(data: bytes, offset: int) -> None:
    with stream() as path:
        path.with_name(f"{path.name}.log").write_bytes(data)
        reader, offset = OutputReader(path), min(offset, len(data))

        found = data.find(b"\n", offset)
        assert reader.line_after(offset) == (found + 1 if found >= 0 else len(data))
        assert reader.raw(offset, len(data)) == data[offset:]


def test_what_no_record_times_was_printed_when_the_log_was_last_changed(tmp_path: Path) -> None:
    (tmp_path / "s.log").write_bytes(b"copied")
    reader = OutputReader(tmp_path / "s")

    assert reader.times(0, 6) == [(reader.changed_at(), 6)]
    assert OutputReader(tmp_path / "none").times(0, 6) == []


def test_a_piece_that_is_larger_than_what_may_wait_is_kept_like_any_other(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(output, "BACKLOG_LIMIT", 8)

    with OutputWriter(tmp_path / "x") as writer:
        writer.write("more than eight bytes\n", START)
        writer.write("less\n", START)

    assert OutputReader(tmp_path / "x").read() == "more than eight bytes\nless\n"


def test_what_found_no_place_to_wait_is_counted_and_the_rest_goes_on(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(output, "BACKLOG_LIMIT", 8)
    disk = FullDisk(monkeypatch, tmp_path)

    with OutputWriter(tmp_path / "x") as writer:
        disk.full = True
        for text in ("first\n", "second\n", "3\n"):
            writer.write(text, START)
        refused = writer.refusal
        disk.full = False
        writer.write("fourth\n", START)
        assert writer.refusal is None

    assert refused is not None
    lost = "\n[9 bytes are missing here: the disk was full]\n"
    assert OutputReader(tmp_path / "x").read() == f"first\n{lost}fourth\n"


def test_bytes_that_wait_for_room_are_as_they_were(tmp_path: Path, monkeypatch):
    disk = FullDisk(monkeypatch, tmp_path)
    place = bytearray(b"first\nsecond\n")
    with OutputWriter(tmp_path / "x") as writer:
        writer.write(memoryview(place)[:6], START)
        disk.full = True
        writer.write(memoryview(place)[6:], START)
        place[:] = b"x" * len(place)
        disk.full = False

    assert OutputReader(tmp_path / "x").read() == "first\nsecond\n"


def test_what_was_lost_is_told_after_an_error_that_does_not_pass_too(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(output, "BACKLOG_LIMIT", 8)
    disk = FullDisk(monkeypatch, tmp_path)

    with OutputWriter(tmp_path / "x") as writer:
        disk.full = True
        writer.write("first\n", START)
        writer.write("second\n", START)
        disk.number = errno.EBADF
        with pytest.raises(DiskTrouble):
            writer.write("third\n", START)
        disk.full = False
        writer.write("fourth\n", START)

    assert OutputReader(tmp_path / "x").read().endswith("bytes are missing here: the disk was full]\nfourth\n")

"""Several logs as one: in the order of time, of bounded memory, and cut at any moment."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.storage import LINE_LIMIT, OutputWriter
from prodigy_tui.tui.model import log_merged
from prodigy_tui.tui.model.log_merged import MergedLog
from tests.tui.logs import START, write_log


def texts(log: MergedLog) -> list[str]:
    return [
        f"{log.name(number)} {text}"
        for number, text in zip(range(log.first, log.count), log.texts(log.first, log.count), strict=True)
    ]


def refresh(log: MergedLog, at=None) -> None:
    for _ in range(1000):
        log.refresh(at)
        if not log.more:
            return
    raise AssertionError("never done")


def test_lines_of_several_logs_stand_in_the_order_of_time(tmp_path: Path):
    write_log(tmp_path / "a", "a0\na1\na2", every_s=2)
    write_log(tmp_path / "b", "b0\nb1\nb2", every_s=3, start=START + timedelta(seconds=1))
    log = MergedLog(tmp_path, [("A", "a"), ("B", "b")])
    refresh(log)

    assert texts(log) == ["A a0", "B b0", "A a1", "A a2", "B b1", "B b2"]
    assert log.line_at(START + timedelta(seconds=2.5)) == 2


def test_what_comes_later_is_added_at_the_end_and_new_logs_join(tmp_path: Path):
    write_log(tmp_path / "a", "a0\na1")
    log = MergedLog(tmp_path, [("A", "a")])
    refresh(log)
    write_log(tmp_path / "b", "b0", start=START + timedelta(seconds=60))
    log.add([("A", "a"), ("B", "b")])
    refresh(log)
    write_log(tmp_path / "a", "a2", start=START + timedelta(seconds=90))
    assert not log.refresh(None)  # nobody has told that it grew
    assert log.grew(["a", "other"])
    refresh(log)

    assert texts(log) == ["A a0", "A a1", "B b0", "A a2"]
    assert log.names == ("A", "B")


def test_a_line_counts_when_it_has_its_end(tmp_path: Path):
    with OutputWriter(tmp_path / "a") as writer:
        writer.write("half", START)
        log = MergedLog(tmp_path, [("A", "a")])
        refresh(log)
        assert log.count == 0
        writer.write(" and half\n", START)
        log.grew(["a"])
        refresh(log)

    assert texts(log) == ["A half and half"]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), max_size=30),
    st.lists(st.integers(-1, 60), min_size=1, max_size=6),
)
def test_at_every_moment_it_holds_what_had_been_printed_then(lines, moments):
    with TemporaryDirectory() as folder:
        path, clock, expected = Path(folder), 0, []
        for number, (whose, pause) in enumerate(lines):
            clock += pause
            write_log(path / "abc"[whose], f"line {number}", start=START + timedelta(seconds=clock))
            expected.append((clock, whose, f"{'ABC'[whose]} line {number}"))
        log = MergedLog(path, [("A", "a"), ("B", "b"), ("C", "c")])
        for moment in moments:
            refresh(log, START + timedelta(seconds=moment))
            found = texts(log)

            assert sorted(found) == sorted(text for at, _, text in expected if at <= moment)
            times = log.times(log.first, log.count)
            assert times == sorted(times)


def test_only_the_newest_lines_are_kept_and_their_numbers_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(log_merged, "KEPT", 10)
    monkeypatch.setattr(log_merged, "_SPARE", 4)
    write_log(tmp_path / "a", "\n".join(f"line {n}" for n in range(30)))
    log = MergedLog(tmp_path, [("A", "a")])
    refresh(log)

    assert (log.first, log.count) == (20, 30)
    assert log.texts(20, 22) == ["line 20", "line 21"]
    write_log(tmp_path / "a", "\n".join(f"line {n}" for n in range(30, 33)), start=START + timedelta(seconds=60))
    log.grew(["a"])
    refresh(log)
    assert (log.first, log.texts(log.count - 1, log.count)) == (20, ["line 32"])


def test_of_a_long_past_the_tail_is_read_from_a_lines_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(log_merged, "TAIL_BYTES", 100)
    monkeypatch.setattr(log_merged, "_LEAST_TAIL", 100)
    write_log(tmp_path / "a", "\n".join(f"line é {n:03}" for n in range(50)))
    log = MergedLog(tmp_path, [("A", "a")])
    refresh(log)

    assert 5 <= log.count <= 9
    assert log.texts(0, log.count) == [f"line é {n:03}" for n in range(50 - log.count, 50)]


def test_lines_longer_than_anybody_reads_are_cut(tmp_path: Path):
    write_log(tmp_path / "a", "x" * 2_000_000 + "\nafter")
    log = MergedLog(tmp_path, [("A", "a")])
    refresh(log)

    assert max(map(len, log.texts(0, log.count))) <= LINE_LIMIT + 1
    assert log.texts(log.count - 1, log.count) == ["after"]


def test_it_is_saved_with_whose_line_is_whose_and_never_over_another_file(tmp_path: Path):
    write_log(tmp_path / "a", "a0")
    log = MergedLog(tmp_path, [("A", "a")])
    refresh(log)
    log.save(tmp_path / "out.txt")

    assert (tmp_path / "out.txt").read_text() == "A  a0\n"
    with pytest.raises(FileExistsError):
        log.save(tmp_path / "out.txt")

"""Reading a log back: whole lines only, damage by name, and a timeline that agrees with the plain fold."""

import os
import pickle
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from prodigy_tui.events import codec, source
from prodigy_tui.events.codec import EventTooLarge, encode
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.loglines import LogLines
from prodigy_tui.events.schema import AgentStarted, Envelope, RunFinished, WarningRaised
from prodigy_tui.events.source import LogDamaged, read_events
from prodigy_tui.events.state import RunState
from prodigy_tui.events.timeline import KEYFRAME_EVERY, Timeline
from tests.support.make import START, make_envelope, make_envelopes, make_run

RUN = make_run(failing=[2], conflicting=[3], retried=[5])
LONG_RUN = make_run(items=150, failing=range(1, 150, 9), retried=range(2, 150, 8), max_parallel=12)


def write_log(path: Path, envelopes: Sequence[Envelope], tail: bytes = b"") -> Path:
    path.write_bytes(b"".join(map(encode, envelopes)) + tail)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


class CountingList(list[Envelope]):
    """A list of events that knows how many were taken out."""

    taken = 0

    def __getitem__(self, index):
        found = super().__getitem__(index)
        self.taken += len(found) if isinstance(index, slice) else 1
        return found


def test_read_events_yields_what_was_written(path: Path):
    assert tuple(read_events(write_log(path, RUN))) == RUN


def test_read_events_stops_before_an_incomplete_last_line(path: Path):
    write_log(path, RUN, tail=encode(make_envelope(WarningRaised(message="half"), len(RUN) + 1))[:-1])

    assert tuple(read_events(path)) == RUN


def test_log_that_is_torn_at_any_byte_has_the_whole_lines_before_it(path: Path):
    events = make_envelopes(*(WarningRaised(message=word) for word in ("a", "ü", "c")))
    text = b"".join(map(encode, events))
    for length in range(len(text) + 1):
        whole = text[:length].count(b"\n")
        for tail in (b"", bytes(3)):
            path.write_bytes(text[:length] + tail)
            assert tuple(read_events(path)) == events[:whole]
            assert len(LogLines(path)) == whole


@pytest.mark.parametrize(
    "tail", [bytes(4096), b'{"seq":4' + bytes(10) + b'e":1}\n', bytes(3) + b"\n" + bytes(3) + b"\n"]
)
def test_zeros_at_the_end_are_no_lines_yet(path: Path, tail: bytes):
    write_log(path, RUN[:3], tail=tail)

    assert tuple(read_events(path)) == RUN[:3]
    assert tuple(LogLines(path)) == RUN[:3]


def test_line_that_is_longer_than_any_event_is_not_held_in_memory(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(source, "LARGEST_LINE", 1024 * 1024)
    write_log(path, RUN[:3], tail=b"x" * (1024 * 1024) + b"\n")

    with pytest.raises(LogDamaged, match="line 4: it has more than 1 MiB"):
        list(read_events(path))


@pytest.mark.parametrize("block", [1, 100, 1000, 10_000])
def test_log_is_the_same_in_blocks_of_any_size(path: Path, monkeypatch: pytest.MonkeyPatch, block: int):
    monkeypatch.setattr(source, "_BLOCK", block)
    newer = b'{"seq":%d,"at":"2026-03-14T09:27:00Z","cause":null,"type":"of_tomorrow"}\n' % (len(RUN) + 1)
    write_log(path, RUN, tail=newer)

    *known, last = read_events(path)

    assert tuple(known) == RUN
    assert encode(last) == newer


def test_whole_log_is_read_and_decoded_in_a_few_pieces(path: Path, monkeypatch: pytest.MonkeyPatch):
    write_log(path, LONG_RUN)
    read, alone = [], []
    pread, read_line = os.pread, source.read_line
    monkeypatch.setattr(os, "pread", lambda *place: (read.append(place), pread(*place))[1])
    monkeypatch.setattr(source, "read_line", lambda *line: (alone.append(line), read_line(*line))[1])

    assert tuple(read_events(path)) == LONG_RUN

    assert len(read) < 10
    assert not alone


def test_a_line_is_one_event_and_an_event_is_one_line(path: Path):
    one, two, three = (encode(envelope) for envelope in RUN[:3])
    for text in (one + two[:-1] + three + b"\n", one + b"\n" + two, one + two.replace(b",", b",\n", 1)):
        path.write_bytes(text)

        with pytest.raises(LogDamaged, match="line 2"):
            list(read_events(path))


def test_events_before_damage_are_read(path: Path):
    write_log(path, RUN[:3], tail=b"garbage\n" + encode(RUN[4]))
    events = read_events(path)

    assert tuple(next(events) for _ in range(3)) == RUN[:3]


def test_log_that_was_cut_off_under_its_reader_is_damaged(path: Path):
    lines = LogLines(write_log(path, RUN))
    write_log(path, RUN[:7])

    assert tuple(lines[:7]) == RUN[:7]
    with pytest.raises(LogDamaged, match="line 8: the file ends before it does"):
        lines[:9]


def test_event_that_nobody_would_read_back_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(codec, "LARGEST_LINE", 1024 * 1024)

    with pytest.raises(EventTooLarge, match="WarningRaised has 1 MiB, more than the 1 MiB"):
        encode(make_envelope(WarningRaised(message="x" * 1024 * 1024), 1))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\x00\x00\x00\n", "it has zeros in it"),
        (b"<<<<<<< garbage\n", "JSON is malformed"),
        (b'{"seq":4,"at":"yesterday","type":"run_finished"}\n', "Invalid RFC3339"),
    ],
)
def test_read_events_names_file_and_line_of_damage(path: Path, line: bytes, reason: str):
    write_log(path, RUN[:3], tail=line + encode(RUN[4]))

    with pytest.raises(LogDamaged, match=rf"events\.jsonl is damaged at line 4: .*{reason}") as caught:
        list(read_events(path))

    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_log_lines_are_a_sequence_of_the_events(path: Path):
    lines = LogLines(write_log(path, RUN, tail=b'{"seq":'))

    assert len(lines) == len(RUN)
    assert (lines[0], lines[-1], lines[7]) == (RUN[0], RUN[-1], RUN[7])
    assert (tuple(lines[3:9]), tuple(lines[::-2]), lines[9:3]) == (RUN[3:9], RUN[::-2], [])
    assert tuple(lines) == RUN
    with pytest.raises(IndexError):
        lines[len(RUN)]


def test_empty_log_is_a_timeline_without_a_moment(path: Path):
    timeline = Timeline.open(write_log(path, ()))

    assert (timeline.last_seq, timeline.state_at(5), timeline.seq_at(START)) == (0, RunState(), 0)
    assert (timeline.mark_after(0), timeline.mark_before(0)) == (None, None)


@pytest.mark.parametrize("events", [RUN, LONG_RUN], ids=["short", "over a keyframe"])
def test_state_at_every_cursor_is_the_fold_up_to_it(events: tuple[Envelope, ...]):
    timeline, state = Timeline(events), RunState()

    for envelope in events:
        state = fold([envelope], start=state)
        assert timeline.state_at(envelope.seq) == state


def test_state_does_not_depend_on_where_the_cursor_was_before(path: Path):
    timeline = Timeline.open(write_log(path, LONG_RUN))

    for seq in (0, 1_500, 3, 1_000, 1_001, 999, 1_240, 1_240, 12):
        assert timeline.state_at(seq) == fold(LONG_RUN[:seq])


def test_cursor_beyond_an_end_is_that_end():
    timeline = Timeline(RUN)

    assert timeline.state_at(-4) == RunState()
    assert timeline.state_at(len(RUN) + 9) == fold(RUN)


def test_seek_reads_fewer_events_than_lie_between_keyframes_and_a_step_reads_one():
    events = CountingList(LONG_RUN)
    timeline = Timeline(events)

    costs = []
    for seq in (KEYFRAME_EVERY - 1, KEYFRAME_EVERY, KEYFRAME_EVERY + 40, KEYFRAME_EVERY + 41, KEYFRAME_EVERY + 41):
        events.taken = 0
        timeline.state_at(seq)
        costs.append(events.taken)

    assert costs == [KEYFRAME_EVERY - 1, 0, 40, 1, 0]


def test_timeline_of_a_growing_list_catches_up():
    events = list(LONG_RUN[:990])
    timeline = Timeline(events)

    for size in (991, 1_005, 1_200):
        events.extend(LONG_RUN[len(events) : size])
        timeline.catch_up()
        assert timeline.last_seq == size
        assert timeline.state_at(size) == fold(LONG_RUN[:size])
    assert [mark.seq for mark in timeline.marks] == [mark.seq for mark in Timeline(LONG_RUN[:1_200]).marks]


def test_seq_at_is_the_last_event_not_after_the_moment():
    timeline = Timeline(RUN)

    assert timeline.seq_at(START) == 0
    assert timeline.seq_at(RUN[4].at) == 5
    assert timeline.seq_at(RUN[4].at + timedelta(milliseconds=100)) == 5
    assert timeline.seq_at(RUN[-1].at + timedelta(days=1)) == len(RUN)


def test_clock_that_was_set_back_keeps_moments_in_order():
    noted = WarningRaised(message="tick")
    events = [
        make_envelope(noted, seq, at=START + timedelta(seconds=second)) for seq, second in ((1, 5), (2, 1), (3, 6))
    ]

    timeline = Timeline(events)

    assert [timeline.seq_at(START + timedelta(seconds=second)) for second in (1, 5, 6)] == [0, 2, 3]


def test_marks_are_what_people_look_for():
    kinds = [mark.kind for mark in Timeline(RUN).marks]

    assert {kind: kinds.count(kind) for kind in sorted(set(kinds))} == {
        "dead_letter": 2,
        "failure": 3,  # item 2, the conflict of item 3, the first attempt of item 5
        "merge": 4,
        "phase": 3,
    }
    assert [mark.text for mark in Timeline(make_run(items=1)).marks][-2:] == [
        "land this run on main?",
        "landed on main",
    ]


def test_marks_are_walked_in_both_directions():
    timeline = Timeline(RUN)
    first, second = timeline.marks[:2]

    assert timeline.mark_after(0) == first
    assert timeline.mark_after(first.seq) == second
    assert timeline.mark_before(second.seq) == first
    assert timeline.mark_before(first.seq) is None
    assert timeline.mark_after(timeline.marks[-1].seq) is None


def test_made_runs_end_as_they_were_meant_to():
    state = fold(RUN)

    assert state.status == "failed"
    assert sorted(state.dead_letters) == ["item-2", "item-3"]
    assert state.items["item-5"].attempt == 2
    assert state.merged == 4
    assert make_run(items=3) == make_run(items=3)
    assert isinstance(make_run(items=0)[-1].event, RunFinished)
    assert max(e.event.slot for e in LONG_RUN if isinstance(e.event, AgentStarted)) == 11
    assert [envelope.seq for envelope in make_envelopes(RunFinished(status="stopped", exit_code=1), first_seq=4)] == [4]

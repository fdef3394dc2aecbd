"""A timeline read bit by bit, and one that a live run adds to, are the same as one read whole."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodigy_tui.events.codec import encode
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.grownlog import GrownLog
from prodigy_tui.events.loglines import LogLines
from prodigy_tui.events.source import LogDamaged
from prodigy_tui.events.state import RunState
from prodigy_tui.events.timeline import KEYFRAME_EVERY, Timeline
from tests.support.make import make_run

RUN = make_run(items=60, failing={3, 20}, retried={7}, max_parallel=5)
WHOLE = Timeline(RUN)
SEQS = st.integers(min_value=0, max_value=len(RUN))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    path.write_bytes(b"".join(encode(envelope) for envelope in RUN))
    return path


@given(first=SEQS, then=SEQS)
@settings(max_examples=40, deadline=None)
def test_every_moment_is_the_fold_of_what_came_before_wherever_one_was(first: int, then: int) -> None:
    WHOLE.state_at(first)

    assert WHOLE.state_at(then) == fold(RUN[:then])


def test_a_log_is_shown_from_its_beginning_while_the_rest_is_read(log: Path) -> None:
    timeline = Timeline.begin(log)

    assert timeline.last_seq == KEYFRAME_EVERY < len(RUN)
    assert (timeline.total, timeline.last_at, timeline.whole) == (len(RUN), RUN[-1].at, False)
    assert timeline.state_at(10) == fold(RUN[:10])
    assert timeline.seq_at(RUN[-5].at) == len(RUN) - 4  # found without reading what lies before
    while timeline.catch_up(KEYFRAME_EVERY):
        assert timeline.last_seq % KEYFRAME_EVERY == 0
    assert timeline.state_at(len(RUN)) == fold(RUN)
    assert list(timeline.marks) == list(WHOLE.marks)


def test_a_moment_is_found_in_the_file_as_in_memory(log: Path) -> None:
    lines = LogLines(log, lazily=True)

    assert len(lines) == 0
    for envelope in RUN[::17]:
        for shift in (-1, 0, 1):
            moment = envelope.at + timedelta(microseconds=shift)
            assert lines.seq_at(moment) == WHOLE.seq_at(moment)


def test_events_before_a_damaged_line_can_be_looked_at(log: Path, tmp_path: Path) -> None:
    broken = tmp_path / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    broken.write_bytes(b"".join([*lines[:280], b'{"seq":281}\n', *lines[281:]]))
    timeline = Timeline.begin(broken)

    with pytest.raises(LogDamaged, match="line 281"):
        timeline.catch_up()
    timeline.give_up()
    assert (timeline.last_seq, timeline.total, timeline.whole) == (280, 280, True)
    assert timeline.state_at(400) == fold(RUN[:280])


@pytest.mark.parametrize(("kept", "at_once"), [(1, 1), (10, 7), (10_000, 64)])
def test_a_run_that_goes_on_adds_to_its_timeline(
    log: Path, kept: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prodigy_tui.events.grownlog._KEPT", kept)
    grown = GrownLog(log)
    timeline, state = Timeline(grown), RunState()
    while timeline.last_seq < len(RUN):
        block = RUN[timeline.last_seq :][: min(at_once, timeline.room)]
        state = fold(block, start=state)
        grown.extend(block)
        timeline.note(block, state)

    assert (timeline.last_seq, timeline.whole) == (len(RUN), True)
    for seq in (0, 1, 249, 250, 251, 433, len(RUN)):
        assert timeline.state_at(seq) == fold(RUN[:seq])
    assert list(timeline.marks) == list(WHOLE.marks)
    assert list(grown[5:9]) == list(RUN[5:9])
    assert grown[-1] == RUN[-1]


def test_a_log_that_lost_what_was_recorded_is_told_and_not_shown_wrong(tmp_path: Path, log: Path) -> None:
    short = tmp_path / "events.jsonl"
    short.write_bytes(b"".join(encode(envelope) for envelope in RUN[:10]))
    grown = GrownLog(short)
    grown._recent.clear()
    grown._size = len(RUN)

    with pytest.raises(LogDamaged, match="ends before"):
        grown[5:20]


@given(after=SEQS, upto=SEQS)
@settings(max_examples=40, deadline=None)
def test_whether_a_stretch_has_a_mark_is_what_walking_would_find(after: int, upto: int) -> None:
    for kind in ("failure", "merge", "phase"):
        walked = any(mark.kind == kind and after < mark.seq <= upto for mark in WHOLE.marks)
        assert WHOLE.marked(kind, after, upto) == walked

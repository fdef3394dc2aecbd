"""Logs that other versions recorded: they are read, folded, shown and replayed as they were then, for ever."""

import json
from pathlib import Path

import pytest

from prodigy_tui.cli.lines.event import line_of
from prodigy_tui.events.codec import encode
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import Unknown
from prodigy_tui.events.source import read_events
from prodigy_tui.events.timeline import Timeline
from tests.golden.facts import facts, logs
from tests.support.invariants import check_invariants

LOGS = {f"{log.parent.name}-{log.stem}": log for log in logs()}


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_golden_log_comes_to_what_it_came_to(log: Path) -> None:
    expected = json.loads(log.with_suffix(".state.json").read_text())

    events = tuple(read_events(log))
    state = fold(events)

    assert facts(state) == expected
    check_invariants(state)


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_golden_log_is_replayed_and_shown(log: Path) -> None:
    timeline, state = Timeline.open(log), None

    for envelope in timeline.events:
        state = fold([envelope], start=state)
        assert timeline.state_at(envelope.seq) == state
        assert line_of(envelope).parts
    assert timeline.last_seq == len(log.read_bytes().splitlines())


def test_events_of_the_future_are_kept_byte_for_byte() -> None:
    for log in (log for log in LOGS.values() if log.stem == "future"):
        unknown = [envelope for envelope in read_events(log) if isinstance(envelope.event, Unknown)]
        lines = log.read_bytes().splitlines(keepends=True)

        assert unknown
        assert all(encode(envelope) == lines[envelope.seq - 1] for envelope in unknown)

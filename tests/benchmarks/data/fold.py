"""P8 and P9: the state of a run out of a log of a million events, and moments of its past.

Two logs: one of a thousand agents that say much, nine events in ten, as agents of language models do; and one of ninety
thousand items whose steps say nothing, which is more than a state has to hold in practice, and has no target. The floor
is a reader that parses each line as JSON and counts it.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from prodigy_tui.events.codec import encode
from prodigy_tui.events.evolve import fold as fold_events
from prodigy_tui.events.source import read_events
from tests.benchmarks.data.apart import apart
from tests.benchmarks.figures import Figure
from tests.benchmarks.interface.crowd import at_work, beginning
from tests.benchmarks.interface.past import replay
from tests.support.make import make_run

_MILLION: Final = 1_000_000
_AGENTS: Final = 1_000
_EVENTS_AN_ITEM: Final = 11


def fold(folder: Path, quick: bool) -> Iterator[Figure]:
    """A fresh process reads a log and folds it, as every command does that looks at a run."""
    count = _MILLION // 20 if quick else _MILLION
    logs = (("messages", _write_talk, 5.0, 150.0), ("short steps", _write_steps, math.inf, math.inf))
    for what, write, seconds, mb in logs:
        log = folder / "events.jsonl"
        events = write(log, count)
        ours = apart(__name__, "folded", str(log))
        floor = apart(__name__, "counted", str(log))
        if ours.found != events or floor.found != events:
            raise SystemExit(f"error: {ours.found} of {events} events were folded, {floor.found} counted")
        scale = _MILLION / events
        beside = f"{ours.cpu_s * scale:.2f} by {floor.cpu_s * scale:.2f} s"
        name = f"fold of a million events, {what}"
        yield Figure(goal="P8", what=name, value=ours.cpu_s * scale, unit="s", target=seconds, beside=beside)
        yield Figure(goal="P8", what=f"memory, {what}", value=ours.peak_mb, unit="MB", target=mb)
        log.unlink()


def past(folder: Path, quick: bool) -> Iterator[Figure]:
    """G7 with its stretch for a target, which keyframes are there for."""
    targets = {"first picture of a million events": 0.5, "seek p95": 12.0}
    for figure in replay(folder, events=_MILLION // 10 if quick else _MILLION):
        yield replace(figure, goal="P9", target=targets.get(figure.what, math.inf), stretch=None)


def folded(log: str) -> int:
    """Folds a log; returns the number of its last event."""
    return fold_events(read_events(Path(log))).last_seq


def counted(log: str) -> int:
    """Counts the events of a log by kind."""
    decode = msgspec.json.Decoder().decode
    with Path(log).open("rb") as file:
        return Counter(decode(line)["type"] for line in file).total()


def _write_talk(log: Path, count: int) -> int:
    with log.open("wb") as file:
        begun = 0
        for envelope in beginning(_AGENTS):
            begun += file.write(encode(envelope)) > 0
        file.writelines(map(encode, at_work(_AGENTS, count - begun, first=begun + 1)))
    return count


def _write_steps(log: Path, count: int) -> int:
    run = make_run(items=count // _EVENTS_AN_ITEM, max_parallel=10)
    with log.open("wb") as file:
        file.writelines(map(encode, islice(run, count)))
    return min(len(run), count)

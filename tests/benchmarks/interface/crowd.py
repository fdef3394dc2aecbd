"""Events of many agents at once, made before the clock runs: what a benchmark publishes must cost it nothing."""

from collections.abc import Iterator
from datetime import timedelta

from prodigy_tui.events.schema import (
    AgentMessage,
    AgentStarted,
    Envelope,
    ItemsLoaded,
    KnownEvent,
    PhaseStarted,
    StepFinished,
    StepStarted,
)
from tests.support.make import START, STATE_HOME, make_items, make_run_started, oid

STEPS = ("0", "1")
LABELS = ("make the change", "pytest -q")


def beginning(agents: int) -> Iterator[Envelope]:
    """Yields a run whose agents are all at work at once."""
    items = make_items(agents)
    events: list[KnownEvent] = [make_run_started(max_parallel=agents), PhaseStarted(phase="map")]
    events.append(ItemsLoaded(items=items, stages={"input": agents, "filter": agents}))
    for slot, item in enumerate(items):
        where = f"{STATE_HOME}/worktrees/slot-{slot}"
        branch = f"prodigy/q7xk/{item.id}/1"
        events.append(AgentStarted(item_id=item.id, attempt=1, slot=slot, branch=branch, base=oid(1), worktree=where))
    yield from _stamped(events, first=1)


def at_work(agents: int, count: int, *, first: int) -> Iterator[Envelope]:
    """Yields `count` events more: messages, and every tenth a step that begins or ends, agent by agent in turn."""
    items = make_items(agents)

    def told() -> Iterator[KnownEvent]:
        for number in range(count):
            item, turn = items[number % agents].id, number // agents
            path, label = STEPS[turn // 20 % 2], LABELS[turn // 20 % 2]
            if turn % 20 == 0:
                yield StepStarted(phase="map", path=path, label=label, kind="agent", item_id=item, attempt=1)
            elif turn % 20 == 19:
                yield StepFinished(phase="map", path=path, status="ok", item_id=item, attempt=1, duration_s=1.0)
            else:
                text = f"Edit src/part_{number}.py +{number % 40} −{number % 7}"
                yield AgentMessage(kind="tool", text=text, phase="map", path=path, item_id=item, attempt=1)

    yield from _stamped(told(), first=first)


def _stamped(events: "Iterator[KnownEvent] | list[KnownEvent]", *, first: int) -> Iterator[Envelope]:
    for seq, event in enumerate(events, start=first):
        yield Envelope(seq=seq, at=START + timedelta(milliseconds=seq), event=event)

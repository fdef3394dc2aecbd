"""Factories of events: single envelopes, and whole runs with chosen misfortunes.

Everything is deterministic: times count from `START`, names and commits from the items' numbers.
"""

from collections import deque
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

from prodigy_tui.events.schema import (
    AgentFinished,
    AgentMessage,
    AgentStarted,
    Envelope,
    GateAnswered,
    GateOpened,
    ItemDeadLettered,
    ItemsLoaded,
    KnownEvent,
    LandingFinished,
    LandingStarted,
    MergeFinished,
    MergeStarted,
    PhaseFinished,
    PhaseStarted,
    RetryScheduled,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    UsageReported,
    WorktreeCreated,
)
from prodigy_tui.events.values import Failure, Item, PhaseName, PhaseOutline, StepOutline, StepResult, Usage

START = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
STATE_HOME = "/home/ada/.local/state/prodigy-tui"
SETUP = StepOutline(label="uv sync", kind="shell")
TEMPLATE = (StepOutline(label="make the change", kind="agent"), StepOutline(label="pytest -q", kind="shell"))
REDUCE = StepOutline(label="make report", kind="shell")


def oid(number: int) -> str:
    """Returns a git object name that is easy to tell from others."""
    return f"{number:040x}"


def make_envelope(event: KnownEvent, seq: int = 1, *, at: datetime | None = None, cause: int | None = None) -> Envelope:
    """Returns an event in its place; event n happens n seconds after `START` unless told otherwise."""
    return Envelope(seq=seq, at=at or START + timedelta(seconds=seq), event=event, cause=cause)


def make_envelopes(*events: KnownEvent, first_seq: int = 1) -> tuple[Envelope, ...]:
    """Returns events one after another."""
    return tuple(make_envelope(event, seq) for seq, event in enumerate(events, start=first_seq))


def make_run_started(*, max_parallel: int = 3) -> RunStarted:
    """Returns the first event of a run of the workflow `modernise`."""
    return RunStarted(
        run_id="modernise-260314-092653-q7xk",
        workflow="modernise",
        kind="mapreduce",
        file="workflows/modernise.yml",
        text="name: modernise\nmode: mapreduce\n",
        digest="sha256:" + "5a" * 32,
        repository="/home/ada/shop",
        target="main",
        base=oid(1),
        run_branch="prodigy/modernise-260314-092653-q7xk",
        version="0.1.0",
        outline=(
            PhaseOutline(phase="setup", steps=(SETUP,)),
            PhaseOutline(phase="map", steps=TEMPLATE),
            PhaseOutline(phase="reduce", steps=(REDUCE,)),
            PhaseOutline(phase="merge"),
        ),
        max_parallel=max_parallel,
    )


def make_items(count: int) -> tuple[Item, ...]:
    """Returns `item-1`, `item-2`, … with a path and a priority each."""
    return tuple(
        Item(
            id=f"item-{n}", safe_id=f"item-{n}", data={"id": f"item-{n}", "path": f"src/part_{n}.py", "priority": n % 5}
        )
        for n in range(1, count + 1)
    )


def make_run(
    *,
    items: int = 6,
    failing: Collection[int] = (),
    conflicting: Collection[int] = (),
    retried: Collection[int] = (),
    max_parallel: int = 3,
    answer: str = "approve",
) -> tuple[Envelope, ...]:
    """Returns the whole log of a mapreduce run.

    Args:
        items: how many work items there are, numbered from 1.
        failing: items whose only attempt fails; they go to the dead letter queue.
        conflicting: items whose branch conflicts when merged; they go there too.
        retried: items whose first attempt fails and whose second succeeds.
        max_parallel: agents at once.
        answer: what a person says when asked to land; a run with dead letters is not asked.
    """
    script = _Script()
    script.add(make_run_started(max_parallel=max_parallel))
    script.add(_worktree("run", oid(1)))
    _run_level_phase(script, "setup", SETUP)
    script.add(PhaseStarted(phase="map"))
    script.add(ItemsLoaded(items=make_items(items), stages={"input": items, "filter": items}))
    for slot in range(min(max_parallel, items)):
        script.add(_worktree(f"slot-{slot}", oid(1)))
    floor = _MapFloor(script, items, set(failing), set(conflicting), set(retried), max_parallel)
    floor.work()
    script.add(PhaseFinished(phase="map", status="ok", tip=floor.tip))
    _run_level_phase(script, "reduce", REDUCE)
    dead = len(set(failing) | set(conflicting))
    if dead:
        script.add(RunFinished(status="failed", exit_code=1, message=f"{dead} of {items} items failed"))
    else:
        _land(script, floor.tip, items, answer)
    return tuple(script.envelopes)


class _Script:
    """The log so far, and the time."""

    def __init__(self) -> None:
        self.now = START
        self.envelopes: list[Envelope] = []

    def add(self, event: KnownEvent, *, cause: int | None = None) -> int:
        """Appends an event a quarter of a second later and returns its `seq`."""
        self.now += timedelta(milliseconds=250)
        seq = len(self.envelopes) + 1
        self.envelopes.append(make_envelope(event, seq, at=self.now, cause=cause))
        return seq


class _MapFloor:
    """Agents at work in their slots, taking turns event by event, and the merge queue."""

    def __init__(
        self, script: _Script, items: int, failing: set[int], conflicting: set[int], retried: set[int], slots: int
    ) -> None:
        self.script = script
        self.tip = oid(1)
        self._failing = failing
        self._conflicting = conflicting
        self._retried = retried
        self._waiting = deque((number, 1, START) for number in range(1, items + 1))
        self._slots: list[Iterator[KnownEvent] | None] = [None] * slots
        self._merge_queue: deque[AgentFinished] = deque()

    def work(self) -> None:
        """Goes on until every item has its end."""
        while self._waiting or self._merge_queue or any(self._slots):
            for slot in range(len(self._slots)):
                self._turn(slot)
            if self._merge_queue:
                self._merge(self._merge_queue.popleft())

    def _turn(self, slot: int) -> None:
        agent = self._slots[slot]
        if agent is None and self._waiting:
            number, attempt, due = self._waiting.popleft()
            self.script.now = max(self.script.now, due)
            fails = number in self._failing or (number in self._retried and attempt == 1)
            agent = self._slots[slot] = _agent(number, attempt, slot, self.tip, fails=fails)
        if agent is None:
            return
        event = next(agent)
        seq = self.script.add(event)
        if isinstance(event, AgentFinished):
            self._slots[slot] = None
            self._settle(event, seq)

    def _settle(self, event: AgentFinished, seq: int) -> None:
        number = _number(event.item_id)
        if event.failure is None:
            self._merge_queue.append(event)
        elif number in self._retried and event.attempt == 1:
            due = self.script.now + timedelta(seconds=2)
            self.script.add(RetryScheduled(item_id=event.item_id, due=due), cause=seq)
            self._waiting.append((number, 2, due))
        else:
            self.script.add(ItemDeadLettered(item_id=event.item_id, failure=event.failure), cause=seq)

    def _merge(self, agent: AgentFinished) -> None:
        self.script.add(MergeStarted(item_id=agent.item_id, attempt=agent.attempt, head=agent.head, onto=self.tip))
        if _number(agent.item_id) not in self._conflicting:
            self.tip = oid(3_000 + _number(agent.item_id))
            merged = MergeFinished(item_id=agent.item_id, attempt=agent.attempt, status="merged", tip=self.tip)
            self.script.add(merged)
            return
        seq = self.script.add(
            MergeFinished(
                item_id=agent.item_id,
                attempt=agent.attempt,
                status="conflict",
                tip=self.tip,
                conflicts=("src/shared.py",),
                detail="CONFLICT (content): Merge conflict in src/shared.py",
            )
        )
        failure = Failure(kind="merge", code="PT640", message="merge conflict in src/shared.py")
        self.script.add(ItemDeadLettered(item_id=agent.item_id, failure=failure), cause=seq)


def _number(item_id: str) -> int:
    return int(item_id.removeprefix("item-"))


def _worktree(name: str, base: str) -> WorktreeCreated:
    return WorktreeCreated(name=name, path=f"{STATE_HOME}/worktrees/{name}", branch=f"prodigy/q7xk/{name}", base=base)


def _agent(number: int, attempt: int, slot: int, base: str, *, fails: bool) -> Iterator[KnownEvent]:
    """One attempt at one item: an agent step, then the tests, which decide."""
    item, branch = f"item-{number}", f"prodigy/q7xk/item-{number}/{attempt}"
    worktree = f"{STATE_HOME}/worktrees/slot-{slot}"
    yield AgentStarted(item_id=item, attempt=attempt, slot=slot, branch=branch, base=base, worktree=worktree)
    change, tests = TEMPLATE
    yield StepStarted(phase="map", path="0", label=change.label, kind=change.kind, item_id=item, attempt=attempt)
    for kind, text in (("said", f"I will look at src/part_{number}.py."), ("tool", f"Edit src/part_{number}.py")):
        yield AgentMessage(kind=kind, text=text, phase="map", path="0", item_id=item, attempt=attempt)
    usage = Usage(input_tokens=1_000 + number, output_tokens=200 + number, usd=0.01)
    yield UsageReported(usage=usage, provider="claude", phase="map", path="0", item_id=item, attempt=attempt)
    yield StepFinished(
        phase="map", path="0", status="ok", item_id=item, attempt=attempt, exit_code=0, duration_s=2.5, log_offset=180
    )
    yield StepStarted(
        phase="map", path="1", label=tests.label, kind=tests.kind, item_id=item, attempt=attempt, log_offset=180
    )
    failure = _test_failure(number) if fails else None
    yield StepFinished(
        phase="map",
        path="1",
        status="failed" if fails else "ok",
        item_id=item,
        attempt=attempt,
        exit_code=1 if fails else 0,
        duration_s=1.5,
        failure=failure,
        log_offset=420,
    )
    yield AgentFinished(
        item_id=item,
        attempt=attempt,
        outcome="failed" if fails else "success",
        head=oid(2_000 + 10 * number + attempt),
        commits=0 if fails else 1,
        files=() if fails else (f"src/part_{number}.py",),
        failure=failure,
        output="" if fails else f"part {number} is done",
        duration_s=5.0,
    )


def _test_failure(number: int) -> Failure:
    return Failure(
        kind="exit",
        message="pytest -q failed with exit code 1",
        step=TEMPLATE[1].label,
        path="1",
        exit_code=1,
        code="PT610",
        tail=f"FAILED tests/test_part_{number}.py::test_change - AssertionError\n1 failed, 11 passed in 0.61s\n",
    )


def _run_level_phase(script: _Script, phase: PhaseName, step: StepOutline) -> None:
    script.add(PhaseStarted(phase=phase))
    script.add(StepStarted(phase=phase, path="0", label=step.label, kind=step.kind))
    result = StepResult(stdout="done\n", output="done\n", success=True, duration_s=0.8)
    script.add(StepFinished(phase=phase, path="0", status="ok", exit_code=0, duration_s=0.8, result=result))
    script.add(PhaseFinished(phase=phase, status="ok"))


def _land(script: _Script, tip: str, items: int, answer: str) -> None:
    script.add(PhaseStarted(phase="merge"))
    script.add(
        GateOpened(
            gate="landing",
            kind="landing",
            question="land this run on main?",
            options=("approve", "later"),
            source=tip,
            target="main",
            onto=oid(1),
            commits=items,
            files=items,
            insertions=12 * items,
            deletions=3 * items,
        )
    )
    if answer != "approve":
        script.add(GateAnswered(gate="landing", answer=answer))
        script.add(LandingFinished(status="unmerged", target="main", message="left for later"))
        script.add(PhaseFinished(phase="merge", status="ok"))
        script.add(RunFinished(status="succeeded", exit_code=0))
        return
    script.add(GateAnswered(gate="landing", answer=answer))
    script.add(LandingStarted(source=tip, target="main", onto=oid(1), commit=oid(4_000)))
    undo = f"git reset --keep {oid(1)}"
    script.add(LandingFinished(status="landed", target="main", commit=oid(4_000), undo=undo))
    script.add(PhaseFinished(phase="merge", status="ok"))
    script.add(RunFinished(status="succeeded", exit_code=0))

"""The asyncio shell around the scheduler: it carries actions out, one task an effect, and asks again when one is done.

Order is everything here: an effect's `*_started` is recorded before its task begins, so that the next question to the
scheduler already knows of it; the task waits until that event is on disk before it touches the world.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, assert_never

from prodigy_tui.clock import sleep_until
from prodigy_tui.engine.called.callers_worktree import hand_over
from prodigy_tui.engine.decisions.actions import (
    Action,
    CleanUp,
    Effect,
    JudgeCanary,
    Land,
    LoadItems,
    MergeItems,
    PrepareRun,
    ProposeLanding,
    Record,
    RunPhase,
    StartAgent,
    StopAgent,
    StopEverything,
    StopPhase,
    Wake,
)
from prodigy_tui.engine.decisions.map_rules import Outside
from prodigy_tui.engine.decisions.parallel import Host
from prodigy_tui.engine.decisions.scheduler import next_actions
from prodigy_tui.engine.disk_patience import refusal_of_disk
from prodigy_tui.engine.items.canary_gate import CanaryGate
from prodigy_tui.engine.items.host import read_host
from prodigy_tui.engine.items.item import AgentRunner
from prodigy_tui.engine.items.item_loading import ItemLoader
from prodigy_tui.engine.merging.landing import Landing
from prodigy_tui.engine.merging.merge_queue import MergeQueue
from prodigy_tui.engine.phases import PhaseRunner
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.engine.worktrees.guard import Guard
from prodigy_tui.engine.worktrees.housekeeping import clean_up, prepare_run
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.schema import (
    BudgetAwaited,
    BudgetSettled,
    CalledRunFinished,
    DiskRecovered,
    Envelope,
    GateAnswered,
    GateOpened,
    SignalReceived,
    StepFinished,
    StepHeld,
    StepLetIn,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseName
from prodigy_tui.process import kill_all_now, kill_marked_now

HEARD = (
    BudgetAwaited | BudgetSettled | CalledRunFinished | DiskRecovered | GateAnswered | GateOpened | StepHeld | StepLetIn
)
"""What steps say in their midst that the scheduler decides upon."""

IN_THE_RUN_WORKTREE = RunPhase | JudgeCanary | ProposeLanding | Land | CleanUp
"""What changes it, or removes it."""


class Runner:
    """Drives one run until nothing can go on. Belongs to one event loop."""

    def __init__(self, run: RunContext) -> None:
        self._run = run
        commands = CommandRunner(run)
        steps = StepRunner(run, commands)
        phases = PhaseRunner(run, steps, commands)
        self._phases = phases
        self._agents = AgentRunner(run, steps)
        self._loader = ItemLoader(run, commands)
        self._merges = MergeQueue(run, steps)
        self._canary = CanaryGate(run, steps)
        self._landing = Landing(run, phases, steps)
        self._tasks: dict[Effect, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._wake_at: datetime | None = None
        self._stopping = False
        self._hurried: set[str] = set()
        """Items whose agents are to end without grace."""
        watched = self._landing.target if run.calling is None else run.calling.watched
        self._guard = Guard(run, watched, self.poke)

    def poke(self) -> None:
        """Has the scheduler asked again; for signals from outside."""
        self._changed.set()

    async def run(self) -> RunState:
        """Carries actions out until the run is over; returns its state.

        Raises:
            ProdigyError: the run cannot go on (full disk, damaged repository); what was under way is recorded.
        """
        self._stopping = False
        unguarded = await self._guard.begin()
        forget = self._run.bus.subscribe(self._hear)
        try:
            async with self._run.disk.at_work():
                async with asyncio.TaskGroup() as group:
                    await self._drive(group)
                await self._run.journal.durable()
        except BaseExceptionGroup as errors:
            raise _first(errors) from None
        finally:
            forget()
            unguarded()
            self._merges.close()
            self._agents.close()
        return self._run.state

    def _hear(self, envelope: Envelope) -> None:
        """Has the scheduler asked again."""
        event = envelope.event
        if isinstance(event, SignalReceived) and event.at_once and event.item_id is not None:
            self._hurried.add(event.item_id)
        if isinstance(event, HEARD):
            self._changed.set()
        elif isinstance(event, StepFinished) and len(self._run.state.spending.waiting):
            self._changed.set()  # it may have been the last that did something beside those that wait for the budget

    def _outside(self) -> Outside:
        """Returns what the scheduler is told of chance and of the machine."""
        phase = self._run.workflow.map
        reads = phase is not None and phase.auto_parallel is not None
        return Outside(jitter=self._run.random.random(), host=read_host() if reads else Host())

    async def _drive(self, group: asyncio.TaskGroup) -> None:
        while self._run.state.ended_at is None:
            self._changed.clear()
            self._wake_at = None
            await self._guard.look()
            actions = next_actions(
                self._run.settled, self._run.state, self._tasks.keys(), self._run.clock.now(), self._outside()
            )
            for action in actions:
                self._carry_out(action, group)
            if not any(isinstance(action, Record) for action in actions):
                await self._wait()

    async def _wait(self) -> None:
        """Waits until an effect is done, a signal comes, or the time that the scheduler named has come."""
        if self._wake_at is None:
            await self._changed.wait()
            return
        changed = asyncio.ensure_future(self._changed.wait())
        slept = asyncio.ensure_future(sleep_until(self._wake_at, self._run.clock))
        self._wake_at = None
        try:
            await asyncio.wait({changed, slept}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiter in (changed, slept):
                waiter.cancel()
            await asyncio.gather(changed, slept, return_exceptions=True)

    def _carry_out(self, action: Action, group: asyncio.TaskGroup) -> None:
        if isinstance(action, IN_THE_RUN_WORKTREE):
            self._merges.rest()
        match action:
            case Record(event=event):
                self._run.journal.record(event)
            case StartAgent():
                self._hurried.discard(action.item_id)  # was said of an attempt that had ended by then
                attempt = self._agents.start(action)
                self._run.journal.record(attempt)
                self._spawn(group, action, lambda: self._agents.carry(attempt))
            case MergeItems():
                merges = self._merges.start(action)
                for merge in merges:
                    self._run.journal.record(merge)
                self._spawn(group, action, lambda: self._merges.carry(merges))
            case RunPhase(phase=phase):
                self._spawn(group, action, lambda: self._phases.run(phase))
            case PrepareRun():
                self._spawn(group, action, lambda: prepare_run(self._run, self._landing.target))
            case LoadItems():
                self._spawn(group, action, self._loader.load)
            case JudgeCanary():
                self._spawn(group, action, self._canary.judge)
            case ProposeLanding():
                propose = self._landing.propose if self._run.calling is None else lambda: hand_over(self._run)
                self._spawn(group, action, propose)
            case Land():
                self._spawn(group, action, self._landing.land)
            case CleanUp():
                self._spawn(group, action, lambda: clean_up(self._run))
            case StopAgent(item_id=item_id):
                self._stop_agent(item_id)
            case StopPhase(phase=phase):
                self._stop_phase(phase)
            case StopEverything(at_once=at_once):
                self._stop_everything(at_once=at_once)
            case Wake(at=at):
                self._wake_at = at if self._wake_at is None else min(at, self._wake_at)
            case _:
                assert_never(action)

    def _spawn(self, group: asyncio.TaskGroup, effect: Effect, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def carry() -> None:
            try:
                await self._patiently(effect, work)
            except asyncio.CancelledError:
                # Asked for by a stop: the outcome is recorded, and the group must not be torn down by it.
                if not self._is_wanted(effect):
                    raise
            finally:
                del self._tasks[effect]
                self._changed.set()

        self._tasks[effect] = group.create_task(carry(), name=str(effect))

    async def _patiently(self, effect: Effect, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Carries an effect out; one that the disk had no room for begins anew where the log says that it stands."""
        while True:
            try:
                await work()
            except (OSError, ProdigyError) as error:
                refusal = refusal_of_disk(error)
                if refusal is None:
                    raise
                await self._run.disk.until_there_is_room(refusal)
                if isinstance(effect, StartAgent) and self._run.state.items[effect.item_id].status != "running":
                    return  # its attempt has been recorded as interrupted, and another will be made
            else:
                return

    def _is_wanted(self, effect: Effect) -> bool:
        """Returns whether the cancellation of this effect was our own doing."""
        stopped = isinstance(effect, RunPhase) and self._run.state.stop is not None
        return self._stopping or stopped or isinstance(effect, StartAgent)

    def _stop_agent(self, item_id: str) -> None:
        for effect, task in self._tasks.items():
            if not isinstance(effect, StartAgent) or effect.item_id != item_id:
                continue
            if not task.cancelling():
                task.cancel()
            if item_id in self._hurried:
                # Only now: what sees its child die before it is cancelled would call that a failure.
                self._hurried.discard(item_id)
                kill_marked_now(self._run.marker_of(self._run.state.items[item_id].item))

    def _stop_phase(self, phase: PhaseName) -> None:
        task = self._tasks.get(RunPhase(phase))
        if task is not None and not task.cancelling():
            task.cancel()

    def _stop_everything(self, *, at_once: bool) -> None:
        self._stopping = True
        for task in self._tasks.values():
            if not task.cancelling():
                task.cancel()
        if at_once:
            kill_all_now()


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Returns the error to show; the others are its consequences or its like."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error

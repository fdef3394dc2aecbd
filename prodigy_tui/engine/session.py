"""A run as the rest of the program sees it: made or reopened, driven, signalled, closed.

A session holds the run's lock from its making to `close`. `run` drives until nothing can go on; a signal that brings
new work (a retry, the landing) lets it be called again.
"""

import asyncio
import os
import random
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any, Self

from msgspec.structs import replace

from prodigy_tui.agents import Provider
from prodigy_tui.clock import Clock
from prodigy_tui.engine.decisions.budget import limits_of
from prodigy_tui.engine.decisions.outline import outline_of
from prodigy_tui.engine.gates import Gates
from prodigy_tui.engine.journal import Journal
from prodigy_tui.engine.kinds.agent import AgentServices
from prodigy_tui.engine.notify import Notifier
from prodigy_tui.engine.providers.budget_prices import require_prices
from prodigy_tui.engine.providers.conversations import Conversations
from prodigy_tui.engine.providers.limiter import Limiter
from prodigy_tui.engine.providers.reserving import Reservations
from prodigy_tui.engine.recorded import recorded_workflow, require_beginning, text_digest, without_secrets
from prodigy_tui.engine.recovery import recover
from prodigy_tui.engine.run_context import RunContext, with_known_budget, with_known_landing, with_known_timeout
from prodigy_tui.engine.runner import Runner
from prodigy_tui.engine.variables.environment import git_environment, process_environment
from prodigy_tui.engine.variables.run_names import RunNames
from prodigy_tui.engine.variables.start_environment import (
    Ground,
    StartEnvironment,
    make_environment,
    prepare_landing,
    prepare_run,
)
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.schema import (
    BudgetRaised,
    Envelope,
    GateAnswered,
    ItemRequeued,
    RunResumed,
    RunStarted,
    SignalReceived,
    WarningRaised,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import MergeMode, RunSettings, Sources
from prodigy_tui.git.repo import Repository, StartPoint
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import RunId
from prodigy_tui.process import Masker
from prodigy_tui.storage.lock import LockOwner, RunLock
from prodigy_tui.storage.paths import RepositoryFolder, RunFolder
from prodigy_tui.workflow.declared import SEEN_PHASES, declared_names
from prodigy_tui.workflow.late import LateError
from prodigy_tui.workflow.load import Given
from prodigy_tui.workflow.model import Workflow

RETRIABLE = frozenset({"dead", "skipped", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the engine needs from outside, handed in by the command line."""

    clock: Clock
    repository: Repository
    home: RepositoryFolder
    bus: Bus
    providers: Mapping[str, Provider]
    environ: Mapping[str, str]
    random: random.Random
    masker: Masker
    version: str
    folder: Path = Path()
    """What the paths of workflow files are relative to."""
    interactive: bool
    """A person can answer gates in this process."""
    bell: Callable[[], None] = lambda: None
    """Rings where a person may hear it."""


class BudgetUnknown(ProdigyError):
    """A limit of the workflow's budget has no value."""


class RunSession:
    """One process's hold on one run."""

    def __init__(self, services: Services, lock: RunLock, run: RunContext, found: RunState, notifier: Notifier) -> None:
        self._services = services
        self._lock = lock
        self._run = run
        self._notifier = notifier
        self.found = found
        """The state as it was before this process recorded anything."""
        self._runner: Runner | None = None
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def create(  # noqa: PLR0913 - what a run is made of
        cls,
        services: Services,
        *,
        workflow: Workflow,
        text: str,
        file: str,
        run_id: RunId,
        settings: RunSettings,
        start: StartPoint,
        label: str = "",
        sources: Sources | None = None,
        parameters: Mapping[str, Any] | None = None,
        strict: bool = False,
    ) -> Self:
        """Starts a run: takes its lock and records `run_started`; nothing else is touched yet.

        Args:
            services: What the engine needs from outside.
            workflow: The workflow as it was loaded.
            text: The text of its file.
            file: The file, as problems show it.
            run_id: The name of the run.
            settings: What the operator asked for.
            start: Where the run's branch begins.
            label: What people call the run.
            sources: The other files that the workflow is made of.
            parameters: The values of all parameters; those of secret ones are kept here and nowhere else.
            strict: Whether warnings about the environment prevent the start.

        Raises:
            EnvironmentRejected: secrets or files of variables are missing; nothing is recorded.
            PriceUnknown: the budget is in money, and what an agent costs is not known; likewise.
            RunHeld: another process has a run of this id.
            DiskTrouble: the state folder cannot be written.
        """
        require_prices(workflow, settings, services.providers)
        given = parameters or {}
        ground = replaced(_ground(services, workflow, given, settings, services.folder), strict=strict)
        folder = services.home.run(run_id)
        names = RunNames(id=run_id, branch=f"prodigy/{run_id}/run", worktree=folder.worktrees / "run")
        begun = await prepare_run(ground, names)
        settings = replace(settings, profile=begun.prepared.profile or None)
        folder.create()
        default = workflow.map.max_parallel if workflow.map is not None else 1
        async with AsyncExitStack() as undo:
            lock = RunLock.acquire(folder.lock, _owner(services.clock))
            undo.callback(lock.release)
            log, _ = EventLog.open(folder.events, clock=services.clock, bus=services.bus)
            undo.push_async_callback(log.close)
            journal = Journal(log, RunState(), services.masker.text)
            notifier = Notifier(workflow.notify, services.bus, services.bell)
            undo.push_async_callback(notifier.close)
            journal.record(
                RunStarted(
                    run_id=run_id,
                    workflow=workflow.name,
                    kind=workflow.kind,
                    file=file,
                    text=text,
                    digest=text_digest(text),
                    repository=str(services.repository.top),
                    target=workflow.merge.target or start.branch,
                    base=start.commit,
                    run_branch=names.branch,
                    version=services.version,
                    outline=outline_of(workflow),
                    max_parallel=settings.max_parallel or default,
                    settings=_effective(without_secrets(settings, workflow, given), services),
                    label=label,
                    sources=replace(sources or Sources(), folder=str(services.folder.absolute())),
                    attended=services.interactive,
                )
            )
            for warning in begun.prepared.warnings:
                journal.record(WarningRaised(code=warning.code, message=warning.message))
            await journal.durable()
            run = await _context(services, ground, begun, journal, folder, names)
            if (limits := limits_of(run.workflow.budget, settings)) is not None:
                journal.record(limits)
            notifier.start(run)
            undo.pop_all()
        return cls(services, lock, run, found=RunState(), notifier=notifier)

    @classmethod
    async def reopen(  # noqa: PLR0913 - what a resumed run may differ in
        cls,
        services: Services,
        folder: RunFolder,
        *,
        merge: MergeMode = "ask",
        max_parallel: int | None = None,
        landing_only: bool = False,
        yes: bool = False,
        force: bool = False,
        history: Callable[[tuple[Envelope, ...]], None] | None = None,
        given: Given | None = None,
        raised: BudgetRaised | None = None,
    ) -> Self:
        """Takes up a run that is at rest, whatever ended it: locks, recovers, records `run_resumed`.

        `history` is called with all events so far; the bus carries only what comes after them. `given` has the values
        of secret parameters, which are never recorded. `raised` moves limits of the budget.

        Raises:
            RunHeld: another process drives it.
            NotResumable: its log has no beginning, or its workflow cannot be read by this version.
            ProdigyError: what it left behind cannot be put right now.
        """
        async with AsyncExitStack() as undo:
            before = RunLock.owner(folder.lock)
            lock = RunLock.acquire(folder.lock, _owner(services.clock), force=force)
            undo.callback(lock.release)
            log, envelopes = EventLog.open(folder.events, clock=services.clock, bus=services.bus)
            undo.push_async_callback(log.close)
            state = fold(envelopes)
            if history is not None:
                history(envelopes)
            journal = Journal(log, state, services.masker.text)
            workflow, parameters = recorded_workflow(state, given or Given(), landing_only=landing_only)
            require_prices(workflow, state.settings, services.providers)
            started_in = Path(state.sources.folder or services.folder)
            ground = _ground(services, workflow, parameters, state.settings, started_in, again=True)
            names = RunNames(id=state.run_id, branch=state.run_branch, worktree=folder.worktrees / "run")
            begun = await (prepare_landing if landing_only else prepare_run)(ground, names)
            run = await _context(services, ground, begun, journal, folder, names)
            notifier = Notifier(workflow.notify, services.bus, services.bell)
            undo.push_async_callback(notifier.close)
            notifier.start(run)
            recover(run, before.pid if before is not None else None)
            journal.record(
                RunResumed(
                    version=services.version,
                    merge=_effective(RunSettings(merge=merge), services).merge,
                    max_parallel=max_parallel,
                    landing_only=landing_only,
                    yes=yes,
                    attended=services.interactive,
                )
            )
            if raised is not None:
                journal.record(raised)
            await journal.durable()
            undo.pop_all()
        return cls(services, lock, run, found=state, notifier=notifier)

    @property
    def state(self) -> RunState:
        return self._run.state

    @property
    def folder(self) -> RunFolder:
        return self._run.folder

    def listening(self, socket_address: str) -> None:
        """Notes in the lock where signals for this run are taken."""
        self._lock.record(_owner(self._services.clock, socket_address))

    async def run(self) -> RunState:
        """Drives the run until nothing can go on, and returns its state.

        Raises:
            ProdigyError: the run had to be left where it was; the message says why, `resume` goes on.
        """
        while True:
            self._runner = Runner(self._run)
            try:
                await self._runner.run()
            finally:
                self._runner = None
            if self.state.ended_at is not None:  # no signal has come just behind the end
                return self.state

    def send(self, signal: SignalReceived) -> None:
        """Takes a signal, from any thread; it is recorded before it has effect."""
        self._loop.call_soon_threadsafe(self._take, signal)

    async def close(self) -> None:
        """Sends what is still to be told, closes the log and gives the lock back."""
        try:
            try:
                await self._notifier.close()
            finally:
                self._run.agents.limiter.close()
                await self._run.journal.close()
        finally:
            self._lock.release()

    def take(self, signal: SignalReceived) -> None:
        """Records a signal and what follows from it at once; for callers on the engine's own loop."""
        self._take(signal)

    def _take(self, signal: SignalReceived) -> None:
        journal, state = self._run.journal, self._run.state
        if state.ended_at is not None and signal.signal in ("retry", "merge"):
            journal.record(
                RunResumed(
                    version=self._services.version,
                    merge=state.settings.merge,
                    landing_only=signal.signal == "merge",
                    yes=state.settings.yes,
                    attended=self._services.interactive,
                )
            )
        elif state.ended_at is not None:
            return
        received = journal.record(signal)
        if signal.signal == "retry":
            _requeue(journal, signal.item_id, received.seq)
        elif signal.signal == "answer":
            _answer(journal, signal, received.seq)
        elif signal.signal == "tell" and signal.item_id is not None:
            for message in self._run.agents.conversations.tell(signal.item_id, signal.note):
                journal.record(WarningRaised(message=message, item_id=signal.item_id), cause=received.seq)
        if self._runner is not None:
            self._runner.poke()


async def record_at_rest(folder: RunFolder, make: Callable[[RunState], SignalReceived], *, clock: Clock) -> None:
    """Records a signal for a run that nobody drives; the next process that takes it up uses it.

    `make` is called under the run's lock and may refuse by raising. Nothing but the log is touched.

    Raises:
        RunHeld: a process drives it after all.
        NotResumable: its log has no beginning.
    """
    with RunLock.acquire(folder.lock, _owner(clock)):
        log, envelopes = EventLog.open(folder.events, clock=clock, bus=Bus())
        try:
            journal = Journal(log, fold(envelopes))
            require_beginning(journal.state)
            signal = make(journal.state)
            received = journal.record(signal)
            if signal.signal == "retry":
                _requeue(journal, signal.item_id, received.seq)
            elif signal.signal == "answer":
                _answer(journal, signal, received.seq)
        finally:
            await log.close()


def _answer(journal: Journal, signal: SignalReceived, cause: int) -> None:
    """Closes the question that a signal answers; without a name it is the one whether to land."""
    state = journal.state
    gate = state.gates.get(signal.gate) if signal.gate is not None else state.gate
    if gate is None:
        journal.record(WarningRaised(message="the question is not open any more"), cause=cause)
        return
    if signal.answer not in gate.options:
        message = f"'{signal.answer}' is no answer to '{gate.question}': {', '.join(gate.options)}"
        journal.record(WarningRaised(message=message), cause=cause)
        return
    journal.record(GateAnswered(gate=gate.gate, answer=signal.answer, note=signal.note, by=signal.source), cause=cause)


def _requeue(journal: Journal, item_id: str | None, cause: int) -> None:
    entry = journal.state.items.get(item_id) if item_id is not None else None
    if entry is None or entry.status not in RETRIABLE:
        what = "is unknown" if entry is None else f"is {entry.status}"
        message = f"item '{item_id}' {what}: only failed, skipped or cancelled items can be retried"
        journal.record(WarningRaised(message=message), cause=cause)
        return
    journal.record(ItemRequeued(item_id=entry.item.id), cause=cause)


def _owner(clock: Clock, address: str | None = None) -> LockOwner:
    return LockOwner(pid=os.getpid(), host=socket.gethostname(), started=clock.now(), socket=address)


def _effective(settings: RunSettings, services: Services) -> RunSettings:
    """`ask` without anybody to ask is `no`."""
    if settings.merge != "ask" or services.interactive:
        return settings
    return replace(settings, merge="no")


def _ground(
    services: Services,
    workflow: Workflow,
    parameters: Mapping[str, Any],
    settings: RunSettings,
    folder: Path,
    *,
    again: bool = False,
) -> Ground:
    return Ground(
        workflow=workflow,
        parameters=parameters,
        settings=settings,
        process_env=process_environment(services.environ),
        git_env=git_environment(services.environ, services.repository.top),
        folder=folder,
        top=services.repository.top,
        again=again,
        clock=services.clock,
        masker=services.masker,
    )


async def _context(
    services: Services,
    ground: Ground,
    begun: StartEnvironment,
    journal: Journal,
    folder: RunFolder,
    names: RunNames,
) -> RunContext:
    run_id, workflow = RunId(journal.state.run_id), ground.workflow
    environment = await make_environment(ground, begun.prepared, names, services.random)

    def warn(message: str) -> None:
        journal.record(WarningRaised(message=message))

    run = RunContext(
        workflow=workflow,
        journal=journal,
        repository=services.repository,
        worktrees=Worktrees(services.repository, folder.worktrees, services.home.worktree_lock, run_id=run_id),
        folder=folder,
        clock=services.clock,
        bus=services.bus,
        masker=services.masker,
        random=services.random,
        providers=services.providers,
        agents=AgentServices(
            providers=services.providers,
            limiter=Limiter(services.clock, services.random, services.home.limits, warn),
            conversations=Conversations(),
            clock=services.clock,
            masker=services.masker,
            random=services.random,
        ),
        gates=Gates(journal, services.bus, services.clock),
        budget=Reservations(workflow.budget, journal, services.bus, services.clock),
        environ=services.environ,
        process_env=ground.process_env,
        git_env=ground.git_env,
        declared={phase: declared_names(workflow, phase) for phase in SEEN_PHASES},
        parameters=ground.parameters,
        environment=environment,
        step_secrets=begun.step_secrets,
    )
    return _with_limits(with_known_timeout(with_known_landing(run)))


def _with_limits(run: RunContext) -> RunContext:
    """Returns a run whose budget is known; without that nothing is done that may cost something."""
    try:
        return with_known_budget(run)
    except LateError as error:
        raise BudgetUnknown(f"{error.code}: the limits of 'budget' are not known: {error}") from error

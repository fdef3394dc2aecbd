"""A run as the rest of the program sees it: made or reopened, driven, signalled, closed.

A session holds the run's lock from its making to `close`. `run` drives until nothing can go on; a signal that brings
new work (a retry, the landing) lets it be called again.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any, Self

from msgspec.structs import replace

from prodigy_tui.engine.assembly import Services, context_of, effective, ground_of
from prodigy_tui.engine.decisions.budget import limits_of
from prodigy_tui.engine.decisions.outline import outline_of
from prodigy_tui.engine.journal import Journal
from prodigy_tui.engine.notify import Notifier
from prodigy_tui.engine.providers.budget_prices import require_prices
from prodigy_tui.engine.recorded import recorded_workflow, text_digest, without_secrets
from prodigy_tui.engine.recovery import recover
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.runner import Runner
from prodigy_tui.engine.signals import lock_owner, record_signal
from prodigy_tui.engine.variables.run_names import RunNames
from prodigy_tui.engine.variables.start_environment import (
    prepare_landing,
    prepare_run,
)
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.schema import (
    BudgetRaised,
    Envelope,
    RunResumed,
    RunStarted,
    SignalReceived,
    WarningRaised,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import MergeMode, RunSettings, Sources
from prodigy_tui.git.repo import StartPoint
from prodigy_tui.ids import RunId
from prodigy_tui.storage.lock import RunLock
from prodigy_tui.storage.paths import RunFolder
from prodigy_tui.workflow.load import Given
from prodigy_tui.workflow.model import Workflow


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
        ground = replaced(ground_of(services, workflow, given, settings, services.folder), strict=strict)
        folder = services.home.run(run_id)
        names = RunNames(id=run_id, branch=f"prodigy/{run_id}/run", worktree=folder.worktrees / "run")
        begun = await prepare_run(ground, names)
        settings = replace(settings, profile=begun.prepared.profile or None)
        folder.create()
        default = workflow.map.max_parallel if workflow.map is not None else 1
        async with AsyncExitStack() as undo:
            lock = RunLock.acquire(folder.lock, lock_owner(services.clock))
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
                    settings=effective(without_secrets(settings, workflow, given), services),
                    label=label,
                    sources=replace(sources or Sources(), folder=str(services.folder.absolute())),
                    attended=services.interactive,
                )
            )
            for warning in begun.prepared.warnings:
                journal.record(WarningRaised(code=warning.code, message=warning.message))
            await journal.durable()
            run = await context_of(services, ground, begun, journal, folder, names)
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
            lock = RunLock.acquire(folder.lock, lock_owner(services.clock), force=force)
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
            ground = ground_of(services, workflow, parameters, state.settings, started_in, again=True)
            names = RunNames(id=state.run_id, branch=state.run_branch, worktree=folder.worktrees / "run")
            begun = await (prepare_landing if landing_only else prepare_run)(ground, names)
            run = await context_of(services, ground, begun, journal, folder, names)
            notifier = Notifier(workflow.notify, services.bus, services.bell)
            undo.push_async_callback(notifier.close)
            notifier.start(run)
            recover(run, before.pid if before is not None else None)
            journal.record(
                RunResumed(
                    version=services.version,
                    merge=effective(RunSettings(merge=merge), services).merge,
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
        self._lock.record(lock_owner(self._services.clock, socket_address))

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
        received = record_signal(journal, signal)
        if signal.signal == "tell" and signal.item_id is not None:
            for message in self._run.agents.conversations.tell(signal.item_id, signal.note):
                journal.record(WarningRaised(message=message, item_id=signal.item_id), cause=received.seq)
        if self._runner is not None:
            self._runner.poke()

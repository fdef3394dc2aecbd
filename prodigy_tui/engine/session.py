"""A run as the rest of the program sees it: made or reopened, driven, signalled, closed.

A session holds the run's lock from its making to `close`. `run` drives until nothing can go on; a signal that brings
new work (a retry, the landing) lets it be called again.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

from msgspec.structs import replace

from prodigy_tui.engine.assembly import Services, context_of, effective, ground_of
from prodigy_tui.engine.called.called_runs import CalledRuns
from prodigy_tui.engine.called.caller import Calling
from prodigy_tui.engine.decisions.budget import limits_of
from prodigy_tui.engine.decisions.edits import Edit, edit_of
from prodigy_tui.engine.decisions.outline import outline_of
from prodigy_tui.engine.disk_patience import DiskPatience
from prodigy_tui.engine.edited import Edited, replacement_of
from prodigy_tui.engine.journal import Journal
from prodigy_tui.engine.notify import Notifier
from prodigy_tui.engine.providers.budget_prices import require_prices
from prodigy_tui.engine.recorded import (
    changed_parameters,
    newer_events,
    recorded_workflow,
    require_beginning,
    text_digest,
    without_secrets,
)
from prodigy_tui.engine.recovery import recover
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.runner import Runner
from prodigy_tui.engine.said import Unmasked
from prodigy_tui.engine.signals import Decision, lock_owner, record_decisions, record_signal
from prodigy_tui.engine.variables.current_parameters import CurrentParameters, require_changeable
from prodigy_tui.engine.variables.run_names import RunNames
from prodigy_tui.engine.variables.start_environment import (
    prepare_landing,
    prepare_run,
)
from prodigy_tui.engine.worktrees.housekeeping import clean_up
from prodigy_tui.events.at_rest import left_at
from prodigy_tui.events.known import KnownLog, fold_again
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.schema import (
    BudgetRaised,
    Envelope,
    ItemDiscarded,
    ParametersChanged,
    ReduceRequested,
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
from prodigy_tui.storage.owner import LockOwner
from prodigy_tui.storage.paths import RunFolder
from prodigy_tui.workflow.load import Given
from prodigy_tui.workflow.model import Workflow
from prodigy_tui.workflow.values import plain


class RunSession:
    """One process's hold on one run."""

    def __init__(self, services: Services, lock: RunLock, run: RunContext, found: RunState, notifier: Notifier) -> None:
        self._services = services
        self._lock = lock
        self._run = run
        self._notifier = notifier
        self.found = found
        """The state as it was before this process recorded anything."""
        self.edit: Edit | None = None
        """What the edited workflow has changed with which it was taken up."""
        self.left_by: LockOwner | None = None
        """Who had the run before and died without giving it back."""
        self._runner: Runner | None = None
        self._is_untidy = False
        """Something was discarded when the run had cleaned up behind itself."""
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
        calling: Calling | None = None,
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
            calling: The step that calls it; the parameters are those that it hands over.

        Raises:
            EnvironmentRejected: secrets or files of variables are missing; nothing is recorded.
            PriceUnknown: the budget is in money, and what an agent costs is not known; likewise.
            RunHeld: another process has a run of this id.
            DiskTrouble: the state folder cannot be written.
        """
        require_prices(workflow, settings, services.providers)
        given = parameters or {}
        ground = replace(ground_of(services, workflow, given, settings, services.folder), strict=strict)
        folder = services.home.run(run_id)
        names = RunNames(id=run_id, branch=f"prodigy/{run_id}/run", worktree=folder.worktrees / "run")
        told = given
        if calling is not None:
            names, told = calling.names(run_id), {name: plain(value) for name, value in calling.handed.items()}
        begun = await prepare_run(ground, names) if calling is None else calling.begun
        settings = replace(settings, profile=begun.prepared.profile or None)
        folder.create()
        default = workflow.map.max_parallel if workflow.map is not None else 1
        async with AsyncExitStack() as undo:
            lock = RunLock.acquire(folder.lock, lock_owner(services.clock))
            undo.callback(lock.release)
            disk = DiskPatience(services.clock, folder.path, services.repository.common_dir)
            log, _ = EventLog.open(folder.events, clock=services.clock, bus=services.bus, patience=disk.wait)
            undo.push_async_callback(log.close)
            journal = Journal(log, RunState(), services.masker.text, disk)
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
                    settings=effective(without_secrets(settings, workflow, told), services),
                    label=label,
                    sources=replace(sources or Sources(), folder=str(services.folder.absolute())),
                    attended=services.interactive,
                    caller=calling.step if calling is not None else None,
                )
            )
            for warning in begun.prepared.warnings:
                journal.record(WarningRaised(code=warning.code, message=warning.message))
            await journal.durable()
            run = await context_of(services, ground, begun, journal, folder, names, CalledRuns(services, cls), calling)
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
        may_change: bool = False,
        raised: BudgetRaised | None = None,
        edited: Edited | None = None,
        calling: Calling | None = None,
        known: KnownLog | None = None,
    ) -> Self:
        """Takes up a run that is at rest, whatever ended it: locks, recovers, records `run_resumed`.

        `history` is called with all events so far; the bus carries only what comes after them. `given` has the values
        of secret parameters, which are never recorded; with `may_change` other parameters may get new values too.
        `raised` moves limits of the budget. `calling` is the step that calls a called run, and has its workflow.
        `edited` is the workflow with which it goes on, in the place of the recorded. `known` is the log as somebody has
        just read it, to be neither read nor folded again.

        Raises:
            RunHeld: another process drives it.
            NotResumable: its log has no beginning, or its workflow cannot be read by this version.
            CannotEdit: it has gone too far for the edited workflow.
            ProdigyError: what it left behind cannot be put right now.
        """
        async with AsyncExitStack() as undo:
            lock = RunLock.acquire(folder.lock, lock_owner(services.clock), force=force)
            undo.callback(lock.release)
            disk = DiskPatience(services.clock, folder.path, services.repository.common_dir)
            log, envelopes = EventLog.open(
                folder.events, clock=services.clock, bus=services.bus, patience=disk.wait, known=known
            )
            undo.push_async_callback(log.close)
            state = fold_again(envelopes, known)
            del known  # the whole log, of no use any more
            if history is not None:
                history(envelopes)
            journal = Journal(log, state, services.masker.text, disk)
            given = given or Given()
            if calling is None:
                before = edited is not None  # what is given is for the edited one
                workflow, parameters = recorded_workflow(
                    state, Given() if before else given, landing_only=landing_only or before, may_change=may_change
                )
            else:
                require_beginning(state)
                workflow, parameters = calling.workflow, {}
            edit = None
            if edited is not None:
                edit = edit_of(workflow, edited.workflow, state)
                workflow, parameters = edited.workflow, edited.parameters
            require_prices(workflow, state.settings, services.providers)
            sources = state.sources if edited is None else edited.sources
            started_in = Path(sources.folder or services.folder)
            ground = ground_of(services, workflow, parameters, state.settings, started_in, again=True)
            names = RunNames(id=state.run_id, branch=state.run_branch, worktree=folder.worktrees / "run")
            if calling is None:
                begun = await (prepare_landing if landing_only else prepare_run)(ground, names)
            else:
                names, begun = calling.names(RunId(state.run_id)), calling.begun
            run = await context_of(services, ground, begun, journal, folder, names, CalledRuns(services, cls), calling)
            notifier = Notifier(workflow.notify, services.bus, services.bell)
            undo.push_async_callback(notifier.close)
            notifier.start(run)
            await recover(run, lock.before, envelopes, landing_only=landing_only)
            if edited is not None and edit is not None:
                journal.record(replacement_of(state, edited, edit))
            journal.record(
                RunResumed(
                    version=services.version,
                    merge=effective(RunSettings(merge=merge), services).merge,
                    max_parallel=max_parallel,
                    landing_only=landing_only,
                    yes=yes,
                    attended=services.interactive,
                    repository=str(services.repository.top),
                    left_at=left_at(envelopes),
                )
            )
            if may_change and (changed := changed_parameters(state, given, workflow, parameters)):
                journal.record(ParametersChanged(values=changed))
            if raised is not None:
                journal.record(raised)
            if (newer := newer_events(envelopes)) is not None:
                journal.record(newer)
            await journal.durable()
            undo.pop_all()
        session = cls(services, lock, run, found=state, notifier=notifier)
        session.edit, session.left_by = edit, lock.before
        return session

    @property
    def state(self) -> RunState:
        return self._run.state

    @property
    def folder(self) -> RunFolder:
        return self._run.folder

    @property
    def unmasked(self) -> Unmasked:
        """What steps have said in this process whose record lacks secrets."""
        return self._run.journal.unmasked

    def listening(self, socket_address: str) -> None:
        """Notes in the lock where signals for this run are taken."""
        self._lock.record(lock_owner(self._services.clock, socket_address))
        self._run.calls.listening(socket_address)

    def called(self, run_id: str) -> "RunSession | None":
        """Returns this run, or the one of that name that it has called and this process drives."""
        return self if run_id == self.state.run_id else self._run.calls.find(run_id)

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

    async def recorded(self) -> None:
        """Returns when all that was sent and decided by now is on the disk; for callers on the engine's own loop.

        Raises:
            DiskTrouble: it could not be written.
        """
        await asyncio.sleep(0)  # it is taken in the next turn of the loop
        await self._run.journal.durable()

    async def close(self) -> None:
        """Sends what is still to be told, closes the log and gives the lock back."""
        try:
            try:
                try:
                    if self._is_untidy and self.state.ended_at is not None:
                        await clean_up(self._run)
                finally:
                    await self._notifier.close()
            finally:
                self._run.agents.limiter.close()
                await self._run.journal.close()
        finally:
            self._lock.release()

    def take(self, asked: SignalReceived | Decision) -> None:
        """Records a signal, or a decision, and what follows from it at once; for callers on the engine's own loop."""
        if isinstance(asked, SignalReceived):
            self._take(asked)
        else:
            self._decide((asked,))

    def require_parameters(self, values: Mapping[str, Any]) -> None:
        """Checks that parameters can have these values while the run is driven.

        Raises:
            ParameterRefused: there is none of that name, it is secret, or the value does not fit.
        """
        require_changeable(self._run.workflow.parameters, values)

    def decide(self, *decisions: Decision) -> None:
        """Records what a person has decided, from any thread; what of it makes no sense any more is a warning."""
        self._loop.call_soon_threadsafe(self._decide, decisions)

    def _decide(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            if isinstance(decision, ParametersChanged) and isinstance(self._run.parameters, CurrentParameters):
                self._run.parameters.change(decision.values)
                self._run.environment.renew()
        if any(isinstance(decision, ReduceRequested) for decision in decisions):
            self._resume_ended(landing_only=False)
        record_decisions(self._run.journal, decisions)
        if self._runner is not None:
            self._runner.poke()
        if self.state.ended_at is not None and any(isinstance(decision, ItemDiscarded) for decision in decisions):
            self._is_untidy = True  # the runner has cleaned up by now, be it still there

    def _take(self, signal: SignalReceived) -> None:
        journal, state = self._run.journal, self._run.state
        if signal.signal in ("stop", "kill"):
            self._run.disk.give_up()
        elif signal.signal == "resume":
            self._run.disk.hurry()
        if signal.signal in ("retry", "merge"):
            self._resume_ended(landing_only=signal.signal == "merge")
        elif state.ended_at is not None:
            return
        received = record_signal(journal, signal)
        if signal.signal == "tell" and signal.item_id is not None:
            for message in self._run.agents.conversations.tell(signal.item_id, signal.note):
                journal.record(WarningRaised(message=message, item_id=signal.item_id), cause=received.seq)
        if self._runner is not None:
            self._runner.poke()

    def _resume_ended(self, *, landing_only: bool) -> None:
        """Takes the run up again where it has ended: there is work to do."""
        state = self._run.state
        if state.ended_at is None:
            return
        self._run.journal.record(
            RunResumed(
                version=self._services.version,
                merge=state.settings.merge,
                landing_only=landing_only,
                yes=state.settings.yes,
                attended=self._services.interactive,
            )
        )

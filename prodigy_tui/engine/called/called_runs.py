"""The called runs of one run: those that this process drives, and what is on disk of others.

They are ordinary runs with a folder, a lock and a log of their own, named after the run that calls. Signals reach them
through its process.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from prodigy_tui.engine.called.caller import Calling
from prodigy_tui.engine.decisions.called import verdict
from prodigy_tui.engine.signals import lock_owner, record_at_rest
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.evolve import InvalidTransition, fold
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.schema import SignalReceived, WorktreeRemoved
from prodigy_tui.events.source import LogDamaged, read_events
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import RunSettings, Sources
from prodigy_tui.git.deleting import delete_tree
from prodigy_tui.git.refs import contains, delete_ref, move_ref, read_ref
from prodigy_tui.git.repo import StartPoint
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import Oid, RunId
from prodigy_tui.process import kill_strays_of
from prodigy_tui.storage.lock import RunLock

if TYPE_CHECKING:
    from prodigy_tui.engine.assembly import Services
    from prodigy_tui.engine.session import RunSession


class CalledRuns:
    """The called runs of one run. Belongs to the engine's loop, but for what is said to block."""

    def __init__(self, services: "Services", sessions: "type[RunSession]") -> None:
        self._services = services
        self._sessions = sessions
        self._address: str | None = None
        self._live: dict[str, RunSession] = {}
        self._last = 0

    def new_id(self, caller: RunState) -> RunId:
        """Returns the name of the next called run; neighbours that begin at once get one each."""
        taken = (int(run_id.rpartition(".")[2]) for run_id in caller.calls)
        self._last = max(self._last, *taken, 0) + 1
        return RunId(f"{caller.run_id}.{self._last}")

    def find(self, run_id: str) -> "RunSession | None":
        """Returns the called run of this name that is driven now; a called run may have called it."""
        for session in self._live.values():
            if (found := session.called(run_id)) is not None:
                return found
        return None

    def listening(self, address: str) -> None:
        """Notes where signals are taken, for the called runs too."""
        self._address = address
        for session in self._live.values():
            session.listening(address)

    def recorded(self, run_id: str) -> RunState | None:
        """Returns the state of a called run from its log; None when it had not begun. Blocking."""
        events = self._services.home.run(run_id).events
        if not events.is_file():
            return None
        state = fold(read_events(events))
        return state if state.run_id else None

    def open_below(self, caller: RunState) -> Iterator[str]:
        """Yields the called runs that have not been taken in, at every depth; one that is damaged alone. Blocking."""
        for run_id in caller.open_calls.values():
            yield run_id
            with suppress(LogDamaged, InvalidTransition):  # whoever takes it up says so
                called = self.recorded(run_id)
                yield from self.open_below(called) if called is not None else ()

    @asynccontextmanager
    async def begun(
        self,
        run_id: RunId,
        calling: Calling,
        *,
        text: str,
        file: str,
        sources: Sources,
        settings: RunSettings,
        start: StartPoint,
        attended: bool,
    ) -> "AsyncIterator[tuple[RunSession, Bus]]":
        """A new called run, open inside the block."""
        folder = self._services.home.run(run_id)
        if folder.path.is_dir():  # its process died before the first event
            delete_tree(folder.path)
        services = replace(self._services, bus=Bus(), interactive=attended, folder=_folder(sources, self._services))
        session = await self._sessions.create(
            services,
            workflow=calling.workflow,
            text=text,
            file=file,
            run_id=run_id,
            settings=settings,
            start=start,
            label=f"called by {calling.step.run_id}",
            sources=sources,
            calling=calling,
        )
        async with self._open(session):
            yield session, services.bus

    @asynccontextmanager
    async def taken_up(
        self, run_id: RunId, calling: Calling, *, yes: bool, attended: bool
    ) -> "AsyncIterator[tuple[RunSession, Bus]]":
        """A called run that has come to rest before its end, open inside the block."""
        services = replace(self._services, bus=Bus(), interactive=attended)
        folder = services.home.run(run_id)
        session = await self._sessions.reopen(services, folder, merge="yes", yes=yes, calling=calling)
        async with self._open(session):
            yield session, services.bus

    @asynccontextmanager
    async def _open(self, session: "RunSession") -> AsyncIterator[None]:
        self._live[session.state.run_id] = session
        try:
            if self._address is not None:
                session.listening(self._address)
            yield
        finally:
            del self._live[session.state.run_id]
            await session.close()

    async def answer(self, run_id: str, signal: SignalReceived) -> None:
        """Records the answer to a question of a called run at rest."""
        folder = self._services.home.run(run_id)
        await record_at_rest(folder, lambda _: signal, clock=self._services.clock)

    async def discard(self, run_id: str, holder: str, *, unless_done: bool = False) -> None:
        """Takes away what a called run that nobody will go on with has in git; commits that others lack keep a branch.

        The same goes for the runs that it has called in turn. Whatever of them is still at work is ended.

        Args:
            run_id: The called run.
            holder: The branch of its caller.
            unless_done: Whether one that came to its end stays as it is.
        """
        services, folder = self._services, self._services.home.run(run_id)
        recorded = await in_thread(lambda: self.recorded(run_id))
        if recorded is None or (unless_done and recorded.ended_at is not None and verdict(recorded) == "done"):
            return
        with RunLock.acquire(folder.lock, lock_owner(services.clock)):
            await in_thread(lambda: kill_strays_of(f"{run_id}:"))
            for call in recorded.calls.values():
                if call.status != "succeeded":
                    await self.discard(call.run_id, recorded.run_branch, unless_done=True)
            log, envelopes = EventLog.open(folder.events, clock=services.clock, bus=Bus())
            try:
                state = fold(envelopes)
                for path in await in_thread(lambda: self._cleared(state, holder)):
                    log.append(WorktreeRemoved(path=path))
            finally:
                await log.close()

    def _cleared(self, state: RunState, holder: str) -> tuple[str, ...]:
        """Does so, and returns the worktrees that are gone. Blocking."""
        services = self._services
        folder, repo = services.home.run(state.run_id), services.repository
        worktrees = Worktrees(repo, folder.worktrees, services.home.worktree_lock, run_id=RunId(state.run_id))
        worktrees.recover()
        for made in state.worktrees.values():
            if made.name != "run":
                worktrees.remove(worktrees.root / made.name)
        unfinished = [entry for entry in state.items.values() if entry.status != "success"]
        kept = {record.branch for entry in unfinished for record in entry.history}
        worktrees.delete_branches([branch for branch in worktrees.branches() if branch not in kept])
        tip_ref = f"refs/prodigy/{state.run_id}/tip"
        tip, held = read_ref(repo, tip_ref), read_ref(repo, f"refs/heads/{holder}")
        if tip is not None:
            if held is None or not contains(repo.common_dir, held, tip):
                own = f"refs/heads/prodigy/{state.run_id}/run"
                move_ref(repo, own, Oid(tip), read_ref(repo, own))
            delete_ref(repo, tip_ref)
        return tuple(state.worktrees)


def _folder(sources: Sources, services: "Services") -> Path:
    return Path(sources.folder) if sources.folder else services.folder

"""Finding runs and reading them: by what a person typed, from the record on disk."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.errors import ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.events.known import KnownLog
    from prodigy_tui.events.state import RunState
    from prodigy_tui.storage import RunFolder


class NoRuns(ProdigyError):
    """There is no run that could be meant."""


def known_runs(invocation: Invocation) -> "tuple[RunFolder, ...]":
    """Returns the runs of this repository, newest first; outside of any repository those of all."""
    from prodigy_tui.git.repo import NotARepository

    try:
        return invocation.repository_folder().runs()
    except NotARepository:
        return invocation.state_home().runs()


def chosen_run(invocation: Invocation, typed: str | None) -> "RunFolder":
    """Returns the run that `typed` names: an id, a unique beginning of one, `last` (also when None) or `last:failed`.

    Runs that others have called are meant by more of their id than that of the one that called them.

    Raises:
        NoRuns: there is none yet.
        RunNotFound, RunAmbiguous: the name fits none, or several.
    """
    from prodigy_tui.storage import RunNotFound, find_run

    every = known_runs(invocation)
    runs = [run for run in every if not run.is_called]
    match typed:
        case None | "last":
            return _newest(runs, "no run has been recorded here yet")
        case "last:failed":
            failed = [run for run, state in readable(runs) if state.status in ("failed", "stopped")]
            return _newest(failed, "no failed run is recorded here")
    for known in (runs, every):
        with suppress(RunNotFound):
            return find_run(known, typed)
    return find_run(invocation.state_home().runs(), typed)


class OfAnotherRun(ProdigyError):
    """A run that another has called does not go on without it."""


def require_its_own(state: "RunState", *, hint: str = "") -> None:
    """Checks that a person has started the run; `hint` says what to do if not, else to look at the one that has.

    Raises:
        OfAnotherRun: a step of another run has called it.
    """
    if (caller := state.caller) is not None:
        message = f"run {state.run_id!r} belongs to {caller.run_id!r}, whose step {caller.path} has called it"
        raise OfAnotherRun(message, hint=hint or f"it goes on with that one: 'prodigy-tui runs show {caller.run_id}'")


def _newest(runs: "Sequence[RunFolder]", otherwise: str) -> "RunFolder":
    if not runs:
        raise NoRuns(otherwise, hint="'prodigy-tui run WORKFLOW.yml' starts one")
    return runs[0]


class ReadRun:
    """A run whose record has just been read, with all of it: whoever takes the run up need not read it again."""

    def __init__(self, folder: "RunFolder") -> None:
        """Reads the record.

        Raises:
            LogDamaged: as `read_state`.
        """
        from prodigy_tui.events.known import KnownLog

        self.folder = folder
        self._known: KnownLog | None = KnownLog.read(folder.events)
        self.state = _begun(folder, self._known.state)

    def hand_over(self) -> "KnownLog | None":
        """Returns what was read, once: of a large run it takes hundreds of MB, which must not stay until its end."""
        known, self._known = self._known, None
        return known


def read_state(folder: "RunFolder") -> "RunState":
    """Returns the present state of a run from its record, live or not.

    Raises:
        LogDamaged: the record cannot be read, makes no sense, or lacks its beginning.
    """
    from prodigy_tui.events.evolve import InvalidTransition, fold
    from prodigy_tui.events.source import LogDamaged, read_events

    try:
        state = fold(read_events(folder.events))
    except InvalidTransition as error:
        raise LogDamaged(folder.events, error.envelope.seq, str(error)) from error
    return _begun(folder, state)


def _begun(folder: "RunFolder", state: "RunState") -> "RunState":
    from msgspec.structs import replace

    from prodigy_tui.events.source import LogDamaged

    if state.run_id:
        return state
    if is_live(folder):  # it is about to write its first event
        return replace(state, run_id=folder.run_id)
    raise LogDamaged(folder.events, 1, "the event 'run_started' is missing")


def readable(folders: "Iterable[RunFolder]") -> "Iterator[tuple[RunFolder, RunState]]":
    """Yields the runs whose record is whole, each with its state; for a search, which goes on behind a damaged one."""
    from prodigy_tui.events.source import LogDamaged

    for folder in folders:
        with suppress(LogDamaged):
            yield folder, read_state(folder)


def is_live(folder: "RunFolder") -> bool:
    """Says whether a process drives the run now."""
    from prodigy_tui.storage import RunLock

    return RunLock.is_held(folder.lock)


def driver_of(folder: "RunFolder") -> str:
    """Returns what people call the process that drives a live run."""
    from prodigy_tui.storage import RunLock

    owner = RunLock.owner(folder.lock)
    return f"process {owner.pid} on {owner.host}" if owner is not None else "a process"

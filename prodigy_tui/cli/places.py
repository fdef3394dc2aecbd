"""Finding runs and reading them: by what a person typed, from the record on disk."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.errors import ProdigyError

if TYPE_CHECKING:
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

    Raises:
        NoRuns: there is none yet.
        RunNotFound, RunAmbiguous: the name fits none, or several.
    """
    from prodigy_tui.storage import RunNotFound, find_run

    runs = known_runs(invocation)
    match typed:
        case None | "last":
            return _newest(runs, "no run has been recorded here yet")
        case "last:failed":
            failed = [run for run in runs if read_state(run).status in ("failed", "stopped")]
            return _newest(failed, "no failed run is recorded here")
    try:
        return find_run(runs, typed)
    except RunNotFound:
        return find_run(invocation.state_home().runs(), typed)


def _newest(runs: "Sequence[RunFolder]", otherwise: str) -> "RunFolder":
    if not runs:
        raise NoRuns(otherwise, hint="'prodigy-tui run WORKFLOW.yml' starts one")
    return runs[0]


def read_state(folder: "RunFolder") -> "RunState":
    """Returns the present state of a run from its record, live or not."""
    from prodigy_tui.events.evolve import fold
    from prodigy_tui.events.source import read_events

    return fold(read_events(folder.events))


def is_live(folder: "RunFolder") -> bool:
    """Says whether a process drives the run now."""
    from prodigy_tui.storage import RunLock

    return RunLock.is_held(folder.lock)

"""Finding one run among those on disk by what a person typed. What state a run is in only its events can tell."""

from collections.abc import Iterable

from prodigy_tui.errors import ProdigyError
from prodigy_tui.storage.paths import RunFolder

_SHOWN = 4


class RunNotFound(ProdigyError):
    """No run answers to what was typed."""

    def __init__(self, typed: str) -> None:
        super().__init__(f"no run begins with {typed!r}", hint="'prodigy-tui runs list' shows those there are")
        self.typed = typed
        self.args = (typed,)  # what pickle hands to `__init__`


class RunAmbiguous(ProdigyError):
    """Several runs answer to what was typed."""

    def __init__(self, typed: str, run_ids: tuple[str, ...]) -> None:
        shown = ", ".join(run_ids[:_SHOWN]) + (", …" if len(run_ids) > _SHOWN else "")
        super().__init__(f"{len(run_ids)} runs begin with {typed!r}: {shown}", hint="type more of the id")
        self.typed = typed
        self.run_ids = run_ids
        self.args = (typed, run_ids)  # what pickle hands to `__init__`


def find_run(runs: Iterable[RunFolder], typed: str) -> RunFolder:
    """Returns the run whose id is `typed`, else the only one whose id begins with it.

    Raises:
        RunNotFound: there is none, or nothing was typed.
        RunAmbiguous: there are several.
    """
    found = [run for run in runs if typed and run.run_id.startswith(typed)]
    exact = [run for run in found if run.run_id == typed]
    match exact or found:
        case []:
            raise RunNotFound(typed)
        case [run]:
            return run
        case several:
            raise RunAmbiguous(typed, tuple(run.run_id for run in several))

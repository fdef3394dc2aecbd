"""The names of a run (language 8.5): the same everywhere, wherever a text of the workflow is filled in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from prodigy_tui.workflow.values import Value


class RunNames(Struct, frozen=True, kw_only=True):
    """What a run is called and where it works; known before any of it is there."""

    id: str
    branch: str
    worktree: Path
    """The run's own, or that of the context in which a text is filled in."""


def run_roots(
    workflow: str, profile: str, arguments: Sequence[str], run: RunNames | None, iteration: int = 1
) -> dict[str, Value]:
    """Returns `workflow`, `run` and the built-in names; without a run what it is called is left out."""
    of_workflow: dict[str, Any] = {"name": workflow}
    of_run: dict[str, Any] = {"profile": profile, "args": list(arguments)}
    plain: dict[str, Any] = {"active_profile": profile}
    if run is not None:
        place = str(run.worktree)
        of_workflow |= {"id": run.id, "iteration": iteration}
        of_run |= {"id": run.id, "branch": run.branch, "worktree": place}
        plain |= {"PROJECT_ROOT": place, "WORKTREE": place, "ITERATION": iteration}
    found = {"workflow": of_workflow, "run": of_run, **plain}
    return {name: Value(data, trusted=True) for name, data in found.items()}

"""What a called run has from the step that calls it: its worktree, its environment, its money."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from prodigy_tui.engine.context import Frame
from prodigy_tui.engine.providers.reserving import Reservations
from prodigy_tui.engine.variables.environment import RunEnvironment
from prodigy_tui.engine.variables.run_names import RunNames
from prodigy_tui.engine.variables.start_environment import StartEnvironment
from prodigy_tui.events.values import Caller
from prodigy_tui.ids import Oid, RunId
from prodigy_tui.workflow.model import Workflow
from prodigy_tui.workflow.values import Value


class Calling(Struct, frozen=True, kw_only=True):
    """The step that calls, as far as the called run has to know it."""

    step: Caller
    workflow: Workflow
    """What is called, with what only a started one has taken out of it."""
    worktree: Path
    branch: str
    """What is checked out there."""
    start: Oid
    """Where that stands."""
    watched: str
    """The branch on which all of it is to land in the end."""
    made: frozenset[str]
    """Files there that are nobody's work."""
    handed: Mapping[str, Value]
    """The values of the called workflow's parameters."""
    begun: StartEnvironment
    environment: RunEnvironment
    frames: tuple[Frame, ...]
    """What every step inside takes over from the one that calls."""
    budget: Reservations

    def names(self, run_id: RunId) -> RunNames:
        """Returns what the called run is called, and where it works."""
        return RunNames(id=run_id, branch=self.branch, worktree=self.worktree)

"""What the scheduler wants done, as data. `Record` is a decision to write down; the others are effects to carry out.

An effect is its own identity: while one is being carried out the scheduler is told so, and does not ask for it again.
"""

from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from prodigy_tui.events.schema import KnownEvent
from prodigy_tui.events.values import PhaseName


class Record(Struct, frozen=True):
    """Append this event; it needs no effect."""

    event: KnownEvent


class PrepareRun(Struct, frozen=True):
    """Make the run branch, its tip and the run worktree."""


class RunPhase(Struct, frozen=True):
    """Run the steps of a phase in the run worktree."""

    phase: PhaseName


class LoadItems(Struct, frozen=True):
    """Read the map's input and select the work items."""


class StartAgent(Struct, frozen=True):
    """Carry one item through the agent template."""

    item_id: str
    attempt: int
    slot: int


class StopAgent(Struct, frozen=True):
    """End the attempt at this item: a person asked for it, or the map ends before it is done."""

    item_id: str


class StopPhase(Struct, frozen=True):
    """End the steps of a phase where they stand; a resumed run goes on from there."""

    phase: PhaseName


class MergeItems(Struct, frozen=True):
    """Merge the branches of finished agents into the run branch, in this order."""

    item_ids: tuple[str, ...]


class JudgeCanary(Struct, frozen=True):
    """Run the steps of the canary's gate, or ask a person."""


class ProposeLanding(Struct, frozen=True):
    """Make the candidate and ask whether it may land."""


class Land(Struct, frozen=True):
    """Run the merge steps and land the candidate."""


class CleanUp(Struct, frozen=True):
    """Remove what the run made and nobody needs any more."""


class StopEverything(Struct, frozen=True):
    """Cancel all effects under way; with `at_once` without any grace."""

    at_once: bool


class Wake(Struct, frozen=True):
    """Ask again at this time even if nothing happens."""

    at: datetime


Effect: TypeAlias = (
    PrepareRun | RunPhase | LoadItems | StartAgent | MergeItems | JudgeCanary | ProposeLanding | Land | CleanUp
)
Action: TypeAlias = Record | Effect | StopAgent | StopPhase | StopEverything | Wake

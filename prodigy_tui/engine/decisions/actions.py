"""What the scheduler wants done, as data. `Record` is a decision to write down; the others are effects to carry out.

An effect is its own identity: while one is being carried out the scheduler is told so, and does not ask for it again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from prodigy_tui.events.schema import KnownEvent
from prodigy_tui.events.values import PhaseName


@dataclass(frozen=True, slots=True)
class Record:
    """Append this event; it needs no effect."""

    event: KnownEvent


@dataclass(frozen=True, slots=True)
class PrepareRun:
    """Make the run branch, its tip and the run worktree."""


@dataclass(frozen=True, slots=True)
class RunPhase:
    """Run the steps of a phase in the run worktree."""

    phase: PhaseName


@dataclass(frozen=True, slots=True)
class LoadItems:
    """Read the map's input and select the work items."""


@dataclass(frozen=True, slots=True)
class StartAgent:
    """Carry one item through the agent template."""

    item_id: str
    attempt: int
    slot: int


@dataclass(frozen=True, slots=True)
class StopAgent:
    """End the attempt at this item: a person asked for it, or the map ends before it is done."""

    item_id: str


@dataclass(frozen=True, slots=True)
class StopPhase:
    """End the steps of a phase where they stand; a resumed run goes on from there."""

    phase: PhaseName


@dataclass(frozen=True, slots=True)
class MergeItems:
    """Merge the branches of finished agents into the run branch, in this order."""

    item_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgeCanary:
    """Run the steps of the canary's gate, or ask a person."""


@dataclass(frozen=True, slots=True)
class ProposeLanding:
    """Make the candidate and ask whether it may land."""


@dataclass(frozen=True, slots=True)
class Land:
    """Run the merge steps and land the candidate."""


@dataclass(frozen=True, slots=True)
class CleanUp:
    """Remove what the run made and nobody needs any more."""


@dataclass(frozen=True, slots=True)
class StopEverything:
    """Cancel all effects under way; with `at_once` without any grace."""

    at_once: bool


@dataclass(frozen=True, slots=True)
class Wake:
    """Ask again at this time even if nothing happens."""

    at: datetime


Effect: TypeAlias = (
    PrepareRun | RunPhase | LoadItems | StartAgent | MergeItems | JudgeCanary | ProposeLanding | Land | CleanUp
)
Action: TypeAlias = Record | Effect | StopAgent | StopPhase | StopEverything | Wake

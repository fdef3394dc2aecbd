"""What happens when a run is taken up again: commits that git has lost, a workflow that a person has edited."""

from typing import Any

import msgspec

from prodigy_tui.events.event import Event
from prodigy_tui.events.values import PhaseName, PhaseOutline, Sources


class WorkLost(Event, frozen=True, kw_only=True):
    """Git has lost commits that the log tells of: what made them is done again.

    A loss of power can do that, or somebody who deletes refs and has garbage collected.
    """

    message: str
    tip: str
    """Where the run branch stands now."""
    to_merge: tuple[str, ...] = ()
    """Items whose merges are gone but whose own commits are there, in the order in which they were merged."""
    to_redo: tuple[str, ...] = ()
    """Items whose commits are gone."""
    phases: tuple[PhaseName, ...] = ()
    """Phases whose commits are gone."""


class ResultsForgotten(Event, frozen=True, kw_only=True):
    """What steps have said was recorded without the secrets in it, and is gone with its process: they run again."""

    steps: dict[PhaseName, tuple[str, ...]]
    """Phase → paths of the steps."""


class WorkflowReplaced(Event, frozen=True, kw_only=True):
    """A person goes on with an edited workflow; it is the recorded one from here on."""

    workflow: str
    """Its name."""
    file: str
    text: str
    digest: str
    target: str
    outline: tuple[PhaseOutline, ...]
    sources: Sources = Sources()
    max_parallel: int | None = None
    """Agents at once, unless a person has said how many; null: as before."""
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    """The values of all parameters that it has; secret ones are never among them."""
    kept: dict[PhaseName, int] = msgspec.field(default_factory=dict)
    """Phase → how many of its steps, from the first on, stay as they are; what later ones have done counts no more."""
    unsettled: tuple[str, ...] = ()
    """Values that were known only when the map started, by path, which the edited text says otherwise."""
    by: str = "person"

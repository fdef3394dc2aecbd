"""What a dry run shows, as data: the plan of a run that has not been started (language 18)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct, to_builtins

if TYPE_CHECKING:
    from prodigy_tui.engine.planning.plan import AgentCalls, PlannedPhase
    from prodigy_tui.engine.planning.plan_merging import PlannedMerging
    from prodigy_tui.engine.planning.plan_texts import PlannedText
    from prodigy_tui.events.values import Item
    from prodigy_tui.workflow.model import Workflow

SHOWN_IDS = 20
"""Ids of items that are shown unless all are wanted."""


class PlannedItems(Struct, frozen=True, kw_only=True):
    """The work items of a map; `unknown` says why they cannot be told."""

    stages: Mapping[str, int] | None = None
    items: tuple["Item", ...] = ()
    unknown: str | None = None
    problem: str | None = None
    """Why the map would fail."""

    @property
    def total(self) -> int | None:
        return None if self.stages is None else len(self.items)


class Sample(Struct, frozen=True, kw_only=True):
    """The first steps for one item, or of a plain workflow."""

    item: "Item | None"
    steps: tuple["PlannedText", ...]


class Passes(Struct, frozen=True, kw_only=True):
    """How often the steps of a plain workflow run, and with what."""

    iterations: int | str | None
    """At most, for each value: a number, or the references that will say it; None for a mapreduce workflow."""
    arguments: tuple[str, ...]
    """The positional values, of `--args`."""


class DryRun(Struct, frozen=True, kw_only=True):
    """All that is shown."""

    workflow: "Workflow"
    label: str
    parameters: Mapping[str, Any]
    passes: Passes
    phases: tuple["PlannedPhase", ...]
    items: PlannedItems | None
    samples: tuple[Sample, ...]
    merge: Mapping[str, Any]
    """How the result lands."""
    merging: "PlannedMerging"
    warnings: tuple[Mapping[str, Any], ...]
    calls: "AgentCalls"

    @property
    def agent_calls(self) -> tuple[int, int] | None:
        return self.calls.total(self.items.total if self.items is not None else 0)


def as_data(value: Any) -> dict[str, Any]:
    """Returns a planned value as JSON data."""
    data: dict[str, Any] = to_builtins(value)
    return data

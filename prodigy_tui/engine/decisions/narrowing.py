"""What the command line leaves of a map's items, and what people call them (language 13.2). Pure."""

from collections.abc import Collection, Sequence

from msgspec.structs import replace as revised

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.events.values import Item, RunSettings
from prodigy_tui.workflow.items import ItemsError, WorkItem, safe_ids
from prodigy_tui.workflow.model import Canary, MapPhase
from prodigy_tui.workflow.rendering import render_data

LABEL_FIELDS = ("id", "name", "path", "file", "title")
LABEL_LENGTH = 120


def narrowed(phase: MapPhase, settings: RunSettings) -> MapPhase:
    """Returns the map phase with what the command line replaces or narrows."""
    changes: dict[str, object] = {}
    late = dict(phase.late)
    if settings.max_items is not None:
        changes["max_items"] = settings.max_items
        late.pop("max_items", None)
    if settings.max_parallel is not None:
        changes["max_parallel"] = settings.max_parallel
        changes["auto_parallel"] = None
        late.pop("max_parallel", None)
    if settings.canary is not None:
        canary = phase.canary or Canary()
        left = {name: value for name, value in canary.late.items() if name not in ("count", "percent")}
        changes["canary"] = revised(canary, count=settings.canary, percent=None, late=left)
    if settings.filter is not None and phase.filter is not False:
        both = f"({phase.filter}) && ({settings.filter})" if isinstance(phase.filter, str) else settings.filter
        changes["filter"] = both
    return revised(phase, **changes, late=late) if changes else phase


_PACE = frozenset({"max_parallel", "auto_parallel", "canary", "timeout", "timeouts", "retry", "paths", "worktree"})
"""What says how the agents work, not which items there are."""


def selecting(phase: MapPhase) -> MapPhase:
    """Returns the map phase with nothing late but what its items are chosen by."""
    late = {name: value for name, value in phase.late.items() if name not in _PACE}
    plain = MapPhase(input=phase.input)
    return revised(phase, **{name: getattr(plain, name) for name in _PACE}, late=late)


def chosen(selected: Sequence[WorkItem], wanted: Collection[str]) -> tuple[Item, ...]:
    """Returns the items that `--item` leaves, by id or label, with the names that branches and folders get.

    Raises:
        ItemsError: an item that is wanted is not there (PT505).
    """
    names_wanted = set(wanted)
    kept = [item for item in selected if not names_wanted or names_wanted & {item.id, label_of(item)}]
    missing = names_wanted - {name for item in kept for name in (item.id, label_of(item))}
    if missing:
        raise ItemsError("PT505", f"no item is called '{min(missing)}'")
    names = safe_ids([item.id for item in selected])
    return tuple(
        Item(id=item.id, safe_id=names[item.id], data=item.data, label=label_of(item) or names[item.id])
        for item in kept
    )


def label_of(item: WorkItem) -> str:
    """Returns what people call an item, if it has a name: hashes serve programs."""
    data = item.data
    named = data
    if isinstance(data, dict):
        named = next((data[key] for key in LABEL_FIELDS if isinstance(data.get(key), str | int)), item.id)
    elif isinstance(data, list):
        named = item.id
    return one_line(render_data(named), LABEL_LENGTH)

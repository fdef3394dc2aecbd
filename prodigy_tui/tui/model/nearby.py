"""Which items differ between two moments of a run, when they are few: states of one run share what did not change."""

from typing import Final

from prodigy_tui.events.state import RunState

_FEW: Final = 8
"""One item of so many; of more, making the list anew is cheaper than moving each."""


def differing(before: RunState, after: RunState) -> frozenset[str] | None:
    """Returns the items that may differ; `None` when the moments are not of one list of items, or far apart."""
    if not before.order or before.order is not after.order:
        return None
    then, now = before.items, after.items
    found: set[str] = set()
    most = len(after.order) // _FEW
    for item_id in after.order:
        if then[item_id] is not now[item_id]:
            found.add(item_id)
            if len(found) > most:
                return None
    return frozenset(found)

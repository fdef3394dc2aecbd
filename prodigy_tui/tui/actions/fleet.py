"""The list of agents: what it shows, how it is sorted, and marks."""

from typing import Final

from prodigy_tui.tui.actions.action import Action, performs
from prodigy_tui.tui.desk import Desk


def nothing_to_save(desk: Desk) -> str:
    return "" if desk.model.rows.filter else "there is no filter"


def nothing_filtered(desk: Desk) -> str:
    return "" if desk.model.rows.narrowed else "there is no filter"


ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="view.filter",
        only=("fleet",),
        caption="Filter: the agents",
        hint="filter",
        keys=("/",),
        scope="fleet",
        run=performs("filter"),
    ),
    Action(
        id="filter.clear",
        only=("fleet",),
        caption="Filter: clear",
        scope="fleet",
        why_not=nothing_filtered,
        run=performs("filter-clear"),
    ),
    Action(
        id="filter.save",
        only=("fleet",),
        caption="Filter: save…",
        scope="fleet",
        why_not=nothing_to_save,
        run=performs("filter-save"),
    ),
    Action(
        id="filter.load",
        only=("fleet",),
        caption="Filter: load…",
        scope="fleet",
        run=performs("filter-load"),
    ),
    Action(
        id="filter.forget",
        only=("fleet",),
        caption="Filter: forget a saved one…",
        scope="fleet",
        run=performs("filter-forget"),
    ),
    Action(
        id="view.failures",
        only=("fleet",),
        caption="Filter: failures only, and back",
        hint="failures",
        keys=("F",),
        scope="fleet",
        run=performs("failures"),
    ),
    Action(
        id="view.sort",
        only=("fleet",),
        caption="View: sort and group the agents…",
        hint="sort",
        keys=("o",),
        scope="fleet",
        run=performs("sort"),
    ),
    Action(
        id="view.columns",
        only=("fleet",),
        caption="View: columns…",
        hint="columns",
        keys=("C",),
        scope="fleet",
        run=performs("columns"),
    ),
    Action(
        id="view.heat",
        only=("fleet",),
        caption="View: list or heat map",
        hint="heat map",
        keys=("v",),
        scope="fleet",
        run=performs("heat"),
    ),
    Action(
        id="heat.right",
        only=("fleet",),
        caption="Heat map: next agent on the line",
        keys=("ctrl+right",),
        scope="fleet",
        run=performs("cell-right"),
    ),
    Action(
        id="heat.left",
        only=("fleet",),
        caption="Heat map: previous agent on the line",
        keys=("ctrl+left",),
        scope="fleet",
        run=performs("cell-left"),
    ),
    Action(
        id="fleet.mark",
        only=("fleet",),
        caption="Mark the agent, or take its mark away",
        hint="mark",
        keys=("space",),
        scope="fleet",
        run=performs("mark"),
    ),
    Action(
        id="fleet.mark-all",
        only=("fleet",),
        caption="Mark all agents that the filter leaves, or none",
        hint="mark all",
        keys=("*",),
        scope="fleet",
        run=performs("mark-all"),
    ),
)

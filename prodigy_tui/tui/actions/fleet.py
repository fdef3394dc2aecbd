"""The list of agents."""

from typing import Final

from prodigy_tui.tui.actions.action import Action, performs

ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="view.filter",
        only=("fleet",),
        caption="Filter the agents",
        hint="filter",
        keys=("/",),
        scope="agent",
        run=performs("filter"),
    ),
    Action(
        id="view.facts",
        only=("fleet",),
        caption="Agent: story instead of log, and back",
        hint="story",
        keys=("i",),
        scope="agent",
        run=performs("facts"),
    ),
)

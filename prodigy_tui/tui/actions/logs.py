"""What agents print."""

from typing import Final

from prodigy_tui.tui.actions.action import Action, performs

ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="log.follow",
        only=("fleet", "log"),
        caption="Log: follow the end, or hold",
        hint="follow",
        keys=("f",),
        scope="log",
        run=performs("follow"),
    ),
    Action(
        id="log.right",
        only=("fleet", "log"),
        caption="Log: show what is further right",
        keys=("right",),
        scope="log",
        run=performs("right"),
    ),
    Action(
        id="log.left",
        only=("fleet", "log"),
        caption="Log: back to the left",
        keys=("left",),
        scope="log",
        run=performs("left"),
    ),
)

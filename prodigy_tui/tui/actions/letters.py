"""The dead letter queue."""

from typing import Final

from prodigy_tui.tui.actions.action import Action, performs

ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="dlq.mark",
        only=("dlq",),
        caption="Dead letters: mark",
        hint="mark",
        keys=("space",),
        scope="dlq",
        run=performs("mark"),
    ),
    Action(
        id="dlq.mark-all",
        only=("dlq",),
        caption="Dead letters: mark all, or none",
        hint="all",
        keys=("*",),
        scope="dlq",
        run=performs("mark-all"),
    ),
)

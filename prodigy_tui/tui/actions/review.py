"""Reading a change and deciding about it."""

from collections.abc import Callable
from typing import Final

from prodigy_tui.tui.actions.action import Action, performs
from prodigy_tui.tui.desk import Desk


def _unless(deed: str) -> Callable[[Desk], str]:
    """Returns what tells why a deed of the review cannot be done."""

    def why_not(desk: Desk) -> str:
        return desk.review.reason(deed) if desk.review is not None else "no change is open"

    return why_not


def _action(name: str, caption: str, *keys: str, hint: str = "", steers: bool = False) -> Action:
    return Action(
        id=f"review.{name}",
        caption=caption,
        hint=hint,
        keys=keys,
        scope="review",
        steers=steers,
        why_not=_unless(name),
        run=performs(name),
    )


ACTIONS: Final[tuple[Action, ...]] = (
    _action("next-hunk", "Review: next change", "]", hint="next change"),
    _action("previous-hunk", "Review: previous change", "["),
    _action("viewed", "Review: mark the file as viewed", "space", hint="viewed"),
    _action("layout", "Review: side by side, one column, or as the width gives", "v"),
    _action("whitespace", "Review: ignore changes of whitespace, or not", "W"),
    _action("left", "Review: code to the left", "left"),
    _action("right", "Review: code to the right", "right"),
    _action("facts", "Review: checks, commits and what the agent says", "i"),
    _action("new", "Review: only what is new since you looked", "N"),
    _action("conflicts", "Review: both sides of the conflicts", "c"),
    _action("next", "Review: the next change that waits for you", "."),
    _action("approve", "Review: approve", "a", hint="approve", steers=True),
    _action("send-back", "Review: send back to its agent with a note…", "b", steers=True),
    _action("reject", "Review: reject with a reason…", "D", steers=True),
)

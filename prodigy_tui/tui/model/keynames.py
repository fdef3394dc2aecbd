"""What keys are called in sentences: those in force, which a person may have put in the place of the shipped ones.

Like a language, the keys in force are ambient: whatever writes a sentence asks here, and passes nothing on.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

SHIPPED: Final[dict[str, str]] = {
    "agent.retry": "r",
    "copy": "y",
    "dlq.retry-pattern": "R",
    "merge.approve": "a",
    "merge.changes": "d",
    "merge.later": "n",
    "merge.message": "e",
    "merge.open": "m",
    "merge.strategy": "s",
    "merge.sweep": "A",
    "move.enter": "enter",
    "palette": ":",
    "replay.live": "L",
    "replay.quiet": "Q",
    "review.approve": "a",
    "review.conflicts": "c",
    "review.facts": "i",
    "review.layout": "v",
    "review.new": "N",
    "review.next": ".",
    "review.next-hunk": "]",
    "review.previous-hunk": "[",
    "review.reject": "D",
    "review.send-back": "b",
    "review.viewed": "space",
    "review.whitespace": "W",
    "pane.next": "tab",
    "run.pause": "p",
    "screen.dlq": "4",
    "screen.fleet": "1",
    "screen.home": "0",
    "screen.log": "2",
    "screen.merges": "3",
    "screen.runs": "5",
    "undo": "u",
    "view.heat": "v",
}
"""The actions that sentences name a key of, with the key that they come with."""

_in_force: ContextVar[Callable[[str], str]] = ContextVar("keys in force", default=SHIPPED.__getitem__)


def use_keys(first: Callable[[str], str]) -> None:
    """From now on sentences name the keys that `first` gives for an action; it may give none."""
    _in_force.set(first)


def key(action: str) -> str:
    """Returns the key to name for an action; of one that has lost its key, that of the palette."""
    if action not in SHIPPED:
        raise KeyError(action)
    first = _in_force.get()
    return first(action) or first("palette")

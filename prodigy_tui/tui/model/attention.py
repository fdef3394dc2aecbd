"""What is said around the picture: the terminal's title, and what the desktop is told while nobody looks."""

from collections.abc import Iterable
from typing import Final

from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.glyphs import in_ascii
from prodigy_tui.tui.model.notices import URGENT, Kind, Notice
from prodigy_tui.tui.model.overview import is_over, progress
from prodigy_tui.tui.model.text import clip, safe

RINGS: Final[frozenset[Kind]] = frozenset({"waits", "held", "stops"})
"""What the bell rings for: nothing goes on without a person."""
_TITLE_CELLS: Final = 80
_WORDS_CELLS: Final = 200


def title(state: RunState, waiting: int, *, lit: bool = True) -> str:
    """Returns the terminal's title: how many things wait for a person come first; unlit, they leave a gap."""
    far = progress(state)
    mark = "" if not waiting else f"!{waiting} " if lit else " " * (len(str(waiting)) + 2)
    share = f" {far.percent}" if far.total and not is_over(state) else " is over" if is_over(state) else ""
    return clip(f"{mark}prodigy - {safe(state.workflow or 'no run', 60)}{share}", _TITLE_CELLS)


def words(notices: Iterable[Notice]) -> str:
    """Returns what the desktop is told of notices, alike ones as one; nothing when none of them is urgent."""
    told = [notice.told for notice in notices if notice.kind in URGENT and not notice.read]
    return clip(safe(" - ".join(told)), _WORDS_CELLS)


def title_sequence(text: str) -> str:
    """Returns what sets a terminal's title."""
    return f"\x1b]0;{_harmless(text)}\x07"


def notify_sequence(number: str, text: str) -> str:
    """Returns what has the terminal tell the desktop, by the sequence of that number."""
    words = _harmless(text)
    return f"\x1b]777;notify;prodigy;{words.replace(';', ',')}\x07" if number == "777" else f"\x1b]9;{words}\x07"


def for_the_outer(sequence: str) -> str:
    """Returns a sequence so that tmux hands it on to the terminal around it, where that is allowed."""
    return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"


def _harmless(text: str) -> str:
    """Nothing that ends or begins a sequence; glyphs of ours in ASCII, because titles are shown in any font."""
    return "".join(sign for sign in in_ascii(safe(text)) if sign.isprintable())

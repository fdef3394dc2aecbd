"""What takes a landing back, in the words of one line: a command is there whole, or the way to it."""

import re
import shlex
from functools import lru_cache
from typing import Final

from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.text import clip, safe

_COMMIT: Final = re.compile(r"\b[0-9a-f]{40,64}\b")
_COMMIT_SIGNS: Final = 12
"""Of a commit's name, where the whole has no room: git takes them too."""


def undo_words(undo: str, room: int = 0, top: str = "") -> str:
    """Returns the command that takes a landing back; where it does not fit into `room` cells, where it stands whole.

    `top` is the working tree that the person's shell is in.
    """
    told = safe(undo_here(undo, top))
    for words in (told, _COMMIT.sub(lambda found: found[0][:_COMMIT_SIGNS], told)):
        if not room or clip(words, room) == words:
            return words
    return f"{key('copy')} on the line merge ({key('screen.fleet')}) copies the command"


@lru_cache(maxsize=8)  # every frame asks
def undo_here(undo: str, top: str) -> str:
    """Returns the command as it can be given within a working tree: without naming that one."""
    try:
        words = shlex.split(undo)
    except ValueError:
        return undo
    if not top or words[:2] != ["git", "-C"] or len(words) < 4 or words[2] != top:
        return undo
    return shlex.join(["git", *words[3:]])

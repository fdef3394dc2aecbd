"""What a tutorial tells its reader to do: files, commands, and keys with what they show. Pure.

A block ```keys has one key a line, and behind it what the screen shows then; `…` is no key but a wait. A picture of the
page is taken where it stands among the keys.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PART = re.compile(r"^```keys\n(?P<keys>.*?)^```|^!\[[^\]]*\]\((?P<picture>[^)]+\.svg)\)", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r'(?P<key>"[^"]*"|\S+)(?:\s{2,}(?P<shown>.+))?')
WAIT = "…"


@dataclass(frozen=True, slots=True)
class Press:
    """A key, or text in quotes that is typed, or a wait; and what is shown afterwards."""

    key: str
    shown: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A moment of which the page has a picture."""

    file: str


def steps_of(page: str) -> Iterator[Press | Picture]:
    """Returns what is pressed and what is seen, in the order of the page.

    Raises:
        ValueError: a line of keys cannot be understood.
    """
    for part in _PART.finditer(page):
        if part["picture"] is not None:
            yield Picture(Path(part["picture"]).name)
            continue
        for line in part["keys"].splitlines():
            found = _LINE.fullmatch(line.strip())
            if found is None:
                raise ValueError(f"no line of keys: {line!r}")
            yield Press(found["key"], found["shown"] or "")

"""Commit messages of the engine: trailers that tell which run, item and attempt a commit came from. Pure."""

import re
from collections.abc import Mapping
from typing import Final

TRAILER_RUN: Final = "Prodigy-Run"
TRAILER_ITEM: Final = "Prodigy-Item"
TRAILER_ATTEMPT: Final = "Prodigy-Attempt"

_TRAILER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*):[ \t]*(.*)")


def with_trailers(message: str, trailers: Mapping[str, str]) -> str:
    """Returns `message` with `trailers` in its last paragraph.

    Values are data: whatever white space they hold becomes single spaces, so that a value cannot add a trailer.
    """
    text = message.replace("\0", "").strip() or "Merge"
    lines = [f"{name}: {' '.join(value.replace(chr(0), '').split())}" for name, value in trailers.items()]
    if not lines:
        return text + "\n"
    separator = "\n" if read_trailers(text) else "\n\n"
    return text + separator + "\n".join(lines) + "\n"


def read_trailers(message: str) -> dict[str, str]:
    """Returns the trailers of a message: its last paragraph, unless that is the first, if all lines have the form."""
    paragraphs = re.split(r"\n[ \t]*\n", message.strip())
    if len(paragraphs) < 2:
        return {}
    found = [_TRAILER.fullmatch(line) for line in paragraphs[-1].split("\n")]
    pairs = [(match[1], match[2]) for match in found if match is not None]
    return dict(pairs) if len(pairs) == len(found) else {}

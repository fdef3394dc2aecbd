"""Bookmarks of a run, in a file beside its record: they are no part of what happened."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from prodigy_tui.tui.model.bookmarks import Bookmark

_LONGEST = 1 << 20


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    seq: Annotated[int, msgspec.Meta(ge=0)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    name: Annotated[str, msgspec.Meta(max_length=1000)]


class BookmarkFile:
    """Bookmarks as a JSON file. One that cannot be read holds none, and is not written over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._damaged = False

    def load(self) -> Sequence[Bookmark]:
        """Returns what the file holds."""
        try:
            with self._path.open("rb") as file:
                text = file.read(_LONGEST)  # a longer one breaks off, and cannot be read
            kept = msgspec.json.decode(text, type=list[_Kept])
            return [Bookmark(seq=one.seq, at=one.at, name=one.name) for one in kept]
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, msgspec.DecodeError):
            self._damaged = True
            return ()

    def save(self, bookmarks: Sequence[Bookmark]) -> str:
        """Writes the file anew; returns why it could not be written, or nothing."""
        if self._damaged:
            return f"kept until you leave: {self._path.name} beside the run cannot be read"
        kept = [_Kept(seq=one.seq, at=one.at, name=_encodable(one.name)) for one in bookmarks]
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            fresh.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")
            fresh.replace(self._path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            return f"kept until you leave: {(error.strerror or str(error)).lower()}"
        return ""


def _encodable(name: str) -> str:
    """Returns a name without halves of characters, which no file holds."""
    return name.encode("utf-8", "replace").decode()

"""Bookmarks: moments of a run that a person wants to find again, kept beside the run and not in its log."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct


class Bookmark(Struct, frozen=True, kw_only=True):
    """A moment with a name."""

    seq: int
    at: datetime
    name: str


class BookmarkStore(Protocol):
    """Where the bookmarks of a run are kept."""

    def load(self) -> Sequence[Bookmark]:
        """Returns what is kept; nothing when it cannot be read."""
        ...

    def save(self, bookmarks: Sequence[Bookmark]) -> str:
        """Keeps these; returns why they could not be kept, or nothing."""
        ...


class Bookmarks:
    """The bookmarks of the run that is shown, in the order of time, one a moment."""

    def __init__(self, store: BookmarkStore | None) -> None:
        self._store = store
        self._all: tuple[Bookmark, ...] = tuple(sorted(store.load(), key=_seq)) if store is not None else ()

    @property
    def all(self) -> tuple[Bookmark, ...]:
        """All of them."""
        return self._all

    def at(self, seq: int) -> Bookmark | None:
        """Returns the bookmark of a moment."""
        return next((one for one in self._all if one.seq == seq), None)

    def put(self, bookmark: Bookmark) -> str:
        """Sets a bookmark, or gives the one of that moment another name; returns why it is not kept, or nothing."""
        return self._keep((*(one for one in self._all if one.seq != bookmark.seq), bookmark))

    def drop(self, seq: int) -> str:
        """Takes a bookmark away; returns why that is not kept, or nothing."""
        return self._keep(one for one in self._all if one.seq != seq)

    def after(self, seq: int) -> Bookmark | None:
        """Returns the next one."""
        return next((one for one in self._all if one.seq > seq), None)

    def before(self, seq: int) -> Bookmark | None:
        """Returns the previous one."""
        return next((one for one in reversed(self._all) if one.seq < seq), None)

    def _keep(self, bookmarks: Iterable[Bookmark]) -> str:
        self._all = tuple(sorted(bookmarks, key=_seq))
        if self._store is None:
            return "kept until you leave"
        return self._store.save(self._all)


def _seq(bookmark: Bookmark) -> int:
    return bookmark.seq

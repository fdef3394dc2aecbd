"""What the interface asks of the world; `cli` hands in who does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from prodigy_tui.events.schema import SignalReceived
    from prodigy_tui.events.state import RunState
    from prodigy_tui.report.model import Report
    from prodigy_tui.tui.model.bookmarks import BookmarkStore
    from prodigy_tui.tui.model.changes import Changes, Counts, FilePatch, Fit, Ground, History, LandingQuery
    from prodigy_tui.tui.model.filtering import Expressions


class RunControl(Protocol):
    """Takes what a person wants of the live run."""

    def send(self, signal: SignalReceived) -> None:
        """Hands a signal to the engine; never blocks, may be called from any thread."""
        ...


class DiffSource(Protocol):
    """Where the text of changes comes from."""

    def diff(self, base: str, head: str) -> Awaitable[str]:
        """Returns the unified diff of what `head` adds since it left `base` (git's three dots)."""
        ...

    def changes(self, base: str, head: str) -> Awaitable[Changes]:
        """Returns the files that `head` changes since it left `base`; quick, however many there are."""
        ...

    def between(self, base: str, head: str) -> Awaitable[Changes]:
        """Returns the files that differ between two commits, whatever lies between them."""
        ...

    def counts(self, changes: Changes, *, ignore_whitespace: bool) -> Awaitable[Counts]:
        """Returns how many lines each file gains and loses; reads all of them."""
        ...

    def file(self, changes: Changes, key: str, *, ignore_whitespace: bool) -> Awaitable[FilePatch]:
        """Returns the difference of one file."""
        ...

    def history(self, changes: Changes) -> Awaitable[History]:
        """Returns the commits of a change."""
        ...

    def fit(self, onto: str, head: str) -> Awaitable[Fit]:
        """Returns whether git alone can merge `head` onto `onto`, and where not, both sides."""
        ...

    def ground(self, query: LandingQuery) -> Awaitable[Ground]:
        """Returns how things stand where a landing is to go."""
        ...


class Decisions(Protocol):
    """Takes what a person decides about dead letters of the live run and no signal says."""

    def change_parameters(self, given: Mapping[str, str]) -> Awaitable[str]:
        """Gives parameters other values, as they were typed; returns why that cannot be, or nothing."""
        ...

    def reduce_again(self) -> None:
        """Has reduce run anew; never blocks, likewise the next."""
        ...

    def discard(self, item_ids: tuple[str, ...], reason: str) -> None:
        """Takes items out of the dead letter queue for good."""
        ...


class SavedFilters(Protocol):
    """What a person has saved of filters, by name."""

    def all(self) -> Mapping[str, str]:
        """Returns every saved filter."""
        ...

    def save(self, name: str, text: str) -> str:
        """Keeps a filter under a name; returns why that cannot be, or nothing."""
        ...

    def forget(self, name: str) -> str:
        """Takes a filter away; returns why that cannot be, or nothing."""
        ...


class World(Struct, frozen=True, kw_only=True):
    """What is at hand of a run besides its events; what is not at hand is `None`, and the interface says so."""

    control: RunControl | None = None
    """Takes signals for the run; `None` when another process drives it, or none."""
    outputs: Path | None = None
    """The folder of the run's outputs."""
    diffs: DiffSource | None = None
    """The repository's changes."""
    bookmarks: BookmarkStore | None = None
    """Where bookmarks of the run are kept."""
    expressions: Expressions | None = None
    """The workflow's own expression language, for filters."""
    decisions: Decisions | None = None
    """Takes decisions about dead letters; there where `control` is."""
    groups: SavedFilters | None = None
    """What the person has said about grouping failures, by what it is about."""
    filters: SavedFilters | None = None
    """Filters that the person has saved."""
    figures: Callable[[int | None], Report] | None = None
    """Measures the run up to an event, from its record; takes its time, so it is called in a thread."""
    lies_here: bool = False
    """What is shown is the run's own record, and not a copy: with it the run can be taken up again."""
    attempts: Callable[[RunState], int | None] | None = None
    """Returns how many attempts a run's workflow gives an item."""

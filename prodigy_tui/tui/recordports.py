"""What the interface asks of the runs on disk and of the workflows found; `cli` hands in who answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from prodigy_tui.report.compare import Comparison
    from prodigy_tui.report.model import Report
    from prodigy_tui.tui.feed import Feed
    from prodigy_tui.tui.model.recorded import Found, PlannedRun
    from prodigy_tui.tui.ports import World

Form: TypeAlias = Literal["md", "html"]


class OpenedRun(Struct, frozen=True, kw_only=True):
    """What the interface is turned to in order to show a run."""

    feed: Feed
    world: World
    closing: Callable[[], None] = lambda: None


class RunsSource(Protocol):
    """The runs of a repository. What takes long is done in threads; whatever goes wrong is a `ProdigyError`."""

    def look(self) -> Awaitable[Found]:
        """Returns what there is now; it may have had no time for all, and is then asked again."""
        ...

    def open(self, run_id: str, say: Callable[[str], None]) -> Awaitable[OpenedRun]:
        """Opens a run: a live one to be steered, any other in replay at its end.

        `say` is told, from any thread, what a live run answers to what it is asked.
        """
        ...

    def report(self, run_id: str, upto: int | None = None) -> Awaitable[Report]:
        """Returns a run in figures; with `upto` how things stood after that event."""
        ...

    def compare(self, a: str, b: str) -> Awaitable[Comparison]:
        """Returns what differs between two runs."""
        ...

    def export(self, run_id: str, form: Form) -> Awaitable[str]:
        """Writes the report of a run into a new file where the person is, and returns its name."""
        ...

    def plan(self, path: str) -> Awaitable[PlannedRun]:
        """Returns what a workflow would do; nothing is done."""
        ...

    def no_start(self) -> str:
        """Returns why no workflow can be started from here; empty when one can."""
        ...

    def start(self, path: str) -> None:
        """Has a workflow started as soon as the interface has closed."""
        ...

    def take_up(self, run_id: str, command: str) -> Awaitable[None]:
        """Has a run at rest taken up by a command of this program as soon as the interface has closed.

        A command that lands asks first, in the interface. A run that somebody has taken up meanwhile is an error.
        """
        ...

"""No run: what is shown before one is chosen."""

from collections.abc import Callable
from datetime import datetime

from prodigy_tui.clock import Clock, SystemClock
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.feed.base import Change, Feed


class EmptyFeed(Feed):
    """Nothing happens."""

    past = False

    def __init__(self, *, clock: Clock | None = None) -> None:
        super().__init__(clock or SystemClock())
        self._anew = True

    def open(self, wake: Callable[[], None]) -> None:
        wake()

    def close(self) -> None:
        pass

    def advance(self, budget_s: float) -> Change | None:  # noqa: ARG002  # there is nothing to spend it on
        anew, self._anew = self._anew, False
        return Change(state=RunState(), jumped=True) if anew else None

    def redraw(self) -> None:
        self._anew = True

    def now(self) -> datetime:
        return self.clock.now()

    @property
    def backlog(self) -> int:
        return 0

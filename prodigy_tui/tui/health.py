"""How well the picture keeps up: events a second, what waits, a slow loop or terminal; silent while all is well."""

from collections.abc import Callable
from typing import Final

from prodigy_tui.tui.feed import Feed
from prodigy_tui.tui.model.line import Line, Span
from prodigy_tui.tui.model.text import amount

_LAG_SHOWN_S: Final = 0.030
_LAG_WARNED_S: Final = 0.100
_WINDOW_S: Final = 2.0
_BEHIND: Final = 1_000
"""Events that wait from which on it is worth saying so: ten thousand a second bring hundreds between two frames, which
made another status line of every frame."""


class Health:
    """Measures of the last two seconds."""

    def __init__(self, feed: Feed, frames_waiting: Callable[[], int], tick_s: float) -> None:
        self._feed = feed
        self._frames_waiting = frames_waiting
        self._tick_s = tick_s
        self._window: tuple[float, int] = (0.0, 0)
        self._rate = 0.0
        self._last_tick: float | None = None
        self._lag_s = 0.0

    def folded(self, events: int) -> None:
        """Counts events taken in."""
        start, count = self._window
        self._window = (start, count + events)

    def ticked(self, now: float) -> None:
        """Takes note of how late a regular call comes, and closes the window when it is over."""
        if self._last_tick is not None:
            self._lag_s = max(0.0, now - self._last_tick - self._tick_s)
        self._last_tick = now
        start, count = self._window
        if now - start >= _WINDOW_S:
            self._rate = count / (now - start) if start else 0.0
            self._window = (now, 0)

    def rest(self) -> None:
        """Forgets what was measured: nothing is at work any more."""
        self._rate = self._lag_s = 0.0
        self._last_tick = None

    def line(self) -> Line:
        """Returns what is worth saying."""
        spans: list[Span] = []
        backlog = self._feed.backlog
        if backlog >= _BEHIND and not self._feed.past:
            spans.append((f"catching up {amount(backlog)} ", "warning"))
        if self._frames_waiting() > 2:
            spans.append(("terminal slow ", "warning"))
        if self._rate >= 1 and not self._feed.past:
            spans.append((f"ev {amount(round(self._rate))}/s ", "muted"))
        if self._lag_s >= _LAG_SHOWN_S:
            late = self._lag_s >= _LAG_WARNED_S
            spans.append((f"lag {self._lag_s * 1000:.0f}ms ", "warning" if late else "muted"))
        return tuple(spans)

"""The replay bar: activity, marks and the playhead over the length of the run; a click or a drag goes there."""

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import BindingType

from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.feed import ReplayFeed
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import Line, Span, between
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.model.text import clock
from prodigy_tui.tui.model.timeline import TimelinePicture, overlaid
from prodigy_tui.tui.widgets.surface import Bar
from prodigy_tui.wording import plural

_LEGEND: tuple[str, ...] = ("events/s", "marks", "playhead")
_LEGEND_CELLS = 10
_LEGEND_FROM = 100
"""Cells from which on there is room to say what the lines are."""


class TimelineBar(Bar, can_focus=True):
    """Four lines where there is room, else two; empty while no past is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("timeline")]

    def __init__(self, desk: Callable[[], Desk], model: RunModel) -> None:
        super().__init__()
        self._desk = desk
        self._model = model
        self._picture: TimelinePicture | None = None
        self._pictured: tuple[object, ...] = ()
        self._dragged = False

    def picture(self, feed: ReplayFeed, width: int) -> TimelinePicture:
        """Returns the bar at a width."""
        timeline, bookmarks = feed.timeline, self._desk().travel.bookmarks.all
        wanted = (timeline, timeline.last_seq, timeline.total, bookmarks, width)
        if self._picture is None or self._pictured != wanted:
            self._pictured = wanted
            self._picture = TimelinePicture(
                timeline, feed.start, feed.end, width, bookmarks=bookmarks, zone=self._model.zone
            )
        return self._picture

    def lines(self, width: int) -> list[Line]:
        feed = self._desk().replay
        if feed is None:
            return []
        picture = self.picture(feed, self._cells(width))
        head = picture.column(feed.now())
        self._entitle(feed)
        marks = self._with_other(picture)
        if self.size.height < 4:
            return [self._row(overlaid(marks, head, ("●", "strong")), ""), self._where(feed, width)]
        bars: list[Span] = [(bar, "primary") for bar in picture.bars]
        track: list[Span] = [("─", "muted")] * picture.width
        now = clock(feed.now(), self._model.zone)
        here = min(max(0, head - len(now) // 2), max(0, picture.width - len(now)))
        # A time beside the playhead's gives way, or both would be read as one.
        ticks: list[Span] = [(letter, "muted") for letter in _cleared(picture.ticks, here, len(now))]
        legend = _LEGEND if width >= _LEGEND_FROM else ("", "", "")
        return [
            self._row(overlaid(bars, -1, ("", "text")), legend[0]),
            self._row(overlaid(marks, -1, ("", "text")), legend[1]),
            self._row(overlaid(track, head, ("●", "strong")), legend[2]),
            self._row(overlaid(ticks, here, (now, "strong")), ""),
        ]

    def _cells(self, width: int) -> int:
        return max(1, width - 2 - (_LEGEND_CELLS if width >= _LEGEND_FROM and self.size.height >= 4 else 0))

    def _row(self, line: Line, legend: str) -> Line:
        return ((" ", "text"), *line, (f" {legend}", "muted"))

    def _with_other(self, picture: TimelinePicture) -> list[Span]:
        """Returns the marks, with the moment chosen to compare with among them."""
        marks = list(picture.marks)
        other = self._desk().travel.other
        if other is not None:
            marks[picture.column(other.at)] = ("◆", "accent")
        return marks

    def _entitle(self, feed: ReplayFeed) -> None:
        total = plural(feed.timeline.total, "event")
        title: Line = (("Timeline", "strong"), (f"  {total}", "muted"))
        if feed.reading is not None:
            title = (*title, (f" · reading {feed.reading:.0%}{self._ahead(feed)}", "warning"))
        self.entitle(title, ((self._standing(feed), "muted"),))

    def _ahead(self, feed: ReplayFeed) -> str:
        if feed.ahead is None:
            return ""
        place = f"event {feed.ahead:,}" if isinstance(feed.ahead, int) else clock(feed.ahead, self._model.zone)
        return f", then {place}"

    def _standing(self, feed: ReplayFeed) -> str:
        return f"{'▶ plays' if feed.playing else '‖ held'} ×{feed.speed}{self._quiet(feed)} · event {feed.cursor:,}"

    def _quiet(self, feed: ReplayFeed) -> str:
        """Returns what is said of stretches without events: that they are skipped, or how to skip this one."""
        if feed.skips_quiet:
            return " · skips quiet"
        until = feed.quiet_until if feed.playing else None
        return f" · quiet until {clock(until, self._model.zone)}, {key('replay.quiet')} skips" if until else ""

    def _where(self, feed: ReplayFeed, width: int) -> Line:
        zone = self._model.zone
        here: Line = (
            (f" {'▶ plays' if feed.playing else '‖ held'} ×{feed.speed}  ", "accent"),
            (clock(feed.now(), zone), "strong"),
            (self._quiet(feed) or f" of {clock(feed.start, zone)}–{clock(feed.end, zone)}", "muted"),
        )
        read = f"reading {feed.reading:.0%}{self._ahead(feed)} · " if feed.reading is not None else ""
        return between(here, ((f"{read}event {feed.cursor:,} of {feed.timeline.total:,} ", "muted"),), width)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Takes the playhead along until the button is up again."""
        if event.button == 1 and self._desk().replay is not None:
            self._dragged = True
            self.capture_mouse()
            self._seek(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragged:
            self._seek(event)

    def on_mouse_up(self) -> None:
        if self._dragged:
            self._dragged = False
            self.release_mouse()

    def _seek(self, event: events.MouseEvent) -> None:
        feed = self._desk().replay
        if feed is None:
            return
        left = self.content_region.x - self.region.x
        picture = self.picture(feed, self._cells(self.size.width))
        column = event.x - left - 1
        feed.playing = False
        feed.go(picture.moment(column) if column > 0 else feed.start)


def _cleared(ticks: str, start: int, length: int) -> str:
    """Returns the times without those that a text at `start` would touch."""
    pieces: list[str] = []
    place = 0
    for word in ticks.split(" "):
        touched = place < start + length + 1 and place + len(word) > start - 1
        pieces.append(" " * len(word) if touched else word)
        place += len(word) + 1
    return " ".join(pieces)

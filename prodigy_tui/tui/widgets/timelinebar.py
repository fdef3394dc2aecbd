"""The replay bar: activity, marks and the playhead over the length of the run; a click goes there."""

from textual import events

from prodigy_tui.tui.feed import ReplayFeed
from prodigy_tui.tui.model.line import Line, Role, Span, between
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.model.text import clock, plural
from prodigy_tui.tui.model.timeline import TimelinePicture
from prodigy_tui.tui.widgets.surface import Bar


class TimelineBar(Bar):
    """Four lines where there is room, else two."""

    def __init__(self, feed: ReplayFeed, model: RunModel) -> None:
        super().__init__()
        self._feed = feed
        self._model = model
        self._picture: TimelinePicture | None = None

    def picture(self, width: int) -> TimelinePicture:
        """Returns the bar at a width."""
        if self._picture is None or self._picture.width != width:
            feed = self._feed
            self._picture = TimelinePicture(feed.timeline, feed.start, feed.end, width)
        return self._picture

    def lines(self, width: int) -> list[Line]:
        feed, picture = self._feed, self.picture(max(1, width - 2))
        head = picture.column(feed.now())
        marks = _spans(list(picture.marks), head)
        if self.size.height < 4:
            return [((" ", "text"), *marks), self._where(width)]
        track = _spans([("─", "muted")] * picture.width, head)
        bars = _spans([(bar, "primary") for bar in picture.bars], None)
        return [((" ", "text"), *line) for line in (bars, marks, track)] + [self._where(width)]

    def _where(self, width: int) -> Line:
        feed, zone = self._feed, self._model.zone
        state = "▶ plays" if feed.playing else "‖ held"
        here: Line = (
            (f" {state} ×{feed.speed}  ", "accent"),
            (clock(feed.now(), zone), "strong"),
            (f" of {clock(feed.start, zone)}–{clock(feed.end, zone)}", "muted"),
        )
        last = feed.timeline.last_seq
        return between(here, ((f"event {feed.cursor:,} of {plural(last, 'event')} ", "muted"),), width)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None:
            self._feed.seek_time(self.picture(max(1, self.size.width - 2)).moment(offset.x - 1))


def _spans(cells: list[tuple[str, Role]], playhead: int | None) -> Line:
    """Joins neighbours of one role; the playhead stands over what is below it."""
    spans: list[Span] = []
    for column, (text, role) in enumerate(cells):
        cell: Span = ("●", "strong") if column == playhead else (text, role)
        if spans and spans[-1][1] == cell[1]:
            spans[-1] = (spans[-1][0] + cell[0], cell[1])
        else:
            spans.append(cell)
    return tuple(spans)

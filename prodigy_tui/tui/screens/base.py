"""What the screens of a run share: title, replay bar, reason and status around a body, and being told what is dirty."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from prodigy_tui.tui.actions.registry import hints
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.feed import ReplayFeed
from prodigy_tui.tui.model.line import Line, Span
from prodigy_tui.tui.model.overview import progress
from prodigy_tui.tui.model.run import Dirty, RunModel
from prodigy_tui.tui.model.text import clip
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.bars import ReasonBar, RunBar, StatusBar, TitleBar
from prodigy_tui.tui.widgets.surface import Bar
from prodigy_tui.tui.widgets.timelinebar import TimelineBar

REPLAY_HINTS: tuple[str, ...] = ("replay.play", "replay.forward", "replay.later", "replay.next-mark")


class TooSmall(Bar):
    """Stands in for a screen that has no room, and keeps counting."""

    def __init__(self, model: RunModel) -> None:
        super().__init__(id="too-small")
        self._model = model

    def lines(self, width: int) -> list[Line]:
        far = progress(self._model.state)
        size = self.app.size
        words = ("needs 60×16 cells", f"this has {size.width}×{size.height}", f"{far.done}/{far.total} done")
        return [((clip(word, width), "text"),) for word in words]


class RunScreen(Screen[None]):
    """A screen of the run. Subclasses compose a body and draw it when told."""

    place: ClassVar[PlaceName]
    hint_ids: ClassVar[tuple[str, ...]] = ()

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.model = stage.model
        self._bars: list[RunBar | TimelineBar | TooSmall] = []

    def compose(self) -> ComposeResult:
        stage, now = self.stage, self.stage.feed.now
        title = TitleBar(stage.model, now, tabs=self._tabs)
        reason = ReasonBar(stage.model, now)
        status = StatusBar(stage.model, now, hints=self._hints, health=stage.health)
        small = TooSmall(stage.model)
        self._bars = [title, reason, status, small]
        yield small
        yield title
        yield from self.compose_body()
        if isinstance(stage.feed, ReplayFeed):
            timeline = TimelineBar(stage.feed, stage.model)
            timeline.entitle((("Timeline", "strong"),))
            self._bars.append(timeline)
            yield timeline
        yield reason
        yield status

    def compose_body(self) -> Iterable[Widget]:
        """Yields what stands between the bars."""
        raise NotImplementedError

    def follow_body(self, dirty: Dirty) -> None:
        """Brings the body up to date with the model."""
        raise NotImplementedError

    def tick_body(self) -> None:
        """Draws what reads differently although nothing has happened."""

    def on_mount(self) -> None:
        self.follow(Dirty(state=True, jumped=True))

    def on_screen_resume(self) -> None:
        # While another screen was up, this one was told nothing.
        self.follow(Dirty(state=True, jumped=True))

    def follow(self, dirty: Dirty) -> None:
        """Brings the screen up to date with the model."""
        if not self._bars:
            return
        self.follow_body(dirty)
        if self.model.past:
            self.tick_body()
        self._update_bars()

    def tick(self) -> None:
        """Lets times go on."""
        self.tick_body()
        self._update_bars()

    def _update_bars(self) -> None:
        for bar in self._bars:
            if bar.display:
                bar.update()

    def _hints(self) -> list[tuple[str, str]]:
        ids = (*REPLAY_HINTS, *self.hint_ids) if self.model.past else self.hint_ids
        return hints(ids, self.stage.desk)

    def _tabs(self) -> Line:
        counts = self.model.state.counts
        tabs: list[tuple[PlaceName, str]] = [
            ("fleet", "1 Fleet"),
            ("log", "2 Log"),
            ("dlq", f"4 DLQ {counts.dead}" if counts.dead else "4 DLQ"),
        ]
        spans: list[Span] = [(" ", "text")]
        for place, words in tabs:
            spans += [(f" {words} ", "badge" if place == self.place else "muted"), (" ", "text")]
        return tuple(spans)

    # What actions can tell every screen; a screen that has no use for one leaves it.

    def move(self, lines: int) -> None:
        """Moves the cursor or the view that has the focus."""

    def page(self, direction: int) -> None:
        """Moves by a screenful."""

    def edge(self, direction: int) -> None:
        """Moves to the start or the end."""

    def enter(self) -> None:
        """Opens what the cursor stands on."""

    def perform(self, deed: str) -> None:
        """Does what only this screen can do."""

    @property
    def current_item(self) -> str | None:
        """The item under the cursor."""
        return None

    @property
    def chosen_items(self) -> tuple[str, ...]:
        """The items marked here, or the one under the cursor."""
        return (self.current_item,) if self.current_item is not None else ()

    @property
    def is_reading(self) -> bool:
        """Whether a long log is still being read."""
        return False

"""What the screens of a run share: title, replay bar, reason and status around a body, and being told what is dirty."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from prodigy_tui.tui.actions.registry import hints
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.model.copying import item_line, item_path
from prodigy_tui.tui.model.line import Line, Span
from prodigy_tui.tui.model.overview import progress
from prodigy_tui.tui.model.run import Dirty, RunModel
from prodigy_tui.tui.model.text import clip, safe
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.bars import ReasonBar, RunBar, StatusBar, TitleBar
from prodigy_tui.tui.widgets.hintbar import HintBar
from prodigy_tui.tui.widgets.logview import LogView
from prodigy_tui.tui.widgets.surface import Bar
from prodigy_tui.tui.widgets.timelinebar import TimelineBar

REPLAY_HINTS: tuple[str, ...] = (
    "replay.live",
    "replay.play",
    "replay.forward",
    "replay.next-mark",
    "replay.later",
    "replay.compare",
)


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
        self.hint = HintBar(lambda: stage.desk)
        self._bars: list[RunBar | TimelineBar | TooSmall | HintBar] = []
        self._epoch = stage.model.epoch

    def compose(self) -> ComposeResult:
        stage, now = self.stage, self.stage.feed.now
        title = self.make_title()
        reason = ReasonBar(stage.model, now)
        status = StatusBar(stage.model, now, hints=self._hints, health=stage.health)
        small = TooSmall(stage.model)
        self._bars = [title, reason, status, small, self.hint]
        yield small
        yield title
        yield self.hint
        yield from self.compose_body()
        timeline = TimelineBar(lambda: stage.desk, stage.model)
        self._bars.append(timeline)
        yield timeline
        yield reason
        yield status

    def make_title(self) -> RunBar:
        """Returns what stands on top."""
        return TitleBar(self.model, self.stage.feed.now, tabs=self._tabs)

    def compose_body(self) -> Iterable[Widget]:
        """Yields what stands between the bars."""
        raise NotImplementedError

    def begin_anew(self) -> None:
        """Forgets cursors and filters: another run is shown."""

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
        if self._epoch != self.model.epoch:
            self._epoch = self.model.epoch
            self.begin_anew()
        self.set_class(self.model.past, "-past")
        beside = self.model.beside
        self.set_class(self.model.past and beside is not None and beside.same, "-behind")
        self.follow_body(dirty)
        if self.model.past:
            self.tick_body()
        self._update_bars()

    def tick(self) -> None:
        """Lets times go on."""
        if not self._bars:
            return
        self.tick_body()
        self._update_bars()

    def _update_bars(self) -> None:
        self.hint.set_class(self.hint.wanted, "-wanted")
        for bar in self._bars:
            if bar.display:
                bar.update()

    def _hints(self) -> list[tuple[str, str]]:
        ids = (*REPLAY_HINTS, *self.hint_ids) if self.model.past else self.hint_ids
        return hints(ids, self.stage.desk)

    def _tabs(self) -> Line:
        counts, needing = self.model.state.counts, self.model.merges.needing
        tabs: list[tuple[PlaceName, str]] = [
            ("fleet", "1 Fleet"),
            ("log", "2 Logs"),
            ("merges", f"3 Merges !{needing}" if needing else "3 Merges"),
            ("dlq", f"4 DLQ {counts.dead}" if counts.dead else "4 DLQ"),
            ("runs", "5 Runs"),
        ]
        if self.stage.desk.records.at_hand:
            tabs.insert(0, ("home", "0 Home"))
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

    def copied(self) -> str:
        """Returns what copying gives: the line of a log, or who the cursor stands on and how it is; else nothing."""
        if isinstance(self.focused, LogView):
            return self.focused.copied()
        item = self.model.state.items.get(self.current_item or "")
        return item_line(item) if item is not None else ""

    def copied_path(self) -> str:
        """Returns the path or the id of what the cursor stands on; of nothing, the id of the run."""
        item = self.model.state.items.get(self.current_item or "")
        return item_path(item) if item is not None else safe(self.model.state.run_id)

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

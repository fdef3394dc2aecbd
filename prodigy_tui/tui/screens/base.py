"""What the screens of a run share: title, replay bar, reason and status around a body, and being told what is dirty."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.widget import Widget

from prodigy_tui.tui.actions.registry import BY_ID, hints
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import Line, Span, cells, wrap
from prodigy_tui.tui.model.overview import bottleneck, progress, tallies
from prodigy_tui.tui.model.run import Dirty, RunModel
from prodigy_tui.tui.model.text import clip, safe
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.terminal import TimedScreen
from prodigy_tui.tui.widgets.bars import WIDE, ReasonBar, RunBar, StatusBar, TitleBar
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

REST_HINTS: Final = ("merge.open", "run.pause", "dlq.retry-pattern", "agent.retry")
"""What a run at rest may be taken up for: before everything about looking at it."""
_HINTS: Final = 4
_HINTS_WIDE: Final = 6
"""Hints at most, where there is room for them."""


LEAST_WIDTH: Final = 60
LEAST_HEIGHT: Final = 16
"""Cells that a screen needs; as the breakpoints of the app have it."""


class TooSmall(Bar):
    """Stands in for a screen that has no room, and keeps counting."""

    def __init__(self, model: RunModel, now: Callable[[], datetime]) -> None:
        super().__init__(id="too-small")
        self._model = model
        self._now = now

    def lines(self, width: int) -> list[Line]:
        state, size, room = self._model.state, self.app.size, max(1, width)
        needed = f"needs {LEAST_WIDTH}×{LEAST_HEIGHT} cells"
        words = [f"{needed}, this has {size.width}×{size.height}"]
        if width < cells(((words[0], "text"),)):
            words = [needed, f"this has {size.width}×{size.height}"]
        lines: list[Line] = [((clip(word, width), "text"),) for word in words]
        if not state.run_id:
            return lines
        far = progress(state)
        counts: Line = tuple((f"{look.glyph}{number} ", look.role) for look, number in tallies(state))
        told = ((f"{far.done}/{far.total} done  ", "strong"), *counts)
        return [*lines, *wrap(told, room), *wrap(self._reason(), room)]

    def _reason(self) -> Line:
        return bottleneck(self._model.state, self._now(), past=self._model.past, cramped=True)


class RunScreen(TimedScreen[None]):
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
        self._had_focus: Widget | None = None

    def compose(self) -> ComposeResult:
        stage, now = self.stage, self.stage.feed.now
        title = self.make_title()
        reason = ReasonBar(stage.model, now, press=self._press)
        status = StatusBar(stage.model, now, hints=self._shown_hints, health=stage.health, press=self._press)
        small = TooSmall(stage.model, now)
        self._bars = [title, reason, status, small, self.hint]
        self._mark_past()  # before there is anything else whose style would be looked up again
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
        return TitleBar(self.model, self.stage.feed.now, tabs=self._tabs, open_tab=self.open_tab)

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

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._had_focus = event.widget

    def on_resize(self) -> None:
        # What a small terminal has no room for loses the focus, and nobody would give it back.
        self.call_after_refresh(self._give_focus_back)

    def _give_focus_back(self) -> None:
        lost = self._had_focus
        if self.focused is None and lost is not None and lost.is_attached and lost.focusable and lost.size:
            lost.focus(scroll_visible=False)

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
        self._mark_past()
        self.follow_body(dirty)
        if self.model.past:
            self.tick_body()
        self._update_bars()

    def _mark_past(self) -> None:
        beside = self.model.beside
        self.set_class(self.model.past, "-past")
        self.set_class(self.model.past and beside is not None and beside.same, "-behind")
        self.set_class(self.stage.feed.empty and beside is None, "-no-run")

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

    def _hinted(self) -> tuple[str, ...]:
        """Returns the actions that may be named in the footer, the most useful first: while paused, going on."""
        if self.stage.desk.records.takes_up:
            return (*dict.fromkeys((*REST_HINTS, *(REPLAY_HINTS if self.model.past else ()), *self.hint_ids)),)
        if self.model.past:
            return (*REPLAY_HINTS, *self.hint_ids)
        if self.model.state.paused:
            return ("run.pause", *(name for name in self.hint_ids if name != "run.pause"))
        return self.hint_ids

    def _hints(self) -> list[tuple[str, str]]:
        beside = self.model.beside
        over = beside is not None and beside.over and beside.same
        ids = self._hinted()
        most = _HINTS_WIDE if self.app.size.width >= WIDE else _HINTS
        return hints(tuple(name for name in ids if not over or name != "replay.live"), self.stage.desk, most)

    def _shown_hints(self) -> list[tuple[str, str]]:
        """Returns the hints of the footer: none under a sheet, which has keys of its own; without tabs, theirs."""
        if self.app.screen is not self:
            return []
        found = self._hints()
        places = self._places()
        ends = [key(f"screen.{name}") for name in (places[0], places[-1])]
        if self.app.size.width < WIDE and all(len(one) == 1 for one in ends):
            found.insert(0, ("–".join(ends), "screens"))
        return found

    def _press(self, named: str) -> None:
        """Does what a hint says: named by its action, or by the key that the footer shows."""
        keymap, desk = self.stage.desk.keymap, self.stage.desk
        ids = self._hinted()
        shown = (name for name in (*ids, "palette", "help") if keymap.first(BY_ID[name]) == named)
        name = named if named in BY_ID else next(shown, "")
        if name and self.app.screen is self:
            desk.do(name)

    def on_screen_suspend(self) -> None:
        # Something is over it, or in its place: its keys are not those that count now.
        self._update_bars()

    def _places(self) -> list[PlaceName]:
        """Returns the places that have a tab, in order."""
        places: list[PlaceName] = ["fleet", "log", "merges", "dlq", "runs"]
        return ["home", *places] if self.stage.desk.records.at_hand else places

    def open_tab(self, place: int) -> None:
        """Goes to the screen of a piece of the line of tabs."""
        places = self._places()
        if place % 2 and place // 2 < len(places) and self.app.screen is self:
            self.stage.desk.do(f"screen.{places[place // 2]}")

    def _tabs(self) -> Line:
        counts, needing = self.model.state.counts, self.model.merges.needing
        words: dict[PlaceName, str] = {
            "home": "Home",
            "fleet": "Fleet",
            "log": "Logs",
            "merges": f"Merges !{needing}" if needing else "Merges",
            "dlq": f"DLQ {counts.dead}" if counts.dead else "DLQ",
            "runs": "Runs",
        }
        spans: list[Span] = [(" ", "text")]
        for place in self._places():
            spans += [
                (f" {key(f'screen.{place}')} {words[place]} ", "badge" if place == self.place else "muted"),
                (" ", "text"),
            ]
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
        """Returns what copying gives: the line of a log, or who the cursor stands on and how it is.

        Where it stands on nobody, what takes the landing back, if there was one; else nothing.
        """
        if isinstance(self.focused, LogView):
            return self.focused.copied()
        from prodigy_tui.tui.model.copying import item_line

        item, landing = self.model.state.items.get(self.current_item or ""), self.model.state.landing
        return item_line(item) if item is not None else safe(landing.undo) if landing is not None else ""

    def copied_path(self) -> str:
        """Returns the path or the id of what the cursor stands on; of nothing, the id of the run."""
        from prodigy_tui.tui.model.copying import item_path

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

    def read_on(self) -> bool:
        """Reads on in a long log for a slice; returns whether there is more of it."""
        return False

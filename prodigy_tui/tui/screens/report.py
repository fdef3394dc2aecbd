"""The report of a run: figures as charts and tables, and the timeline of its agents.

Of the run that is shown it tells up to the moment that is shown, live or past. It is measured anew in a thread, with
long rests: measuring never takes more than a tenth of the time.
"""

import asyncio
import time
from collections.abc import Iterable
from typing import ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.worker import Worker

from prodigy_tui.errors import ProdigyError
from prodigy_tui.report.model import Report
from prodigy_tui.tui.actions.registry import bindings_for, hints
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.reporting import report_lines, report_title
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.screens.base import RunScreen
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.bars import WIDE, RunBar, TitleBar
from prodigy_tui.tui.widgets.lanesview import LanesView
from prodigy_tui.tui.widgets.page import Page

REST_S: Final = 2.0
"""Between two measurements at least."""
_REST_FACTOR: Final = 9
"""How many times as long as a measurement took the rest after it is, at least."""


class ReportPage(Page):
    """Lines that are made for the width of the page, whenever that or the report is another."""

    def __init__(self) -> None:
        super().__init__(id="report")
        self._report: Report | None = None
        self._made_for: tuple[object, int] = (None, 0)

    def show(self, report: Report) -> None:
        """Shows a report."""
        self._report = report
        self._make()

    def on_resize(self) -> None:
        self._make()
        super().on_resize()

    def _make(self) -> None:
        if self._report is None or not self.is_mounted:
            return
        width = max(20, self.line_width - 2)
        if self._made_for != (self._report, width):
            self._made_for = (self._report, width)
            self.set_lines(report_lines(self._report, width))


class ReportTitle(RunBar):
    """Of the run that is shown its own title; of another one which it is."""

    def __init__(self, screen: "ReportScreen") -> None:
        super().__init__(screen.model, screen.stage.feed.now)
        self._of = screen
        self._usual = TitleBar(screen.model, screen.stage.feed.now, tabs=screen._tabs, open_tab=screen.open_tab)

    def lines(self, width: int) -> list[Line]:
        if self._of.tells_shown_run:
            return self._usual.lines(width)
        run_id = self._of.current_run or ""
        title: Line = ((" prodigy ▸ report ▸ ", "primary"), (safe(run_id, 200), "strong"))
        return [title] if width < WIDE else [title, self._of._tabs()]

    def clicked(self, row: int, place: int, line: Line) -> None:  # noqa: ARG002  # as of all bars
        if row == 1:
            self._of.open_tab(place)


class ReportScreen(RunScreen):
    """Figures above, lanes below."""

    place: ClassVar[PlaceName] = "report"
    hint_ids = ("report.zoom-in", "report.later", "screen.log", "screen.runs")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("moving", "report", "records", "everywhere")]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.page_of_figures = ReportPage()
        self.lanes = LanesView(id="lanes")
        self._of = ""
        """The run that is told; empty: nothing yet."""
        self._told: tuple[str, int] = ("", -1)
        self._measuring: Worker[None] | None = None
        self._rest_until = 0.0
        self._waiting = False

    def make_title(self) -> RunBar:
        return ReportTitle(self)

    def compose_body(self) -> Iterable[Widget]:
        yield Container(self.page_of_figures, self.lanes, id="body")

    def on_mount(self) -> None:
        super().on_mount()
        self.lanes.focus()

    def begin_anew(self) -> None:
        self._of, self._told = "", ("", -1)
        self._rest_until = 0.0
        self.lanes.forget()
        self.page_of_figures.edge(-1)

    def follow_body(self, dirty: Dirty) -> None:  # noqa: ARG002  # the events that are taken in say all
        if not self.is_current:
            return
        wanted = self.stage.desk.records.report_of or self.model.state.run_id
        if wanted != self._of:
            self.begin_anew()
            self._of = wanted
        self._refresh()

    def tick_body(self) -> None:
        self._refresh()

    @property
    def tells_shown_run(self) -> bool:
        """Whether the run that is told is the one that is shown."""
        return not self.stage.feed.empty and self._of == self.model.state.run_id

    def _refresh(self) -> None:
        """Measures anew when something has happened, no measurement is under way and the rest is over."""
        if not self._of or not self.is_current:
            return
        upto = self.model.state.last_seq if self.tells_shown_run else 0
        if (self._of, upto) == self._told or (self._measuring is not None and not self._measuring.is_finished):
            return
        rest = self._rest_until - time.monotonic()
        if rest > 0 and self._told[0] == self._of:
            if not self._waiting:
                self._waiting = True
                self.set_timer(rest + 0.01, self._rested)
            return
        self._measuring = self.run_worker(self._measure(self._of, upto), group="measure")

    def _rested(self) -> None:
        self._waiting = False
        self._refresh()

    async def _measure(self, run_id: str, upto: int) -> None:
        began = time.monotonic()
        report = await self._measured(run_id, upto)
        now = time.monotonic()
        self._rest_until = now + max(REST_S, _REST_FACTOR * (now - began))
        self._told = (run_id, upto)
        if run_id != self._of or not self.is_attached:
            return
        if report is None:
            self.page_of_figures.set_lines([(("the figures of this run cannot be had here", "muted"),)])
            return
        self._draw(report)
        self.call_later(self._refresh)

    async def _measured(self, run_id: str, upto: int) -> Report | None:
        figures = self.stage.world.figures
        if not self.tells_shown_run or figures is None:
            return await self.stage.desk.records.report(run_id, upto or None)
        try:
            return await asyncio.to_thread(figures, upto)
        except (ProdigyError, OSError) as error:
            self.stage.desk.say(safe(str(error), 600))
            return None

    def _draw(self, report: Report) -> None:
        self.page_of_figures.entitle((("Report ", "strong"), *report_title(report)))
        self.page_of_figures.show(report)
        self.lanes.show(report)

    @property
    def current_run(self) -> str | None:
        """The run that is told."""
        return self._of or None

    @property
    def current_item(self) -> str | None:
        chosen = self.lanes.current
        known = chosen is not None and self.tells_shown_run and chosen.item_id in self.model.state.items
        return chosen.item_id if known and chosen is not None else None

    def copied(self) -> str:
        """What copying takes: the item under the cursor, or the run."""
        return self.current_item or self._of

    def copied_path(self) -> str:
        """The run's id."""
        return self._of

    def move(self, lines: int) -> None:
        (self.page_of_figures if self.page_of_figures.has_focus else self.lanes).move(lines)

    def page(self, direction: int) -> None:
        (self.page_of_figures if self.page_of_figures.has_focus else self.lanes).page(direction)

    def edge(self, direction: int) -> None:
        (self.page_of_figures if self.page_of_figures.has_focus else self.lanes).edge(direction)

    @on(LanesView.Opened)
    def enter(self) -> None:
        if self.current_item is not None:
            self.stage.desk.go_to("log")
        elif self.lanes.current is not None:
            self.stage.desk.say("the log is opened from the run itself: 5, then enter on it")

    def perform(self, deed: str) -> None:
        match deed:
            case "zoom-in" | "zoom-out":
                self.lanes.zoom(1 if deed == "zoom-in" else -1)
            case "later" | "earlier":
                self.lanes.move_in_time(1 if deed == "later" else -1)
            case _:
                pass

    def action_back(self) -> None:
        """Back to where reports are chosen."""
        self.stage.desk.records.report_of = ""
        self.stage.desk.go_to("runs")

    def _hints(self) -> list[tuple[str, str]]:
        return hints(self.hint_ids, self.stage.desk)

"""Screen 5: the history of runs, sorted and filtered; two of them compared, any of them opened or told in figures."""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Input

from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.model.choosing import Choice
from prodigy_tui.tui.model.filter_parsing import parse_filter
from prodigy_tui.tui.model.filtering import Filter, FilterWrong
from prodigy_tui.tui.model.history import GRAMMAR, SORTS, SortName, arranged, run_facts, run_line, runs_heading
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.recorded import RunSummary
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.screens.chooser import ChooserScreen
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.screens.watching import RecordsScreen
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.tui.widgets.entrylist import EntryList
from prodigy_tui.tui.widgets.filterbox import FilterBox
from prodigy_tui.tui.widgets.page import Page
from prodigy_tui.wording import plural


class RunsScreen(RecordsScreen):
    """Runs, and what is known of the one under the cursor."""

    place: ClassVar[PlaceName] = "runs"
    hint_ids = ("move.enter", "runs.report", "runs.compare", "runs.mark", "runs.filter")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("moving", "runs", "records", "everywhere")]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._shown: dict[str, RunSummary] = {}
        self._filter = Filter()
        self.sort: SortName = "newest"
        self.marked: dict[str, None] = {}
        self.list = EntryList(self._line, runs_heading, empty=(("  no runs", "muted"),), id="runs")
        self.detail = Page(id="detail")
        self.filter_box = FilterBox()

    def compose_body(self) -> Iterable[Widget]:
        yield self.filter_box
        yield Container(self.list, self.detail, id="body")

    def on_mount(self) -> None:
        super().on_mount()
        self.list.focus()

    def follow_body(self, dirty: Dirty) -> None:
        if dirty.jumped:
            self.found()

    def found(self) -> None:
        found, now = self.records.found, self.now()
        try:
            runs = arranged(found.runs, self._filter, self.sort, now)
        except FilterWrong as wrong:
            self.filter_box.tell(str(wrong))
            return
        self._shown = {run.run_id: run for run in runs}
        self.marked = {name: None for name in self.marked if name in self._shown}
        self._entitle()
        if not self.list.pinned and self.model.state.run_id in self._shown:
            self.list.set_entries(tuple(self._shown))
            self.list.select(self.model.state.run_id)
            self.list.pinned = False
        else:
            self.list.set_entries(tuple(self._shown))
        self._tell()

    def _entitle(self) -> None:
        every, shown = len(self.records.found.runs), len(self._shown)
        count = f"{shown} of {plural(every, 'run')}" if shown < every else plural(every, "run")
        marks = f"{len(self.marked)} marked · " if self.marked else ""
        wanted = f" · / {safe(self._filter.text, 60)}" if self._filter else ""
        self.list.entitle(
            (("Runs", "strong"), (f" {count}{wanted}", "muted")), ((f"{marks}sort {self.sort}", "muted"),)
        )

    def _line(self, key: str, width: int) -> Line:
        run = self._shown.get(key)
        return run_line(run, width, self.now(), marked=key in self.marked) if run is not None else ()

    @on(CursorList.Selected)
    def _selected(self) -> None:
        self._tell()

    def _tell(self) -> None:
        run = self._shown.get(self.current_run or "")
        told: list[Line] = [] if run is None else run_facts(run, self.now(), self.model.zone)
        self.detail.entitle((("Details", "strong"),))
        self.detail.set_lines(told)

    @on(CursorList.Opened)
    def _opened(self) -> None:
        self.enter()

    @property
    def current_run(self) -> str | None:
        """The run under the cursor."""
        return self.list.key_at(self.list.index)

    def copied(self) -> str:
        """What copying takes: the run's id."""
        return self.current_run or ""

    copied_path = copied

    def move(self, lines: int) -> None:
        (self.detail if self.detail.has_focus else self.list).move(lines)

    def page(self, direction: int) -> None:
        (self.detail if self.detail.has_focus else self.list).page(direction)

    def edge(self, direction: int) -> None:
        (self.detail if self.detail.has_focus else self.list).edge(direction)

    def enter(self) -> None:
        if self.current_run is not None:
            self.records.open(self.current_run)

    def perform(self, deed: str) -> None:
        match deed:
            case "mark" if self.current_run is not None:
                self._turn_mark(self.current_run)
                self.list.move(1)
                self._entitle()
                self.list.refresh()
            case "mark-all":
                every = dict.fromkeys(self._shown)
                self.marked = {} if list(self.marked) == list(every) else every
                self._entitle()
                self.list.refresh()
            case "sort":
                self.app.push_screen(ChooserScreen("Sort the runs", self._sorts, self._take_sort))
            case "filter":
                self.filter_box.show(True)
                self.filter_box.input.focus()
            case "compare":
                self._compare()
            case _:
                pass

    def _turn_mark(self, run_id: str) -> None:
        if run_id in self.marked:
            del self.marked[run_id]
        else:
            self.marked[run_id] = None

    def _compare(self) -> None:
        """Compares the two that are marked, or the one that is with that under the cursor; the older one is first."""
        chosen = list(self.marked)
        if len(chosen) == 1 and self.current_run not in (None, *chosen):
            chosen.append(str(self.current_run))
        if len(chosen) != 2:
            self.stage.desk.say(f"two runs are compared: mark them with space ({len(chosen)} marked)")
            return
        a, b = sorted(chosen, key=lambda name: (str(self._shown[name].started_at or ""), name))
        self.records.compare(a, b)

    def _sorts(self) -> list[Choice]:
        return [Choice(id=name, caption=name, note=note, chosen=name == self.sort) for name, note in SORTS.items()]

    def _take_sort(self, name: str) -> bool:
        self.sort = next((known for known in SORTS if known == name), self.sort)
        self.found()
        return False

    def action_back(self) -> None:
        """One level back: the filter, then the marks, then to the run that is shown, or home."""
        if self.filter_box.display or self._filter:
            self.filter_box.clear()
            self.set_filter("")
            self.filter_box.show(False)
        elif self.marked:
            self.marked = {}
            self._entitle()
            self.list.refresh()
        elif self.list.has_focus:
            self.stage.desk.go_to("home" if self.stage.feed.empty else "fleet")
        self.list.focus()

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self.set_filter(event.value)

    @on(Input.Submitted, "#filter")
    def _filter_kept(self) -> None:
        if not self.filter_box.note.trouble:
            self.filter_box.show(False)
            self.list.focus()

    def set_filter(self, text: str) -> None:
        """Shows only the runs that a filter admits; one that is wrong is said, and the list stays."""
        try:
            self._filter = parse_filter(text, GRAMMAR)
        except FilterWrong as wrong:
            self.filter_box.tell(str(wrong))
            return
        self.filter_box.tell("")
        self.found()

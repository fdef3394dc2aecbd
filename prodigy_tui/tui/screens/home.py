"""The first screen: what waits for a decision in any run, the runs of this repository, and workflows to start."""

from collections.abc import Iterable
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.model.history import run_facts, run_line, runs_heading
from prodigy_tui.tui.model.home import (
    first_words,
    home_runs,
    inbox,
    inbox_heading,
    named_alike,
    no_workflows,
    wait_facts,
    wait_line,
    workflow_facts,
    workflow_line,
    workflows_heading,
)
from prodigy_tui.tui.model.line import Line, plain
from prodigy_tui.tui.model.recorded import RunSummary, Wait, WaitKind, WorkflowFound
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.screens.watching import RecordsScreen
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.tui.widgets.entrylist import EntryList
from prodigy_tui.tui.widgets.page import Page

_PLACES: dict[WaitKind, PlaceName] = {
    "landing": "merges",
    "suspect": "merges",
    "unmerged": "merges",
    "question": "fleet",
    "dead": "dlq",
}
"""Where in its run something is decided."""


class HomeScreen(RecordsScreen):
    """Three lists, and what is known of the entry under the cursor."""

    place: ClassVar[PlaceName] = "home"
    hint_ids = ("move.enter", "run.new", "runs.report", "screen.runs")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("moving", "home", "records", "everywhere")]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._waits: dict[str, Wait] = {}
        self._alike: frozenset[str] = frozenset()
        self._runs: dict[str, RunSummary] = {}
        self._workflows: dict[str, WorkflowFound] = {}
        self.inbox = EntryList(
            self._wait_line, inbox_heading, empty=(("  nothing waits for a decision", "muted"),), id="inbox"
        )
        self.runs = EntryList(self._run_line, runs_heading, empty=(("  no runs yet", "muted"),), id="runs")
        self.workflows = EntryList(self._workflow_line, workflows_heading, empty=no_workflows(), id="workflows")
        self.detail = Page(id="detail")
        self._settled = False

    def compose_body(self) -> Iterable[Widget]:
        yield Container(Container(self.inbox, self.runs, self.workflows, id="lists"), self.detail, id="body")

    def on_mount(self) -> None:
        super().on_mount()
        self.runs.focus()

    def follow_body(self, dirty: Dirty) -> None:
        if dirty.jumped:
            self.found()

    def found(self) -> None:
        found = self.records.found
        self._waits = {wait.id: wait for wait in inbox(found.runs)}
        self._alike = named_alike(self._waits.values())
        self._runs = {run.run_id: run for run in home_runs(found.runs)}
        self._workflows = {workflow.path: workflow for workflow in found.workflows}
        for entries, known in self._lists:
            entries.set_entries(tuple(known))
        waiting, live = len(self._waits), sum(run.live for run in self._runs.values())
        self.inbox.entitle((("Inbox", "strong"), (f" {waiting}" if waiting else "", "warning")))
        self.runs.entitle((("Runs", "strong"), (f" ● {live} live" if live else "", "success")))
        self.workflows.entitle((("Workflows", "strong"),))
        if self.records.looked and not self._settled:
            # What needs a person has the cursor first; later it is never taken away.
            self._settled = True
            (self.inbox if self._waits else self.runs if self._runs else self.workflows).focus()
        self._tell()

    @property
    def _lists(
        self,
    ) -> tuple[tuple[EntryList, dict[str, Wait] | dict[str, RunSummary] | dict[str, WorkflowFound]], ...]:
        return (self.inbox, self._waits), (self.runs, self._runs), (self.workflows, self._workflows)

    @property
    def _focused(self) -> EntryList:
        return next((entries for entries, _ in self._lists if entries.has_focus), self.runs)

    def _wait_line(self, key: str, width: int) -> Line:
        wait = self._waits.get(key)
        return wait_line(wait, width, self.now(), alike=wait.name in self._alike) if wait is not None else ()

    def _run_line(self, key: str, width: int) -> Line:
        return run_line(self._runs[key], width, self.now()) if key in self._runs else ()

    def _workflow_line(self, key: str, width: int) -> Line:
        return workflow_line(self._workflows[key], width) if key in self._workflows else ()

    @on(CursorList.Selected)
    def _selected(self) -> None:
        self._tell()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:  # noqa: ARG002  # as of all screens
        self._tell()

    def _tell(self) -> None:
        entries, now = self._focused, self.now()
        key = entries.key_at(entries.index)
        told: list[Line] = []
        if entries is self.inbox and (wait := self._waits.get(key or "")) is not None:
            told = wait_facts(wait, now, takes_up=self.records.may_take_up)
        elif entries is self.runs and (run := self._runs.get(key or "")) is not None:
            told = run_facts(run, now, self.model.zone)
        elif entries is self.workflows and (workflow := self._workflows.get(key or "")) is not None:
            told = workflow_facts(workflow)
        elif self.records.looked and not self._runs:
            told = first_words()
        self.detail.entitle((("Details", "strong"),))
        self.detail.set_lines(told)

    @on(CursorList.Opened)
    def _opened(self) -> None:
        self.enter()

    @property
    def _key(self) -> str:
        return self._focused.key_at(self._focused.index) or ""

    @property
    def current_run(self) -> str | None:
        """The run under the cursor, or the one in which something waits."""
        if self._focused is self.workflows:
            return None
        wait = self._waits.get(self._key)
        return wait.run_id if wait is not None else self._key or None

    def copied(self) -> str:
        """What copying takes: the command that decides, the run, the workflow."""
        wait = self._waits.get(self._key) if self._focused is self.inbox else None
        return (wait.command or wait.run_id) if wait is not None else self._key

    def copied_path(self) -> str:
        """The run's id, or the workflow's file."""
        return self.current_run or self._key

    def move(self, lines: int) -> None:
        if self.detail.has_focus:
            self.detail.move(lines)
        else:
            self._focused.move(lines)

    def page(self, direction: int) -> None:
        if self.detail.has_focus:
            self.detail.page(direction)
        else:
            self._focused.page(direction)

    def edge(self, direction: int) -> None:
        if self.detail.has_focus:
            self.detail.edge(direction)
        else:
            self._focused.edge(direction)

    def enter(self) -> None:
        key, records = self._key, self.records
        if self.detail.has_focus:
            return
        if not key:
            if self._focused is self.workflows and records.looked:
                self.stage.desk.say(plain(no_workflows()).strip())
            return
        if self._focused is self.workflows:
            records.plan(key)
        elif self._focused is self.inbox:
            wait = self._waits[key]
            if not wait.live and wait.command and not records.may_take_up:
                self.stage.desk.say(f"decided with: {safe(wait.command)}")
            records.open(wait.run_id, _PLACES[wait.kind])
        else:
            records.open(key)

    def action_back(self) -> None:
        """One level back: from the details to the lists, then to the run that the interface was opened on."""
        if self.detail.has_focus:
            self.runs.focus()
        elif not self.stage.feed.empty and not self.stage.feed.began_empty:
            self.stage.desk.go_to("fleet")

    def perform(self, deed: str) -> None:
        if deed == "workflows":
            self.workflows.focus()
            if self.records.looked and not self._workflows:
                self.stage.desk.say(plain(no_workflows()).strip())

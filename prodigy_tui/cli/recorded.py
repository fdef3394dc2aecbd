"""The runs on disk and the workflows here, as the interface asks for them; whatever takes long happens in threads."""

import asyncio
import shlex
import time
from collections.abc import Callable
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.output import Output, harmless_lines
from prodigy_tui.cli.places import is_live
from prodigy_tui.cli.replaying import Record, past_of
from prodigy_tui.cli.reporting import figures_of, measured
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.storage import RunFolder, RunHeld, RunLock, find_run
from prodigy_tui.tui.recordports import Form, OpenedRun

if TYPE_CHECKING:
    from prodigy_tui.cli.found_workflows import FoundWorkflows
    from prodigy_tui.cli.run_summaries import Summaries
    from prodigy_tui.report.compare import Comparison
    from prodigy_tui.report.model import Report
    from prodigy_tui.tui.model.recorded import Found, PlannedRun, WorkflowFound

_BUDGET_S: Final = 0.4
"""For reading records in one look."""
_WORKFLOWS_EVERY_S: Final = 10.0


class RecordedRuns:
    """Implements the interface's `RunsSource`. `may_start`: whoever called can start a workflow afterwards."""

    def __init__(self, invocation: Invocation, *, may_start: bool = False) -> None:
        self._invocation = invocation
        self._may_start = may_start
        self._found_workflows_at = float("-inf")
        self._found_workflows: tuple[WorkflowFound, ...] = ()
        self._reading = asyncio.Lock()
        self._list: Callable[[], tuple[RunFolder, ...]] | None = None
        self._place = ""
        self.wanted: tuple[str, ...] = ()
        """What this program is to do when the interface has closed, as it would be typed."""

    @cached_property
    def _summaries(self) -> "Summaries":
        from prodigy_tui.cli.run_summaries import Summaries

        return Summaries()

    @cached_property
    def _workflows(self) -> "FoundWorkflows":
        from prodigy_tui.cli.found_workflows import FoundWorkflows

        return FoundWorkflows(self._invocation)

    async def look(self) -> "Found":
        async with self._reading:
            return await asyncio.to_thread(self._look)

    def _look(self) -> "Found":
        from prodigy_tui.tui.model.recorded import Found

        runs, unread = self._summaries.look(self._runs(), _BUDGET_S)
        if time.monotonic() - self._found_workflows_at > _WORKFLOWS_EVERY_S:
            self._found_workflows = self._workflows.look()
            self._found_workflows_at = time.monotonic()
        return Found(place=self._place, runs=runs, workflows=self._found_workflows, unread=unread)

    def _runs(self) -> tuple[RunFolder, ...]:
        """Returns the runs of this repository, newest first; outside of any repository those of all."""
        from prodigy_tui.git.repo import NotARepository

        if self._list is None:  # git is asked once
            home = self._invocation.state_home()
            try:
                repository = self._invocation.repository()
            except NotARepository:
                self._list = home.runs
            else:
                self._place = shown_folder(repository.top, self._invocation.environ.get("HOME", ""))
                self._list = home.repository(repository.common_dir).runs
        return self._list()

    def _folder(self, run_id: str) -> RunFolder:
        return find_run(self._runs(), run_id)

    async def open(self, run_id: str, say: Callable[[str], None]) -> OpenedRun:
        return await asyncio.to_thread(self._open, run_id, say)

    def _open(self, run_id: str, say: Callable[[str], None]) -> OpenedRun:
        folder = self._folder(run_id)
        if is_live(folder):
            from prodigy_tui.cli.attached import attach
            from prodigy_tui.cli.remote import RemoteControl

            control = RemoteControl(folder, say)
            attached, feed, world = attach(folder, control)

            def closing() -> None:
                attached.close()
                control.close()

            return OpenedRun(feed=feed, world=world, closing=closing)
        timeline = Timeline.begin(folder.events)
        feed_of_past, world = past_of(
            Record(
                timeline=timeline,
                output=folder.output,
                bookmarks=folder.bookmarks,
                filters=folder.filters,
                events=folder.events,
            )
        )
        feed_of_past.go(timeline.total)
        return OpenedRun(feed=feed_of_past, world=world)

    async def report(self, run_id: str, upto: int | None = None) -> "Report":
        def measure() -> "Report":
            folder = self._folder(run_id)
            return measured(folder) if upto is None else figures_of(folder.events)(upto)

        return await asyncio.to_thread(measure)

    async def compare(self, a: str, b: str) -> "Comparison":
        from prodigy_tui.cli.comparing import compared

        return await asyncio.to_thread(lambda: compared(self._folder(a), self._folder(b)))

    async def export(self, run_id: str, form: Form) -> str:
        return await asyncio.to_thread(self._export, run_id, form)

    def _export(self, run_id: str, form: Form) -> str:
        from prodigy_tui.cli.letters.exporting import write_file
        from prodigy_tui.report.html import html
        from prodigy_tui.report.markdown import markdown

        report = measured(self._folder(run_id))
        text = markdown(report) if form == "md" else html(report)
        file = _free(self._invocation.cwd, f"report-{run_id}", form)
        write_file(file, harmless_lines(self._invocation.output.secrecy.text(text)))
        return file.name

    async def plan(self, path: str) -> "PlannedRun":
        return await asyncio.to_thread(self._plan, path)

    def _plan(self, path: str) -> "PlannedRun":
        from prodigy_tui.cli.dry_run import make_plan
        from prodigy_tui.cli.plan_lines import plan_lines
        from prodigy_tui.cli.settings import settings_of
        from prodigy_tui.cli.start import Start, make_ready
        from prodigy_tui.events.values import RunSettings
        from prodigy_tui.tui.model.recorded import PlannedRun
        from prodigy_tui.workflow.problems import WorkflowRejected, to_lines

        command = f"prodigy-tui run {shlex.quote(path)}"
        quiet = replace(self._invocation, output=Output(StringIO(), StringIO(), environ={}))
        try:
            chosen = settings_of(quiet).settings
            settings = RunSettings(
                max_parallel=chosen.max_parallel, provider=chosen.provider, merge="ask", profile=chosen.profile
            )
            asked = Start(file=self._invocation.cwd / path, settings=settings, strict=chosen.strict)
            ready = make_ready(quiet, asked, say_warnings=False)
            plan = make_plan(quiet, asked, ready, run_input=False)
        except WorkflowRejected as error:
            lines = tuple(to_lines(error.problems))
            return PlannedRun(path=path, lines=lines, problem="it cannot be started as it is", command=command)
        except ProdigyError as error:
            return PlannedRun(path=path, lines=(), problem=str(error), command=command)
        return PlannedRun(path=path, lines=tuple(plan_lines(plan, every_id=False)), command=command)

    def no_start(self) -> str:
        if self._may_start:
            return ""
        return "this process has its run already; start another one from a shell"

    def start(self, path: str) -> None:
        self.wanted = ("run", "--", path)

    async def take_up(self, run_id: str, command: str) -> None:
        await asyncio.to_thread(self._require_rest, run_id)
        self.wanted = tuple(shlex.split(command)[1:])

    def _require_rest(self, run_id: str) -> None:
        """Checks that the run can be taken up.

        Raises:
            RunNotFound: it is not here.
            RunHeld: a process drives it.
        """
        folder = self._folder(run_id)
        if is_live(folder):
            raise RunHeld(run_id, RunLock.owner(folder.lock))


def shown_folder(folder: Path, home: str) -> str:
    """Returns a folder as people read it."""
    above = Path(home)
    return f"~/{folder.relative_to(above)}" if above.is_absolute() and folder.is_relative_to(above) else str(folder)


def _free(folder: Path, stem: str, suffix: str) -> Path:
    """Returns a file that is not there yet."""
    names = (f"{stem}{f'-{number}' if number else ''}.{suffix}" for number in range(10_000))
    return next(folder / name for name in names if not (folder / name).exists())

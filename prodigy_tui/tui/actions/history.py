"""Other runs: home, history, reports, comparisons; and the timeline of agents."""

from collections.abc import Callable
from typing import Final, Literal

from prodigy_tui.tui.actions.action import Action, performs
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.choosing import Choice
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.text import safe


def no_records(desk: Desk) -> str:
    return "" if desk.records.at_hand else "the records of other runs are not at hand here"


def no_run(desk: Desk) -> str:
    return "" if desk.current_run else "no run is chosen"


def report(desk: Desk) -> None:
    desk.records.report_of = desk.current_run or ""
    desk.go_to("report")


def own_report(desk: Desk) -> None:
    desk.records.report_of = ""
    desk.go_to("report")


def none_shown(desk: Desk) -> str:
    return "" if desk.model.state.run_id else "no run is open"


def export(form: Literal["md", "html"]) -> Callable[[Desk], None]:
    def run(desk: Desk) -> None:
        if desk.current_run:
            desk.records.export(desk.current_run, form)

    return run


def no_export(desk: Desk) -> str:
    return no_records(desk) or no_run(desk)


def none_known(desk: Desk) -> str:
    if why := no_records(desk):
        return why
    return "" if desk.records.found.runs else f"no other run has been looked for yet; {key('screen.runs')} does"


def known_runs(desk: Desk) -> list[Choice]:
    shown = desk.model.state.run_id
    return [
        Choice(
            id=run.run_id,
            caption=safe(run.name, 200),
            note=f"{run.status}, {safe(run.run_id)}",
            chosen=run.run_id == shown,
        )
        for run in desk.records.found.runs
    ]


def open_run(desk: Desk, run_id: str, _: str) -> str:
    desk.records.open(run_id)
    return ""


def new_run(desk: Desk) -> None:
    desk.go_to("home")
    desk.view.perform("workflows")


def nowhere_back(desk: Desk) -> str:
    return desk.no_closing()


ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="screen.home",
        caption="Screen: Home: what waits for a decision, runs, workflows",
        hint="home",
        keys=("0",),
        why_not=no_records,
        run=lambda desk: desk.go_to("home"),
    ),
    Action(
        id="screen.runs",
        caption="Screen: Runs",
        hint="runs",
        keys=("5",),
        why_not=no_records,
        run=lambda desk: desk.go_to("runs"),
    ),
    Action(
        id="screen.report",
        caption="Screen: Report of this run: where time and money went",
        hint="report",
        why_not=none_shown,
        run=own_report,
    ),
    Action(
        id="run.new",
        caption="Run: start a workflow that is here…",
        hint="new run",
        keys=("n",),
        scope="records",
        why_not=no_records,
        run=new_run,
    ),
    Action(
        id="runs.report",
        only=("home", "runs"),
        caption="Runs: report of the run under the cursor",
        hint="report",
        keys=("i",),
        scope="records",
        why_not=no_run,
        run=report,
    ),
    Action(
        id="runs.mark",
        only=("runs",),
        caption="Runs: mark the run, or take its mark away",
        hint="mark",
        keys=("space",),
        scope="runs",
        run=performs("mark"),
    ),
    Action(
        id="runs.mark-all",
        only=("runs",),
        caption="Runs: mark all that the filter leaves, or none",
        keys=("*",),
        scope="runs",
        run=performs("mark-all"),
    ),
    Action(
        id="runs.compare",
        only=("runs",),
        caption="Runs: compare the two that are marked",
        hint="compare",
        keys=("c",),
        scope="runs",
        run=performs("compare"),
    ),
    Action(
        id="runs.sort",
        only=("runs",),
        caption="Runs: sort…",
        hint="sort",
        keys=("o",),
        scope="runs",
        run=performs("sort"),
    ),
    Action(
        id="runs.filter",
        only=("runs",),
        caption="Filter: the runs",
        hint="filter",
        keys=("/",),
        scope="runs",
        run=performs("filter"),
    ),
    Action(
        id="report.export-md",
        caption="Export: the report of this run as Markdown",
        why_not=no_export,
        run=export("md"),
    ),
    Action(
        id="report.export-html",
        caption="Export: the report of this run as HTML",
        why_not=no_export,
        run=export("html"),
    ),
    Action(
        id="report.zoom-in",
        only=("report",),
        caption="Timeline of agents: larger",
        hint="zoom",
        keys=("+", "="),
        scope="report",
        run=performs("zoom-in"),
    ),
    Action(
        id="report.zoom-out",
        only=("report",),
        caption="Timeline of agents: smaller",
        keys=("-",),
        scope="report",
        run=performs("zoom-out"),
    ),
    Action(
        id="report.later",
        only=("report",),
        caption="Timeline of agents: the next one on this worktree",
        hint="next agent",
        keys=("right",),
        scope="report",
        run=performs("later"),
    ),
    Action(
        id="report.earlier",
        only=("report",),
        caption="Timeline of agents: the one before",
        keys=("left",),
        scope="report",
        run=performs("earlier"),
    ),
    Action(
        id="run.open",
        caption="Run: open another one…",
        why_not=none_known,
        choose=known_runs,
        run_chosen=open_run,
    ),
    Action(
        id="run.close",
        caption="Run: close it, and go back to what the interface was opened on",
        why_not=nowhere_back,
        run=lambda desk: desk.close_run(),
    ),
)

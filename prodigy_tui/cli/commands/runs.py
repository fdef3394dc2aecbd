"""`prodigy-tui runs`: past and present runs."""

from typing import TYPE_CHECKING, Any

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.verbs import Verbs
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.events.state import RunState

STATUSES = ("running", "paused", "waiting", "succeeded", "failed", "stopped", "interrupted", "cancelled")


@click.group(cls=Verbs)
def runs() -> None:
    """Look at past and present runs"""


@runs.command("list")
@click.option("--all-repos", is_flag=True, help="The runs of every repository.")
@click.option("--status", type=click.Choice(STATUSES), help="Only runs with this status.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def list_runs(invocation: Invocation, all_repos: bool, status: str | None, as_json: bool) -> int:
    """List runs, newest first"""
    from prodigy_tui.cli.places import is_live, known_runs, read_state
    from prodigy_tui.cli.summary import run_status

    folders = invocation.state_home().runs() if all_repos else known_runs(invocation)
    found = [(read_state(folder), is_live(folder)) for folder in folders]
    shown = [(state, live) for state, live in found if status in (None, run_status(state, live=live))]
    if as_json:
        invocation.output.document("runs", {"runs": [_entry(state, live=live) for state, live in shown]})
    else:
        _print_list(invocation, shown)
    return ExitCode.OK


def _entry(state: "RunState", *, live: bool) -> dict[str, Any]:
    from prodigy_tui.cli.summary import item_counts, merge_result, run_status

    return {
        "run_id": state.run_id,
        "workflow": state.workflow,
        "label": state.label,
        "repository": state.repository,
        "status": run_status(state, live=live),
        "started_at": state.started_at.isoformat() if state.started_at else None,
        "ended_at": state.ended_at.isoformat() if state.ended_at else None,
        "items": item_counts(state),
        "merge": merge_result(state),
    }


def _print_list(invocation: Invocation, shown: "list[tuple[RunState, bool]]") -> None:
    from prodigy_tui.cli.lines import span, status_word
    from prodigy_tui.cli.output import Part
    from prodigy_tui.cli.summary import duration_s, merge_result, run_status

    if not shown:
        invocation.output.say("no runs")
        return
    rows: list[tuple[Part, ...]] = [
        (
            state.run_id,
            status_word(run_status(state, live=live)),
            f"{state.started_at.astimezone():%Y-%m-%d %H:%M}" if state.started_at else "",
            span(duration_s(state)),
            f"{state.counts.success}/{state.counts.total}",
            str(len(state.dead_letters)),
            status_word(merge_result(state)["status"] or ""),
            state.label,
        )
        for state, live in shown
    ]
    invocation.output.table(("RUN", "STATUS", "STARTED", "TOOK", "ITEMS", "DEAD", "MERGE", "LABEL"), rows)


@runs.command("show")
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="The summary document on stdout.")
@shared_options
def show(invocation: Invocation, run: str | None, as_json: bool) -> int:
    """Show how a run stands

    RUN is an id, a unique beginning of one, `last` or `last:failed`; without it the newest.
    """
    from prodigy_tui.cli.places import chosen_run, is_live, read_state
    from prodigy_tui.cli.summary import print_summary, summary_document

    folder = chosen_run(invocation, run)
    state, live = read_state(folder), is_live(folder)
    if as_json:
        invocation.output.document("summary", summary_document(state, live=live))
    else:
        print_summary(invocation.output, state, live=live)
        invocation.output.detail(f"record: {folder.path}")
    return ExitCode.OK

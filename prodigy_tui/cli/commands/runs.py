"""`prodigy-tui runs`: past and present runs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.verbs import Verbs
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.cli.output import Part
    from prodigy_tui.events.state import RunState
    from prodigy_tui.storage import RunFolder

STATUSES = ("running", "paused", "waiting", "succeeded", "failed", "stopped", "interrupted", "cancelled", "damaged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A run in the list."""

    run_id: str
    status: str
    state: "RunState | None" = None
    """None: its record is damaged, so nothing else is known."""
    message: str = ""
    """What is damaged."""


@click.group(cls=Verbs)
def runs() -> None:
    """Look at past and present runs"""


@runs.command("list", epilog="Example: prodigy-tui runs list --status failed")
@click.option("--all-repos", is_flag=True, help="The runs of every repository.")
@click.option("--status", type=click.Choice(STATUSES), help="Only runs with this status.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def list_runs(invocation: Invocation, all_repos: bool, status: str | None, as_json: bool) -> int:
    """List runs, newest first"""
    from prodigy_tui.cli.places import known_runs

    folders = invocation.state_home().runs() if all_repos else known_runs(invocation)
    shown = [listed for listed in map(_listed, folders) if status in (None, listed.status)]
    if as_json:
        invocation.output.document("runs", {"runs": [_entry(listed) for listed in shown]})
    else:
        _print_list(invocation, shown)
    return ExitCode.OK


def _listed(folder: "RunFolder") -> Listed:
    from prodigy_tui.cli.places import is_live, read_state
    from prodigy_tui.cli.summary import run_status
    from prodigy_tui.events.source import LogDamaged

    try:
        state = read_state(folder)
    except LogDamaged as error:
        return Listed(run_id=folder.run_id, status="damaged", message=str(error))
    return Listed(run_id=folder.run_id, status=run_status(state, live=is_live(folder)), state=state)


def _entry(listed: Listed) -> dict[str, Any]:
    from prodigy_tui.cli.summary import item_counts, merge_result

    state = listed.state
    started_at, ended_at = (state.started_at, state.ended_at) if state else (None, None)
    return {
        "run_id": listed.run_id,
        "workflow": state.workflow if state else None,
        "label": state.label if state else None,
        "repository": state.repository if state else None,
        "status": listed.status,
        "message": state.message if state else listed.message,
        "started_at": started_at.isoformat() if started_at else None,
        "ended_at": ended_at.isoformat() if ended_at else None,
        "items": item_counts(state) if state else None,
        "merge": merge_result(state) if state else None,
    }


def _print_list(invocation: Invocation, shown: list[Listed]) -> None:
    if not shown:
        invocation.output.say("no runs")
        return
    head = ("RUN", "STATUS", "STARTED", "TOOK", "ITEMS", "DEAD", "MERGE", "LABEL")
    invocation.output.table(head, [_row(listed) for listed in shown])
    for listed in shown:
        if listed.state is None:
            invocation.output.warn(listed.message)


def _row(listed: Listed) -> "tuple[Part, ...]":
    from prodigy_tui.cli.lines import span, status_word
    from prodigy_tui.cli.summary import duration_s, merge_result

    state = listed.state
    front: tuple[Part, ...] = (listed.run_id, status_word(listed.status))
    if state is None:
        return (*front, "", "", "", "", "", "")
    return (
        *front,
        f"{state.started_at.astimezone():%Y-%m-%d %H:%M}" if state.started_at else "",
        span(duration_s(state)),
        f"{state.counts.success}/{state.counts.total}",
        str(len(state.dead_letters)),
        status_word(merge_result(state)["status"] or ""),
        state.label,
    )


@runs.command("show", epilog="Example: prodigy-tui runs show last")
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

"""`prodigy-tui runs`: past and present runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from prodigy_tui.cli.forms import form_options
from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.limits import length_of_time
from prodigy_tui.cli.verbs import Verbs
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.cli.forms import Wanted
    from prodigy_tui.cli.output import Part
    from prodigy_tui.events.state import RunState
    from prodigy_tui.storage import RunFolder

STATUSES = ("running", "paused", "waiting", "succeeded", "failed", "stopped", "interrupted", "cancelled", "damaged")


class Listed(Struct, frozen=True, kw_only=True):
    """A run in the list."""

    run_id: str
    status: str
    state: "RunState | None" = None
    """None: its record is damaged, so nothing else is known."""
    message: str = ""
    """What is damaged."""
    live: bool = False


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
    live = is_live(folder)
    return Listed(run_id=folder.run_id, status=run_status(state, live=live), state=state, live=live)


def _entry(listed: Listed) -> dict[str, Any]:
    from prodigy_tui.cli.summary import caller_of, item_counts, merge_result

    state = listed.state
    started_at, ended_at = (state.started_at, state.ended_at) if state else (None, None)
    return {
        "run_id": listed.run_id,
        "workflow": state.workflow if state else None,
        "label": state.label if state else None,
        "caller": caller_of(state) if state else None,
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
    from prodigy_tui.cli.lines.line import status_word
    from prodigy_tui.cli.summary import duration_s, merge_result
    from prodigy_tui.wording import span

    state = listed.state
    front: tuple[Part, ...] = (listed.run_id, status_word(listed.status))
    if state is None:
        return (*front, "", "", "", "", "", "")
    return (
        *front,
        f"{state.started_at.astimezone():%Y-%m-%d %H:%M}" if state.started_at else "",
        span(duration_s(state, live=listed.live)),
        f"{state.counts.success}/{state.counts.total}",
        str(len(state.dead_letters)),
        status_word(merge_result(state)["status"] or ""),
        state.label,
    )


@runs.command("diff", epilog="Example: prodigy-tui runs diff last:failed last --format html -o runs.html")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@form_options
@shared_options
def diff(invocation: Invocation, *, a: str, b: str, wanted: "Wanted") -> int:
    """Hold two runs against each other

    Outcome, duration, cost and changed files, item by item; items are the same when their ids are. Where the commits
    are still in the repository, files that both runs have changed are compared too.
    """
    from prodigy_tui.cli.comparing import compared
    from prodigy_tui.cli.places import chosen_run
    from prodigy_tui.cli.reporting import print_comparison

    print_comparison(invocation, compared(chosen_run(invocation, a), chosen_run(invocation, b)), wanted)
    return ExitCode.OK


@runs.command("rm", epilog="Example: prodigy-tui runs rm --older-than 30d --dry-run")
@click.argument("names", metavar="RUN...", nargs=-1)
@click.option(
    "--older-than", "age_s", callback=length_of_time, metavar="D", help="Those that ended so long ago, say 30d."
)
@click.option("--status", type=click.Choice(STATUSES), help="Those with this status.")
@click.option("--force", is_flag=True, help="Those with unmerged work too; it is lost.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def remove(
    invocation: Invocation,
    *,
    names: tuple[str, ...],
    age_s: float | None,
    status: str | None,
    force: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Remove runs with all that they have made

    Worktrees, branches and the record.

    A run that is under way is never removed, and one with work that is nowhere else only with --force. Of runs that are
    named all are removed or none; of those that --older-than and --status choose, the ones that can be.
    """
    from prodigy_tui.cli.removing import Wanted, remove_runs

    if not names and age_s is None and status is None:
        raise click.UsageError("name the runs to remove, or choose them with --older-than or --status")
    wanted = Wanted(names=names, age_s=age_s, status=status)
    return remove_runs(invocation, wanted, force=force, dry_run=dry_run, as_json=as_json)


@runs.command("export", epilog="Example: prodigy-tui runs export last -o run.tar.gz")
@click.argument("run", required=False)
@click.option("-o", "--output", "file", required=True, type=click.Path(path_type=Path), help="The file to write.")
@click.option("--force", is_flag=True, help="Replace the file.")
@shared_options
def export(invocation: Invocation, run: str | None, file: Path, force: bool) -> int:
    """Write the record of a run into one file

    `replay` opens it anywhere. Its events, what its steps printed, and its artifacts; no worktree and no commit.
    """
    from prodigy_tui.cli.places import chosen_run
    from prodigy_tui.storage.archive import write_archive
    from prodigy_tui.wording import bytes_of

    folder = chosen_run(invocation, run)
    size = write_archive(folder, invocation.cwd / file, replace=force)
    invocation.output.line(f"wrote {file} ({bytes_of(size)})")
    invocation.output.say(f"look at it: prodigy-tui replay {file}")
    return ExitCode.OK


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
        print_summary(invocation.output, state, live=live, folder=folder)
        invocation.output.detail(f"record: {folder.path}")
    return ExitCode.OK

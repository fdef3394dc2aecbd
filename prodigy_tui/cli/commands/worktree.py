"""`prodigy-tui worktree`: the worktrees that runs have made, and their removal."""

from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.verbs import Verbs
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from prodigy_tui.engine.upkeep.cleaning import Choice, Cleaned
    from prodigy_tui.engine.upkeep.records import Record
    from prodigy_tui.storage import RunFolder


@click.group(cls=Verbs, epilog="Example: prodigy-tui worktree clean --dry-run")
def worktree() -> None:
    """Look at the worktrees that runs have made, and remove them

    Only what the record of a run says that the run has made is ever removed. Runs that are under way or can be resumed
    are left alone.
    """


@worktree.command("list", epilog="Example: prodigy-tui worktree list")
@click.argument("runs", metavar="[RUN...]", nargs=-1)
@click.option("--all-repos", is_flag=True, help="Those of every repository.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def list_worktrees(invocation: Invocation, runs: tuple[str, ...], all_repos: bool, as_json: bool) -> int:
    """List worktrees, their size, and why each is kept"""
    from prodigy_tui.cli.places import is_live
    from prodigy_tui.cli.worktree_lines import worktree_entry, worktree_row
    from prodigy_tui.engine.upkeep.inventory import open_repository, worktrees_of

    listed = [
        one
        for record in _records(invocation, runs, all_repos=all_repos)
        for one in worktrees_of(record, open_repository(record), live=is_live(record.folder))
    ]
    unknown = [] if runs else _unknown(invocation)
    if as_json:
        document = {"worktrees": [worktree_entry(one) for one in listed], "unknown": [str(path) for path in unknown]}
        invocation.output.document("worktrees", document)
        return ExitCode.OK
    if not listed and not unknown:
        invocation.output.say("no worktrees")
        return ExitCode.OK
    if listed:
        invocation.output.table(
            ("RUN", "WORKTREE", "ITEM", "STATE", "SIZE", "WHY IT IS THERE"), [*map(worktree_row, listed)]
        )
    for path in unknown:
        invocation.output.warn(f"{path} is a worktree of a run of which there is no record; it is never removed")
    return ExitCode.OK


@worktree.command("clean", epilog="Example: prodigy-tui worktree clean --dry-run")
@click.argument("runs", metavar="[RUN...]", nargs=-1)
@click.option("--all-repos", is_flag=True, help="Those of every repository.")
@click.option("--force", is_flag=True, help="Those with unmerged work too: branches stay, changes become a patch.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed and why, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def clean(
    invocation: Invocation, *, runs: tuple[str, ...], all_repos: bool, force: bool, dry_run: bool, as_json: bool
) -> int:
    """Remove the worktrees that nobody needs

    Those of finished runs that hold no unmerged work. A worktree stays while its run is under way or can be resumed,
    while a process is at work in it, when it is locked, and when it holds commits that are not merged or changes that
    no patch of the run has.
    """
    from prodigy_tui.engine.upkeep.cleaning import Choice

    choice = Choice(wanted=lambda _: True, force=force)
    return _clean(invocation, _folders(invocation, runs, all_repos=all_repos), choice, dry_run=dry_run, as_json=as_json)


@worktree.command("clean-orphaned", epilog="Example: prodigy-tui worktree clean-orphaned")
@click.option("--all-repos", is_flag=True, help="Those of every repository.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed and why, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def clean_orphaned(invocation: Invocation, *, all_repos: bool, dry_run: bool, as_json: bool) -> int:
    """Finish removals that failed before

    Worktrees that could not be removed, or only in part, and runs whose removal was cut short.
    """
    from prodigy_tui.engine.upkeep.cleaning import Choice

    choice = Choice(wanted=lambda listed: listed.verdict.state in ("orphaned", "missing"))
    folders = _folders(invocation, (), all_repos=all_repos)
    if not dry_run:
        _finish_runs(invocation, all_repos=all_repos)
    return _clean(invocation, folders, choice, dry_run=dry_run, as_json=as_json)


def _finish_runs(invocation: Invocation, *, all_repos: bool) -> None:
    from prodigy_tui.cli.removing import finish_cut_short

    for removal in finish_cut_short(invocation, all_repos=all_repos):
        if removal.left:
            invocation.output.warn(f"not all of {removal.run_id} could be deleted: {removal.left}")
        else:
            invocation.output.say(f"removed the rest of run {removal.run_id}")


def _folders(invocation: Invocation, runs: tuple[str, ...], *, all_repos: bool) -> "list[RunFolder]":
    from prodigy_tui.cli.places import chosen_run, known_runs

    if runs:
        return list(dict.fromkeys(chosen_run(invocation, run) for run in runs))
    return list(invocation.state_home().runs() if all_repos else known_runs(invocation))


def _records(invocation: Invocation, runs: tuple[str, ...], *, all_repos: bool) -> "list[Record]":
    folders = _folders(invocation, runs, all_repos=all_repos)
    return [record for folder in folders if (record := _record(invocation, folder)) is not None]


def _record(invocation: Invocation, folder: "RunFolder") -> "Record | None":
    from prodigy_tui.engine.upkeep.records import read_record
    from prodigy_tui.events.source import LogDamaged

    try:
        return read_record(folder)
    except LogDamaged as error:
        invocation.output.warn(f"the worktrees of {folder.run_id!r} are left alone: {error}")
        return None


def _unknown(invocation: Invocation) -> "list[Path]":
    from prodigy_tui.engine.upkeep.inventory import unknown_worktrees
    from prodigy_tui.git.repo import NotARepository

    try:
        repository = invocation.repository()
    except NotARepository:
        return []
    return list(unknown_worktrees(invocation.state_home().repository(repository.common_dir), repository))


def _clean(
    invocation: Invocation, folders: "list[RunFolder]", choice: "Choice", *, dry_run: bool, as_json: bool
) -> int:
    import asyncio

    from prodigy_tui.cli.places import is_live
    from prodigy_tui.cli.worktree_lines import say_cleaned
    from prodigy_tui.clock import SystemClock
    from prodigy_tui.engine.upkeep.cleaning import clean as clean_run
    from prodigy_tui.engine.upkeep.cleaning import planned, untouched
    from prodigy_tui.storage import RunHeld

    cleaned: list[Cleaned] = []
    for folder in folders:
        record = _record(invocation, folder)
        if record is None:
            continue
        plan = planned(record, choice, live=is_live(folder))
        if not dry_run:
            try:
                plan = asyncio.run(clean_run(folder, choice, clock=SystemClock()))
            except RunHeld as error:
                plan = untouched(plan, error.message)
        cleaned += plan
    say_cleaned(invocation, cleaned, dry_run=dry_run, as_json=as_json)
    failed = any(one.removed and one.why for one in cleaned)
    return ExitCode.FAILED if failed else ExitCode.OK

"""`prodigy-tui merge`: land a run that was left unmerged."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.options import DriveOptions
from prodigy_tui.errors import ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.events.merge_state import LandingWish
    from prodigy_tui.events.state import RunState
    from prodigy_tui.git.repo import Repository
    from prodigy_tui.storage import RunFolder


class NothingToLand(ProdigyError):
    """The run has landed, or has nothing that could."""


@click.command(epilog="Example: prodigy-tui merge last --strategy squash --dry-run")
@click.argument("run", required=False)
@click.option("--into", metavar="BRANCH", help="Land on this branch instead; it must exist.")
@click.option(
    "--strategy",
    type=click.Choice(["merge", "squash", "rebase"]),
    help="One merge commit, one commit, or the run's commits one after the other; instead of what the workflow says.",
)
@click.option("--message", metavar="T", help="The message of the merge commit, or of the only commit.")
@click.option("--dry-run", is_flag=True, help="Only show what would land, of a live run too, and what is in the way.")
@click.option("-y", "--yes", is_flag=True, help="Answer yes to questions of the merge steps too.")
@click.option(
    "--json", "as_json", is_flag=True, help="The summary, or what would land, as one JSON document on stdout."
)
@shared_options
def merge(
    invocation: Invocation,
    run: str | None,
    into: str | None,
    strategy: str | None,
    message: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Land a run that was left unmerged

    RUN is an id, a unique beginning of one, or `last`; without it the newest. Typing this is the yes: the run's commits
    come to the branch that it started from, all of them or nothing. Local changes in the way, or a conflict, refuse it
    and change nothing; the answer says how to go on.
    """
    from prodigy_tui.cli.places import chosen_run, driver_of, is_live, read_state, require_its_own
    from prodigy_tui.events.merge_state import LandingWish
    from prodigy_tui.events.values import MergeStrategy
    from prodigy_tui.git.repo import Repository
    from prodigy_tui.storage import RunHeld, RunLock

    folder = chosen_run(invocation, run)
    state = read_state(folder)
    require_its_own(state)
    live = is_live(folder)
    if live and (not dry_run or state.started_at is None):
        raise RunHeld(folder.run_id, RunLock.owner(folder.lock))
    wanted: MergeStrategy | None = strategy  # type: ignore[assignment] # click has checked the word
    wish = LandingWish(into=into, strategy=wanted, message=message)
    if not live:
        _require_end(folder.run_id, state)
    _require_new(folder.run_id, state, wish)
    if dry_run:
        from prodigy_tui.cli.landing_plan import show_landing

        held_by = driver_of(folder) if live else ""
        repository = Repository.open(Path(state.repository))
        return show_landing(invocation, state, repository, wish, held_by=held_by, as_json=as_json)
    return _land(invocation, folder, wish, DriveOptions(interface=False, merge="yes", yes=yes, as_json=as_json))


def _land(invocation: Invocation, folder: "RunFolder", wish: "LandingWish", drive: DriveOptions) -> int:
    from prodigy_tui.cli.drive import take_up
    from prodigy_tui.events.schema import SignalReceived

    signal = SignalReceived(signal="merge", into=wish.into, strategy=wish.strategy, message=wish.message)
    return take_up(invocation, folder, drive, [signal], landing_only=True)


def ask_in_interface(invocation: Invocation, words: list[str]) -> int:
    """Does what `merge` would do with these words, after asking in the interface.

    Raises:
        ProdigyError: as `merge` does.
    """
    from prodigy_tui.cli.places import chosen_run, read_state
    from prodigy_tui.events.merge_state import LandingWish

    given = merge.make_context("merge", list(words)).params
    folder = chosen_run(invocation, given["run"])
    state = read_state(folder)
    wish = LandingWish(into=given["into"], strategy=given["strategy"], message=given["message"])
    _require_end(folder.run_id, state)
    _require_new(folder.run_id, state, wish)
    return _land(invocation, folder, wish, DriveOptions())


def _require_end(run_id: str, state: "RunState") -> None:
    """Checks that the run is at its end and has made something.

    Raises:
        NothingToLand: it is not, or has not.
    """
    from prodigy_tui.cli.summary import merge_result

    if merge_result(state)["status"] == "nothing" and state.tip == state.base:
        raise NothingToLand(f"run {run_id!r} has nothing to land: it made no commits")
    if state.ended_at is None:
        raise NothingToLand(f"run {run_id!r} was interrupted", hint=f"'prodigy-tui resume {run_id}' continues it")


def _require_new(run_id: str, state: "RunState", wish: "LandingWish") -> None:
    """Checks that what the run has made is not where it is wanted already.

    Raises:
        NothingToLand: it is.
        TargetMissing: there is no such branch.
    """
    from prodigy_tui.cli.summary import merge_result
    from prodigy_tui.git.candidates import tip_of
    from prodigy_tui.git.objects import has_commit
    from prodigy_tui.git.repo import Repository

    result, repository = merge_result(state), Path(state.repository)
    if wish.into is not None:
        tip_of(Repository.open(repository), wish.into)
    if result["status"] not in ("landed", "nothing"):
        return
    if wish.into in (None, result["target"]):
        if result["status"] == "nothing":
            already = f"all that it made is on {state.target!r} already"
            raise NothingToLand(f"run {run_id!r} has nothing to land: {already}")
        if not repository.is_dir() or not _was_taken_back(Repository.open(repository), result):
            raise NothingToLand(f"run {run_id!r} has landed on {result['target']!r} already")
    if not has_commit(Repository.open(repository), state.tip):
        raise NothingToLand(f"run {run_id!r} has landed on {result['target']!r}, and its own commits are gone")


def _was_taken_back(repository: "Repository", landed: Mapping[str, str | None]) -> bool:
    """Tells whether the target has been moved back behind the landing; a revert is a commit upon it."""
    from prodigy_tui.git.objects import has_commit
    from prodigy_tui.git.refs import is_ancestor, read_ref
    from prodigy_tui.ids import Oid

    at, commit = read_ref(repository, f"refs/heads/{landed['target']}"), landed["commit"]
    if at is None or not commit or not has_commit(repository, commit):
        return False
    return not is_ancestor(repository, Oid(commit), at)

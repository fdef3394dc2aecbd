"""Which runs `runs rm` removes, and what it says of them."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.places import chosen_run, is_live, known_runs, read_state, require_its_own
from prodigy_tui.cli.summary import run_status
from prodigy_tui.clock import SystemClock
from prodigy_tui.engine.upkeep.losses import Ref
from prodigy_tui.engine.upkeep.removal import Doomed, Removal, doom, finish_removals, remove_run
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.source import LogDamaged
from prodigy_tui.git.repo import NotARepository
from prodigy_tui.storage import RepositoryFolder, RunNotFound
from prodigy_tui.wording import bytes_of, plural

if TYPE_CHECKING:
    from prodigy_tui.storage import RunFolder


class Wanted(Struct, frozen=True, kw_only=True):
    """Which runs are meant."""

    names: tuple[str, ...]
    age_s: float | None = None
    status: str | None = None

    @property
    def is_named(self) -> bool:
        return bool(self.names)


def remove_runs(invocation: Invocation, wanted: Wanted, *, force: bool, dry_run: bool, as_json: bool) -> int:
    """Removes runs, and says what went and what stays.

    Raises:
        ProdigyError: a run that was named cannot be removed; nothing has been.
    """
    clock = SystemClock()
    earlier = () if dry_run else finish_cut_short(invocation)
    folders = list(_chosen(invocation, wanted, earlier))
    doomed: list[Doomed] = []
    kept: list[tuple[str, str]] = []
    for folder in folders:
        try:
            doomed += [doom(one, force=force) for one in (*_called_by(folder), folder)]
        except ProdigyError as error:
            if wanted.is_named:
                raise
            kept.append((folder.run_id, str(error)))
    done = [] if dry_run else [remove_run(one.record.folder, force=force, clock=clock)[1] for one in doomed]
    unfinished = [removal for removal in (*earlier, *done) if removal.left]
    _say(invocation, doomed, kept, (*earlier, *done), dry_run=dry_run, as_json=as_json)
    return ExitCode.FAILED if unfinished else ExitCode.OK


def _called_by(folder: "RunFolder") -> "Iterator[RunFolder]":
    """Yields the runs that steps of a run have called, the innermost first: they go with it."""
    home = RepositoryFolder(folder.path.parent.parent)
    called = (run for run in home.runs() if run.is_called and run.run_id.startswith(f"{folder.run_id}."))
    yield from sorted(called, key=lambda run: run.run_id.count("."), reverse=True)


def finish_cut_short(invocation: Invocation, *, all_repos: bool = False) -> tuple[Removal, ...]:
    """Goes on with removals of runs of this repository that were cut short; outside of any, with all."""
    homes = invocation.state_home().repositories()
    with suppress(NotARepository):
        homes = homes if all_repos else (invocation.repository_folder(),)
    return tuple(removal for home in homes for removal in finish_removals(home, clock=SystemClock()))


def _named(invocation: Invocation, wanted: Wanted, earlier: tuple[Removal, ...]) -> "Iterator[RunFolder]":
    for name in wanted.names:
        try:
            yield chosen_run(invocation, name)
        except RunNotFound:
            if not any(removal.run_id.startswith(name) for removal in earlier):  # whose removal was cut short
                raise


def _chosen(invocation: Invocation, wanted: Wanted, earlier: tuple[Removal, ...]) -> "Iterator[RunFolder]":
    """Yields the runs that are meant, each once."""
    named = dict.fromkeys(_named(invocation, wanted, earlier))
    now = SystemClock().now()
    for folder in named:
        try:
            require_its_own(read_state(folder))
        except LogDamaged:
            if folder.is_called:  # it goes with its caller
                raise
    for folder in named if wanted.is_named else (run for run in known_runs(invocation) if not run.is_called):
        if wanted.age_s is None and wanted.status is None:
            yield folder
            continue
        try:
            state, live = read_state(folder), is_live(folder)
        except LogDamaged:
            if wanted.status == "damaged":
                yield folder
            continue
        at = state.ended_at or state.last_at
        old = wanted.age_s is None or (at is not None and now - at > timedelta(seconds=wanted.age_s))
        if old and not live and wanted.status in (None, run_status(state, live=live)):
            yield folder


def _say(
    invocation: Invocation,
    doomed: list[Doomed],
    kept: list[tuple[str, str]],
    removals: tuple[Removal, ...],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    output = invocation.output
    if as_json:
        left = {removal.run_id: removal.left or None for removal in removals}
        output.document(
            "runs-removed",
            {
                "dry_run": dry_run,
                "removed": [_entry(one, left.get(one.record.state.run_id)) for one in doomed],
                "kept": [{"run_id": run_id, "why": why} for run_id, why in kept],
            },
        )
        return
    verb = "would remove" if dry_run else "removed"
    for one in doomed:
        parts = (
            plural(len(one.worktrees), "worktree") if one.worktrees else "",
            plural(len(_branches(one.refs)), "branch", "branches") if _branches(one.refs) else "",
        )
        what = "".join(f", {part}" for part in parts if part)
        output.line(f"{verb} {one.record.state.run_id}{what} ({bytes_of(one.size)} of worktrees)")
        for lost in one.lost:
            output.say(f"  {'would be lost' if dry_run else 'lost'}: {lost}")
    for run_id, why in kept:
        output.say(f"stays {run_id}: {why}")
    known = {one.record.state.run_id for one in doomed}
    for removal in removals:
        if removal.left:
            output.warn(f"not all of {removal.run_id} could be deleted: {removal.left}; the next 'runs rm' tries again")
        elif removal.run_id not in known:
            output.line(f"removed the rest of {removal.run_id}")
    if not (doomed or kept or removals):
        output.say("no run to remove")


def _branches(refs: tuple[Ref, ...]) -> list[str]:
    return [ref.shown for ref in refs if ref.name.startswith("refs/heads/")]


def _entry(doomed: Doomed, left: str | None) -> dict[str, Any]:
    return {
        "run_id": doomed.record.state.run_id,
        "worktrees": [str(one.path) for one in doomed.worktrees],
        "branches": _branches(doomed.refs),
        "size_bytes": doomed.size,
        "lost": list(doomed.lost),
        "left": left,
    }

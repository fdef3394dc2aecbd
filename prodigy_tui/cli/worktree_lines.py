"""What is said of worktrees: as rows and lines for people, as entries of JSON documents."""

from typing import TYPE_CHECKING, Any

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.output import Painted, Part
from prodigy_tui.wording import bytes_of, plural

if TYPE_CHECKING:
    from prodigy_tui.engine.upkeep.cleaning import Cleaned
    from prodigy_tui.engine.upkeep.inventory import Listed

_SHOWN = {"orphaned": "red", "foreign": "yellow", "in use": "cyan", "resumable": "yellow"}


def say_cleaned(invocation: Invocation, cleaned: "list[Cleaned]", *, dry_run: bool, as_json: bool) -> None:
    """Says what was removed, what stays, and why."""
    output = invocation.output
    gone = [one for one in cleaned if one.removed and not one.why]
    freed = sum(one.listed.size for one in gone)
    if as_json:
        entries = [
            {**worktree_entry(one.listed), "removed": one.removed and not one.why, "obstacle": one.why or None}
            for one in cleaned
        ]
        output.document("worktrees-cleaned", {"dry_run": dry_run, "freed_bytes": freed, "worktrees": entries})
        return
    for one in cleaned:
        listed = one.listed
        who = f" of {listed.label or listed.item_id}" if listed.item_id else ""
        what = f"{listed.run_id}/{listed.name}{who}"
        if one.removed and not one.why:
            verb = "would remove" if dry_run else "removed"
            output.line(f"{verb} {what} ({bytes_of(listed.size)}): {listed.verdict.why}")
        elif one.removed:
            output.warn(f"{what} could not be removed: {one.why}; 'prodigy-tui worktree clean-orphaned' tries again")
        else:
            output.say(f"stays {what}: {one.why}")
    output.say(f"{plural(len(gone), 'worktree')} {'would be ' if dry_run else ''}removed, {bytes_of(freed)}")


def worktree_entry(listed: "Listed") -> dict[str, Any]:
    """Returns a worktree as documents tell of it."""
    return {
        "run_id": listed.run_id,
        "name": listed.name,
        "path": str(listed.path),
        "branch": listed.branch or None,
        "item_id": listed.item_id,
        "label": listed.label or None,
        "state": listed.verdict.state,
        "why": listed.verdict.why,
        "obstacle": listed.verdict.obstacle or None,
        "size_bytes": listed.size,
        "unmerged_commits": listed.holdings.unmerged,
        "uncommitted_files": listed.holdings.changed,
    }


def worktree_row(listed: "Listed") -> tuple[Part, ...]:
    """Returns a worktree as a row of the list."""
    verdict = listed.verdict
    why = f"{verdict.why}; stays: {verdict.obstacle}" if verdict.state == "kept" and verdict.obstacle else verdict.why
    return (
        listed.run_id,
        listed.name,
        listed.label or listed.item_id or "",
        Painted(verdict.state, _SHOWN.get(verdict.state)),
        bytes_of(listed.size),
        why,
    )

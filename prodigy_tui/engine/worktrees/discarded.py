"""The branches of dead letters that were discarded: nobody needs them, unless somebody has gone on from them."""

from prodigy_tui.events.state import RunState
from prodigy_tui.git.administration import list_worktrees
from prodigy_tui.git.branches import branches_below
from prodigy_tui.git.refs import contains
from prodigy_tui.git.run import GitFailed
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import Oid


def forget_branches(worktrees: Worktrees, state: RunState) -> tuple[str, ...]:
    """Deletes the branches that attempts at discarded items have made; returns which had to stay, and why. Blocking.

    The run is at rest. A branch goes only if it still stands where its attempt has left it: what a person has put on
    top of that is not ours. A worktree of the run that is on it stays, with all that it holds.
    """
    try:
        return _forget(worktrees, state)
    except (GitFailed, OSError) as error:
        return (f"branches of discarded items could not be deleted: {error}",)


def _forget(worktrees: Worktrees, state: RunState) -> tuple[str, ...]:
    if not state.discarded:
        return ()
    there = branches_below(worktrees.repo, worktrees.branch_prefix)
    ours = {info.path for info in worktrees.list()}
    used = {info.branch: info.path for info in list_worktrees(worktrees.repo) if info.path not in ours}
    gone: list[str] = []
    stay: list[str] = []
    for item_id in state.discarded:
        for record in state.items[item_id].history:
            tip = there.get(record.branch)
            if tip is None:
                continue
            if record.branch in used:
                stay.append(f"branch {record.branch} stays: it is checked out in {used[record.branch]}")
            elif record.head not in ("", tip) and not _has(worktrees, state.tip, tip):
                stay.append(f"branch {record.branch} stays: it has commits that no attempt has made")
            else:
                gone.append(record.branch)
    if gone:
        worktrees.detach(gone)
        worktrees.delete_branches(gone)
    return tuple(stay)


def _has(worktrees: Worktrees, tip: str, commit: Oid) -> bool:
    return bool(tip) and contains(worktrees.repo.common_dir, Oid(tip), commit)

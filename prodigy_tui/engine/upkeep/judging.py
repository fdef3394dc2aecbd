"""Why a worktree is there, and whether it may go: a pure function of the run's state and of what was found."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from prodigy_tui.events.schema import WorktreeCreated
from prodigy_tui.events.state import RunState
from prodigy_tui.git.holdings import Holdings

WorktreeState: TypeAlias = Literal["in use", "resumable", "kept", "orphaned", "missing", "foreign"]

UNFINISHED: Final = frozenset({"running", "paused", "waiting", "interrupted"})
"""A run with this status goes on one day, from the files that are there."""


class Found(Struct, frozen=True, kw_only=True):
    """A worktree as it was found."""

    name: str
    made: WorktreeCreated | None
    """None: no record says that the run has made it."""
    holdings: Holdings
    patch_is_kept: bool = False
    """What it holds uncommitted is word for word in a patch of the run."""
    live: bool = False
    """A process drives the run."""
    users: tuple[str, ...] = ()
    """Processes at work in it."""
    repository_is_there: bool = True


class Verdict(Struct, frozen=True, kw_only=True):
    """What is to be said of a worktree."""

    state: WorktreeState
    why: str
    """Why it is there."""
    obstacle: str = ""
    """Why it stays; empty where it may go."""
    firm: bool = False
    """The obstacle holds even where somebody insists."""

    @property
    def removable(self) -> bool:
        return not self.obstacle


def judge(state: RunState, path: str, found: Found) -> Verdict:
    """Returns why a worktree is there and whether it may go."""
    if found.made is None:
        return _stays("foreign", "no record says that this run made it", "it was not made by this run")
    if found.holdings.kind == "other":
        return _stays("foreign", "it belongs to another repository by now", "it belongs to another repository")
    if found.live:
        return _stays("in use", "the run is under way", "the run is under way")
    if is_unfinished(state):
        return _stays("resumable", "the run can be resumed", f"'prodigy-tui resume {state.run_id}' goes on from it")
    place, why = _reason(state, path, found)
    obstacle, firm = _obstacle(found, begun=path in state.orphans)
    return Verdict(state=place, why=why, obstacle=obstacle, firm=firm)


def is_unfinished(state: RunState) -> bool:
    """Tells whether a run at rest was broken off or waits for somebody."""
    return state.ended_at is None or state.status in UNFINISHED


def _stays(state: WorktreeState, why: str, obstacle: str) -> Verdict:
    return Verdict(state=state, why=why, obstacle=obstacle, firm=True)


def _reason(state: RunState, path: str, found: Found) -> tuple[WorktreeState, str]:
    if path in state.orphans:
        return "orphaned", f"it could not be removed: {state.orphans[path]}"
    if found.holdings.kind == "missing":
        return "missing", "the record has it, and it is gone"
    files = state.agent_files.get(path)
    if path in state.kept and files is not None:
        return "kept", f"its item is in the dead letter queue since attempt {files.attempt}"
    if files is not None and state.settings.keep_worktrees:
        return "kept", "the run was started with --keep-worktrees"
    if path in state.worktrees and found.name == "run":
        return "kept", "a phase failed, and a resumed run goes on from its files"
    if path in state.worktrees:
        return "kept", "nobody needs it any more"
    return "orphaned", "the record says that it was removed"


def _obstacle(found: Found, *, begun: bool) -> tuple[str, bool]:
    """Returns why a worktree of a finished run stays, and whether that holds in any case.

    `begun`: its removal was decided before and not finished, so that git may have forgotten it.
    """
    holds = found.holdings
    if holds.locked is not None:
        said = f" ({holds.locked})" if holds.locked else ""
        return f"it is locked{said}; 'git worktree unlock' frees it", True
    if found.users:
        return f"process {', '.join(found.users[:3])} is at work in it", True
    if holds.kind == "link":
        return "something else stands in its place", True
    if not found.repository_is_there:
        return "the repository is not there", True
    if holds.kind == "damaged" and not begun:
        return "git cannot say what it holds", False
    if holds.unmerged:
        commits = "1 commit is" if holds.unmerged == 1 else f"{holds.unmerged} commits are"
        return f"{commits} not merged", False
    if holds.changed and not found.patch_is_kept:
        files = "1 file is" if holds.changed == 1 else f"{holds.changed} files are"
        return f"{files} not committed", False
    if holds.repositories:
        return f"it holds another repository: {', '.join(holds.repositories[:3])}", False
    return "", False

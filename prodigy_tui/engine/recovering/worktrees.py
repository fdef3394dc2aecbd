"""The worktrees of a run after its process died, or somebody moved or deleted something: what can be is kept.

The run's own worktree may hold what finished steps have left uncommitted, so it is mended where it can be; those of
agents are made anew, since an attempt begins from a clean one anyway.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

from prodigy_tui.engine.recovering.look import Look
from prodigy_tui.engine.recovering.refs import place_of_branch
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.worktrees.worktree_contents import is_half_made
from prodigy_tui.events.schema import KnownEvent, WorktreeRemoved
from prodigy_tui.git.administration import admin_folder
from prodigy_tui.git.repair import index_is_readable, last_known_head, reattach, rebuild_index, relink

Trouble: TypeAlias = Literal["deleted", "detached", "elsewhere", "index"]

NOTES: dict[Trouble, str] = {
    "deleted": "the run's worktree was deleted: it is made anew, without what its steps had not committed",
    "detached": "git has forgotten the run's worktree: it is attached again, with the files that are in it",
    "elsewhere": "the run's worktree stands elsewhere than its branch has to: it is made anew",
    "index": "",
}
"""What a person should know."""


def trouble_of(look: Look) -> Trouble | None:
    """Returns what is wrong with the run's own worktree. Reads only."""
    path = look.worktrees.resolve() / "run"
    if not look.has_own_worktree:
        return None
    if not path.is_dir():
        return "deleted"
    place = place_of_branch(look)
    stood = last_known_head(look.repository, path) or look.ref(look.branch_ref)
    if place is None or (stood is not None and place != stood):
        return "elsewhere"
    if stood is None and look.state.phase == "map":
        return "elsewhere"  # its files lag behind the tip, nobody knows by how much
    common = look.repository.common_dir
    if admin_folder(common, path) is None:
        return "detached"
    return None if index_is_readable(path) else "index"


def mend_worktrees(run: RunContext, look: Look, trouble: Trouble | None) -> None:
    """Mends what can be mended and takes away what cannot; the refs are right by now. Blocking.

    Raises:
        GitFailed: git cannot be brought to it.
    """
    own = run.worktrees.root / "run"
    common = run.repository.common_dir
    relink(run.repository, run.worktrees.root)
    branch, admin = look.ref(look.branch_ref), admin_folder(common, own)
    if trouble == "elsewhere":
        run.worktrees.remove(own)
    elif trouble == "detached" and admin is None and branch is not None:
        reattach(run.repository, run.worktrees.lock_file, own, look.state.run_branch, branch)
    elif trouble == "index" and admin is not None:
        rebuild_index(admin, own)
    made = {run.worktrees.root / one.name for one in run.state.worktrees.values()}
    run.worktrees.recover(made)
    if is_half_made(run):
        run.worktrees.remove(run.run_worktree)
    for info in run.worktrees.list():
        if info.path.name != "run" and info.path in made and not index_is_readable(info.path):
            run.worktrees.remove(info.path)


def gone_worktrees(run: RunContext) -> Iterator[KnownEvent]:
    """Yields the ends of worktrees that are not there any more."""
    whole = {info.path.name for info in run.worktrees.list()}
    for path, made in run.state.worktrees.items():
        if made.name not in whole or Path(path).name not in whole:
            yield WorktreeRemoved(path=path)

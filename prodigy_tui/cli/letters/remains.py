"""What is left in git of the attempts at an item: branches, worktrees, commits that were put aside. Only looks."""

from pathlib import Path

from msgspec import Struct, field

from prodigy_tui.cli.letters.entries import Entry, Queue
from prodigy_tui.errors import ProdigyError


class Remains(Struct, frozen=True, kw_only=True):
    """Found in the repository; empty where that is not at hand."""

    branches: dict[str, str] = field(default_factory=dict)
    """Where each stands."""
    worktrees: dict[str, str] = field(default_factory=dict)
    """Branch -> the folder where it is checked out."""
    put_aside: tuple[tuple[str, str], ...] = ()
    """Refs to commits of earlier branches of the same name, and where they point."""


def remains_of(queue: Queue, entry: Entry) -> Remains:
    """Returns what the repository of the run still has of an item."""
    from prodigy_tui.git.administration import list_worktrees
    from prodigy_tui.git.branches import branches_below, refs_below
    from prodigy_tui.git.repo import Repository
    from prodigy_tui.git.run import GitFailed

    run_id, safe_id = queue.state.run_id, entry.item.item.safe_id
    try:
        repository = Repository.open(Path(queue.state.repository))
        branches = branches_below(repository, f"prodigy/{run_id}/item/{safe_id}/")
        aside = refs_below(repository, f"refs/prodigy/{run_id}/kept/item/{safe_id}/")
        used = [(info.branch, str(info.path)) for info in list_worktrees(repository)]
    except (ProdigyError, GitFailed, OSError):
        return Remains()
    return Remains(
        branches=dict(branches),
        worktrees={branch: path for branch, path in used if branch is not None and branch in branches},
        put_aside=tuple(sorted(aside.items())),
    )

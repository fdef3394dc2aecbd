"""What nobody committed in a worktree whose work is over (language 7.4)."""

from collections.abc import Collection
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.artifacts import write_leftover
from prodigy_tui.engine.disk_patience import refusal_of_disk
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.worktrees.commits import CANNOT_COMMIT
from prodigy_tui.engine.worktrees.paths import listed
from prodigy_tui.events.values import Failure
from prodigy_tui.git.commits import commit_files
from prodigy_tui.git.inspect import head, remains
from prodigy_tui.ids import Oid

Policy: TypeAlias = Literal["patch", "commit", "fail"]


class Leftovers(Struct, frozen=True, kw_only=True):
    """What became of uncommitted changes."""

    head: Oid
    """Where the worktree stands now."""
    patch: str | None = None
    """The artifact that holds them."""
    commit: Oid | None = None
    failure: Failure | None = None


def settle_leftovers(
    run: RunContext, worktree: Path, *, policy: Policy, artifact: str, of: str, exclude: Collection[str]
) -> Leftovers:
    """Does with uncommitted changes what the workflow says. Blocking.

    Args:
        run: The run.
        worktree: Where.
        policy: `uncommitted`; that of a failed attempt is always `patch`.
        artifact: The folder of the patch below the run's artifacts.
        of: Whose changes they are, for people.
        exclude: Files, or folders with all below, that are no work: what the map reads, what `worktree` made.

    Raises:
        GitFailed, OSError, DiskTrouble: the worktree cannot be read, or the patch not written.
    """
    failure: Failure | None = None
    if policy == "commit":
        try:
            message = f"Leftover changes of {one_line(of)}"
            commit = commit_files(worktree, message, exclude=exclude)
            return Leftovers(commit=commit, head=commit or head(worktree))
        except CANNOT_COMMIT as error:
            if refusal_of_disk(error) is not None:
                raise
            failure = _failure(f"uncommitted changes cannot be committed: {error}")
    left = remains(worktree, exclude=exclude)
    if not left.patch:
        return Leftovers(head=left.head, failure=failure)
    kept = write_leftover(run.folder, artifact, run.masker.bytes(left.patch))
    if policy == "fail":
        failure = _failure(f"uncommitted changes were left: {listed(left.files)}")
    return Leftovers(head=left.head, patch=kept, failure=failure)


def _failure(message: str) -> Failure:
    return Failure(kind="no_commit", code="PT612", message=message, exit_code=0)

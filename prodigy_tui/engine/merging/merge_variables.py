"""The variables `merge.*` (language 16.6): what is brought to a target. Blocking: they are read from git."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.git.inspect import changes, commit_infos
from prodigy_tui.git.landing import checkout_of
from prodigy_tui.git.refs import merge_base
from prodigy_tui.git.run import shown
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.variables import Value


def merge_roots(
    run: RunContext, target: str, *, worktree: Path | None = None, conflicts: Collection[str] = ()
) -> dict[str, Value]:
    """Returns the root `merge` of the landing under its name.

    Args:
        run: The run.
        target: The branch to land on.
        worktree: Where those who see it run; the run's if not given.
        conflicts: Files on which the two sides do not agree.
    """
    place = checkout_of(run.repository, target)
    return {
        "merge": merge_root(
            run,
            worktree or run.run_worktree,
            base_of(run, target),
            Oid(run.state.tip),
            source=run.run_branch,
            target=target,
            target_path=place,
            conflicts=conflicts,
        )
    }


def merge_root(
    run: RunContext,
    worktree: Path,
    base: Oid,
    tip: Oid,
    *,
    source: str,
    target: str,
    target_path: Path | None,
    conflicts: Collection[str] = (),
) -> Value:
    """Returns the root `merge`.

    Args:
        run: The run.
        worktree: Where the steps that see it run.
        base: Where the incoming side began.
        tip: Its end.
        source: The name of the incoming branch.
        target: The name of the branch that it goes to.
        target_path: Where that is checked out, if anywhere.
        conflicts: Files on which the two sides do not agree.
    """
    infos, changed = commit_infos(worktree, base, tip), changes(worktree, base, tip).files
    commits: list[Any] = [
        {
            "id": info.commit,
            "short_id": info.commit[:8],
            "message": info.message,
            "author": {"name": info.author_name, "email": info.author_email},
            "timestamp": info.at.isoformat(),
            "files_changed": list(info.files),
        }
        for info in infos
    ]
    modified: list[Any] = [
        {
            "path": change.path,
            "modification_type": change.status,
            "insertions": change.insertions,
            "deletions": change.deletions,
        }
        for change in changed
    ]
    return Value(
        {
            "worktree": worktree.name,
            "path": str(worktree),
            "target_path": str(target_path) if target_path is not None else "",
            "source_branch": source,
            "target_branch": target,
            "session_id": run.run_id,
            "commit_count": len(infos),
            "file_count": len(changed),
            "commits": Value(commits, kind="json"),
            "modified_files": Value(modified, kind="json"),
            "commit_ids": [info.commit[:8] for info in infos],
            "file_list": [change.path for change in changed],
            "conflicts": sorted(map(shown, conflicts)),
        }
    )


def target_of(run: RunContext) -> str:
    """Returns the branch to land on."""
    return run.state.wish.into or run.workflow.merge.target or run.state.target


def base_of(run: RunContext, target: str) -> Oid:
    """Returns what the run's work is counted from: its start, or where it began anew when it had landed. Blocking."""
    state = run.state
    if state.landed is None:
        return Oid(state.base)
    return merge_base(run.repository, target, Oid(state.tip)) or Oid(state.base)

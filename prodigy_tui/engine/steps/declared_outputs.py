"""What a step promised under `outputs`: files that it made, names that it wrote (language 11)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from prodigy_tui.events.values import Failure
from prodigy_tui.git.inspect import changes, uncommitted_files, untracked_files
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.globs import GlobError, compile_glob
from prodigy_tui.workflow.model import OutputSpec

_Stamp: TypeAlias = tuple[int, int, int]


class FilesBefore(Struct, frozen=True, kw_only=True):
    """A worktree before a step: its commit, and what was uncommitted in it already."""

    commit: Oid
    stamps: Mapping[str, _Stamp | None]


def files_before(worktree: Path, commit: Oid) -> FilesBefore:
    """Returns what tells later which files a step has touched. Blocking."""
    return FilesBefore(commit=commit, stamps={path: _stamp(worktree / path) for path in uncommitted_files(worktree)})


def touched_files(worktree: Path, before: FilesBefore) -> tuple[str, ...]:
    """Returns the files that were added since, then the modified, then the untracked ones, each sorted. Blocking."""
    found = changes(worktree, before.commit)
    untracked = set(untracked_files(worktree))
    added = [path for path in found.paths("added") if path not in untracked]
    ordered = (*added, *found.paths("modified"), *sorted(untracked))
    return tuple(path for path in ordered if before.stamps.get(path) != _stamp(worktree / path))


def missing_output(outputs: tuple[OutputSpec, ...], found: Mapping[str, object]) -> Failure | None:
    """Returns the failure of a step that has not kept a promise (PT513)."""
    for output in outputs:
        if output.required and output.name not in found:
            wanted = f"no file that it touched matches '{output.pattern}'" if output.pattern else _NOT_WRITTEN
            message = f"output '{output.name}' is missing: {wanted}"
            return Failure(kind="missing_output", code="PT513", message=message, exit_code=0)
    return None


def first_match(glob: str, paths: tuple[str, ...]) -> str | None:
    """Returns the first path that a glob matches.

    Raises:
        GlobError: values have made it one that is malformed.
    """
    return next(filter(compile_glob(glob), paths), None)


def bad_pattern(output: OutputSpec, error: GlobError) -> Failure:
    """Returns the failure of a step whose glob was spoilt by a value."""
    return Failure(kind="missing_output", code="PT114", message=f"output '{output.name}': {error}", exit_code=0)


_NOT_WRITTEN = "the step has not written it to PRODIGY_OUTPUT"


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns

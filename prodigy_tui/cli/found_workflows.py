"""The workflows that can be started where the program was called: here, in the usual folders, and the own templates."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.tui.model.recorded import WorkflowFound

if TYPE_CHECKING:
    from prodigy_tui.cli.library import Described, Library

Where: TypeAlias = Literal["here", "project", "user", "shipped"]

FOLDERS: Final = (".", "workflows", ".prodigy", ".prodigy/workflows")
"""Where workflows of a repository usually lie, from its top."""
_TELLING: Final = frozenset({"map", "agent_template", "mode", "setup", "reduce", "steps", "commands"})
"""Keys of which a workflow has one; other YAML files lie about in a repository too, and any list of words is one."""
_MOST_BYTES: Final = 256_000
_MOST_FILES: Final = 200


class FoundWorkflows:
    """Looks for workflows; a file is read again only when it has changed."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._known: dict[Path, tuple[tuple[int, int], WorkflowFound | None]] = {}
        self._library: Library | None = None

    def look(self) -> tuple[WorkflowFound, ...]:
        """Returns what is there, those of this place first."""
        found: dict[str, WorkflowFound] = {}
        for file, where in self._files():
            try:
                status = file.stat()
            except OSError:
                continue
            stamp = (status.st_size, status.st_mtime_ns)
            known = self._known.get(file)
            if known is None or known[0] != stamp:
                known = (stamp, self._read(file, where) if status.st_size <= _MOST_BYTES else None)
                self._known[file] = known
            if known[1] is not None:
                found.setdefault(known[1].path, known[1])
        return tuple(found.values())

    def _files(self) -> Iterator[tuple[Path, Where]]:
        from prodigy_tui.cli.library import SUFFIXES, Library
        from prodigy_tui.cli.usual_places import repository_top

        self._library = self._library or Library(self._invocation)
        top = repository_top(self._invocation.repo)
        folders = dict.fromkeys([self._invocation.repo, *(top / name for name in FOLDERS)])
        wanted: list[tuple[Path, Where]] = [(folder, "here") for folder in folders]
        wanted.append((self._library.project, "project"))
        if self._library.user is not None:
            wanted.append((self._library.user, "user"))
        seen: set[Path] = set()
        for folder, where in wanted:
            try:
                files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
            except OSError:
                continue
            for one in files[:_MOST_FILES]:
                file = Path(os.path.normpath(one))
                if file not in seen and file.is_file():
                    seen.add(file)
                    yield file, where

    def _read(self, file: Path, where: Where) -> WorkflowFound | None:
        """Returns what a file says of itself; nothing where it is no workflow."""
        from prodigy_tui.cli.library import Template
        from prodigy_tui.errors import ProdigyError

        assert self._library is not None
        try:
            described = self._library.described(Template(name=file.stem, where="project", file=file))
            if _TELLING.isdisjoint(described.top()):
                return None
        except (ProdigyError, OSError, UnicodeDecodeError):
            return None
        return WorkflowFound(
            path=shown_path(file, self._invocation.cwd),
            name=described.loaded.workflow.name if described.loaded.workflow is not None else file.stem,
            where=where,
            kind=described.kind or "",
            description=described.said("description"),
            broken=_broken(described),
        )


def _broken(described: "Described") -> str:
    from prodigy_tui.workflow.problems import as_validated, has_errors, to_lines

    problems = as_validated(described.loaded.problems)
    if not has_errors(problems):
        return ""
    return next(iter(to_lines(problems)), "it has errors")


def shown_path(file: Path, cwd: Path) -> str:
    """Returns a path as a person in `cwd` would type it."""
    if file.is_relative_to(cwd):
        return str(file.relative_to(cwd))
    return os.path.relpath(file, cwd) if file.is_relative_to(cwd.parent) else str(file)

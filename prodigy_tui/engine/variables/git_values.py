"""Variables that are read from git: `git.*`, `workflow.files_added` and the like (language 7.3).

They are read only when a text refers to them. Filling in a text is pure and quick: a text that needs such a value stops
at it, git is read in a thread, and the text is filled in anew, as with `${cmd:…}`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from msgspec.structs import replace

from prodigy_tui.engine.worktrees.ledger import Ledger
from prodigy_tui.git.inspect import changes, commits_between, head
from prodigy_tui.git.snapshots import change_fields
from prodigy_tui.git.standing import standing
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.roots import FIELDS, GIT_VALUES
from prodigy_tui.workflow.values import Value

GitRoot: TypeAlias = Literal["workflow", "git"]

_NAMES: Final[Mapping[GitRoot, frozenset[str]]] = {"workflow": GIT_VALUES, "git": FIELDS["git"]}


class GitWanted(Exception):
    """A text cannot be filled in before git has been read."""

    def __init__(self, root: GitRoot) -> None:
        super().__init__(root)
        self.root: GitRoot = root


class GitFields(Mapping[str, Value]):
    """The fields of a root; `read` is called for the first that is looked at."""

    def __init__(self, root: GitRoot, read: Callable[[GitRoot], Mapping[str, Value]]) -> None:
        self._root: GitRoot = root
        self._read = read

    def __getitem__(self, name: str) -> Value:
        if name not in _NAMES[self._root]:
            raise KeyError(name)
        return self._read(self._root)[name]

    def __contains__(self, name: object) -> bool:
        return name in _NAMES[self._root]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(_NAMES[self._root]))

    def __len__(self) -> int:
        return len(_NAMES[self._root])


def known_or_wanted(known: Mapping[str, Mapping[str, Value]]) -> Callable[[GitRoot], Mapping[str, Value]]:
    """Returns what reads from what is known already.

    What it returns raises `GitWanted` for a root that is not.
    """

    def read(root: GitRoot) -> Mapping[str, Value]:
        if root not in known:
            raise GitWanted(root)
        return known[root]

    return read


def add_git_roots(roots: dict[str, Value], ledger: Ledger) -> None:
    """Adds what is read from git to the roots of a step."""
    read = known_or_wanted(ledger.read)
    if ledger.step is not None:
        roots["step"] = replace(roots["step"], fields=change_values(ledger.step))
    roots["workflow"] = replace(roots["workflow"], fields=GitFields("workflow", read))
    roots["git"] = Value(None, fields=GitFields("git", read))


def read_git(root: GitRoot, worktree: Path, base: Oid, exclude: Collection[str] = ()) -> Mapping[str, Value]:
    """Returns the fields of a root as a worktree stands now. Blocking.

    Args:
        root: Which.
        worktree: Where.
        base: What `workflow.*` counts from.
        exclude: Files, or folders with all below, that nobody's work made.
    """
    if root == "workflow":
        return change_values(change_fields(changes(worktree, base, exclude=exclude), _commits(worktree, base)))
    now = standing(worktree)
    return {
        "branch": Value(now.branch),
        "commit": Value(now.commit),
        "short_commit": Value(now.short_commit),
        "root": Value(str(worktree)),
        "staged_files": Value(list(now.staged), kind="paths"),
        "unstaged_files": Value(list(now.unstaged), kind="paths"),
        "modified_files": Value(list(now.modified), kind="paths"),
        "untracked_files": Value(list(now.untracked), kind="paths"),
    }


def change_values(fields: Mapping[str, Any]) -> dict[str, Value]:
    """Returns the fields of language 7.3 as values: lists are path lists. All of it is data."""
    return {name: Value(data, kind="paths" if isinstance(data, list) else "plain") for name, data in fields.items()}


def _commits(worktree: Path, base: Oid) -> tuple[Oid, ...]:
    return commits_between(worktree, base, head(worktree))

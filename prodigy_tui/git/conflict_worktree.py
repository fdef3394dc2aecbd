"""A conflict as `git merge` leaves it in a worktree, for somebody to solve, and what came of it (language 16.4)."""

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from prodigy_tui.git.conflicts import Version
from prodigy_tui.git.index_copy import put_into_index, stands
from prodigy_tui.git.inspect import changed_paths, head, uncommitted_files
from prodigy_tui.git.refs import contains
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import run_git, shown
from prodigy_tui.git.settling import Files, Sides, files_of, index_lines
from prodigy_tui.git.worktree_trees import tree_with
from prodigy_tui.ids import Oid
from prodigy_tui.wording import first_of

_NO_RERERE: Final = ("-c", "rerere.enabled=false")
_MERGE: Final = (
    "merge",
    "--no-ff",
    "--no-commit",
    "--no-edit",
    "--no-squash",
    "--no-autostash",
    "--quiet",
    "--no-stat",
)
_SIDE_MARK: Final = re.compile(rb"^(?:<{7,}|>{7,}|\|{7,})(?: .*)?\r?$", re.MULTILINE)
_MIDDLE_MARK: Final = re.compile(rb"^={7,}\r?$", re.MULTILINE)


class NotSolved(Exception):
    """A conflict is not solved; says in one line why."""


class Unsolved(Struct, frozen=True, kw_only=True):
    """A conflict in a worktree, as it was handed over."""

    path: Path
    git_dir: Path
    onto: Oid
    head: Oid
    tree: str
    """All files as git left them."""
    unmerged: Mapping[str, str]
    """Files with a conflict → what tells their content from another."""


def leave_conflict(path: Path, onto: Oid, incoming: Oid, edits: Mapping[str, Version | None]) -> Unsolved:
    """Merges `incoming` in a clean worktree that stands at `onto`, and leaves the conflict there.

    `edits` are clashes that are settled already (see `settling`).

    Raises:
        GitFailed: Git cannot even begin.
    """
    answer = run_git(*_NO_RERERE, *_MERGE, "--no-verify-signatures", incoming, cwd=path, ok=None)
    git_dir = Repository.open(path).git_dir
    if answer.code not in (0, 1) or not (git_dir / "MERGE_HEAD").exists():
        raise answer.failure()
    # Here git calls the target's side of what it puts aside by another name.
    here = {re.sub(rf"~{onto}(_\d+)?\Z", r"~HEAD\1", place): version for place, version in edits.items()}
    if here:
        run_git("update-index", "-z", "--index-info", cwd=path, stdin=index_lines(here, len(onto)))
        for place in here:
            if stands(path, place) and not (path / place).is_dir():
                (path / place).unlink()
        put = b"".join(os.fsencode(place) + b"\0" for place, version in here.items() if version is not None)
        if put:
            run_git("checkout-index", "--force", "--index", "--quiet", "-z", "--stdin", cwd=path, stdin=put)
    unmerged = {place: _print_of(path, place) for place in _unmerged(path)}
    tree = tree_with(path, None, unmerged)
    return Unsolved(path=path, git_dir=git_dir, onto=onto, head=incoming, tree=tree, unmerged=unmerged)


def solution(unsolved: Unsolved) -> str:
    """Returns the tree that somebody has made of a conflict, with what they did not commit.

    Raises:
        NotSolved: it is no merge of the two sides, or the conflict is still there.
        GitFailed: the worktree is damaged.
    """
    path = unsolved.path
    _require_both_sides(unsolved)
    # A file that git has left nowhere, such as the old name of a renamed one, asks for nothing.
    prints = {place: _print_of(path, place) for place in _unmerged(path)}
    untouched = [place for place, now in prints.items() if now and unsolved.unmerged.get(place) == now]
    if untouched:
        raise NotSolved(f"{_named(untouched)} still unmerged")
    put_into_index(path, uncommitted_files(path))
    tree = run_git("write-tree", cwd=path).text
    sides = Sides(worktree=path, onto=unsolved.onto, head=unsolved.head)
    touched = {*unsolved.unmerged, *changed_paths(path, Oid(unsolved.tree), Oid(tree))}
    marked = _with_marks(sides, files_of(path, tree), touched)
    if marked:
        raise NotSolved(f"conflict markers in {_named(marked, verb=False)}")
    return tree


def _require_both_sides(unsolved: Unsolved) -> None:
    """Looks whether what is committed, or is going to be, has both sides behind it."""
    path, repository = unsolved.path, Repository.open(unsolved.path)
    if repository.git_dir != unsolved.git_dir:
        raise NotSolved("its worktree is no longer one of the repository")
    now, waiting = head(path), repository.unfinished_operation()
    if waiting not in (None, "merge"):
        raise NotSolved(f"an unfinished {waiting} is left")
    incoming = [now]
    if waiting == "merge":
        merged = run_git("rev-parse", "--verify", "--quiet", "MERGE_HEAD", cwd=path, ok=(0, 1, 128)).text
        incoming += [Oid(merged)] if merged else []
    if not contains(path, now, unsolved.onto):
        raise NotSolved("the result does not contain the target")
    if not any(contains(path, one, unsolved.head) for one in incoming):
        raise NotSolved("the merge was given up: the result does not contain the incoming side")


def _unmerged(path: Path) -> list[str]:
    """Returns the paths that have more than one version in the index, in a form for git."""
    fields = run_git("ls-files", "-z", "--unmerged", cwd=path).fields
    return sorted({field.partition("\t")[2] for field in fields})


def _print_of(path: Path, place: str) -> str:
    """Returns what changes when somebody changes a file."""
    file = path / place
    if not stands(path, place):
        return ""
    if file.is_symlink():
        return f"link {os.fsencode(os.readlink(file)).hex()}"  # noqa: PTH115 - may be no text
    if file.is_dir():  # a submodule
        return f"folder {head(file)}" if (file / ".git").exists() else "folder"
    if not file.is_file():
        return "neither file nor folder"
    return f"{os.access(file, os.X_OK)} {hashlib.sha256(file.read_bytes()).hexdigest()}"


# -------------------------------------------------------------------------------------------------------------- marks


def _with_marks(sides: Sides, files: Files, paths: Iterable[str]) -> list[str]:
    """Returns those of `paths` with a conflict marker that neither side has written there."""
    return sorted(path for path in paths if path in files and _is_marked(sides, path, files[path]))


def _is_marked(sides: Sides, path: str, version: Version) -> bool:
    if not version.is_text_like:
        return False
    known = [side[path] for side in (sides.ours, sides.theirs) if path in side and side[path].is_text_like]
    if version in known:
        return False
    text = _text(sides.worktree, version)
    if not _SIDE_MARK.search(text) and not _MIDDLE_MARK.search(text):
        return False
    texts = [_text(sides.worktree, one) for one in known]
    written = {mark for one in texts for mark in _SIDE_MARK.findall(one)}
    if any(mark not in written for mark in _SIDE_MARK.findall(text)):
        return True
    # A line of `=` may be the underline of a heading: there are as many as both sides have written together.
    return len(_MIDDLE_MARK.findall(text)) > sum(len(_MIDDLE_MARK.findall(one)) for one in texts)


def _text(worktree: Path, version: Version) -> bytes:
    return run_git("cat-file", "blob", version.blob, cwd=worktree).out


def _named(paths: Collection[str], *, verb: bool = True) -> str:
    listed = sorted(map(shown, paths))
    text = first_of(listed)
    return text if not verb else f"{text} {'is' if len(listed) == 1 else 'are'}"

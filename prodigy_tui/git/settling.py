"""Settling clashes without a checkout: what one side has, or the lines of both, in the place of what git leaves.

The tree of the merge is read into a list of files, changed there, and written through an index of its own.
"""

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from prodigy_tui.git.conflicts import BASE, OURS, THEIRS, Clash, Version
from prodigy_tui.git.merge import Joined
from prodigy_tui.git.run import run_git
from prodigy_tui.git.union import union
from prodigy_tui.ids import Oid

Word: TypeAlias = Literal["ours", "theirs", "union"]
Files: TypeAlias = dict[str, Version]
"""Path → file, of one tree."""


class Settled(Struct, frozen=True, kw_only=True):
    """What is left of a merge when some of its clashes are settled."""

    tree: str
    """With everything settled in it. A merge only when nothing is left."""
    left: tuple[Clash, ...]
    settled: tuple[str, ...]
    """Paths that are settled."""
    edits: Mapping[str, Version | None]
    """How the tree differs from what git leaves; None: the file is not there."""


class Sides(Struct, frozen=True, kw_only=True, dict=True):
    """The files of two commits."""

    worktree: Path
    onto: Oid
    head: Oid

    @cached_property
    def ours(self) -> Files:
        return files_of(self.worktree, self.onto)

    @cached_property
    def theirs(self) -> Files:
        return files_of(self.worktree, self.head)


class _Outcome(Struct, frozen=True, kw_only=True):
    """What stands in the place of a clash."""

    path: str
    version: Version | None


def settle(
    sides: Sides, joined: Joined, choose: Callable[[str], Word | None], *, restore: Collection[str] = ()
) -> Settled:
    """Settles the clashes for whose path `choose` has a word, as far as that makes sense.

    A version of one side may need room: a file where the other side has a folder takes the place of those files in it
    for which the same word holds, or the clash stays.

    Args:
        sides: The two commits.
        joined: What git made of them.
        choose: What a clash at a path means.
        restore: Paths that are to be as the target has them, clash or not.
    """
    before = files_of(sides.worktree, joined.tree)
    files, left, settled = dict(before), list[Clash](), list[str]()
    placed: set[str] = set()
    for clash in joined.clashes:
        word: Word | None = "ours" if clash.path in restore else choose(clash.path)
        outcome = _outcome(sides, clash, word) if word is not None else None
        if outcome is None:
            left.append(clash)
            continue
        settled.append(clash.path)
        if clash.places:
            for place in clash.places:
                files.pop(place, None)
            if outcome.path == clash.moved_from and _is_blocked(files, outcome.path):
                outcome = _Outcome(path=clash.path, version=outcome.version)
            _put(files, outcome, placed)
    for path in restore:
        files.pop(path, None)
        _put(files, _Outcome(path=path, version=sides.ours.get(path)), placed)
    for path, inside in _in_the_way(files):
        if path in placed and choose(path) == choose(inside):
            del files[inside]
        else:
            left.append(Clash(path=path, places=(path,)))
            files.pop(path, None)
    changed = (path for path in {**before, **files} if before.get(path) != files.get(path))
    edits = {path: files.get(path) for path in sorted(changed)}
    tree = _written(sides.worktree, joined.tree, edits) if edits else joined.tree
    return Settled(tree=tree, left=tuple(left), settled=tuple(settled), edits=edits)


def files_of(worktree: Path, tree: str) -> Files:
    """Returns all files of a tree or commit."""
    found: Files = {}
    for line in run_git("ls-tree", "-r", "-z", "--full-tree", tree, cwd=worktree).fields:
        meta, _, path = line.partition("\t")
        mode, _, blob = meta.split(" ")
        found[path] = Version(mode=mode, blob=blob)
    return found


def index_lines(edits: Mapping[str, Version | None], width: int) -> bytes:
    """Returns edits as `update-index -z --index-info` reads them: what goes comes first, so that there is room.

    `width`: how long the names of objects are.
    """
    gone = [f"0 {'0' * width}\t{path}\0" for path, version in edits.items() if version is None]
    put = [f"{version.mode} {version.blob}\t{path}\0" for path, version in edits.items() if version is not None]
    return os.fsencode("".join(gone + put))


def _is_blocked(files: Files, path: str) -> bool:
    """Tells whether something is where a file should go."""
    above = any(path[:at] in files for at, letter in enumerate(path) if letter == "/")
    return above or path in files or any(one.startswith(f"{path}/") for one in files)


def _put(files: Files, outcome: _Outcome, placed: set[str]) -> None:
    if outcome.version is None:
        files.pop(outcome.path, None)
    else:
        files[outcome.path] = outcome.version
        placed.add(outcome.path)


# -------------------------------------------------------------------------------------------------------- one clash


def _outcome(sides: Sides, clash: Clash, word: Word) -> _Outcome | None:
    """Returns what a word makes of a clash; None: it says nothing for clashes of this sort."""
    if word == "union":
        version = _union(sides, clash)
        return _Outcome(path=clash.path, version=version) if version is not None else None
    if not clash.places:
        return _Outcome(path=clash.path, version=None)
    stage, files = (OURS, sides.ours) if word == "ours" else (THEIRS, sides.theirs)
    own = clash.versions.get(stage)
    if clash.moved_from is not None:  # only one side has the file, and the other has renamed its folder
        path = clash.path if own is None else clash.moved_from
        version = own or clash.versions.get(OURS) or clash.versions.get(THEIRS)
        return _Outcome(path=path, version=version)
    if clash.path in files:
        return _Outcome(path=clash.path, version=files[clash.path])
    if own is not None and own not in files.values():
        return None  # git has joined renamed files in it, marks and all
    return _Outcome(path=clash.path, version=own)


def _union(sides: Sides, clash: Clash) -> Version | None:
    base, ours, theirs = (clash.versions.get(stage) for stage in (BASE, OURS, THEIRS))
    if clash.is_aside or ours is None or theirs is None:
        return None
    if not all(one.is_text_like for one in (base, ours, theirs) if one is not None):
        return None
    if ours not in sides.ours.values() or theirs not in sides.theirs.values():
        return None
    mode = _joined_mode(base, ours, theirs)
    if mode is None:
        return None
    texts = (_content(sides.worktree, one) for one in (base, ours, theirs))
    text = union(*texts)
    if text is None:
        return None
    blob = run_git("hash-object", "-w", "--stdin", cwd=sides.worktree, stdin=text).text
    return Version(mode=mode, blob=blob)


def _joined_mode(base: Version | None, ours: Version, theirs: Version) -> str | None:
    if ours.mode == theirs.mode:
        return ours.mode
    if base is None:
        return None
    return theirs.mode if ours.mode == base.mode else ours.mode


def _content(worktree: Path, version: Version | None) -> bytes:
    return b"" if version is None else run_git("cat-file", "blob", version.blob, cwd=worktree).out


# --------------------------------------------------------------------------------------------------------- the tree


def _in_the_way(files: Files) -> Iterator[tuple[str, str]]:
    """Yields files with the files that stand below them, where they would have to be folders."""
    for path in list(files):
        at = path.find("/")
        while at != -1:
            if path[:at] in files and path in files:
                yield path[:at], path
            at = path.find("/", at + 1)


def _written(worktree: Path, tree: str, edits: Mapping[str, Version | None]) -> str:
    """Returns the tree with the edits, written to the object store."""
    with tempfile.TemporaryDirectory(prefix="prodigy-") as folder:
        env = {"GIT_INDEX_FILE": os.path.join(folder, "index")}  # noqa: PTH118 - text for git
        run_git("read-tree", tree, cwd=worktree, env=env)
        run_git("update-index", "-z", "--index-info", cwd=worktree, env=env, stdin=index_lines(edits, len(tree)))
        return run_git("write-tree", cwd=worktree, env=env).text

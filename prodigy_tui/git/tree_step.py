"""What differs between the tree that an index holds and another: found without a process, and only where they differ.

Git notes in the index which tree each folder is. So only those folders of the other tree are read that are another.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from msgspec import Struct, field

from prodigy_tui.git.index_file import IndexFile, Unclear
from prodigy_tui.git.open_trees import EMPTY, Entry, OpenTrees, Tree, changed_files

MOST_FILES: Final = 64
"""Of so many that differ, git is as fast."""
_DEEP: Final = 1024
"""How long the path of a folder may be, and so how deep it lies."""
_MODES: Final = {b"100644": 0o100644, b"100755": 0o100755}
_RESERVED: Final = re.compile(
    rb"\.{0,2}|\.g(?!it(hub|ignore|keep|lab[\w.-]*)$).*|git~.*|\..*[\x80-\xff].*|.*[\\:].*", re.IGNORECASE | re.DOTALL
)
"""Names that git refuses, on some file system, or that mean something to it; and some more that look like those."""
ATTRIBUTES: Final = b".gitattributes"


class File(NamedTuple):
    """What a tree says of a file."""

    mode: int
    blob: str

    @property
    def can_be_run(self) -> bool:
        return self.mode == _MODES[b"100755"]


class Folder(Struct):
    """What an index notes about a folder."""

    files: int
    """In it and below."""
    tree: str
    folders: dict[bytes, "Folder"] = field(default_factory=dict)


class Step(Struct, frozen=True, kw_only=True):
    """How one tree becomes the other."""

    files: dict[bytes, File | None]
    """Those that differ, as they have to be; None: to be gone."""
    root: Folder
    """What the index is to note then."""


def noted(index: IndexFile) -> Folder:
    """Returns what an index notes about all folders.

    Raises:
        Unclear: Not of all, or it notes more.
    """
    at = index.end + 8
    size = int.from_bytes(index.content[at - 4 : at], "big")
    if index.content[index.end : at - 4] != b"TREE" or at + size + index.width != len(index.content):
        raise Unclear
    note = index.content[at : at + size]
    try:
        name, root, end = _folder(note, 0, index.width, 0)
    except (ValueError, IndexError) as error:
        raise Unclear from error
    if name or end != len(note) or root.files != len(index.at):
        raise Unclear
    return root


def as_note(root: Folder) -> bytes:
    """Returns what an index holds to note that."""
    parts: list[bytes] = []
    _add(parts, b"", root)
    note = b"".join(parts)
    return b"TREE" + len(note).to_bytes(4, "big") + note


def step_to(tree: str, index: IndexFile, trees: OpenTrees) -> Step:
    """Returns how the tree that an index holds becomes `tree`.

    Raises:
        Unclear: That is for git to find out, or to do: what differs is much, no plain file, or has a special name.
    """
    walk = _Walk(index, trees)
    root = noted(index)
    return Step(root=walk.go(b"", root, tree) if root.tree != tree else root, files=walk.found)


class _Walk:
    """One comparison."""

    def __init__(self, index: IndexFile, trees: OpenTrees) -> None:
        self._index = index
        self._trees = trees
        self.found: dict[bytes, File | None] = {}

    def go(self, path: bytes, before: Folder, tree: str) -> Folder:
        """Notes what differs in a folder and below, and returns what the index is to note about it then.

        Args:
            path: Of the folder, with a final `/` if it is not the root.
            before: What the index notes about it; without a tree: it is not there.
            tree: What it has to be.
        """
        if len(path) > _DEEP:
            raise Unclear
        was, now = self._trees.read(before.tree) if before.tree else EMPTY, self._trees.read(tree)
        if before.folders.keys() != was.folders.keys() or before.files != _count(was, before.folders):
            raise Unclear
        result = Folder(0, tree)
        for name in was.folders.keys() - now.folders.keys():
            self._remove(path + name + b"/", before.folders[name])
        for name, wanted in now.folders.items():
            folder, below = before.folders.get(name), path + name + b"/"
            if folder is None:
                result.folders[name] = self.go(_allowed(name, below), Folder(0, ""), wanted)
            elif folder.tree != was.folders[name]:
                raise Unclear
            else:
                result.folders[name] = folder if folder.tree == wanted else self.go(below, folder, wanted)
        for name in changed_files(was, now):
            self._note(path, name, was.files.get(name), now.files.get(name))
        result.files = _count(now, result.folders)
        if not result.files:
            raise Unclear
        return result

    def _remove(self, path: bytes, folder: Folder) -> None:
        """Notes all that lies in a folder and below."""
        if len(path) > _DEEP:
            raise Unclear
        was = self._trees.read(folder.tree)
        for name, file in was.files.items():
            self._note(path, name, file, None)
        for name, below in folder.folders.items():
            if was.folders.get(name) != below.tree:
                raise Unclear
            self._remove(path + name + b"/", below)

    def _note(self, path: bytes, name: bytes, was: Entry | None, now: Entry | None) -> None:
        file = path + name
        if was is not None and (file not in self._index.at or self._index.file(file) != _plain(was)):
            raise Unclear
        if was is None and file in self._index.at:
            raise Unclear
        self.found[_allowed(name, file) if now is not None else file] = _plain(now) if now is not None else None
        if len(self.found) > MOST_FILES or name == ATTRIBUTES:
            raise Unclear


def _count(tree: Tree, folders: Mapping[bytes, Folder]) -> int:
    return len(tree.files) + sum(folder.files for folder in folders.values())


def _plain(entry: Entry) -> File:
    if entry.mode not in _MODES:
        raise Unclear
    return File(_MODES[entry.mode], entry.blob)


def _allowed(name: bytes, path: bytes) -> bytes:
    if _RESERVED.fullmatch(name):
        raise Unclear
    return path


def _folder(note: bytes, at: int, width: int, depth: int) -> tuple[bytes, Folder, int]:
    """Reads what is noted from there on: the name of a folder, the folder, and where that ends."""
    if depth > _DEEP // 2:
        raise Unclear
    named = note.index(b"\0", at)
    counted = note.index(b"\n", named)
    files, folders = map(int, note[named + 1 : counted].split(b" "))
    end = counted + 1 + width
    if files < 0 or folders < 0 or end > len(note):
        raise Unclear
    result = Folder(files, note[counted + 1 : end].hex())
    for _ in range(folders):
        name, folder, end = _folder(note, end, width, depth + 1)
        result.folders[name] = folder
    return note[at:named], result, end


def _add(parts: list[bytes], name: bytes, folder: Folder) -> None:
    parts.append(b"%s\0%d %d\n%s" % (name, folder.files, len(folder.folders), bytes.fromhex(folder.tree)))
    for below in sorted(folder.folders, key=lambda one: (len(one), one)):  # in git's order
        _add(parts, below, folder.folders[below])

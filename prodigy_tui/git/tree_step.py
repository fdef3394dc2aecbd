"""What differs between the tree that an index holds and another: found without a process, and only where they differ.

Git notes in the index which tree each folder is. So only those folders of the other tree are read that are another.
"""

import re
import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec import Struct, field

from prodigy_tui.git.index_file import IndexFile, Unclear
from prodigy_tui.git.open_objects import OpenObjects

MOST_FILES: Final = 64
"""Of so many that differ, git is as fast."""
_DEEP: Final = 1024
"""How long the path of a folder may be, and so how deep it lies."""
_FOLDER: Final = b"40000"
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


def tracked(index: IndexFile, name: bytes) -> tuple[int, str]:
    """Returns the mode and the blob of a file, as git tracks it."""
    mode, blob = struct.unpack_from(f">24xI12x{index.width}s", index.content, index.at[name])
    return mode, blob.hex()


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


def step_to(tree: str, index: IndexFile, objects: OpenObjects) -> Step:
    """Returns how the tree that an index holds becomes `tree`.

    Raises:
        Unclear: That is for git to find out, or to do: what differs is much, no plain file, or has a special name.
    """
    walk = _Walk(index, objects)
    root = noted(index)
    return Step(root=walk.go(b"", 0, root, tree) if root.tree != tree else root, files=walk.found)


class _Walk:
    """One comparison."""

    def __init__(self, index: IndexFile, objects: OpenObjects) -> None:
        self._index = index
        self._objects = objects
        self._names = list(index.at)
        self.found: dict[bytes, File | None] = {}

    def go(self, path: bytes, begin: int, before: Folder, tree: str) -> Folder:
        """Notes what differs in a folder and below, and returns what the index is to note about it then.

        Args:
            path: Of the folder, with a final `/` if it is not the root.
            begin: Where its files begin among all.
            before: What the index notes about it.
            tree: What it has to be.
        """
        if len(path) > _DEEP:
            raise Unclear
        files, folders = self._listed(tree)
        result, own = Folder(0, tree), dict[bytes, bytes]()
        at, end, cut = begin, begin + before.files, len(path)
        left = dict(before.folders)
        while at < end:
            name = self._names[at]
            if not name.startswith(path):
                raise Unclear
            first, below, _ = name[cut:].partition(b"/")
            if not below:
                own[first] = name
                at += 1
                continue
            folder = left.pop(first, None)
            if folder is None or not folder.files:
                raise Unclear
            wanted = folders.pop(first, None)
            if wanted is None:
                self._remove(self._names[at : at + folder.files])
            else:
                same = folder.tree == wanted
                result.folders[first] = folder if same else self.go(path + first + b"/", at, folder, wanted)
            at += folder.files
        if left or at != end:
            raise Unclear
        for first, wanted in folders.items():
            result.folders[first] = self.go(path + _allowed(first) + b"/", 0, Folder(0, ""), wanted)
        self._compare(path, files, own)
        result.files = len(files) + sum(folder.files for folder in result.folders.values())
        if not result.files:
            raise Unclear
        return result

    def _compare(self, path: bytes, files: dict[bytes, tuple[bytes, str]], own: dict[bytes, bytes]) -> None:
        for first, (mode, blob) in files.items():
            name = own.pop(first, None)
            if name is not None:
                old_mode, old_blob = tracked(self._index, name)
                if old_blob == blob and f"{old_mode:o}".encode() == mode:
                    continue
                self._require_plain(old_mode)
            if mode not in _MODES:
                raise Unclear
            self._note(path + _allowed(first), File(_MODES[mode], blob))
        self._remove(own.values())

    def _remove(self, names: Iterable[bytes]) -> None:
        for name in names:
            self._require_plain(tracked(self._index, name)[0])
            self._note(name, None)

    def _require_plain(self, mode: int) -> None:
        if mode not in _MODES.values():
            raise Unclear

    def _note(self, name: bytes, file: File | None) -> None:
        self.found[name] = file
        if len(self.found) > MOST_FILES or name.rpartition(b"/")[2] == ATTRIBUTES:
            raise Unclear

    def _listed(self, tree: str) -> tuple[dict[bytes, tuple[bytes, str]], dict[bytes, str]]:
        """Returns the files (mode, blob) and the folders of a tree, each once and in git's order as it has to be."""
        [content] = self._objects.read("tree", [tree])
        files, folders = dict[bytes, tuple[bytes, str]](), dict[bytes, str]()
        at, last = 0, b""
        while at < len(content):
            space = content.find(b" ", at)
            end = content.find(b"\0", space)
            begin, at = at, end + 1 + self._index.width
            if space < 0 or end < 0 or at > len(content):
                raise Unclear
            mode, name, oid = content[begin:space], content[space + 1 : end], content[end + 1 : at].hex()
            order = name + b"/" if mode == _FOLDER else name
            if order <= last or b"/" in name:
                raise Unclear
            last = order
            if mode == _FOLDER:
                folders[name] = oid
            else:
                files[name] = (mode, oid)
        if not files.keys().isdisjoint(folders):
            raise Unclear
        return files, folders


def _allowed(name: bytes) -> bytes:
    if _RESERVED.fullmatch(name):
        raise Unclear
    return name


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

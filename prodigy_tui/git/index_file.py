"""The index of a worktree, read without a process: which files git tracks there, and how they stood when it looked.

Only the plain form that git writes by itself is understood, and only of as many files as are read faster than a process
is started: 500 take 0.7 ms of CPU. Dulwich reads them in 6, which is more than the process takes that is saved.
"""

import os
import struct
from collections.abc import Mapping, Set
from itertools import pairwise
from pathlib import Path
from typing import Final

from msgspec import Struct

from prodigy_tui.ids import Oid

_FILES: Final = 4000
"""Beyond, git itself is as fast, and does not hold up other threads."""
HEAD: Final = 12
"""Where the entries begin; before stands how many they are."""
BEGINS: Final = b"DIRC\x00\x00\x00\x02"
"""Of an index whose entries stand one after another, none with flags of its own (a sparse checkout has such)."""
_UNUSUAL: Final = 0xF000
"""The flags of an entry that is in conflict, has more flags, or is of a file that git was told not to look at."""
LONGEST: Final = 0x0FFF
"""The part of the flags that says how long the name is; if it is this, the name is as long or longer."""
_SUBMODULE: Final = 0xE000
_TREES: Final = b"TREE"
_UP_TO_MODE: Final = 24
_MODE: Final = 4
_FROM_MODE_TO_NAME: Final = 12
"""Without the name of the object."""
_FIXED: Final = _UP_TO_MODE + _MODE + _FROM_MODE_TO_NAME
"""Bytes of an entry before its flags, again without it."""
_LAYOUTS: Final = 16
"""So many are known at a time."""
STOOD: Final = struct.Struct(">4I4xI12xI")
"""What git knows of a file, from where its entry begins: seconds and nanoseconds of its last change, the same of its
content's, inode, size."""


class Unclear(Exception):
    """An index that only git can judge."""


class IndexFile(Struct, frozen=True, kw_only=True):
    """An index at this moment."""

    content: bytes
    at: Mapping[bytes, int]
    """Where the entry of each file begins."""
    folders: Set[bytes]
    """All that files lie in."""
    end: int
    """Of the entries."""
    width: int
    """How many bytes the name of an object has."""
    written_ns: int

    @classmethod
    def read(cls, admin: Path, commit: Oid) -> "IndexFile":
        """Returns the index of the worktree about which git keeps `admin`; `commit` is any of the repository.

        Raises:
            Unclear, OSError: It cannot be read like this.
        """
        with open(f"{admin}/index", "rb", buffering=0) as file:  # noqa: PTH123 - twice for every item
            content, written_ns = file.read(), os.fstat(file.fileno()).st_mtime_ns
        count = int.from_bytes(content[8:HEAD], "big")
        if not content.startswith(BEGINS) or count > _FILES:
            raise Unclear
        width = len(commit) // 2
        try:
            layout = _layout(content, count, width)
        except (struct.error, ValueError) as error:
            raise Unclear from error
        at, folders, end = layout.at, layout.folders, layout.end
        return cls(content=content, at=at, folders=folders, end=end, width=width, written_ns=written_ns)

    def file(self, name: bytes) -> tuple[int, str]:
        """Returns the mode of a file and the name of its blob."""
        mode, blob = struct.unpack_from(f">24xI12x{self.width}s", self.content, self.at[name])
        return mode, blob.hex()

    @property
    def tree(self) -> str:
        """The tree that the index is, if that is noted in it; else empty."""
        name, size = self.content[self.end : self.end + 4], self.content[self.end + 4 : self.end + 8]
        noted = self.content[self.end + 8 : self.end + 8 + int.from_bytes(size, "big")]
        # Of the root, which comes first and has no name: how many files, how many folders, the tree.
        counts, _, rest = noted.removeprefix(b"\0").partition(b"\n")
        if name != _TREES or counts.partition(b" ")[0] != str(len(self.at)).encode():
            return ""
        return rest[: self.width].hex()


class _Layout(Struct, frozen=True, kw_only=True):
    """Which files an index names, and where."""

    at: Mapping[bytes, int]
    folders: Set[bytes]
    end: int
    mask: int
    """What says so among the bytes of the entries: names and flags, not what becomes of the files."""
    kept: int
    """What is left of them behind the mask."""

    def fits(self, content: bytes) -> bool:
        """Tells whether another index names the same files at the same places."""
        return len(content) >= self.end and int.from_bytes(content[: self.end], "little") & self.mask == self.kept


def _layout(content: bytes, count: int, width: int) -> _Layout:
    """Returns the layout of an index. Those of a run's worktrees are mostly alike, and agents change it rarely: to see
    that one is the last again takes a fifth of the time to read it."""
    known = _layouts.get((count, width))
    if known is not None and known.fits(content):
        return known
    at, folders, end = _entries(content, count, width)
    alike, other = bytes(_UP_TO_MODE), bytes(_FROM_MODE_TO_NAME + width)
    begins = [*at.values(), end]
    sizes = [after - begin - _FIXED - width for begin, after in pairwise(begins)]
    parts = [alike + b"\xff" * _MODE + other + b"\xff" * size for size in sizes]
    mask = int.from_bytes(b"".join([b"\xff" * HEAD, *parts]), "little")
    kept = int.from_bytes(content[:end], "little") & mask
    layout = _Layout(at=at, folders=folders, end=end, mask=mask, kept=kept)
    if len(_layouts) >= _LAYOUTS:
        _layouts.clear()
    _layouts[count, width] = layout
    return layout


_layouts: dict[tuple[int, int], _Layout] = {}
"""The last layout of so many files, with names of objects so wide; threads may replace each other's."""


def _entries(content: bytes, count: int, width: int) -> tuple[dict[bytes, int], set[bytes], int]:
    entry = struct.Struct(f">26xH{12 + width}xH")  # the lower half of the mode, the flags
    found, folders, at = dict[bytes, int](), set[bytes](), HEAD
    for _ in range(count):
        mode, flags = entry.unpack_from(content, at)
        if mode == _SUBMODULE or flags & _UNUSUAL:
            raise Unclear
        begin = at + entry.size
        end = begin + (flags & LONGEST)
        if flags & LONGEST == LONGEST:
            end = content.index(b"\0", end)
        name = content[begin:end]
        found[name] = at
        folder = name.rpartition(b"/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition(b"/")[0]
        at += (end - at + 8) & ~7  # filled up with one NUL or more
    return found, folders, at

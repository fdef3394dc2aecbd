"""An index as git writes it, made of one that it has written: with other entries for some files."""

import hashlib
import os
import struct
from bisect import bisect_left
from collections.abc import Mapping
from typing import Final

from prodigy_tui.git.index_file import BEGINS, HEAD, LONGEST, IndexFile, Unclear
from prodigy_tui.git.tree_step import File, Step, as_note

_STOOD: Final = struct.Struct(">10I")
_LOW: Final = 0xFFFFFFFF
_SECOND_NS: Final = 1_000_000_000


def require_whole(index: IndexFile) -> None:
    """Checks that an index is as git has written it, with the sum over all that stands at its end.

    Raises:
        Unclear: It is not, or git was told to leave the sum out.
    """
    if index.content[-index.width :] != _sum(index.content[: -index.width], index.width):
        raise Unclear


def stepped(index: IndexFile, step: Step, stand: Mapping[bytes, os.stat_result]) -> bytes:
    """Returns an index after a step; `stand` is how the files that it wrote are on the disk."""
    names, ends = list(index.at), [*index.at.values(), index.end]
    parts, taken, count = [b""], 0, len(names)
    for name in sorted(step.files):
        at, file = bisect_left(names, name), step.files[name]
        parts.append(index.content[ends[taken] : ends[at]])
        there = at < len(names) and names[at] == name
        taken = at + there
        count += (file is not None) - there
        if file is not None:
            parts.append(_entry(name, file, stand[name]))
    parts.append(index.content[ends[taken] : index.end])
    parts[0] = BEGINS + count.to_bytes(HEAD - len(BEGINS), "big")
    content = b"".join([*parts, as_note(step.root)])
    return content + _sum(content, index.width)


def _entry(name: bytes, file: File, now: os.stat_result) -> bytes:
    changed, written = divmod(now.st_ctime_ns, _SECOND_NS), divmod(now.st_mtime_ns, _SECOND_NS)
    about = (now.st_dev, now.st_ino, file.mode, now.st_uid, now.st_gid, now.st_size)
    stood = _STOOD.pack(*(number & _LOW for number in (*changed, *written, *about)))
    entry = stood + bytes.fromhex(file.blob) + min(len(name), LONGEST).to_bytes(2, "big") + name
    return entry + bytes(8 - len(entry) % 8)


def _sum(content: bytes, width: int) -> bytes:
    return hashlib.new(
        "sha1" if width == hashlib.sha1().digest_size else "sha256", content, usedforsecurity=False
    ).digest()

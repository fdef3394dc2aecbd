"""What objects of a repository hold, read without starting a process for it.

An object that a run has made lies in a file of its own, which is read here: 0.03 ms of CPU. For all others (packed, of
another repository) git is asked, by a process that stays open: 0.07 ms.
"""

import os
import threading
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from prodigy_tui.git.index_file import Unclear
from prodigy_tui.git.open_git import OpenGit, OutOfStep
from prodigy_tui.git.run import GitFailed, GitMissing

_COMMAND: Final = ("cat-file", "--batch-command", "--buffer")
_BYTES: Final = 4 << 20
"""Of all that is asked for at once, and of one: what is larger is for git to copy."""
_USUAL_BYTES: Final = 1 << 16
"""What most files fit into: room for more costs more than to read one."""
_KEPT_BYTES: Final = 2 << 20
"""Of what was read last. Each merge is brought to all worktrees, one after the other."""
_HEAD: Final = 64
"""More than stands before the content of an object in its file."""


class OpenObjects:
    """Reads objects of one repository. Safe to use from several threads; must be closed, and may be used again."""

    def __init__(self, common_dir: Path) -> None:
        """Starts nothing yet; `common_dir` is what all worktrees of the repository share."""
        self._common_dir = common_dir
        self._folder = f"{common_dir}/objects"
        self._lock = threading.Lock()
        self._open: OpenGit | None = None
        self._fails = False
        self._kept: dict[tuple[str, str], bytes] = {}
        """By kind and name. Threads may get in each other's way here: then something is read again."""
        self._room = _KEPT_BYTES

    def read(self, kind: str, names: Sequence[str]) -> list[bytes]:
        """Returns what objects hold; `kind` is `blob`, `tree` or `commit`.

        Raises:
            Unclear: One is not there, of another kind or damaged, or they are large.
        """
        found, missing, room = dict[str, bytes](), [], _BYTES
        for name in dict.fromkeys(names):
            content = self._kept.get((kind, name))
            if content is None:
                content = _in_its_file(f"{self._folder}/{name[:2]}/{name[2:]}", kind)
            if content is None:
                missing.append(name)
            else:
                found[name] = content
                room -= len(content)
                if room < 0:
                    raise Unclear
        found |= zip(missing, self._said(kind, missing), strict=True) if missing else ()
        self._keep(kind, found)
        return [found[name] for name in names]

    def _keep(self, kind: str, found: Mapping[str, bytes]) -> None:
        for name, content in found.items():
            if (kind, name) not in self._kept and len(content) <= _USUAL_BYTES:
                if self._room < len(content):
                    self._kept, self._room = {}, _KEPT_BYTES
                self._kept[kind, name] = content
                self._room -= len(content)

    def close(self) -> None:
        """Ends the process. The next question starts another."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        process, self._open = self._open, None
        if process is not None:
            process.close()

    def _said(self, kind: str, names: Sequence[str]) -> list[bytes]:
        with self._lock:
            if self._fails:
                raise Unclear
            try:
                if self._open is None:
                    self._open = OpenGit(f"--git-dir={self._common_dir}", *_COMMAND, cwd=self._common_dir)
                sizes = self._open.ask(_question("info", names), lambda said: _read_sizes(said, kind, names))
                _require_small(sizes)
                return self._open.ask(_question("contents", names), lambda said: _read_contents(said, sizes))
            except (OutOfStep, GitFailed, GitMissing, OSError) as error:
                self._fails = True
                self._close()
                raise Unclear from error
            except BaseException as error:
                if not isinstance(error, Unclear):
                    self._close()
                raise


def _in_its_file(file: str, kind: str) -> bytes | None:
    """Returns what the object holds whose file that would be; None: there is no such file."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        packed = os.read(handle, _USUAL_BYTES)
        if len(packed) == _USUAL_BYTES:
            packed += os.read(handle, _BYTES)
    finally:
        os.close(handle)
    unpacking = zlib.decompressobj()
    try:
        head, _, content = unpacking.decompress(packed, _BYTES + _HEAD).partition(b"\0")
    except zlib.error as error:
        raise Unclear from error
    if not unpacking.eof or head != f"{kind} {len(content)}".encode():
        raise Unclear
    return content


def _question(order: str, names: Sequence[str]) -> bytes:
    return "".join([*(f"{order} {name}\n" for name in names), "flush\n"]).encode()


def _read_sizes(said: bytes, kind: str, names: Sequence[str]) -> list[int] | None:
    """Reads how large objects are; nothing where one is not as it was expected."""
    lines = said.decode("utf-8", "replace").split("\n")
    if len(lines) <= len(names):
        return None
    begins = [f"{name} {kind} " for name in names]
    if not all(map(str.startswith, lines, begins)):
        return []
    return [int(line.removeprefix(begin)) for begin, line in zip(begins, lines, strict=False)]


def _require_small(sizes: Sequence[int]) -> None:
    if not sizes or sum(sizes) > _BYTES:
        raise Unclear


def _read_contents(said: bytes, sizes: Sequence[int]) -> list[bytes] | None:
    found, at = [], 0
    for size in sizes:
        begin = said.find(b"\n", at) + 1
        if not begin or begin + size >= len(said):
            return None
        found.append(said[begin : begin + size])
        at = begin + size + 1
    return found

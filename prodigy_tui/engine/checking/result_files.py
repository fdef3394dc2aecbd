"""Files of a worktree that checks write and name: results (language 14.2) and JSON Schemas."""

import os
import stat
from pathlib import Path

from msgspec import Struct

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.kinds.execution import OUTPUT_LIMIT
from prodigy_tui.engine.worktrees.worktree_paths import PathEscapes, inside


class ResultFileError(Exception):
    """A file cannot be used; the message names it and says why."""


class FileSeen(Struct, frozen=True, kw_only=True):
    """A file at one moment; two that are equal are the same file, unchanged."""

    modified_ns: int
    inode: int
    content: bytes


def look_at(worktree: Path, path: str) -> FileSeen | None:
    """Returns a file of the worktree with its content, `None` when there is none. Blocking.

    Raises:
        ResultFileError: it leads out of the worktree, is no plain file or is larger than what is kept of an output.
    """
    name = one_line(path)
    try:
        target = inside(worktree, path)
        # A pipe must not hold the run up.
        descriptor = os.open(target, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except PathEscapes as error:
        raise ResultFileError(str(error)) from error
    except OSError as error:
        raise ResultFileError(f"'{name}' cannot be read: {error.strerror}") from error
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise ResultFileError(f"'{name}' is no plain file")
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(OUTPUT_LIMIT + 1)
    finally:
        os.close(descriptor)
    if len(content) > OUTPUT_LIMIT:
        raise ResultFileError(f"'{name}' is larger than {OUTPUT_LIMIT // (1024 * 1024)} MiB")
    return FileSeen(modified_ns=facts.st_mtime_ns, inode=facts.st_ino, content=content)


def text_of(seen: FileSeen, path: str) -> str:
    """Returns the text of a file.

    Raises:
        ResultFileError: it is not UTF-8.
    """
    try:
        return seen.content.decode()
    except UnicodeDecodeError as error:
        raise ResultFileError(f"'{one_line(path)}' is not UTF-8: byte {error.start + 1}") from error

"""Files that a run leaves beside its log: items, leftovers.

What cannot be made again is written whole or not at all, and on the disk before an event names it. The rest is written
again where a crash has left another size than it should have.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from prodigy_tui.engine.worktrees.whole_file import write_whole
from prodigy_tui.events.values import Item
from prodigy_tui.storage.append import sync_folder
from prodigy_tui.storage.paths import RunFolder, make_folder

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def item_file(folder: RunFolder, item: Item) -> Path:
    """Returns where `write_item` writes."""
    return folder.artifact(f"items/{item.safe_id}/item.json")


def write_item(folder: RunFolder, item: Item) -> Path:
    """Writes the whole item as JSON, for `PRODIGY_WORK_FILE`, and returns where."""
    path = item_file(folder, item)
    _write_again(path, msgspec.json.encode(item.data), 0o600)
    return path


def write_leftover(folder: RunFolder, name: str, patch: bytes) -> str:
    """Keeps uncommitted changes as a patch; returns its name below the run's artifacts."""
    relative = f"{name}/leftover.patch"
    path = folder.artifact(relative)
    make_folder(path.parent)
    write_whole(path, patch, 0o600, durable=True)
    for level in path.parents:
        if level == folder.artifacts:
            break
        sync_folder(level.parent)
    return relative


def write_value(folder: RunFolder, text: str) -> Path:
    """Writes a large value to a read-only file named by its content, and returns where."""
    data = text.encode("utf-8", "surrogateescape")
    path = folder.artifact(f"values/{hashlib.sha256(data).hexdigest()[:32]}.txt")
    _write_again(path, data, 0o400)
    return path


def item_stream(item: Item, attempt: int) -> str:
    """Returns the name of an attempt's output stream."""
    return f"items/{item.safe_id}/{attempt}"


def phase_stream(phase: str) -> str:
    """Returns the name of a phase's output stream."""
    return f"phases/{phase}"


def _write_again(path: Path, data: bytes, mode: int) -> None:
    try:
        path.parent.mkdir(mode=0o700)
    except OSError:
        with suppress(FileNotFoundError, NotADirectoryError):
            if path.stat().st_size == len(data):
                return
        make_folder(path.parent)
        write_whole(path, data, mode)
    else:  # as for most items: nothing can be in it, so there is nothing to keep while this is written
        with os.fdopen(os.open(path, _NEW, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)

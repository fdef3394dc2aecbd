"""Files that a run leaves beside its log: items, leftovers. Written whole or not at all."""

import hashlib
from pathlib import Path

import msgspec

from prodigy_tui.engine.worktrees.whole_file import write_whole
from prodigy_tui.events.values import Item
from prodigy_tui.storage.paths import RunFolder


def write_item(folder: RunFolder, item: Item) -> Path:
    """Writes the whole item as JSON, for `PRODIGY_WORK_FILE`, and returns where."""
    path = folder.artifact(f"items/{item.safe_id}/item.json")
    if not path.exists():
        _write(path, msgspec.json.encode(item.data))
    return path


def write_leftover(folder: RunFolder, name: str, patch: bytes) -> str:
    """Keeps uncommitted changes as a patch; returns its name below the run's artifacts."""
    relative = f"{name}/leftover.patch"
    _write(folder.artifact(relative), patch)
    return relative


def write_value(folder: RunFolder, text: str) -> Path:
    """Writes a large value to a read-only file named by its content, and returns where."""
    data = text.encode("utf-8", "surrogateescape")
    path = folder.artifact(f"values/{hashlib.sha256(data).hexdigest()[:32]}.txt")
    if not path.exists():
        _write(path, data)
        path.chmod(0o400)
    return path


def item_stream(item: Item, attempt: int) -> str:
    """Returns the name of an attempt's output stream."""
    return f"items/{item.safe_id}/{attempt}"


def phase_stream(phase: str) -> str:
    """Returns the name of a phase's output stream."""
    return f"phases/{phase}"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, data, 0o600)

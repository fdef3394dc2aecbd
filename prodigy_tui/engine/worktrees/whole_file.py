"""Files that are written whole or not at all, and the folders that they are in."""

import os
import tempfile
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from prodigy_tui.storage.append import sync_folder


def write_whole(target: Path, data: bytes, mode: int, *, durable: bool = False) -> None:
    """Writes through a temporary file beside the target, so that a crash leaves the old file or the new one.

    `durable`: a loss of power does, too, and afterwards only the new one. Otherwise that may leave an empty file.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    descriptor, name = tempfile.mkstemp(prefix=".prodigy-", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
        if durable:
            sync_folder(target.parent)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def make_folders(folder: Path) -> None:
    """Makes a folder and those above it; `mkdir(parents=True)` would call itself once for each of a thousand levels.

    Raises:
        OSError: one cannot be made.
    """
    missing = list(takewhile(lambda level: not level.is_dir(), (folder, *folder.parents)))
    for level in reversed(missing):
        level.mkdir(exist_ok=True)

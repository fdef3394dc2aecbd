"""Deletes what foreign programs have made: folders of any depth, some of them without the right to write."""

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4


def delete(path: Path) -> None:
    """Deletes whatever is at a path: a folder as `delete_tree` does, anything else, a link itself.

    Raises:
        OSError: it is no folder, and cannot be deleted.
    """
    if path.is_dir() and not path.is_symlink():
        delete_tree(path)
    else:
        path.unlink(missing_ok=True)


def delete_tree(folder: Path) -> None:
    """Deletes a folder as far as the system lets; several threads may do so at once.

    What lies deep is first moved up into `folder` itself: no path gets too long, and no depth exhausts stack or
    descriptors, as a walk down would.
    """
    waiting = _inner_folders(folder)
    while waiting:
        inner = waiting.pop()
        for deeper in _inner_folders(inner):
            with suppress(OSError):
                waiting.append(deeper.rename(folder / uuid4().hex))
        with suppress(OSError):
            inner.rmdir()
    with suppress(OSError):
        folder.rmdir()


def why_left(folder: Path) -> str:
    """Returns why something that `delete_tree` could not delete is still there; empty when it is gone."""
    stubborn = folder
    while (inner := _any_entry(stubborn)) is not None:
        stubborn = inner
    try:
        if stubborn.is_dir() and not stubborn.is_symlink():
            stubborn.rmdir()
        else:
            stubborn.unlink()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{stubborn}: {(error.strerror or str(error)).lower()}"
    return f"{folder}: something was made there meanwhile" if os.path.lexists(folder) else ""


def _any_entry(folder: Path) -> Path | None:
    if folder.is_symlink():
        return None
    try:
        return next(folder.iterdir(), None)
    except OSError:
        return None


def _inner_folders(folder: Path) -> list[Path]:
    """Removes everything else from a folder, which may have been read-only, and returns the folders in it."""
    found = []
    with suppress(OSError):
        folder.chmod(0o700)
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found.append(Path(entry.path))
                    continue
                with suppress(OSError):
                    os.unlink(entry.path)  # noqa: PTH108 - there may be many
    for inner in found:
        with suppress(OSError):
            inner.chmod(0o700)  # a folder that cannot be written to cannot be moved either
    return found

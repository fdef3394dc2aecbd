"""What steers git in a worktree: its settings, and the files that they and the attributes stand in.

Processes that stay open, and what is done without any, read those once. They have to look again when a file changes.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeAlias

from prodigy_tui.git.run import run_git


class Facts(NamedTuple):
    """What a file was like."""

    inode: int
    size: int
    written_ns: int
    changed_ns: int


Mark: TypeAlias = tuple[Facts | None, ...]
"""What some files were like; None: there was no such file."""


def settings_of(common_dir: Path, worktree: Path) -> tuple[frozenset[Path], dict[str, str]]:
    """Returns the files that steer git wherever in the repository, there or not, and the settings for `worktree`.

    Raises:
        GitMissing, GitFailed, RuntimeError: They cannot be told; the last is of a path below `~nobody`.
    """
    config = run_git("config", "--null", "--list", "--show-origin", cwd=worktree).fields
    origins, settings = config[::2], [one.partition("\n")[::2] for one in config[1::2]]
    files = {worktree / one.removeprefix("file:") for one in origins if one.startswith("file:")}
    files |= {common_dir / name for name in ("config", "info/attributes", "info/grafts", "shallow", "refs/replace")}
    xdg = Path(os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser())
    files |= {Path("~/.gitconfig").expanduser(), xdg / "git/config", xdg / "git/attributes"}
    files |= {Path(value).expanduser() for key, value in settings if key == "core.attributesfile"}
    return frozenset(files), dict(settings)


def mark_of(files: Iterable[Path]) -> Mark:
    """Returns what files are like now: another answer says that one was changed."""
    return tuple(map(_look_at, files))


def _look_at(file: Path) -> Facts | None:
    with suppress(OSError):
        found = os.stat(file)  # noqa: PTH116 - a third faster, and done for every item
        return Facts(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return None

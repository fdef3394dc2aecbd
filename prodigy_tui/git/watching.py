"""What a user's repository looks like from outside a run: seen cheaply by stat, looked at closely where that differs.

A git status in the user's checkout rewrites the index without changing anything, and so do many tools with the files
that they look after. Hence two questions: what was touched (a few stats), and which of that is really different.
"""

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from msgspec import Struct, field

from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import GitFailed, run_git
from prodigy_tui.git.status import Status, look_at

Stamp: TypeAlias = tuple[int, ...] | None

_SHARED_FILES: Final = ("config", "config.worktree")
_SHARED_FOLDERS: Final = ("hooks", "info")
_NOT_SETTINGS: Final = frozenset({"info/refs"})
"""Git's housekeeping writes it."""
_SAMPLE: Final = ".sample"
"""Git puts a dozen hooks of this kind into each repository, and runs none of them."""
_DEEPEST: Final = 4
"""How deep folders in them are looked into."""
_SETTLED_NS: Final = 3_000_000_000
"""How long ago a folder was changed at least that will look different after the next change. The clocks of file systems
tick every 10 ms mostly, those of some every 2 s, and the clock of a server may be a little off."""
_HEAD: Final = "HEAD"
_INDEX: Final = "index"


class Watched(Struct, kw_only=True):
    """Some files, and what is known of them: stamps, and digests of what they say."""

    repo: Repository
    target: str
    """The branch on which the run is to land."""
    now_ns: Callable[[], int] = time.time_ns
    """Returns the present time, as file systems tell it."""
    _listings: "dict[str, _Listing]" = field(default_factory=dict)
    _shared: dict[str, Stamp] = field(default_factory=dict)
    _own: dict[str, Stamp] = field(default_factory=dict)
    _says: dict[str, str] = field(default_factory=dict)
    _status: frozenset[str] = frozenset()

    def take(self) -> None:
        """Takes everything as it is now. Blocking."""
        self._shared, self._own = self._shared_now(), self._own_now()
        status = self._look()
        self._status = frozenset(status.entries) if status is not None else frozenset()
        known: dict[str, str] = {}
        if status is not None and status.branch == self.target:
            known[self._target_name] = status.commit or ""
        self._says = {name: known.get(name) or self._said(name) for name in (*self._shared, *self._own)}

    def shared_touched(self) -> tuple[str, ...]:
        """Returns what may differ of the settings and hooks that all working trees share. Cheap; says so once."""
        before, self._shared = self._shared, self._shared_now()
        return _differences(before, self._shared)

    def own_touched(self) -> tuple[str, ...]:
        """Returns what may differ of the checkout's HEAD and index, and of the target. Cheap; says so once."""
        before, self._own = self._own, self._own_now()
        return _differences(before, self._own)

    def different(self, touched: tuple[str, ...]) -> tuple[str, ...]:
        """Returns what of it says something else now, and takes it as it is. Blocking."""
        found = []
        for name in touched:
            says = self._said(name)
            if self._says.get(name, "") != says:
                found.append(name)
            self._says[name] = says
        return tuple(found)

    def status_changed(self) -> tuple[str, ...]:
        """Returns the files of the user's checkout whose status differs, and takes it as it is. Blocking."""
        status = self._look()
        before, self._status = self._status, frozenset(status.entries) if status is not None else frozenset()
        return tuple(sorted({line[3:] for line in self._status ^ before}))

    def _shared_now(self) -> dict[str, Stamp]:
        common = os.fspath(self.repo.common_dir)
        self._listings = _listings_now(common, self._listings, self.now_ns())
        names = [*_SHARED_FILES, *(name for listing in self._listings.values() for name in listing.files)]
        return {name: _stamp(f"{common}/{name}") for name in names}

    def _own_now(self) -> dict[str, Stamp]:
        git_dir, common = os.fspath(self.repo.git_dir), os.fspath(self.repo.common_dir)
        ref = (_stamp(f"{common}/{self._ref}"), _stamp(f"{common}/packed-refs"))
        return {
            _HEAD: _stamp(f"{git_dir}/HEAD"),
            _INDEX: _stamp(f"{git_dir}/index"),
            self._target_name: tuple(number for stamp in ref for number in stamp or (0,)),
        }

    @property
    def _ref(self) -> str:
        return f"refs/heads/{self.target}"

    @property
    def _target_name(self) -> str:
        return f"branch {self.target}"

    def _said(self, name: str) -> str:
        """Returns what tells whether something is different: a digest, or a commit."""
        try:
            if name == self._target_name:
                arguments = ("rev-parse", "--quiet", "--verify", self._ref)
                return run_git(f"--git-dir={self.repo.common_dir}", *arguments, cwd=self.repo.common_dir, ok=None).text
            if name == _INDEX:
                return _digest(run_git("ls-files", "--stage", "-z", cwd=self.repo.top).out)
            file = self.repo.git_dir / "HEAD" if name == _HEAD else self.repo.common_dir / name
            mode = file.lstat().st_mode
            return f"{mode:o} {_digest(os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes())}"
        except (OSError, GitFailed):
            return ""

    def _look(self) -> Status | None:
        """Returns how the checkout stands, without what lies inside of folders and submodules; None: it cannot tell."""
        try:
            return look_at(self.repo.top, untracked="normal", submodules="all")
        except GitFailed:
            return None


class _Listing(Struct, frozen=True, kw_only=True):
    """The names in a folder, below what all working trees share."""

    stood: Stamp
    """What the folder was like before they were read; None: it may look the same with other names."""
    files: tuple[str, ...]
    folders: tuple[str, ...]


def _listings_now(common: str, known: Mapping[str, _Listing], now_ns: int) -> dict[str, _Listing]:
    """Returns the shared folders and those in them, as far as a person would nest them.

    One that is as it was has the names that are known: to read it takes ten times as long as to look at it, and that is
    done after each step.
    """
    found = {}
    waiting = list(reversed(_SHARED_FOLDERS))
    while waiting:
        here = waiting.pop()
        try:
            now = os.stat(f"{common}/{here}")  # noqa: PTH116 - a path object takes longer than the call
            stood = (now.st_dev, now.st_ino, now.st_ctime_ns, now.st_mtime_ns)
            listing = known.get(here)
            if listing is None or listing.stood != stood:
                is_settled = max(now.st_ctime_ns, now.st_mtime_ns) < now_ns - _SETTLED_NS
                listing = _read(common, here, stood if is_settled else None)
        except OSError:
            continue
        found[here] = listing
        waiting += listing.folders
    return found


def _read(common: str, here: str, stood: Stamp) -> _Listing:
    files, folders = [], []
    with os.scandir(f"{common}/{here}") as entries:
        for entry in entries:
            name = f"{here}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if name.count("/") < _DEEPEST:
                    folders.append(name)
            elif name not in _NOT_SETTINGS and not name.endswith(_SAMPLE):
                files.append(name)
    return _Listing(stood=stood, files=tuple(files), folders=tuple(folders))


def _differences(before: Mapping[str, Stamp], now: Mapping[str, Stamp]) -> tuple[str, ...]:
    return tuple(name for name in {**before, **now} if before.get(name) != now.get(name))


def _stamp(file: str) -> Stamp:
    try:
        found = os.lstat(file)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_ctime_ns


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

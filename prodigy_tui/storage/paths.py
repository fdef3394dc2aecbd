"""Where everything lies: the state folder, one folder a repository in it, one folder a run in that.

Folders are made with mode 0700. Every name that comes from outside is checked before it becomes part of a path.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from prodigy_tui.errors import ProdigyError
from prodigy_tui.ids import RunId, plain_safe_id, short_hash
from prodigy_tui.storage.append import sync_folder
from prodigy_tui.storage.trouble import StateFolderUnusable, disk

_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_TIMED_ID = re.compile(r".*-(\d{6}-\d{6})-[0-9a-z]{4}(?:\.\d+)*", re.ASCII)
_CALLED_ID = re.compile(r".+\.\d+", re.ASCII)
_LEVELS = 4
"""Folders from that of a run up to the state folder: their names may not have reached the disk either."""
_SOCKET_ADDRESS_LIMIT = 100
"""Bytes; the kernel's limits are 108 (Linux) and 104 (macOS), with the closing zero."""


class UnsafeName(ProdigyError):
    """A name that must not become part of a path."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(
            f"{what} {name!r} cannot be the name of a file",
            hint="use letters, digits, '_', '.' and '-', at most 200, and begin with none of the last two",
        )
        self.what = what
        self.name = name
        self.args = (what, name)  # what pickle hands to `__init__`


class RunExists(ProdigyError):
    """The folder of a new run is there already."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id!r} exists already", hint="start it again to get another id")
        self.run_id = run_id
        self.args = (run_id,)  # what pickle hands to `__init__`


class RunFolder(Struct, frozen=True, dict=True):
    """The places of one run. Those that every item asks for are made once: a path takes 0.01 ms."""

    path: Path

    @property
    def run_id(self) -> RunId:
        return RunId(self.path.name)

    @property
    def is_called(self) -> bool:
        """Tells whether a step of another run has called this one; it is named after that."""
        return _CALLED_ID.fullmatch(self.path.name) is not None

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def lock(self) -> Path:
        return self.path / "run.lock"

    @property
    def bookmarks(self) -> Path:
        """Moments that a person wants to find again; no part of the record."""
        return self.path / "bookmarks.json"

    @property
    def filters(self) -> Path:
        """Filters that a person has saved for all runs of the repository; no part of any record."""
        return self.path.parent.parent / "filters.json"

    @property
    def patterns(self) -> Path:
        """How a person groups failures, for all runs of the repository; no part of any record."""
        return self.path.parent.parent / "patterns.json"

    @cached_property
    def output(self) -> Path:
        return self.path / "output"

    @cached_property
    def artifacts(self) -> Path:
        return self.path / "artifacts"

    @cached_property
    def worktrees(self) -> Path:
        return self.path / "worktrees"

    @cached_property
    def scratch(self) -> Path:
        """What steps write for the engine; gone when the step has ended, or when the run is taken up again."""
        return self.path / "scratch"

    @property
    def started_at(self) -> datetime | None:
        """The time in the run id, None when the id holds none."""
        match = _TIMED_ID.fullmatch(self.path.name)
        if match is None:
            return None
        with suppress(ValueError):
            return datetime.strptime(match[1], "%y%m%d-%H%M%S").replace(tzinfo=UTC)
        return None

    def stream(self, name: str) -> Path:
        """Returns the path, without suffix, of one output stream; `name` is safe names joined by '/'."""
        return self.output.joinpath(*_safe_parts("output stream", name))

    def artifact(self, name: str) -> Path:
        """Returns the path of one artifact; `name` is safe names joined by '/'."""
        return self.artifacts.joinpath(*_safe_parts("artifact", name))

    def create(self) -> None:
        """Makes the folder of a new run and what belongs in it, durably.

        Raises:
            RunExists: another run has this id.
        """
        make_folder(self.path.parent, durable=True)
        with disk(self.path, "make the folder", StateFolderUnusable):
            try:
                self.path.mkdir(mode=0o700)
            except FileExistsError as error:
                raise RunExists(self.run_id) from error
            for folder in (self.output, self.artifacts, self.worktrees, self.scratch):
                folder.mkdir(mode=0o700)
        for level in (self.path, *self.path.parents[:_LEVELS]):
            sync_folder(level)


class RepositoryFolder(Struct, frozen=True):
    """The places of one repository's runs."""

    path: Path

    @property
    def worktree_lock(self) -> Path:
        """The file whose lock serialises worktree administration."""
        return self.path / "worktrees.lock"

    @property
    def limits(self) -> Path:
        """The folder where runs of every repository share what they know of the limits of providers."""
        return self.path.parent.parent / "limits"

    def run(self, run_id: str) -> RunFolder:
        """Returns the folder of a run, whether it exists or not.

        Raises:
            UnsafeName: the id would leave the folder.
        """
        return RunFolder(self.path / "runs" / _safe_name("run id", run_id))

    def runs(self) -> tuple[RunFolder, ...]:
        """Returns every run that has an event log, newest first."""
        return _newest_first(_runs_of(self))


class StateHome(Struct, frozen=True):
    """The state folder of the program; `root` is absolute."""

    root: Path

    def __post_init__(self) -> None:
        if not self.root.is_absolute():
            raise StateFolderUnusable(self.root, "keep records in", "it is not an absolute path")

    def repository(self, common_dir: Path) -> RepositoryFolder:
        """Returns the folder of the repository whose git common dir is `common_dir`, whichever way that is spelt."""
        real = common_dir.resolve()
        name = real.parent.name if real.name == ".git" else real.name.removesuffix(".git")
        return RepositoryFolder(self.root / "repos" / f"{plain_safe_id(name)}-{short_hash(str(real))}")

    def repositories(self) -> tuple[RepositoryFolder, ...]:
        """Returns every repository that has had a run, by name."""
        return tuple(RepositoryFolder(path) for path in sorted(_folders(self.root / "repos")))

    def runs(self) -> tuple[RunFolder, ...]:
        """Returns the runs of every repository, newest first."""
        return _newest_first(run for folder in self.repositories() for run in _runs_of(folder))


def state_root(environ: Mapping[str, str]) -> Path:
    """Returns the state folder: `PRODIGY_HOME`, else below `XDG_STATE_HOME`, else below the home folder.

    Raises:
        StateFolderUnusable: `PRODIGY_HOME` is relative, or no home folder is known.
    """
    if chosen := environ.get("PRODIGY_HOME"):
        return StateHome(Path(chosen)).root
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if state.is_absolute():  # the XDG specification has relative values ignored
        return state / "prodigy-tui"
    home = Path(environ.get("HOME", ""))
    if not home.is_absolute():
        raise StateFolderUnusable(Path("~/.local/state/prodigy-tui"), "find", "no home folder is known (HOME)")
    return home / ".local" / "state" / "prodigy-tui"


def make_folder(path: Path, *, durable: bool = False) -> None:
    """Makes a folder and those above it, each new one with mode 0700; `durable`: what comes into it can be kept.

    Raises:
        StateFolderUnusable: it cannot be made, or something else is in its place.
    """
    with disk(path, "make the folder", StateFolderUnusable):
        if path.is_dir():
            return
        if path.parent != path:
            make_folder(path.parent, durable=durable)
        path.mkdir(mode=0o700, exist_ok=True)
    if durable:
        sync_folder(path.parent)


def make_socket_folder(environ: Mapping[str, str]) -> Path:
    """Makes a fresh folder of mode 0700 for a socket: below `XDG_RUNTIME_DIR`, else the temporary folder.

    The path is short enough for a socket in it; who made it removes it.
    """
    wanted = [environ.get("XDG_RUNTIME_DIR", ""), environ.get("TMPDIR", ""), "/tmp"]
    usable = [
        path
        for path in map(Path, wanted)
        if path.is_absolute() and len(os.fsencode(path)) < _SOCKET_ADDRESS_LIMIT - 40 and os.access(path, os.W_OK)
    ]
    base = usable[0] if usable else Path("/tmp")
    with disk(base, "make a socket in"):
        import tempfile  # with all that it loads a hundredth of a start of the interface

        return Path(tempfile.mkdtemp(prefix="prodigy-tui-", dir=base))


def _safe_name(what: str, name: str) -> str:
    if _SAFE_NAME.fullmatch(name) is None:
        raise UnsafeName(what, name)
    return name


def _safe_parts(what: str, name: str) -> list[str]:
    return [_safe_name(what, part) for part in name.split("/")]


def _folders(path: Path) -> Iterator[Path]:
    """Yields the folders in `path` that bear a name of ours; none when `path` is missing."""
    with disk(path, "read", StateFolderUnusable):
        try:
            entries = list(os.scandir(path))
        except FileNotFoundError:
            return
    for entry in entries:
        if _SAFE_NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
            yield Path(entry.path)


def _runs_of(repository: RepositoryFolder) -> Iterator[RunFolder]:
    for path in _folders(repository.path / "runs"):
        run = RunFolder(path)
        if run.events.is_file():  # a start that died before its first event left no run
            yield run


def _newest_first(runs: Iterator[RunFolder]) -> tuple[RunFolder, ...]:
    return tuple(sorted(runs, key=lambda run: (_start(run), run.run_id), reverse=True))


def _start(run: RunFolder) -> float:
    if (at := run.started_at) is not None:
        return at.timestamp()
    with suppress(OSError):  # removed by somebody while we look
        return run.path.stat().st_mtime
    return 0.0

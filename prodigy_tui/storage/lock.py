"""The lock of a run: at most one process writes a run's record, and everybody can read who that is.

The truth is `flock` on `run.lock`, which the kernel frees when its owner dies; the text in the file only says who the
owner is and where it listens. The file is never removed, only emptied: a name that comes and goes cannot be locked.

Text that is still there once the lock is ours tells of an owner that died. What another machine has locked the kernel
here need not know: there the text is believed, until somebody says that its owner is gone (`force`).
"""

import fcntl
import os
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.storage.owner import LockOwner, this_boot
from prodigy_tui.storage.trouble import disk

_RECORD_LIMIT = 4096
_PROBE_TRIES = 200
_PROBE_PAUSE_S = 0.001


class RunHeld(ProdigyError):
    """Another process holds the run, or one on another host did and may still."""

    exit_code = ExitCode.HELD

    def __init__(self, run_id: str, owner: LockOwner | None, *, elsewhere: bool = False) -> None:
        who = "another process"
        hint = "watch it, or stop it, before you write to the run from here"
        if owner is not None:
            who = f"process {owner.pid} on {owner.host!r} since {owner.started:%Y-%m-%d %H:%M:%S}"
            if elsewhere:
                hint = (
                    "whether it lives cannot be seen from here; if it is gone, take over with "
                    f"'prodigy-tui resume {run_id} --force'"
                )
            elif owner.fate(this_boot()) in ("gone", "reused"):
                who = f"something that process {owner.pid}, which is gone, has left behind"
                hint = "end what still has the run's 'run.lock' open, then try again"
        super().__init__(f"run {run_id!r} is held by {who}", hint=hint)
        self.run_id = run_id
        self.owner = owner
        self.elsewhere = elsewhere
        self.args = (run_id, owner)  # what pickle hands to `__init__`; the rest travels in `__dict__`


class RunLock:
    """A held lock, until `release` or the end of the process."""

    def __init__(self, path: Path, descriptor: int, before: LockOwner | None = None) -> None:
        self.path = path
        self._descriptor = descriptor
        self.before = before
        """Who had it before and died without giving it back."""

    @classmethod
    def acquire(cls, path: Path, owner: LockOwner, *, force: bool = False) -> Self:
        """Takes the lock without waiting and records `owner`.

        `force` takes over from an owner recorded on another host; a lock that is held here is never broken.

        Raises:
            RunHeld: somebody else has it.
        """
        with disk(path, "lock"):
            descriptor = _lock(path)
        if descriptor is None:
            raise RunHeld(path.parent.name, cls.owner(path))
        lock = cls(path, descriptor)
        with ExitStack() as undo:
            undo.callback(os.close, descriptor)  # not `release`: the other host's record must stay
            lock.before = _read(descriptor)
            if lock.before is not None and _is_elsewhere(lock.before, owner) and not force:
                raise RunHeld(path.parent.name, lock.before, elsewhere=True)
            lock.record(owner)
            undo.pop_all()
        return lock

    @staticmethod
    def owner(path: Path) -> LockOwner | None:
        """Returns who is recorded: the holder or one that died as such; None when it was released or never held."""
        with disk(path, "read"):
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except (FileNotFoundError, NotADirectoryError):
                return None
            try:
                return _read(descriptor)
            finally:
                os.close(descriptor)

    @staticmethod
    def is_held(path: Path) -> bool:
        """Returns whether a process that this machine's kernel knows of holds the lock now."""
        with disk(path, "read"):
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except (FileNotFoundError, NotADirectoryError):
                return False
            try:
                return not _try(descriptor, fcntl.LOCK_SH)
            finally:
                os.close(descriptor)

    def record(self, owner: LockOwner) -> None:
        """Replaces what the file says about the holder, for instance once its socket listens."""
        line = msgspec.json.encode(owner) + b"\n"
        with disk(self.path, "write"):
            # Readers take the first line, so what is left of a longer record does not matter between the two calls.
            os.pwrite(self._descriptor, line, 0)
            os.ftruncate(self._descriptor, len(line))

    def release(self) -> None:
        """Empties the record and lets go; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor < 0:
            return
        try:
            with disk(self.path, "write"):
                os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _is_elsewhere(recorded: LockOwner, owner: LockOwner) -> bool:
    """Tells whether the lock was taken under another kernel: this one cannot know whether its owner lives."""
    if recorded.boot and recorded.boot == owner.boot:
        return False  # the same machine under another name, as in a container
    return recorded.host != owner.host


def _lock(path: Path) -> int | None:
    """Returns a descriptor that holds the lock, or None when another process does."""
    for _ in range(_PROBE_TRIES):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if _try(descriptor, fcntl.LOCK_EX):
                if _is_still(path, descriptor):
                    held, descriptor = descriptor, -1
                    return held
            elif not _try(descriptor, fcntl.LOCK_SH):
                return None
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        # Only `is_held` of somebody else shares the lock, for a few microseconds; or the run was removed meanwhile.
        time.sleep(_PROBE_PAUSE_S)
    return None


def _try(descriptor: int, mode: int) -> bool:
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(path: Path, descriptor: int) -> bool:
    """Returns whether `path` still names the locked file: whoever removes a run holds its lock while doing so."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _read(descriptor: int) -> LockOwner | None:
    line, _, _ = os.pread(descriptor, _RECORD_LIMIT, 0).partition(b"\n")
    try:
        return msgspec.json.decode(line, type=LockOwner)
    except msgspec.DecodeError:
        return None  # empty after a release, or torn by a power loss

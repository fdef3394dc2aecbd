"""Finds and ends processes that a child left behind, also those that moved into a session of their own.

Only Linux can look (`/proc`, process file descriptors); elsewhere nothing is found and the process group has to do.
A stray is a live process that carries the mark of the execution in its first environment, or still is in its session.

Every child is followed by a look at all processes of the machine, which reading two files of each would make as dear as
ten children. So what began before the child is left out, and when a process began is read once in its life.
"""

import asyncio
import os
import select
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from prodigy_tui.clock import Clock
from prodigy_tui.process.waiting import done_within

MARKER = "PRODIGY_AGENT_ID"
"""The environment variable whose value marks every process of one execution."""

_PROC = Path("/proc")
_CAN_LOOK = hasattr(os, "pidfd_open")
_ROUNDS = 5
"""A stray may start another while it is being killed, so looking is repeated."""
_GONE_S = 5.0
_FORGET_ABOVE = 1000
"""So many processes that have ended may be remembered."""
_STARTS_S = 0.5
"""More than a program needs to be put in the place of another, also on a busy machine."""
_HAS_NONE_S = 0.02
_LOOK_AGAIN_S = 0.001
_STATE, _SESSION, _BEGAN, _MEMORY, _ENVIRONMENT = 0, 3, 19, 20, 47
"""Fields of `/proc/PID/stat` behind the program's name, which may itself hold blanks and brackets."""
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")

_began: dict[int, tuple[int, int]] = {}
"""Process id -> number of its folder, moment at which it began. The folder of a later process with the same id has
another number. Threads may write it at once: each puts the same there, or something newer."""


def moment() -> int:
    """Returns a number for now that no process which begins later has a smaller one than; 0 if that is not known."""
    if not _CAN_LOOK:
        return 0
    now = int(time.clock_gettime(time.CLOCK_BOOTTIME) * _TICKS_A_SECOND)
    return now if 0 < _OWN_BEGIN <= now else 0


def find_strays(marker: str | None, session: int | None, since: int = 0) -> tuple[int, ...]:
    """Returns the ids of live processes with this mark or in this session that began at the moment `since` or later."""
    candidates = _processes() if not since else _begun_since(since)
    return tuple(pid for pid in candidates if is_stray(pid, marker, session, _STARTS_S))


def kill_strays_now(marker: str | None, session: int | None) -> int:
    """Kills what `find_strays` finds, without waiting; returns how many that were."""
    strays = find_strays(marker, session)
    for pid in strays:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(strays)


def kill_strays_of(prefix: str) -> int:
    """Kills every process whose mark begins with `prefix`, waits for their end, and returns how many that were.

    For recovery: the process of ours that started them has died, so nobody else will end them.
    """
    wanted = _variable(MARKER, prefix)
    killed: set[int] = set()
    for _ in range(_ROUNDS):
        found = [pid for pid in _processes() if pid not in killed and _has_variable(pid, wanted)]
        if not found:
            break
        with _handles(found) as handles:
            _send(handles, signal.SIGKILL)
            _have_ended(handles, _GONE_S)
        killed.update(found)
    return len(killed)


def wait_for_orphans(name: str, value: str, patience_s: float) -> bool:
    """Waits for the end of every process that has this variable in its environment; returns whether all have ended."""
    wanted = _variable(name, value) + b"\0"
    for _ in range(_ROUNDS):
        found = [pid for pid in _processes() if _has_variable(pid, wanted)]
        if not found:
            return True
        with _handles(found) as handles:
            if not _have_ended(handles, patience_s):
                return False
    return False


async def sweep(marker: str | None, session: int | None, *, grace_s: float, clock: Clock, since: int = 0) -> int:
    """Ends all strays of one execution: SIGTERM, `grace_s`, SIGKILL. Returns how many there were.

    `since`: a `moment` before the execution began. With a grace of 0 they are killed at once. It can be cancelled and
    called again.
    """
    if not _CAN_LOOK:
        if session is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(session, signal.SIGKILL)
        return 0
    seen: set[int] = set()
    for _ in range(_ROUNDS):
        strays = await asyncio.to_thread(find_strays, marker, session, since)
        if not strays:
            break
        seen.update(strays)
        await _end(strays, marker, session, grace_s, clock)
    return len(seen)


async def _end(pids: tuple[int, ...], marker: str | None, session: int | None, grace_s: float, clock: Clock) -> None:
    loop = asyncio.get_running_loop()
    with ExitStack() as cleanup:
        handles: list[int] = []
        for pid in pids:
            # A process file descriptor keeps its meaning when the number is given to another process meanwhile,
            # so the look behind it must come after it was opened.
            with suppress(ProcessLookupError):
                handle = os.pidfd_open(pid)
                cleanup.callback(os.close, handle)
                if is_stray(pid, marker, session):
                    handles.append(handle)
        if not handles:
            return
        everyone = loop.create_future()
        waiting = set(handles)

        def one_ended(handle: int) -> None:
            loop.remove_reader(handle)
            waiting.discard(handle)
            if not waiting and not everyone.done():
                everyone.set_result(None)

        for handle in handles:
            loop.add_reader(handle, one_ended, handle)
            cleanup.callback(loop.remove_reader, handle)
        if grace_s > 0:
            _send(handles, signal.SIGTERM)
            if await done_within(grace_s, everyone, clock):
                return
        _send(handles, signal.SIGKILL)
        await done_within(_GONE_S, everyone, clock)


def _send(handles: list[int], number: signal.Signals) -> None:
    for handle in handles:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, number)


def is_stray(pid: int, marker: str | None, session: int | None, patience_s: float = 0.0) -> bool | None:
    """Tells whether a process is alive and has this mark or is in this session; None: that cannot be told yet.

    `patience_s`: how long to wait, blocking, until it can.
    """
    theirs = session_of(pid)
    if theirs is None:
        return False
    if theirs == session:
        return True
    return marker is not None and _has_variable(pid, _variable(MARKER, marker) + b"\0", patience_s)


def session_of(pid: int) -> int | None:
    """Returns the session of a process that is alive."""
    try:
        fields = _facts(pid)
    except OSError:
        # It ended between two looks, or belongs to somebody else: then it is none of ours.
        return None
    return None if fields[_STATE] in (b"Z", b"X") else int(fields[_SESSION])


def _begun_since(since: int) -> Iterator[int]:
    """Yields the ids of all processes but this one that began at a moment or later."""
    own = str(os.getpid())
    there: set[int] = set()
    with os.scandir(_PROC) as entries:
        for entry in entries:
            name = entry.name
            if not name.isdecimal() or name == own:
                continue
            pid, number = int(name), entry.inode()
            there.add(pid)
            known = _began.get(pid)
            if known is None or known[0] != number:
                try:
                    known = _began[pid] = (number, int(_facts(pid)[_BEGAN]))
                except OSError:
                    continue  # it has ended
            if known[1] >= since:
                yield pid
    if len(_began) > 2 * len(there) + _FORGET_ABOVE:
        for pid in set(_began) - there:
            _began.pop(pid, None)


def _facts(pid: int | str) -> list[bytes]:
    """Returns the fields of `/proc/PID/stat` from the state on."""
    return _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()


def _read(path: str) -> bytes:
    """Returns a whole file; with the bare calls of the system, because there are hundreds to read."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        whole = b""
        while part := os.read(file, 1 << 16):
            whole += part
        return whole
    finally:
        os.close(file)


def _processes() -> tuple[int, ...]:
    """Returns the ids of all processes but this one; none where they cannot be looked at."""
    if not _CAN_LOOK or not _PROC.is_dir():
        return ()
    own = str(os.getpid())
    names = (entry.name for entry in _PROC.iterdir())
    return tuple(int(name) for name in names if name.isdecimal() and name != own)


def _variable(name: str, value: str) -> bytes:
    """Returns how a variable stands in an environment, up to the end of what is given of its value."""
    return f"\0{name}={value}".encode("utf-8", "surrogateescape")


def _has_variable(pid: int, wanted: bytes, patience_s: float = _STARTS_S) -> bool | None:
    """Tells whether there is such a variable in the environment of a process; None: it is between two programs.

    While the kernel puts one program in the place of another, the environment is read as empty.
    """
    began = time.monotonic()
    try:
        while not (environment := _read(f"/proc/{pid}/environ")):
            fields = _facts(pid)
            if int(fields[_MEMORY]) == 0:
                return False  # one of the kernel's, or it has ended
            # It begins where it ends for a moment of each start too, but not as long as of one that has no variable.
            has_none = int(fields[_ENVIRONMENT]) == int(fields[_ENVIRONMENT + 1]) != 0
            if time.monotonic() - began >= (min(patience_s, _HAS_NONE_S) if has_none else patience_s):
                return False if has_none and patience_s else None
            time.sleep(_LOOK_AGAIN_S)
    except OSError:
        return False
    return wanted in b"\0" + environment


@contextmanager
def _handles(pids: Iterable[int]) -> Iterator[list[int]]:
    """Opens process file descriptors of those that still are there."""
    with ExitStack() as cleanup:
        handles: list[int] = []
        for pid in pids:
            with suppress(ProcessLookupError):
                handles.append(os.pidfd_open(pid))
                cleanup.callback(os.close, handles[-1])
        yield handles


def _have_ended(handles: list[int], patience_s: float) -> bool:
    """Waits, blocking, for the end of each process."""
    for handle in handles:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        if not poll.poll(patience_s * 1000):
            return False
    return True


def _own_begin() -> int:
    try:
        return int(_facts("self")[_BEGAN])
    except (OSError, IndexError, ValueError):
        return 0


_OWN_BEGIN = _own_begin()
"""The moment at which this process began: where the kernel tells nonsense about that, all processes are looked at."""

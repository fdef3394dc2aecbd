"""A program that has been started: its pipes and its end, as its loop sees them.

Not asyncio's own way: before Python 3.12 that has a thread wait for the end of each program, opens the pipes one turn
of the loop after the other, and took 1.2 ms of CPU for a start beside 0.3 ms for this, where `sh -c true` takes 0.8.
Where the system tells of an end through a descriptor there is no thread; elsewhere one waits for each program.
"""

import asyncio
import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, Protocol

OUTPUT, ERROR = 1, 2
_READ: Final = 64 * 1024
"""What a pipe holds: nobody asks for more than that at once."""
_WIDE: Final = 512 * 1024
"""What the pipe of a program holds that prints at short intervals."""
_MOST_WIDE: Final = 8
"""So many may be wide at once: the system gives each user room for a hundred or so."""
_CLOSE_S: Final = 0.001
"""Reads at shorter intervals are too many: each is a turn of the loop, and a thousand of them took half as long as
to read, search and write the thirty megabytes that came with them."""
_CLOSE_READS: Final = 16
"""After so many of them in a row the loop is not asked any more when there is something: the pipe is let fill up for a
while, and then looked at."""
_PAUSE_S: Final = 0.001
_PART: Final = 4
"""Where a pipe was filled to a fourth in that while, it is looked at again at once: it may be full before long."""
_LAST_READS: Final = 16
"""How often what the program has left in a pipe is read before the loop has its turn again: others may write on."""
_MOMENT_S: Final = 1.0
"""How long a program is where it was, unless it is gone: then one in a folder before it is found."""
_MOST_PLACES: Final = 64

_unreaped: set[int] = set()
"""Process ids of all programs that were started and whose end was not taken yet: nobody else can have these numbers.

Single operations only: more than one loop may start programs."""
_wide: set[int] = set()
"""The pipes of ours that are wide."""
_places: dict[tuple[str, str], tuple[float, str]] = {}
"""When and where a program of some name was found on some PATH."""


def is_started(pid: int) -> bool:
    """Tells whether a process is a program that was started here, and not one that another has left behind."""
    return pid in _unreaped


class Listener(Protocol):
    """Who is told what a program does; never before it has been started."""

    def room(self, stream: int, size: int) -> memoryview:
        """Returns where output of a stream is to be put, for so many bytes at once."""
        ...

    def took(self, stream: int, size: int) -> None:
        """So many bytes have been put there; none: no more will come from this stream."""
        ...

    def exited(self) -> None:
        """The program has ended; its pipes may still be held by others."""
        ...

    def closed(self) -> None:
        """The program has ended, and its pipes are closed."""
        ...


class Program:
    """One program in a session of its own. Belongs to the loop that it was started on."""

    def __init__(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: bytes, listener: Listener
    ) -> None:
        """Starts it; without `stdin` it reads from `/dev/null`.

        Raises:
            OSError, ValueError: It cannot be started.
        """
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._pipes: dict[int, int] = {}
        self._input = -1
        self._close_reads = dict.fromkeys((OUTPUT, ERROR), 0)
        self._last_read = dict.fromkeys((OUTPUT, ERROR), 0.0)
        self._looks: dict[int, asyncio.Handle] = {}
        """When the pipes are looked at that the loop does not watch."""
        self._ended = False
        with ExitStack() as theirs, ExitStack() as ours:
            ends = {stream: _pipe(theirs, ours) for stream in (OUTPUT, ERROR)}
            source = subprocess.DEVNULL
            if stdin:
                source, self._input = os.pipe()
                theirs.callback(os.close, source)
                ours.callback(os.close, self._input)
            self._popen = subprocess.Popen(
                argv,
                executable=_found(argv[0], env),
                cwd=cwd,
                env=env,
                stdin=source,
                stdout=ends[OUTPUT][1],
                stderr=ends[ERROR][1],
                start_new_session=True,
            )
            ours.pop_all()
        self.pid = self._popen.pid
        _unreaped.add(self.pid)
        for stream, (reader, _) in ends.items():
            os.set_blocking(reader, False)
            self._pipes[stream] = reader
            self._loop.add_reader(reader, self._ready, stream)
        self._watch()
        if stdin:
            os.set_blocking(self._input, False)
            self._rest = memoryview(stdin)
            self._loop.add_writer(self._input, self._feed)

    @property
    def returncode(self) -> int | None:
        """How it ended, negative for a signal; None before."""
        return self._popen.returncode

    def close(self) -> None:
        """Closes what is open of its pipes; if it has not ended, its end is taken when it comes."""
        self._close_input()
        for stream in tuple(self._pipes):
            self._close_pipe(stream)

    # Its end

    def _watch(self) -> None:
        """Has the loop tell of the end."""
        try:
            self._handle = os.pidfd_open(self.pid)
        except (AttributeError, OSError):  # not Linux, or no descriptor is left
            threading.Thread(target=self._wait, name=f"end-of-{self.pid}", daemon=True).start()
        else:
            self._loop.add_reader(self._handle, self._look)

    def _look(self) -> None:
        if self._popen.poll() is not None:
            self._loop.remove_reader(self._handle)
            os.close(self._handle)
            self._end()

    def _wait(self) -> None:
        self._popen.wait()
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        _unreaped.discard(self.pid)
        self._close_input()
        for stream in tuple(self._pipes):
            for _ in range(_LAST_READS):
                if not self._read(stream):
                    break
        self._ended = True
        self._listener.exited()
        if not self._pipes:
            self._listener.closed()

    # Its pipes

    def _ready(self, stream: int) -> None:
        """Reads what the loop says is there, and has it say so no more if it does that too often."""
        close = self._loop.time() - self._last_read[stream] < _CLOSE_S
        self._close_reads[stream] = self._close_reads[stream] + 1 if close else 0
        self._read(stream)
        self._last_read[stream] = self._loop.time()
        if self._close_reads[stream] == _CLOSE_READS and stream in self._pipes:
            self._loop.remove_reader(self._pipes[stream])
            _widen(self._pipes[stream])
            self._look_later(stream)

    def _look_at(self, stream: int) -> None:
        """Reads what has come meanwhile; where nothing has, it is the loop again that says when."""
        size = self._read(stream)
        if stream not in self._pipes:
            return
        if not size:
            del self._looks[stream]
            self._close_reads[stream] = 0
            self._loop.add_reader(self._pipes[stream], self._ready, stream)
        elif size < self._room(stream) // _PART:
            self._look_later(stream)
        else:
            self._looks[stream] = self._loop.call_soon(self._look_at, stream)

    def _look_later(self, stream: int) -> None:
        self._looks[stream] = self._loop.call_later(_PAUSE_S, self._look_at, stream)

    def _read(self, stream: int) -> int:
        """Hands on what is in a pipe; returns how much it was."""
        pipe = self._pipes[stream]
        try:
            size = os.readv(pipe, (self._listener.room(stream, self._room(stream)),))
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            size = 0
        if size:
            self._listener.took(stream, size)
        else:
            self._close_pipe(stream)
        return size

    def _room(self, stream: int) -> int:
        return _WIDE if self._pipes[stream] in _wide else _READ

    def _close_pipe(self, stream: int) -> None:
        reader = self._pipes.pop(stream)
        self._loop.remove_reader(reader)
        if (look := self._looks.pop(stream, None)) is not None:
            look.cancel()
        _wide.discard(reader)
        os.close(reader)
        self._listener.took(stream, 0)
        if self._ended and not self._pipes:
            self._listener.closed()

    def _feed(self) -> None:
        """Writes as much as there is room for."""
        try:
            self._rest = self._rest[os.write(self._input, self._rest[:_READ]) :]
        except (BlockingIOError, InterruptedError):
            return
        except OSError:  # nobody reads any more
            self._rest = self._rest[:0]
        if not self._rest:
            self._close_input()

    def _close_input(self) -> None:
        if self._input >= 0:
            self._loop.remove_writer(self._input)
            os.close(self._input)
            self._input = -1


def _found(program: str, env: Mapping[str, str], now: Callable[[], float] = time.monotonic) -> str | None:
    """Returns where a program is on the PATH of its environment; None: `Popen` is to search, or to say why not.

    That makes a list of all places first, and the child tries to run each: 0.05 ms with the usual fifteen. What is
    started in a moment is mostly one program: while it is where it was, nobody looks in the folders before.
    """
    path = env.get("PATH", "")
    if "/" in program:
        return None
    known = _places.get((program, path))
    if known is not None and now() - known[0] < _MOMENT_S and _can_be_run(known[1]):
        return known[1]
    for folder in path.split(":"):
        if not folder.startswith("/"):  # it means another place for the child than for us, or none
            return None
        if _can_be_run(file := f"{folder}/{program}"):
            if len(_places) >= _MOST_PLACES:
                _places.clear()
            _places[program, path] = now(), file
            return file
    return None


def _can_be_run(file: str) -> bool:
    return os.access(file, os.X_OK) and os.path.isfile(file)  # noqa: PTH113 - of every start


def _widen(pipe: int) -> None:
    """Makes a pipe wider, if there is room for another one. Linux only."""
    if len(_wide) < _MOST_WIDE and sys.platform == "linux":
        with suppress(OSError):  # the user has had too much of it
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _WIDE)
            _wide.add(pipe)


def _pipe(theirs: ExitStack, ours: ExitStack) -> tuple[int, int]:
    """Opens a pipe that the program writes to; returns what we read from, and what it writes to."""
    reader, writer = os.pipe()
    theirs.callback(os.close, writer)
    ours.callback(os.close, reader)
    return reader, writer

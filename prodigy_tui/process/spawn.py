"""Runs one child process from start to last trace: streams its output, times it out, stops it, reaps it, sweeps.

Theory of operation. A `Program` hands on what the pipes give and tells when the process has exited, which is not when
the pipes close: a grandchild may hold them open for hours. So the end of the *process* ends the run; then strays
are swept, which closes the pipes, and only a short while is spent on waiting for that. One future, `_over`, holds why
the run ends; the first reason wins. Everything after it is `clean_up`, which may be cancelled at any point and is then
begun again in a hurry (SIGKILL at once), so that cancelling twice is quick and still leaves nothing behind.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias, cast

from prodigy_tui.clock import Clock
from prodigy_tui.errors import ProdigyError
from prodigy_tui.process.child import CannotStart, Child, Ended, FolderMissing, ProgramMissing, Reason, Stream
from prodigy_tui.process.chunks import Piece, TextChunks
from prodigy_tui.process.mask import Masker
from prodigy_tui.process.numbers import left_nothing
from prodigy_tui.process.program import ERROR, OUTPUT, Program
from prodigy_tui.process.stop import StopRequest, forget, group_exists, remember, signal_group, stop_order
from prodigy_tui.process.strays import MARKER, moment, sweep
from prodigy_tui.process.waiting import done_within
from prodigy_tui.started import COMMANDS, Started

OnOutput: TypeAlias = Callable[[Stream, str], None]
OnLines: TypeAlias = Callable[[Stream, str, memoryview], None]

TIMEOUT_EXIT_CODE = 124
_SIGNAL_BASE = 128
_STRAY_GRACE_S = 2.0
_DRAIN_S = 2.0
_STREAMS: Mapping[int, Stream] = {OUTPUT: "stdout", ERROR: "stderr"}


async def run_child(
    child: Child,
    on_output: OnOutput,
    *,
    clock: Clock,
    masker: Masker,
    stop: StopRequest | None = None,
    on_lines: OnLines | None = None,
) -> Ended:
    """Runs a child to its end and hands over its output, masked, in chunks that end at line ends where possible.

    `on_lines` gets, in place of `on_output`, text that is just what came, with its bytes: they need not be made again
    for a file. It may not keep them.

    When the calling task is cancelled, the child is stopped in the order of language 6.8 and reaped before
    `CancelledError` goes on; a second cancellation turns that into SIGKILL. An exception from `on_output` ends
    the child too and is raised again.

    Raises:
        ProgramMissing: The program is not on the PATH of `child.env`.
        FolderMissing: `child.cwd` is not a folder.
        CannotStart: It cannot be started for another reason (not executable, arguments too long).
    """
    run = _Run(child, on_output, clock, masker, on_lines)
    raised: BaseException | None = None
    try:
        run.start()
        await run.wait(stop)
    except ProdigyError:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it is goes on below, once the child is gone
        raised = error
    hurry = False
    try:
        while True:
            try:
                await run.clean_up(hurry=hurry)
                break
            except asyncio.CancelledError as error:
                raised, hurry = error, True
    finally:
        run.let_go()
    if raised is not None or run.failure is not None:
        raise cast("BaseException", raised or run.failure)
    return run.ended()


class _Run:
    """One child while it lives, and what has to be undone behind it."""

    def __init__(
        self, child: Child, on_output: OnOutput, clock: Clock, masker: Masker, on_lines: OnLines | None
    ) -> None:
        loop = asyncio.get_running_loop()
        self._child, self._on_output, self._on_lines, self._clock = child, on_output, on_lines, clock
        self._chunks = {fd: TextChunks(masker) for fd in _STREAMS}
        self._started = self._last_output = clock.monotonic()
        self._moment, self._began = moment(), time.monotonic()
        self._over: asyncio.Future[Reason] = loop.create_future()
        self._exited: asyncio.Future[None] = loop.create_future()
        self._closed: asyncio.Future[None] = loop.create_future()
        self._program: Program | None = None
        self._code: int | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._wish: asyncio.Task[None] | None = None
        self._strays = 0
        self._told: Started | None = None
        self.failure: Exception | None = None
        """What `on_output` raised."""

    def start(self) -> None:
        child = self._child
        env = {**child.env, MARKER: child.marker} if child.marker is not None else child.env
        try:
            self._program = Program(child.argv, cwd=child.cwd, env=env, stdin=child.stdin, listener=self)
        except (OSError, ValueError) as error:
            if not child.cwd.is_dir():
                raise FolderMissing(child.cwd) from error
            if isinstance(error, FileNotFoundError):
                raise ProgramMissing(child.argv[0]) from error
            # A NUL in an argument is a ValueError, arguments that are too long an OSError.
            raise CannotStart(f"cannot start '{child.argv[0]}': {error}") from error
        # Before the loop has another turn: who kills from there finds it however early that is.
        remember(self._program.pid, child.marker)
        self._told = COMMANDS.begin(child.argv, child.cwd)

    async def wait(self, stop: StopRequest | None) -> None:
        """Waits until the program has ended or there is a reason to end it."""
        child = self._child
        if stop is None and child.timeout_s is None and child.idle_timeout_s is None:
            await asyncio.wait((self._over,))  # a hundredth of a short program less than with nothing else to wait for
            return
        async with asyncio.TaskGroup() as tasks:
            timers = []
            if child.timeout_s is not None:
                timers.append(tasks.create_task(self._end_after(child.timeout_s, "timeout")))
            if child.idle_timeout_s is not None:
                timers.append(tasks.create_task(self._end_when_silent(child.idle_timeout_s)))
            self._tasks = tasks
            try:
                if stop is not None:
                    stop.listen(self._on_wish)
                await asyncio.wait((self._over,))
            finally:
                # Output goes on while the child is being stopped, and so may wishes: they come too late.
                self._on_wish(None)
                self._tasks = None
            for timer in timers:
                timer.cancel()

    async def clean_up(self, *, hurry: bool) -> None:
        """Ends what still runs and closes what is still open. Can be cancelled and called again."""
        program, child, clock = self._program, self._child, self._clock
        if program is None:
            return
        stopped = not self._exited.done()
        if stopped:
            for number, patience in stop_order(
                interrupt_first=child.interrupt_first, grace_s=child.grace_s, hurry=hurry
            ):
                signal_group(program.pid, number)
                if await done_within(patience, self._exited, clock):
                    break
        if not self._is_gone(program) and (child.marker is not None or group_exists(program.pid)):
            grace_s = 0.0 if hurry else child.grace_s if stopped else _STRAY_GRACE_S
            self._strays += await sweep(child.marker, program.pid, grace_s=grace_s, clock=clock, since=self._moment)
        # What the program printed last is still on its way; a stray that could not be found must not hold us up.
        await done_within(_DRAIN_S, self._closed, clock)
        program.close()

    def _is_gone(self, program: Program) -> bool:
        """Tells whether it is certain without a search that the program and all that it started have ended."""
        lived_s = time.monotonic() - self._began
        return self._exited.done() and left_nothing(program.pid, self._child.marker, lived_s)

    def let_go(self) -> None:
        """Forgets the child; nothing of it is left."""
        if (program := self._program) is None:
            return
        # They know each other: what only the garbage collector frees took a tenth of a short program to find.
        self._program, self._code = None, program.returncode
        if self._told is not None:
            self._told.end(self._code)
        forget(program.pid)

    def ended(self) -> Ended:
        # Without one it hangs in the kernel and did not die of SIGKILL in time.
        code = -signal.SIGKILL if self._code is None else self._code
        reason = self._over.result()
        if reason == "exit" and code < 0:
            reason = "signal"
        exit_code = TIMEOUT_EXIT_CODE if reason in ("timeout", "idle") else code if code >= 0 else _SIGNAL_BASE - code
        duration_s = self._clock.monotonic() - self._started
        return Ended(exit_code=exit_code, reason=reason, duration_s=duration_s, strays=self._strays)

    # What the program does

    def room(self, stream: int, size: int) -> memoryview:
        return self._chunks[stream].room(size)

    def took(self, stream: int, size: int) -> None:
        if not size:
            self._hand_over(stream, self._chunks[stream].close())
            return
        self._last_output = self._clock.monotonic()
        self._hand_over(stream, self._chunks[stream].take(size))

    def exited(self) -> None:
        self._exited.set_result(None)
        self._end("exit")

    def closed(self) -> None:
        self._closed.set_result(None)

    # Why it ends

    def _end(self, reason: Reason) -> None:
        if not self._over.done():
            self._over.set_result(reason)

    async def _end_after(self, seconds: float, reason: Reason) -> None:
        await self._clock.sleep(seconds)
        self._end(reason)

    async def _end_when_silent(self, limit_s: float) -> None:
        while (rest := self._last_output + limit_s - self._clock.monotonic()) > 0:
            await self._clock.sleep(rest)
        self._end("idle")

    def _on_wish(self, after_s: float | None) -> None:
        if self._wish is not None:
            self._wish.cancel()
            self._wish = None
        if after_s is None or self._over.done() or self._tasks is None:
            return
        if after_s <= 0:
            self._end("cancelled")
        else:
            self._wish = self._tasks.create_task(self._end_after(after_s, "cancelled"))

    def _hand_over(self, fd: int, pieces: Iterator[Piece]) -> None:
        try:
            for text, raw in pieces:
                if self.failure is not None:
                    continue
                if raw is not None and self._on_lines is not None:
                    self._on_lines(_STREAMS[fd], text, raw)
                else:
                    self._on_output(_STREAMS[fd], text)
        except Exception as error:  # noqa: BLE001 - raised again by run_child, where somebody can catch it
            self.failure = error
            self._end("cancelled")

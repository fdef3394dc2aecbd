import asyncio
import itertools
import os
import sys
import termios
from io import StringIO
from queue import Queue
from threading import Event
from types import SimpleNamespace

import pytest
from textual.app import ComposeResult
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.widgets import Static

from prodigy_tui.tui import safe_driver
from prodigy_tui.tui.safe_driver import SafeDriver
from prodigy_tui.tui.terminal import ROOM, GuardedApp


class Hello(GuardedApp[None]):
    def compose(self) -> ComposeResult:
        yield Static("hello")


async def test_frames_are_left_out_while_the_terminal_does_not_read_and_one_is_drawn_when_it_does() -> None:
    app = Hello()
    async with app.run_test() as pilot:
        queue: Queue[str] = Queue()
        driver = app._driver
        driver._writer_thread = SimpleNamespace(_queue=queue)
        for _ in range(ROOM + 1):
            queue.put("frame")

        assert app.frames_waiting == ROOM + 1
        before = app.frames_left_out
        app.screen.refresh(layout=True)
        await pilot.pause()
        assert app.frames_left_out > before
        assert queue.qsize() == ROOM + 1

        while not queue.empty():
            queue.get()
        for _ in range(100):
            await pilot.pause(0.02)
            if not app._owes_frame:
                break
        assert not app._owes_frame


async def test_without_a_writer_nothing_waits() -> None:
    app = Hello()
    async with app.run_test():
        assert app.frames_waiting == 0


async def test_textual_still_keeps_its_writer_where_the_guard_looks() -> None:
    from textual.drivers._writer_thread import WriterThread
    from textual.drivers.linux_driver import LinuxDriver

    writer = WriterThread(SimpleNamespace(write=lambda _: None, flush=lambda: None))
    assert isinstance(writer._queue, Queue)
    assert "_writer_thread" in LinuxDriver.__init__.__code__.co_names


class GoneTerminal(StringIO):
    """Nobody is there any more."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_terminal_that_is_gone_holds_up_neither_writing_nor_closing() -> None:
    driver = SafeDriver.__new__(SafeDriver)  # its constructor takes the signals of the process
    driver._writer_thread = writer = WriterThread(GoneTerminal())
    writer.start()
    driver.write("a frame")
    writer.join()
    for _ in range(2 * MAX_QUEUED_WRITES):
        driver.write("another")

    driver.close()

    assert writer._queue.qsize() < MAX_QUEUED_WRITES


def test_a_terminal_that_takes_nothing_is_waited_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_driver, "_PATIENCE_S", 0.05)
    released = Event()

    class StalledTerminal(StringIO):
        def write(self, text: str) -> int:
            released.wait()
            return len(text)

    driver = SafeDriver.__new__(SafeDriver)
    driver._writer_thread = writer = WriterThread(StalledTerminal())
    writer.start()
    for _ in range(MAX_QUEUED_WRITES):
        driver.write("a frame")

    driver.close()

    assert writer.is_alive()
    released.set()
    writer.join()


def test_going_on_without_having_been_suspended_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    resumed: list[str] = []
    monkeypatch.setattr(LinuxDriver, "_sigcont_application", lambda *_: resumed.append("resumed"))
    driver = SafeDriver.__new__(SafeDriver)
    driver._must_signal_resume = False
    driver._sigcont_application()
    assert resumed == []

    driver._must_signal_resume = True
    driver._sigcont_application()
    assert resumed == ["resumed"]


def test_a_size_that_no_signal_told_of_is_noticed() -> None:
    driver = SafeDriver.__new__(SafeDriver)
    driver._app = SimpleNamespace(size=Size(80, 24))
    driver._in_band_window_resize = False
    driver._get_terminal_size = lambda: (20, 5)
    assert driver.overlooked_size == Size(20, 5)

    driver._get_terminal_size = lambda: (80, 24)
    assert driver.overlooked_size is None


@pytest.mark.parametrize(("said", "expected"), [({}, (97, 31)), ({"COLUMNS": "60", "LINES": "16"}, (60, 16))])
def test_the_size_is_that_of_the_terminal_unless_something_else_is_said(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, str], expected: tuple[int, int]
) -> None:
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    near, far = os.openpty()
    termios.tcsetwinsize(far, (31, 97))
    with os.fdopen(near, "rb"), os.fdopen(far, "w") as terminal:
        monkeypatch.setattr(sys, "__stdout__", terminal)

        assert SafeDriver.__new__(SafeDriver)._get_terminal_size() == expected


def test_where_no_terminal_tells_a_size_there_is_one_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("LINES", raising=False)
    monkeypatch.setattr(sys, "__stdout__", None)

    assert SafeDriver.__new__(SafeDriver)._get_terminal_size() == (80, 24)


async def test_a_timer_goes_off_however_late_its_thread_gets_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Hello()
    async with app.run_test():
        called, moments = asyncio.Event(), itertools.count(step=10.0)
        monkeypatch.setattr("textual.timer._time.get_time", lambda: next(moments))

        app.set_timer(0.001, called.set)

        await asyncio.wait_for(called.wait(), 5)

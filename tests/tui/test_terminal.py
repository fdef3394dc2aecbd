from queue import Queue
from types import SimpleNamespace

from textual.app import ComposeResult
from textual.widgets import Static

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

"""Reads a log into a timeline in a thread of its own, block by block, so that the picture is there from the start."""

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.timeline import KEYFRAME_EVERY, Timeline

_TELL_EVERY_S: Final = 0.1
_REST: Final = 0.3
"""Of the time that a block takes: a rest after it, in which the interface's loop has the interpreter to itself."""


class TimelineReader:
    """Takes in what a log holds."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._closed = Event()
        self._thread: Thread | None = None
        self.trouble = ""
        """Why the log cannot be read any further."""

    @property
    def reading(self) -> bool:
        """Whether there is more to come."""
        return not self._timeline.whole

    def start(self, tell: Callable[[], None]) -> None:
        """Begins; `tell` is called from the thread now and then, and when all is read."""
        if self.reading:
            self._thread = Thread(target=self._run, args=(tell,), name="timeline", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Ends the thread; a second time does nothing."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, tell: Callable[[], None]) -> None:
        told = time.monotonic()
        began = told
        while not self._closed.is_set() and self._block():
            now = time.monotonic()
            if now - told >= _TELL_EVERY_S:
                told = now
                tell()
            time.sleep((now - began) * _REST)
            began = time.monotonic()
        if not self._closed.is_set():
            tell()

    def _block(self) -> bool:
        try:
            return self._timeline.catch_up(KEYFRAME_EVERY)
        except (ProdigyError, OSError) as error:
            self.trouble = f"the log cannot be read after event {self._timeline.last_seq}: {error}"
            self._timeline.give_up()
            return False

"""Textual's driver where the terminal may go away: neither a dead writer nor a stray signal may hold the program.

Checked with Textual 8.2.8. Its writer thread dies when it writes to a terminal that is gone; what is handed over then
fills the queue, and closing waits for room for ever. And when a terminal goes, the kernel sends SIGCONT after SIGHUP,
which the driver takes for the end of a suspension and opens the terminal a second time.
"""

import os
import sys
from contextlib import suppress
from threading import Thread
from typing import Final

from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size

_SAID: Final = ("COLUMNS", "LINES")
"""Variables that say a size in the place of the terminal's own."""
_PATIENCE_S: Final = 2.0
"""How long closing waits for a terminal that takes nothing."""


class SafeDriver(LinuxDriver):
    """Writes to a terminal as long as there is one."""

    @property
    def _has_writer(self) -> bool:
        return self._writer_thread is not None and self._writer_thread.is_alive()

    _gathered: list[str] | None = None
    """The parts of a frame that are not handed over yet."""

    def write(self, data: str) -> None:
        if self._gathered is not None:
            self._gathered.append(data)
        elif self._has_writer:
            super().write(data)

    def gather(self) -> None:
        """Keeps what is written until it is handed over: a frame has three parts, and each would wake the writer."""
        self._gathered = []

    def hand_over(self) -> None:
        """Writes what was kept as one."""
        gathered, self._gathered = self._gathered, None
        if gathered:
            self.write("".join(gathered))

    @property
    def overlooked_size(self) -> Size | None:
        """The terminal's size where the app has another one: of many signals under load the last can be lost."""
        if self._in_band_window_resize:
            return None
        width, height = self._get_terminal_size()
        return Size(width, height) if self._app.size != (width, height) else None

    def _get_terminal_size(self) -> tuple[int, int]:
        # Textual asks `shutil`, which loads three ways to pack files: 1 % of a start.
        if sys.__stdout__ is not None and not any(name in os.environ for name in _SAID):
            with suppress(OSError, ValueError):
                width, height = os.get_terminal_size(sys.__stdout__.fileno())
                if width and height:
                    return width, height
        return super()._get_terminal_size()

    def close(self) -> None:
        if not self._has_writer:
            return
        closing = Thread(target=super().close, name="close-terminal", daemon=True)
        closing.start()
        closing.join(_PATIENCE_S)

    def _sigcont_application(self, *arguments: object) -> None:
        if self._must_signal_resume:
            super()._sigcont_application(*arguments)

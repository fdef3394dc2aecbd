"""The one place that uses what Textual keeps private, checked with 8.2.8.

Textual hands every frame to a writer thread through a queue of 30; when the terminal stops reading (Ctrl+S, a hung
connection) the queue fills up and the next frame blocks the interface's loop for as long as that lasts. `GuardedApp`
leaves frames out while more than a few wait, and draws one whole frame when there is room again.

Of an error that nobody handles Textual prints a traceback with local variables; `GuardedApp` closes without a word and
keeps the error for whoever opened it.
"""

from typing import Any, Final, Generic, TypeVar

from rich.console import RenderableType
from textual.app import App
from textual.screen import Screen
from textual.worker import WorkerFailed

R = TypeVar("R")

ROOM: Final = 4
"""Frames that may wait for the terminal before further ones are left out."""
_LOOK_AGAIN_S: Final = 0.1


class GuardedApp(App[R], Generic[R]):
    """An app whose loop never waits for the terminal, and which says nothing of its own when it fails."""

    def __init__(self) -> None:
        super().__init__()
        self.frames_left_out = 0
        self._owes_frame = False

    @property
    def crash(self) -> Exception | None:
        """The error that closed the app, if one did."""
        error = self._exception
        inner = error.error if isinstance(error, WorkerFailed) else None
        return inner if isinstance(inner, Exception) else error

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:  # noqa: ARG002  # its way for errors with a look of their own
        self._fatal_error()

    @property
    def frames_waiting(self) -> int:
        """Frames handed over that the terminal has not taken yet."""
        writer = getattr(self._driver, "_writer_thread", None)
        queue = getattr(writer, "_queue", None)
        return queue.qsize() if queue is not None else 0

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if renderable is not None and self.frames_waiting > ROOM:
            self.frames_left_out += 1
            if not self._owes_frame:
                self._owes_frame = True
                self.set_timer(_LOOK_AGAIN_S, self._pay_frame)
            return
        super()._display(screen, renderable)

    def _pay_frame(self) -> None:
        if self.frames_waiting > ROOM:
            self.set_timer(_LOOK_AGAIN_S, self._pay_frame)
            return
        self._owes_frame = False
        self.screen.refresh(layout=True)

"""The lines above and below a review: what it is, how it stands, and what can be decided."""

from collections.abc import Callable
from typing import Final

from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.widgets.surface import Bar


class ReviewBar(Bar):
    """One line or two that a review tells how to write."""

    def __init__(self, write: Callable[[int], list[Line]], *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._write: Final = write

    def lines(self, width: int) -> list[Line]:
        return self._write(width)

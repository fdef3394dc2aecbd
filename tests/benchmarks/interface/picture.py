"""What a terminal shows after all that was drawn: as much of one as the interface uses."""

import re
from typing import Final

from rich.cells import cell_len

from tests.benchmarks.interface.pseudo_terminal import Terminal

_PIECES: Final = re.compile(
    r"\x1b\[(?P<marks>[?<>=]?)(?P<numbers>[0-9;]*)[ $]?(?P<verb>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[78=>]|(?P<control>[\r\n\b])|(?P<text>[^\x1b\r\n\b\x07]+)|."
)
_ALTERNATE: Final = "1049"


def picture_of(terminal: Terminal) -> list[str]:
    """Returns the lines that the terminal shows now; everything that was drawn must have been kept."""
    picture = Picture(*terminal.size)
    picture.draw(bytes(terminal.drawn).decode("utf-8", "replace"))
    return picture.lines()


class Picture:
    """Cells with text, without colours. Only the alternate screen counts."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._x = self._y = 0
        self._shown = False
        self._cells = self._blank()

    def lines(self) -> list[str]:
        return ["".join(cells).rstrip() for cells in self._cells]

    def draw(self, data: str) -> None:
        """Takes what a program writes."""
        for piece in _PIECES.finditer(data):
            if (text := piece["text"]) is not None:
                self._write(text)
            elif (control := piece["control"]) is not None:
                self._control(control)
            elif (verb := piece["verb"]) is not None:
                self._sequence(piece["marks"], piece["numbers"], verb)

    def _blank(self) -> list[list[str]]:
        return [[" "] * self._width for _ in range(self._height)]

    def _write(self, text: str) -> None:
        if not self._shown:
            return
        for character in text:
            width = cell_len(character)
            if width and self._x < self._width and self._y < self._height:
                self._cells[self._y][self._x : self._x + width] = [character, *[""] * (width - 1)]
            self._x += width

    def _control(self, control: str) -> None:
        match control:
            case "\r":
                self._x = 0
            case "\n":
                self._y = min(self._y + 1, self._height - 1)
            case _:
                self._x = max(0, self._x - 1)

    def _sequence(self, marks: str, numbers: str, verb: str) -> None:
        match marks, verb:
            case "?", "h" | "l" if numbers == _ALTERNATE:
                self._shown, self._cells = verb == "h", self._blank()
            case "", "H":
                y, x = (int(number or 1) for number in ([*numbers.split(";"), "1", "1"])[:2])
                self._x, self._y = x - 1, y - 1
            case "", "J":
                self._cells = self._blank()
            case "", "K":
                self._cells[self._y][self._x :] = [" "] * (self._width - self._x)
            case _:
                pass

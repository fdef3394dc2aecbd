"""Both sides of a file on which two branches clash, with a little around each clash."""

from collections.abc import Iterator
from typing import Final

from prodigy_tui.tui.model.changes import ClashingFile
from prodigy_tui.tui.model.codetext import code_text, window
from prodigy_tui.tui.model.line import Line, Role

_NOTHING: Final = "\0"
"""Stands for a side that has no line there."""
AROUND: Final = 3
"""Lines shown before and behind a clash."""

_SIDES: Final[dict[str, tuple[str, Role]]] = {
    "same": ("          ", "text"),
    "ours": ("run       ", "primary"),
    "base": ("before    ", "muted"),
    "theirs": ("agent     ", "accent"),
}


class ClashPage:
    """A file's clashes: of each what the run branch has, what was there before, and what the agent's branch has."""

    def __init__(self, file: ClashingFile) -> None:
        read = list(_sides(file.text or "", file.marker))
        near = _near([side for side, _ in read])
        self._lines: list[tuple[str, str]] = []
        stops: list[int] = []
        before = -1
        inside = False
        for index in near:
            side, text = read[index]
            if index != before + 1 and self._lines:
                self._lines.append(("gap", ""))
            if side != "same" and not inside:
                stops.append(len(self._lines))
                self._lines.append(("clash", f"clash {len(stops)} · line {index + 1}"))
            inside = side not in ("same", "end")
            if side != "end":
                self._lines.append((side, text))
            before = index
        self.stops = tuple(stops)

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, index: int, width: int, pan: int) -> Line:
        side, text = self._lines[index]
        if side == "gap":
            return (("⋯", "muted"),)
        if side == "clash":
            return window(((text, "warning"),), 0, width)
        word, role = _SIDES[side]
        if text == _NOTHING:
            return ((word, role), ("nothing", "muted"))
        return ((word, role), *window(((code_text(text), role if side != "same" else "text"),), pan, width - 10))


def _sides(text: str, marker: int) -> Iterator[tuple[str, str]]:
    """Yields every line with the side that it belongs to; the end of a clash is a line of its own."""
    marks = {letter * marker: side for letter, side in (("<", "ours"), ("|", "base"), ("=", "theirs"), (">", "end"))}
    side, empty = "same", False
    for line in text.removesuffix("\n").split("\n"):
        mark = marks.get(line.partition(" ")[0])
        if mark is None or (mark == "ours") == (side != "same"):
            yield side, line
            empty = False
            continue
        if empty and side in ("ours", "theirs"):
            yield side, _NOTHING
        if mark == "end":
            yield "end", ""
        side, empty = ("same", False) if mark == "end" else (mark, True)


def _near(sides: list[str]) -> list[int]:
    """Returns the lines that belong to a clash or stand close to one."""
    shown: set[int] = set()
    for index, side in enumerate(sides):
        if side != "same":
            shown.update(range(max(0, index - AROUND), min(len(sides), index + AROUND + 1)))
    return sorted(shown)

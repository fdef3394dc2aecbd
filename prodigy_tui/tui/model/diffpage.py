"""A file's difference as lines of the screen, unified or side by side; only lines in view are ever made."""

from typing import Final, Literal, Protocol, TypeAlias

from prodigy_tui.tui.model.codetext import code_text, window
from prodigy_tui.tui.model.hunks import CodeLine, FileDiff, Spans, changed_words
from prodigy_tui.tui.model.line import BLANK, Line, Role, Span, cells

Layout: TypeAlias = Literal["unified", "split"]
LayoutWish: TypeAlias = Literal["auto", "unified", "split"]

SPLIT_FROM: Final = 140
"""Columns of the terminal from which on differences stand side by side."""

_ROLES: Final[dict[str, Role]] = {"same": "text", "added": "added", "removed": "removed", "hunk": "primary"}
_WORD_ROLES: Final[dict[str, Role]] = {"added": "added-word", "removed": "removed-word"}
_SIGNS: Final = {"same": " ", "added": "+", "removed": "−"}


class Readable(Protocol):
    """What a page of differences shows."""

    @property
    def stops(self) -> tuple[int, ...]:
        """Lines that `]` and `[` go to."""
        ...

    def __len__(self) -> int: ...

    def line(self, index: int, width: int, pan: int) -> Line: ...


def layout_for(wish: LayoutWish, columns: int) -> Layout:
    """Returns how differences are shown on a terminal of so many columns."""
    if wish == "auto":
        return "split" if columns >= SPLIT_FROM else "unified"
    return wish


class TextPage:
    """Lines that are there already: why a file is folded, what went wrong."""

    def __init__(self, lines: list[Line]) -> None:
        self._lines = lines
        self.stops: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, index: int, width: int, pan: int) -> Line:
        return window(self._lines[index], pan, width)


class DiffPage:
    """The difference of one file, below what is to be said of it."""

    def __init__(self, diff: FileDiff, layout: Layout, head: tuple[Line, ...] = ()) -> None:
        self._diff = diff
        self._head = head
        self.layout = layout
        self._digits = max(3, len(str(diff.last_number)))
        self._number = len(diff.lines) if layout == "unified" else len(diff.pairs)
        places = diff.hunks if layout == "unified" else tuple(diff.rows[hunk] for hunk in diff.hunks)
        self.stops = tuple(len(head) + place for place in places)

    def __len__(self) -> int:
        return len(self._head) + self._number

    def line(self, index: int, width: int, pan: int) -> Line:
        """Returns a line in at most `width` cells; code is shown from its cell `pan` on."""
        if index < len(self._head):
            return window(self._head[index], 0, width)
        index -= len(self._head)
        return self._unified(index, width, pan) if self.layout == "unified" else self._split(index, width, pan)

    def _unified(self, index: int, width: int, pan: int) -> Line:
        line = self._diff.lines[index]
        if line.kind == "hunk":
            return _hunk(line, width)
        numbers = f"{self._number_of(line.old)} {self._number_of(line.new)} "
        head: Line = ((numbers, "muted"), (f"{_SIGNS[line.kind]} ", _ROLES[line.kind]))
        return (*head, *window(self._code(index), pan, width - cells(head)))

    def _split(self, row: int, width: int, pan: int) -> Line:
        left, right = self._diff.pairs[row]
        if left is not None and self._diff.lines[left].kind == "hunk":
            return _hunk(self._diff.lines[left], width)
        half = (width - 1) // 2
        first = self._half(left, half, pan, before=True)
        blank: Line = ((" " * (half - cells(first)), "text"),)
        return (*first, *blank, ("│", "muted"), *self._half(right, width - half - 1, pan, before=False))

    def _half(self, index: int | None, width: int, pan: int, *, before: bool) -> Line:
        if index is None:
            return BLANK
        line = self._diff.lines[index]
        sign: Line = (
            (f"{self._number_of(line.old if before else line.new)} ", "muted"),
            (f"{_SIGNS[line.kind]} ", _ROLES[line.kind]),
        )
        return (*sign, *window(self._code(index), pan, width - cells(sign)))

    def _number_of(self, number: int | None) -> str:
        return f"{number if number is not None else '':>{self._digits}}"

    def _code(self, index: int) -> Line:
        line = self._diff.lines[index]
        text, role = code_text(line.text), _ROLES[line.kind]
        partner = self._diff.partners.get(index)
        spans: Line = ((text, role),)
        if partner is not None:
            other = code_text(self._diff.lines[partner].text)
            gone, come = changed_words(text, other) if line.kind == "removed" else changed_words(other, text)
            spans = _with_words(text, gone if line.kind == "removed" else come, role, _WORD_ROLES[line.kind])
        return (*spans, ("  no newline at the end", "muted")) if line.bare else spans


def _hunk(line: CodeLine, width: int) -> Line:
    return window(((code_text(line.text.replace("-", "−", 1)), "primary"),), 0, width)


def _with_words(text: str, changed: Spans, role: Role, changed_role: Role) -> Line:
    spans: list[Span] = []
    at = 0
    for start, end in changed:
        spans += [(text[at:start], role), (text[start:end], changed_role)]
        at = end
    return tuple(span for span in (*spans, (text[at:], role)) if span[0])

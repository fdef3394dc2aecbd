"""A line of the screen as data: pieces of text, each with the role that a theme gives a colour."""

from typing import Literal, TypeAlias

from prodigy_tui.tui.model.text import clip, width_of

Role: TypeAlias = Literal[
    "text", "strong", "muted", "primary", "accent", "success", "warning", "error", "added", "removed", "key", "badge",
    "added-word", "removed-word",
]  # fmt: skip
Span: TypeAlias = tuple[str, Role]
Line: TypeAlias = tuple[Span, ...]

BLANK: Line = ()
_WIDEST_LABEL = 18


def plain(line: Line) -> str:
    """Returns the text of a line without its roles."""
    return "".join(text for text, _ in line)


def cells(line: Line) -> int:
    """Returns the cells that a line takes."""
    return sum([len(text) if text.isascii() else width_of(text) for text, _ in line])  # most are, and it is asked often


def between(left: Line, right: Line, width: int, gap: int = 2) -> Line:
    """Returns `left` and `right` at the two ends of `width` cells; the left gives way when room is short."""
    room = width - cells(right)
    if room < gap:
        return shorten(right, width)
    fitted = shorten(left, room - gap)
    return (*fitted, (" " * (room - cells(fitted)), "text"), *right)


def span_at(line: Line, cell: int) -> int | None:
    """Returns which piece of a line a cell belongs to."""
    end = 0
    for place, (text, _) in enumerate(line):
        end += width_of(text)
        if cell < end:
            return place if cell >= 0 else None
    return None


def shorten(line: Line, width: int) -> Line:
    """Returns as much of a line as `width` cells hold."""
    pieces: list[Span] = []
    room = width
    for text, role in line:
        if room <= 0:
            break
        wide = width_of(text)
        if wide > room:
            pieces.append((clip(text, room), role))
            break
        pieces.append((text, role))
        room -= wide
    return tuple(pieces)


def join(pieces: list[Line], gap: str = "  ") -> Line:
    """Returns the lines one after the other on one line."""
    spans: list[Span] = []
    for piece in pieces:
        if not piece:
            continue
        if spans:
            spans.append((gap, "text"))
        spans.extend(piece)
    return tuple(spans)


def wrap(line: Line, width: int, indent: int | None = None) -> list[Line]:
    """Returns a line as lines of at most `width` cells, broken at spaces where there are any.

    The second stands as far in as `indent` says; by default below what follows a label or a key.
    """
    indent = _hang(line, width) if indent is None else indent
    if width <= indent or cells(line) <= width:
        return [line]
    wrapped: list[Line] = []
    current: list[Span] = []
    used = 0
    for text, role in line:
        rest = text
        while rest:
            room = width - used
            piece, rest = _break(rest, room, whole=used <= indent)
            if piece:
                current.append((piece, role))
                used += width_of(piece)
            if rest:
                wrapped.append(tuple(current))
                current, used = [(" " * indent, "text")], indent
                rest = rest.lstrip(" ")
    wrapped.append(tuple(current))
    return wrapped


def _hang(line: Line, width: int) -> int:
    label = line[0][0] if len(line) > 1 else ""
    across = width_of(label)
    return across if label.endswith(" ") and 2 < across <= min(_WIDEST_LABEL, width // 3) else 2


def _break(text: str, room: int, *, whole: bool) -> tuple[str, str]:
    """Splits what fits into `room` cells off a text; `whole` forces a break inside a word that fits nowhere."""
    if width_of(text) <= room:
        return text, ""
    end, used = 0, 0
    while end < len(text) and used + width_of(text[end]) <= room:
        used += width_of(text[end])
        end += 1
    space = text.rfind(" ", 0, end + 1)
    if space > 0:
        return text[:space], text[space + 1 :]
    return (text[: max(end, 1)], text[max(end, 1) :]) if whole else ("", text)

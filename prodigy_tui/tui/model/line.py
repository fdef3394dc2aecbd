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


def plain(line: Line) -> str:
    """Returns the text of a line without its roles."""
    return "".join(text for text, _ in line)


def cells(line: Line) -> int:
    """Returns the cells that a line takes."""
    return sum(width_of(text) for text, _ in line)


def between(left: Line, right: Line, width: int, gap: int = 2) -> Line:
    """Returns `left` and `right` at the two ends of `width` cells; the left gives way when room is short."""
    room = width - cells(right)
    if room < gap:
        return shorten(right, width)
    fitted = shorten(left, room - gap)
    return (*fitted, (" " * (room - cells(fitted)), "text"), *right)


def shorten(line: Line, width: int) -> Line:
    """Returns as much of a line as `width` cells hold."""
    pieces: list[Span] = []
    room = width
    for text, role in line:
        if room <= 0:
            break
        fitted = clip(text, room)
        pieces.append((fitted, role))
        room -= width_of(fitted)
        if fitted != text:
            break
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


def wrap(line: Line, width: int, indent: int = 2) -> list[Line]:
    """Returns a line as lines of at most `width` cells, broken at spaces where there are any."""
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

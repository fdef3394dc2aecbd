"""Questions about shell text that are answered by looking ahead, without any state (language 9.2)."""

from prodigy_tui.workflow.shell_frames import HereDocument


def arithmetic_end(text: str, start: int, limit: int) -> int | None:
    """Returns where the `))` of a `((` stands, None when that is two parentheses after all, as bash decides it."""
    depth, position = 0, start
    while position < limit:
        match text[position]:
            case "\\":
                position += 1
            case "(":
                depth += 1
            case ")" if depth:
                depth -= 1
            case ")":
                return position if text.startswith("))", position) else None
            case "'" | '"' as quote:
                close = text.find(quote, position + 1, limit)
                position = close if close >= 0 else position
            case _:
                pass
        position += 1
    return None


def closing_bracket(text: str, start: int, limit: int, *, one_line: bool = True) -> int | None:
    """Returns where the `]` for a `[` stands."""
    depth = 0
    for position in range(start, limit):
        match text[position]:
            case "[":
                depth += 1
            case "]" if depth:
                depth -= 1
            case "]":
                return position
            case "\n" if one_line:
                return None
            case _:
                pass
    return None


def end_of_body(text: str, document: HereDocument, start: int, limit: int) -> tuple[int, int] | None:
    """Returns where the body of a here-document ends and where the text goes on, None without a closing line."""
    line_start, continued = start, False
    while line_start < limit:
        newline = text.find("\n", line_start, limit)
        line_end = limit if newline < 0 else newline
        line = text[line_start:line_end]
        if not continued and (line.lstrip("\t") if document.strip_tabs else line) == document.delimiter:
            return line_start, min(line_end + 1, limit)
        backslashes = len(line) - len(line.rstrip("\\"))
        continued = not document.quoted and backslashes % 2 == 1
        line_start = line_end + 1
    return None


def end_of_backticks(text: str, start: int, limit: int) -> int | None:
    """Returns where the closing backtick stands."""
    position = start
    while position < limit and text[position] != "`":
        position += 2 if text[position] == "\\" else 1
    return position if position < limit else None


def unescape_backticks(text: str, start: int, end: int) -> tuple[str, list[int]]:
    """Returns what the shell reads inside backticks, and where each of its characters stands in `text`."""
    inner: list[str] = []
    places: list[int] = []
    position = start
    while position < end:
        if text[position] == "\\" and text[position + 1 : position + 2] in ("\\", "$", "`") and position + 1 < end:
            position += 1
        inner.append(text[position])
        places.append(position)
        position += 1
    places.append(end)
    return "".join(inner), places

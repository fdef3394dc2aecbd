"""Here-documents in shell text: the operator with its delimiter, and the bodies behind the end of the line."""

from prodigy_tui.workflow.shell_cursor import MARK, Cursor
from prodigy_tui.workflow.shell_frames import Body, Commands, HereDocument
from prodigy_tui.workflow.shell_lookahead import end_of_body

_BOUNDARY = frozenset(" \t\n;&|()<>")


def read_delimiter(cursor: Cursor, frame: Commands, *, strip_tabs: bool) -> None:
    """Reads the word behind `<<`; the body waits for the end of the line."""
    text = cursor.text
    while cursor.at < cursor.limit and text[cursor.at] in " \t":
        cursor.at += 1
    start, quoted, word = cursor.at, False, ""
    while cursor.at < cursor.limit and text[cursor.at] not in _BOUNDARY:
        character = text[cursor.at]
        if character in "'\"":
            quoted = True
            close = text.find(character, cursor.at + 1, cursor.limit)
            if close < 0:
                cursor.unscannable("the delimiter of a here-document is not closed")
            word += text[cursor.at + 1 : close]
            cursor.at = close + 1
        elif character == "\\":
            quoted = True
            word += text[cursor.at + 1 : cursor.at + 2]
            cursor.at += 2
        else:
            word += character
            cursor.at += 1
    if MARK in word:
        cursor.at = text.index(MARK, start)
        cursor.refuse("in the delimiter of a here-document")
    if cursor.at == start or "$" in word or "`" in word or "\n" in word:
        cursor.unscannable("the delimiter of a here-document is missing or unclear")
    nested = any(isinstance(outer, Commands) and outer.nested for outer in cursor.stack)
    frame.pending.append(HereDocument(delimiter=word, strip_tabs=strip_tabs, quoted=quoted, nested=nested))


def end_line(cursor: Cursor, frame: Commands) -> None:
    """Begins the bodies that waited for the end of this line."""
    outer = (other for other in cursor.stack if isinstance(other, Commands) and other.pending is not frame.pending)
    if any(other.pending for other in outer):
        cursor.unscannable("a line ends inside $(…) before the body of a here-document")
    if frame.pending:
        queue = list(frame.pending)
        frame.pending.clear()
        begin_bodies(cursor, queue, cursor.at)


def begin_bodies(cursor: Cursor, queue: list[HereDocument], start: int) -> None:
    """Goes through the bodies in `queue`, the first of which begins at `start`."""
    while queue:
        document = queue.pop(0)
        found = end_of_body(cursor.text, document, start, cursor.limit)
        if found is None and document.nested:
            cursor.unscannable("a here-document inside $(…) is not closed")
        end, after = found or (cursor.limit, cursor.limit)
        if not document.quoted:
            body = Body(document=document, start=start, end=end, after=after, queue=queue, outer_limit=cursor.limit)
            cursor.stack.append(body)
            cursor.limit = end
            cursor.at = start
            return
        cursor.at = start
        while (mark := cursor.text.find(MARK, cursor.at, end)) >= 0:
            cursor.at = mark
            cursor.put(lambda text: text, literal=True)
        cursor.check_delimiter(document, start, end)
        start = after
    cursor.at = start


def end_body(cursor: Cursor, body: Body) -> None:
    """Leaves a finished body for what follows it."""
    cursor.stack.pop()
    cursor.limit = body.outer_limit
    cursor.check_delimiter(body.document, body.start, body.end)
    begin_bodies(cursor, body.queue, body.after)

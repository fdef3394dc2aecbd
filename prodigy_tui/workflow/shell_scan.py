"""A scanner for shell text as a stack machine: it finds the position of every datum and escapes it (language 9.2).

Each datum is one mark character, opaque to the scan. Nothing is guessed: where shells disagree on how a text reads, or
the text is unfinished, a datum behind that place is refused. The text itself is not changed beyond the data.
"""

import re
from bisect import bisect_left
from typing import assert_never

from prodigy_tui.workflow.shell_commands import bracket, comment, index, operator, put_word
from prodigy_tui.workflow.shell_cursor import MARK, Cursor, ShellTextError
from prodigy_tui.workflow.shell_frames import AnsiQuote, Arithmetic, Body, Commands, Double, Parameter, Single
from prodigy_tui.workflow.shell_heredoc import end_body
from prodigy_tui.workflow.shell_lookahead import arithmetic_end, closing_bracket, end_of_backticks, unescape_backticks
from prodigy_tui.workflow.shell_quote import (
    escape_backticks,
    escape_double,
    escape_heredoc,
    escape_single,
    quote_word,
)

_WORD_RUN = re.compile(r"[^\s;&|()<>\\'\"`$#\[\0]+")
_DOUBLE_RUN = re.compile(r'[^"\\$`\0]+')
_BODY_RUN = re.compile(r"[^\\$`\0]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER = re.compile(r"[#!]?(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])")


def scan(cursor: Cursor) -> None:
    """Scans up to the last datum; the edits of the cursor then put all of them in.

    Raises:
        ShellTextError: a datum cannot be quoted where it stands.
    """
    while cursor.taken < len(cursor.data):
        try:
            _step(cursor)
        except ShellTextError as fault:
            cursor.note(fault)
    for frame in cursor.stack:
        if isinstance(frame, Body):
            cursor.check_delimiter(frame.document, frame.start, frame.end)


def _step(cursor: Cursor) -> None:
    frame = cursor.stack[-1]
    if cursor.at >= cursor.limit and not isinstance(frame, Body):
        cursor.unscannable("a quotation or expansion is not closed")
    match frame:
        case Commands():
            _commands(cursor, frame)
        case Double():
            _double(cursor, frame)
        case Single():
            _single(cursor, frame)
        case AnsiQuote():
            _ansi(cursor)
        case Parameter():
            _parameter(cursor, frame)
        case Arithmetic():
            _arithmetic(cursor, frame)
        case Body():
            _body(cursor, frame)
        case _:
            assert_never(frame)


# The states, one step each.


def _commands(cursor: Cursor, frame: Commands) -> None:
    text, at = cursor.text, cursor.at
    match text[at]:
        case " " | "\t":
            frame.end_word(text, at)
            cursor.at += 1
        case "\n" | ";" | "&" | "|" | "(" | ")" | "<" | ">":
            operator(cursor, frame)
        case "#" if frame.word is None:
            comment(cursor)
        case "\\" if text.startswith("\\\n", at):
            cursor.at += 2
        case "[":
            frame.begin_word(at)
            bracket(cursor, frame)
        case character:
            whole = frame.word is None
            frame.begin_word(at)
            _word_part(cursor, frame, character, whole=whole)


def _word_part(cursor: Cursor, frame: Commands, character: str, *, whole: bool) -> None:
    match character:
        case "\0":
            put_word(cursor, frame, whole=whole)
        case "\\":
            cursor.escaped()
        case "'":
            cursor.push(Single())
        case '"':
            cursor.push(Double())
        case "$" | "`":
            _expansion(cursor, quoted=False)
        case _:
            cursor.skip(_WORD_RUN)


def _double(cursor: Cursor, frame: Double) -> None:
    match cursor.text[cursor.at]:
        case "\0":
            if frame.refuses and not cursor.datum.expansion:
                cursor.refuse("in double quotes inside a '${…}' that is left for the shell")
            cursor.brace_last_name()
            cursor.put(escape_double)
        case '"':
            cursor.pop(1)
        case "\\":
            cursor.escaped()
        case "$" | "`":
            _expansion(cursor, quoted=True)
        case _:
            cursor.skip(_DOUBLE_RUN)


def _single(cursor: Cursor, frame: Single) -> None:
    if cursor.text[cursor.at] == MARK:
        if frame.refuses and not cursor.datum.expansion:
            cursor.refuse("in a pattern of a '${…}' that is left for the shell")
        cursor.put(escape_single, literal=True)
    elif cursor.text[cursor.at] == "'":
        cursor.pop(1)
    else:
        cursor.at += 1


def _ansi(cursor: Cursor) -> None:
    match cursor.text[cursor.at]:
        case "\0":
            if cursor.datum.expansion:
                cursor.put(escape_single, literal=True)
            cursor.refuse("inside $'…'; use another quoting")
        case "'":
            cursor.pop(1)
        case "\\":
            if cursor.text.startswith("\\'", cursor.at):
                cursor.unscannable("shells disagree on where a $'…' with \\' ends")
            cursor.escaped()
        case _:
            cursor.at += 1


def _parameter(cursor: Cursor, frame: Parameter) -> None:
    if frame.part == "name":
        _parameter_operator(cursor, frame)
        return
    match cursor.text[cursor.at]:
        case "\0":
            if frame.part == "number":
                cursor.put_number()
            elif (frame.quoted or frame.part == "pattern") and not cursor.datum.expansion:
                cursor.refuse("inside a '${…}' that is left for the shell")
            else:
                cursor.put(quote_word)
        case "}":
            if frame.single_quotes % 2:
                cursor.unscannable("shells disagree on single quotes inside a quoted '${…}'")
            cursor.pop(1)
        case "\\":
            cursor.escaped()
        case "$" | "`":
            _expansion(cursor, quoted=frame.quoted)
        case '"':
            cursor.push(Double(refuses=frame.quoted or frame.part != "word"))
        case "'" if frame.quoted and frame.part != "pattern":
            frame.single_quotes += 1
            cursor.at += 1
        case "'":
            cursor.push(Single(refuses=frame.part != "word"))
        case _:
            cursor.at += 1


def _parameter_operator(cursor: Cursor, frame: Parameter) -> None:
    character = cursor.text[cursor.at]
    following = cursor.text[cursor.at + 1 : cursor.at + 2]
    if character == "[":
        index(cursor)
    elif character == "}":
        cursor.pop(1)
    elif character in "-=?+" or (character == ":" and following and following in "-=?+"):
        frame.part = "word"
        cursor.at += 1 if character != ":" else 2
    elif character in ":#%/^,@":
        frame.part = "number" if character == ":" else "pattern"
        cursor.at += 1
    elif character == MARK:
        cursor.refuse("inside a '${…}' that is left for the shell")
    else:
        cursor.unscannable("a '${…}' is malformed")


def _arithmetic(cursor: Cursor, frame: Arithmetic) -> None:
    if cursor.at == frame.end:
        cursor.pop(len(frame.close))
        parent = cursor.stack[-1]
        if frame.is_command and isinstance(parent, Commands):
            parent.end_command()
        return
    if cursor.at > frame.end:
        cursor.unscannable("an arithmetic expression is not closed")
    match cursor.text[cursor.at]:
        case "\0":
            cursor.put_number()
        case "\\":
            cursor.escaped()
        case "$" | "`":
            _expansion(cursor, quoted=True)
        case _:
            cursor.at += 1


def _body(cursor: Cursor, frame: Body) -> None:
    if cursor.at >= frame.end:
        end_body(cursor, frame)
        return
    match cursor.text[cursor.at]:
        case "\0":
            cursor.brace_last_name()
            cursor.put(escape_heredoc)
        case "\\":
            cursor.escaped()
        case "$" | "`":
            _expansion(cursor, quoted=True)
        case _:
            cursor.skip(_BODY_RUN)


# Expansions, in every state that has them.


def _expansion(cursor: Cursor, *, quoted: bool) -> None:
    text, at = cursor.text, cursor.at
    if text[at] == "`":
        _backticks(cursor, quoted=quoted)
        return
    following = text[at + 1 : at + 2]
    if name := _NAME.match(text, at + 1, cursor.limit):
        cursor.last_name = (at, name.end())
        cursor.at = name.end()
    elif following == "(":
        _parenthesis(cursor)
    elif following == "{":
        parameter = _PARAMETER.match(text, at + 2, cursor.limit)
        if not parameter:
            cursor.unscannable("a '${…}' is malformed")
        cursor.push(Parameter(quoted=quoted), width=parameter.end() - at)
    elif following == "[" and (close := closing_bracket(text, at + 2, cursor.limit, one_line=False)) is not None:
        cursor.push(Arithmetic(end=close, close="]"), width=2)
    elif following == "'" and not quoted:
        cursor.push(AnsiQuote(), width=2)
    elif following == MARK:
        cursor.at += 1
        cursor.refuse("directly behind a '$'")
    elif following and following in "@*#?$!-0123456789":
        cursor.at += 2
    else:
        cursor.at += 1


def _parenthesis(cursor: Cursor) -> None:
    if cursor.text.startswith("$((", cursor.at):
        end = arithmetic_end(cursor.text, cursor.at + 3, cursor.limit)
        if end is None:
            cursor.unscannable("shells disagree on a '$((' that is not closed by '))'; write '$( ('")
        cursor.push(Arithmetic(end=end, close="))"), width=3)
        return
    cursor.push(Commands(nested=True), width=2)


def _backticks(cursor: Cursor, *, quoted: bool) -> None:
    """Scans what the shell will read inside backticks, and carries the edits over to the text as it is written."""
    text, start = cursor.text, cursor.at + 1
    end = end_of_backticks(text, start, cursor.limit)
    if end is None:
        cursor.unscannable("a backtick is not closed")
    marks = text.count(MARK, start, end)
    if marks and quoted and not isinstance(cursor.stack[-1], Body):
        cursor.refuse("in backticks inside double quotes; use $(…)", resume=(end + 1, marks))
    if marks:
        inner, places = unescape_backticks(text, start, end)
        inserted = [bisect_left(places, place) for place in cursor.inserted if start <= place <= end]
        nested = Cursor(inner, cursor.data[cursor.taken : cursor.taken + marks], inserted)
        nested.faults = None if cursor.faults is None else []
        scan(nested)
        if cursor.faults is not None:
            cursor.faults += [(cursor.taken + number, fault) for number, fault in nested.faults or ()]
        for first, last, replacement in nested.edits:
            begin = places[first]
            cursor.edits.append((begin, begin + last - first, escape_backticks(replacement)))
        cursor.second_shell += [cursor.taken + number for number in nested.second_shell]
        cursor.taken += marks
    cursor.at = end + 1

"""State U of the shell scanner: operators, redirections, comments and subscripts between the words of commands."""

import re

from prodigy_tui.workflow.shell_cursor import MARK, Cursor
from prodigy_tui.workflow.shell_frames import Arithmetic, Commands
from prodigy_tui.workflow.shell_heredoc import end_line, read_delimiter
from prodigy_tui.workflow.shell_lookahead import arithmetic_end, closing_bracket
from prodigy_tui.workflow.shell_quote import escape_comment, quote_word, quote_words

_BOUNDARY = frozenset(" \t\n;&|()<>")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REDIRECTION = re.compile(r"<<<|<<-|<<|<>|<&|>>|>\||>&|<|>")


def operator(cursor: Cursor, frame: Commands) -> None:
    """Takes an operator or the end of a line."""
    text, at = cursor.text, cursor.at
    character = text[at]
    if character in "<>":
        _redirection(cursor, frame)
        return
    cursor.at += 1
    if character == "(":
        _open(cursor, frame)
        return
    frame.end_word(text, at)
    match character:
        case "\n":
            frame.end_command()
            end_line(cursor, frame)
        case ";":
            if text[at + 1 : at + 2] in (";", "&") and not frame.double_bracket:
                frame.end_branch()
                cursor.at += 2 if text.startswith(";;&", at) else 1
            frame.end_command()
        case ")":
            _close(cursor, frame)
        case _:
            _list_operator(cursor, frame, character)


def comment(cursor: Cursor) -> None:
    """Takes the rest of the line."""
    end = cursor.text.find("\n", cursor.at, cursor.limit)
    end = cursor.limit if end < 0 else end
    while (mark := cursor.text.find(MARK, cursor.at, end)) >= 0:
        cursor.at = mark
        # The space keeps a backslash at the end of the value from joining the next line to the comment.
        cursor.put(lambda text: escape_comment(text) + (" " if cursor.in_body else ""), literal=True)
    cursor.at = end


def bracket(cursor: Cursor, frame: Commands) -> None:
    """Takes `[` in a word: an array index where the shell would evaluate it as arithmetic, else part of a pattern."""
    assert frame.word is not None
    name = cursor.text[frame.word : cursor.at]
    is_element = frame.array and not name
    if is_element or _NAME.fullmatch(name):
        evaluates = is_element or frame.at_command or frame.reads_subscripts()
        close = closing_bracket(cursor.text, cursor.at + 1, cursor.limit, one_line=not evaluates)
        assigns = close is not None and cursor.text.startswith(("=", "+="), close + 1)
        if assigns or is_element or frame.reads_subscripts() or frame.double_bracket:
            index(cursor)
            return
    cursor.at += 1


def index(cursor: Cursor) -> None:
    """Enters an array index at its `[`."""
    close = closing_bracket(cursor.text, cursor.at + 1, cursor.limit, one_line=False)
    if close is None:
        cursor.unscannable("an array index is not closed")
    cursor.push(Arithmetic(end=close, close="]"))


def put_word(cursor: Cursor, frame: Commands, *, whole: bool) -> None:
    """Puts the next datum as one word, or as several where it is a whole word of its own."""
    next_place = cursor.at + 1
    while cursor.text.startswith("\\\n", next_place):
        next_place += 2
    following = cursor.text[next_place : next_place + 1] if next_place < cursor.limit else ""
    words = cursor.datum.words
    if words is not None and whole and not frame.redirects and (not following or following in _BOUNDARY):
        cursor.put(lambda _: quote_words(words))
    else:
        cursor.put(quote_word)


def _list_operator(cursor: Cursor, frame: Commands, character: str) -> None:
    """`&`, `&&`, `|`, `||`, `|&`, and the redirections `&>` and `&>>`."""
    if character == "&" and cursor.text.startswith(">", cursor.at):
        cursor.at += 2 if cursor.text.startswith(">>", cursor.at) else 1
        frame.redirects = True
        return
    if cursor.text.startswith((character, "&"), cursor.at):
        cursor.at += 1
    if frame.double_bracket:
        frame.clause = cursor.at
    elif not frame.in_pattern:
        frame.end_command()


def _open(cursor: Cursor, frame: Commands) -> None:
    text, at = cursor.text, cursor.at - 1
    if frame.in_pattern and frame.word is None:
        return
    begins_command = frame.word is None and (frame.at_command or frame.words == ["for"] or frame.names_coprocess())
    if begins_command and not frame.double_bracket and text.startswith("((", at):
        end = arithmetic_end(text, at + 2, cursor.limit)
        if end is not None:
            cursor.push(Arithmetic(end=end, close="))", is_command=True))
            return
    continues_word = frame.word is not None and text[at - 1] in "=@?*+!"
    if not continues_word:
        frame.end_word(text, at)
    group = Commands(
        nested=True,
        own_parser=False,
        pending=frame.pending,
        array=continues_word and text[at - 1] == "=",
        continues_word=continues_word,
        double_bracket=frame.double_bracket,
        clause=frame.clause,
    )
    cursor.push(group, width=0)


def _close(cursor: Cursor, frame: Commands) -> None:
    if frame.in_pattern:
        frame.begin_body()
        return
    if not frame.nested:
        cursor.unscannable("a ')' stands alone")
    if frame.own_parser and frame.pending:
        cursor.unscannable("a here-document begins inside $(…) and ends outside")
    cursor.pop(0)
    parent = cursor.stack[-1]
    if isinstance(parent, Commands) and not frame.own_parser and not frame.continues_word:
        parent.end_command()


def _redirection(cursor: Cursor, frame: Commands) -> None:
    text, at = cursor.text, cursor.at
    if frame.double_bracket:
        frame.end_word(text, at)
        cursor.at += 1
        return
    if text.startswith(("<(", ">("), at):
        frame.begin_word(at)
        cursor.push(Commands(nested=True), width=2)
        return
    if frame.word is not None and text[frame.word : at].isdigit():
        frame.word = None
    frame.end_word(text, at)
    found = _REDIRECTION.match(text, at, cursor.limit)
    sign = found[0] if found else text[at]
    cursor.at += len(sign)
    if sign in ("<<", "<<-"):
        read_delimiter(cursor, frame, strip_tabs=sign == "<<-")
    else:
        frame.redirects = True

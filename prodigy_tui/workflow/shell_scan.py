"""A scanner for shell text as a stack machine: it finds the position of every datum and escapes it (language 9.2).

Each datum is one mark character, opaque to the scan. Nothing is guessed: where shells disagree on how a text reads, or
the text is unfinished, a datum behind that place is refused. The text itself is not changed beyond the data.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import assert_never

from prodigy_tui.workflow.shell_cursor import MARK, Cursor, Datum
from prodigy_tui.workflow.shell_frames import AnsiQuote, Arithmetic, Body, Commands, Double, Parameter, Single
from prodigy_tui.workflow.shell_heredoc import end_body, end_line, read_delimiter
from prodigy_tui.workflow.shell_lookahead import arithmetic_end, closing_bracket, end_of_backticks, unescape_backticks
from prodigy_tui.workflow.shell_quote import (
    escape_backticks,
    escape_comment,
    escape_double,
    escape_heredoc,
    escape_single,
    quote_word,
    quote_words,
)

_BOUNDARY = frozenset(" \t\n;&|()<>")
_WORD_RUN = re.compile(r"[^\s;&|()<>\\'\"`$#\[\0]+")
_DOUBLE_RUN = re.compile(r'[^"\\$`\0]+')
_BODY_RUN = re.compile(r"[^\\$`\0]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER = re.compile(r"[#!]?(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])")
_REDIRECTION = re.compile(r"<<<|<<-|<<|<>|<&|>>|>\||>&|<|>")


class Scan:
    """One pass over one text."""

    def __init__(self, text: str, data: Sequence[Datum], inserted: Sequence[int] = ()) -> None:
        self._cursor = Cursor(text, data, inserted)

    def run(self) -> None:
        """Scans up to the last datum.

        Raises:
            ShellTextError: a datum cannot be quoted where it stands.
        """
        while self._cursor.taken < len(self._cursor.data):
            frame = self._cursor.stack[-1]
            if self._cursor.at >= self._cursor.limit and not isinstance(frame, Body):
                cursor.unscannable("a quotation or expansion is not closed")
            match frame:
                case Commands():
                    self._commands(frame)
                case Double():
                    self._double(frame)
                case Single():
                    self._single(frame)
                case AnsiQuote():
                    self._ansi()
                case Parameter():
                    self._parameter(frame)
                case Arithmetic():
                    self._arithmetic(frame)
                case Body():
                    self._body(frame)
                case _:
                    assert_never(frame)
        for frame in self._cursor.stack:
            if isinstance(frame, Body):
                cursor.check_delimiter(frame.document, frame.start, frame.end)

    def result(self) -> str:
        """Returns the text with every edit made."""
        return self._edited(0, len(self._cursor.text))

    # The states, one step each.

    def _commands(self, frame: Commands) -> None:
        text, at = self._cursor.text, self._cursor.at
        character = text[at]
        match character:
            case " " | "\t":
                frame.end_word(text, at)
                self._cursor.at += 1
            case "\n" | ";" | "&" | "|" | "(" | ")" | "<" | ">":
                self._operator(frame, character)
            case "#" if frame.word is None:
                self._comment()
            case "\\" if text.startswith("\\\n", at):
                self._cursor.at += 2
            case "[":
                frame.begin_word(at)
                self._bracket(frame)
            case _:
                whole = frame.word is None
                frame.begin_word(at)
                self._word_part(frame, character, whole=whole)

    def _word_part(self, frame: Commands, character: str, *, whole: bool) -> None:
        match character:
            case "\0":
                self._put_word(frame, whole=whole)
            case "\\":
                cursor.escaped()
            case "'":
                cursor.push(Single())
            case '"':
                cursor.push(Double())
            case "$" | "`":
                self._expansion(quoted=False)
            case _:
                cursor.skip(_WORD_RUN)

    def _double(self, frame: Double) -> None:
        match self._cursor.text[self._cursor.at]:
            case "\0":
                if frame.refuses:
                    cursor.refuse("in double quotes inside a '${…}' that is left for the shell")
                cursor.brace_last_name()
                cursor.put(escape_double)
            case '"':
                cursor.pop(1)
            case "\\":
                cursor.escaped()
            case "$" | "`":
                self._expansion(quoted=True)
            case _:
                cursor.skip(_DOUBLE_RUN)

    def _single(self, frame: Single) -> None:
        if self._cursor.text[self._cursor.at] == MARK:
            if frame.refuses:
                cursor.refuse("in a pattern of a '${…}' that is left for the shell")
            cursor.put(escape_single)
        elif self._cursor.text[self._cursor.at] == "'":
            cursor.pop(1)
        else:
            self._cursor.at += 1

    def _ansi(self) -> None:
        match self._cursor.text[self._cursor.at]:
            case "\0":
                cursor.refuse("inside $'…'; use another quoting")
            case "'":
                cursor.pop(1)
            case "\\":
                if self._cursor.text.startswith("\\'", self._cursor.at):
                    cursor.unscannable("shells disagree on where a $'…' with \\' ends")
                cursor.escaped()
            case _:
                self._cursor.at += 1

    def _parameter(self, frame: Parameter) -> None:
        if frame.part == "name":
            self._operator_of_parameter(frame)
            return
        match self._cursor.text[self._cursor.at]:
            case "\0":
                if frame.part == "number":
                    cursor.put_number()
                elif frame.quoted or frame.part == "pattern":
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
                self._expansion(quoted=frame.quoted)
            case '"':
                cursor.push(Double(refuses=frame.quoted or frame.part != "word"))
            case "'":
                if frame.quoted and frame.part != "pattern":
                    frame.single_quotes += 1
                    self._cursor.at += 1
                else:
                    cursor.push(Single(refuses=frame.part != "word"))
            case _:
                self._cursor.at += 1

    def _operator_of_parameter(self, frame: Parameter) -> None:
        character = self._cursor.text[self._cursor.at]
        following = self._cursor.text[self._cursor.at + 1 : self._cursor.at + 2]
        if character == "[":
            self._index()
        elif character == "}":
            cursor.pop(1)
        elif character in "-=?+" or (character == ":" and following and following in "-=?+"):
            frame.part = "word"
            self._cursor.at += 1 if character != ":" else 2
        elif character in ":#%/^,@":
            frame.part = "number" if character == ":" else "pattern"
            self._cursor.at += 1
        elif character == MARK:
            cursor.refuse("inside a '${…}' that is left for the shell")
        else:
            cursor.unscannable("a '${…}' is malformed")

    def _arithmetic(self, frame: Arithmetic) -> None:
        if self._cursor.at == frame.end:
            cursor.pop(len(frame.close))
            return
        if self._cursor.at > frame.end:
            cursor.unscannable("an arithmetic expression is not closed")
        match self._cursor.text[self._cursor.at]:
            case "\0":
                cursor.put_number()
            case "\\":
                cursor.escaped()
            case "$" | "`":
                self._expansion(quoted=True)
            case _:
                self._cursor.at += 1

    def _body(self, frame: Body) -> None:
        if self._cursor.at >= frame.end:
            self._cursor.stack.pop()
            self._cursor.limit = frame.outer_limit
            cursor.check_delimiter(frame.document, frame.start, frame.end)
            self._begin_body(frame.queue, frame.after)
            return
        match self._cursor.text[self._cursor.at]:
            case "\0":
                cursor.brace_last_name()
                cursor.put(escape_heredoc)
            case "\\":
                cursor.escaped()
            case "$" | "`":
                self._expansion(quoted=True)
            case _:
                cursor.skip(_BODY_RUN)

    # Operators, comments, subscripts.

    def _operator(self, frame: Commands, character: str) -> None:
        text, at = self._cursor.text, self._cursor.at
        if character in "<>":
            self._redirection(frame)
            return
        frame_word = frame.word
        if character != "(":
            frame.end_word(text, at)
        self._cursor.at += 1
        match character:
            case "\n":
                frame.end_command()
                self._end_line(frame)
            case ";":
                if text[at + 1 : at + 2] in (";", "&") and not frame.double_bracket:
                    frame.end_branch()
                    self._cursor.at += 2 if text.startswith(";;&", at) else 1
                frame.end_command()
            case "&" | "|":
                self._list_operator(frame, character)
            case "(":
                self._open(frame, frame_word)
            case _:
                self._close(frame)

    def _list_operator(self, frame: Commands, character: str) -> None:
        if character == "&" and self._cursor.text.startswith(">", self._cursor.at):
            self._cursor.at += 2 if self._cursor.text.startswith(">>", self._cursor.at) else 1
            frame.redirects = True
            return
        if self._cursor.text.startswith((character, "&"), self._cursor.at):
            self._cursor.at += 1
        if frame.double_bracket:
            frame.clause = self._cursor.at
        elif not frame.in_pattern:
            frame.end_command()

    def _open(self, frame: Commands, word: int | None) -> None:
        text, at = self._cursor.text, self._cursor.at - 1
        if frame.in_pattern and word is None:
            return
        arithmetic_place = word is None and (frame.at_command or frame.words == ["for"]) and not frame.double_bracket
        if arithmetic_place and text.startswith("((", at):
            end = self._arithmetic_end(at + 2)
            if end is not None:
                frame.at_command = False
                self._cursor.stack.append(Arithmetic(end=end, close="))"))
                self._cursor.at = at + 2
                return
        continues = word is not None and text[at - 1] in "=@?*+!"
        array = continues and text[at - 1] == "="
        if not continues:
            frame.end_word(text, at)
        self._cursor.stack.append(
            Commands(
                nested=True,
                own_parser=False,
                pending=frame.pending,
                array=array,
                continues_word=continues,
                double_bracket=frame.double_bracket,
                clause=frame.clause,
            )
        )

    def _close(self, frame: Commands) -> None:
        if frame.in_pattern:
            frame.begin_body()
            return
        if not frame.nested:
            cursor.unscannable("a ')' stands alone")
        if frame.own_parser and frame.pending:
            cursor.unscannable("a here-document begins inside $(…) and ends outside")
        self._cursor.stack.pop()
        parent = self._cursor.stack[-1]
        if isinstance(parent, Commands) and not frame.own_parser and not frame.continues_word:
            parent.end_command()

    def _redirection(self, frame: Commands) -> None:
        text, at = self._cursor.text, self._cursor.at
        if text.startswith(("<(", ">("), at) and not frame.double_bracket:
            frame.begin_word(at)
            cursor.push(Commands(nested=True), width=2)
            return
        if frame.word is not None and text[frame.word : at].isdigit():
            frame.word = None
        frame.end_word(text, at)
        found = _REDIRECTION.match(text, at, self._cursor.limit)
        operator = found[0] if found and not frame.double_bracket else text[at]
        self._cursor.at += len(operator)
        if operator in ("<<", "<<-"):
            self._delimiter(frame, strip_tabs=operator == "<<-")
        else:
            frame.redirects = not frame.double_bracket

    def _comment(self) -> None:
        end = self._cursor.text.find("\n", self._cursor.at, self._cursor.limit)
        end = self._cursor.limit if end < 0 else end
        while self._cursor.at < end:
            if self._cursor.text[self._cursor.at] == MARK:
                cursor.put(escape_comment)
            else:
                mark = self._cursor.text.find(MARK, self._cursor.at, end)
                self._cursor.at = end if mark < 0 else mark

    def _bracket(self, frame: Commands) -> None:
        """`[` in a word: an array index where the shell would evaluate it as arithmetic, else part of a pattern."""
        assert frame.word is not None
        name = self._cursor.text[frame.word : self._cursor.at]
        close = self._closing_bracket(self._cursor.at + 1)
        is_element = frame.array and not name
        if close is not None and (is_element or _SUBSCRIPTED.match(name)):
            assigns = self._cursor.text.startswith(("=", "+="), close + 1)
            if assigns or is_element or frame.reads_subscripts() or frame.double_bracket:
                self._index()
                return
        self._cursor.at += 1

    def _index(self) -> None:
        close = self._closing_bracket(self._cursor.at + 1)
        if close is None:
            cursor.unscannable("an array index is not closed")
        cursor.push(Arithmetic(end=close, close="]"))

    # Expansions.

    def _expansion(self, *, quoted: bool) -> None:
        text, at = self._cursor.text, self._cursor.at
        if text[at] == "`":
            self._backticks(quoted=quoted)
            return
        following = text[at + 1 : at + 2]
        name = _NAME.match(text, at + 1, self._cursor.limit)
        if name:
            self._cursor.last_name = (at, name.end())
            self._cursor.at = name.end()
        elif following == "(":
            self._parenthesis()
        elif following == "{":
            parameter = _PARAMETER.match(text, at + 2, self._cursor.limit)
            if text.startswith("${" + MARK, at) or not parameter:
                cursor.unscannable("a '${…}' is malformed")
            cursor.push(Parameter(quoted=quoted), width=parameter.end() - at)
        elif following == "[":
            close = self._closing_bracket(at + 2)
            if close is None:
                self._cursor.at += 1
            else:
                cursor.push(Arithmetic(end=close, close="]"), width=2)
        elif following == "'" and not quoted:
            cursor.push(AnsiQuote(), width=2)
        elif following == MARK:
            self._cursor.at += 1
            cursor.refuse("directly behind a '$'")
        elif following and following in "@*#?$!-0123456789":
            self._cursor.at += 2
        else:
            self._cursor.at += 1

    def _parenthesis(self) -> None:
        if self._cursor.text.startswith("$((", self._cursor.at):
            end = self._arithmetic_end(self._cursor.at + 3)
            if end is not None:
                cursor.push(Arithmetic(end=end, close="))"), width=3)
                return
        cursor.push(Commands(nested=True), width=2)

    def _backticks(self, *, quoted: bool) -> None:
        text, start = self._cursor.text, self._cursor.at + 1
        end = start
        while end < self._cursor.limit and text[end] != "`":
            end += 2 if text[end] == "\\" else 1
        if end >= self._cursor.limit:
            cursor.unscannable("a backtick is not closed")
        marks = text.count(MARK, start, end)
        if not marks:
            self._cursor.at = end + 1
            return
        if quoted:
            self._cursor.at = text.index(MARK, start, end)
            cursor.refuse("in backticks inside double quotes; use $(…)")
        inner, places = _unescape_backticks(text, start, end)
        inserted = [bisect_left(places, place) for place in self._cursor.inserted if start <= place <= end]
        scan = Scan(inner, self._cursor.data[self._cursor.taken : self._cursor.taken + marks], inserted)
        scan.run()
        for first, last, replacement in scan.edits:
            begin = places[first]
            self.edits.append((begin, begin + last - first, escape_backticks(replacement)))
        self.second_shell += scan.second_shell
        self._cursor.taken += marks
        self._cursor.at = end + 1

    # Putting data in.

    def _put_word(self, frame: Commands, *, whole: bool) -> None:
        datum = self._cursor.data[self._cursor.taken]
        following = self._cursor.text[self._cursor.at + 1 : self._cursor.at + 2] if self._cursor.at + 1 < self._cursor.limit else ""
        alone = whole and not frame.redirects and (not following or following in _BOUNDARY)
        if alone and datum.words is not None:
            words = datum.words
            cursor.put(lambda _: quote_words(words))
        else:
            cursor.put(quote_word)


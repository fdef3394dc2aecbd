"""A scanner for shell text as a stack machine: it finds the position of every datum and escapes it (language 9.2).

Each datum is one mark character, opaque to the scan. Nothing is ever guessed: where shells disagree on how a text reads,
or the text is unfinished, a datum behind that place is refused. The text itself is not changed beyond the data.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, assert_never

from prodigy_tui.workflow.shell_frames import (
    AnsiQuote,
    Arithmetic,
    Body,
    Commands,
    Double,
    Frame,
    HereDocument,
    Parameter,
    Single,
)
from prodigy_tui.workflow.shell_quote import (
    escape_backticks,
    escape_comment,
    escape_double,
    escape_heredoc,
    escape_single,
    is_decimal,
    quote_word,
    quote_words,
)

MARK: Final = "\0"

_BOUNDARY: Final = frozenset(" \t\n;&|()<>")
_WORD_RUN = re.compile(r"[^\s;&|()<>\\'\"`$#\[\0]+")
_DOUBLE_RUN = re.compile(r'[^"\\$`\0]+')
_BODY_RUN = re.compile(r"[^\\$`\0]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SUBSCRIPTED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PARAMETER = re.compile(r"[#!]?(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])")
_REDIRECTION = re.compile(r"<<<|<<-|<<|<>|<&|>>|>\||>&|<|>")
_HEREDOC_ESCAPE = re.compile(r"\\([\\$`])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """Data for one place of a shell text."""

    text: str
    """The value by language 8.7."""
    words: tuple[str, ...] | None = None
    """The shell words of a list, None for what is always one word."""
    label: str = ""
    """What the author wrote, for messages."""
    second_shell: bool = False
    """Already quoted for a shell behind this one (`:sh`)."""


class ShellTextError(Exception):
    """Data that cannot be put into a shell text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class Scan:
    """One pass over one text."""

    def __init__(self, text: str, data: Sequence[Datum], inserted: Sequence[int] = ()) -> None:
        self.second_shell: list[Datum] = []
        self.edits: list[tuple[int, int, str]] = []
        self._text = text
        self._data = data
        self._inserted = inserted
        self._taken = 0
        self._at = 0
        self._limit = len(text)
        self._stack: list[Frame] = [Commands()]
        self._last_name: tuple[int, int] | None = None

    def run(self) -> None:
        """Scans up to the last datum.

        Raises:
            ShellTextError: a datum cannot be quoted where it stands.
        """
        while self._taken < len(self._data):
            frame = self._stack[-1]
            if self._at >= self._limit and not isinstance(frame, Body):
                self._unscannable("a quotation or expansion is not closed")
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
        for frame in self._stack:
            if isinstance(frame, Body):
                self._check_delimiter(frame.document, frame.start, frame.end)

    def result(self) -> str:
        """Returns the text with every edit made."""
        return self._edited(0, len(self._text))

    # The states, one step each.

    def _commands(self, frame: Commands) -> None:
        text, at = self._text, self._at
        character = text[at]
        match character:
            case " " | "\t":
                frame.end_word(text, at)
                self._at += 1
            case "\n" | ";" | "&" | "|" | "(" | ")" | "<" | ">":
                self._operator(frame, character)
            case "#" if frame.word is None:
                self._comment()
            case "\\" if text.startswith("\\\n", at):
                self._at += 2
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
                self._escaped()
            case "'":
                self._push(Single())
            case '"':
                self._push(Double())
            case "$" | "`":
                self._expansion(quoted=False)
            case _:
                self._skip(_WORD_RUN)

    def _double(self, frame: Double) -> None:
        match self._text[self._at]:
            case "\0":
                if frame.refuses:
                    self._refuse("in double quotes inside a '${…}' that is left for the shell")
                self._brace_last_name()
                self._put(escape_double)
            case '"':
                self._pop(1)
            case "\\":
                self._escaped()
            case "$" | "`":
                self._expansion(quoted=True)
            case _:
                self._skip(_DOUBLE_RUN)

    def _single(self, frame: Single) -> None:
        if self._text[self._at] == MARK:
            if frame.refuses:
                self._refuse("in a pattern of a '${…}' that is left for the shell")
            self._put(escape_single)
        elif self._text[self._at] == "'":
            self._pop(1)
        else:
            self._at += 1

    def _ansi(self) -> None:
        match self._text[self._at]:
            case "\0":
                self._refuse("inside $'…'; use another quoting")
            case "'":
                self._pop(1)
            case "\\":
                if self._text.startswith("\\'", self._at):
                    self._unscannable("shells disagree on where a $'…' with \\' ends")
                self._escaped()
            case _:
                self._at += 1

    def _parameter(self, frame: Parameter) -> None:
        if frame.part == "name":
            self._operator_of_parameter(frame)
            return
        match self._text[self._at]:
            case "\0":
                if frame.part == "number":
                    self._put_number()
                elif frame.quoted or frame.part == "pattern":
                    self._refuse("inside a '${…}' that is left for the shell")
                else:
                    self._put(quote_word)
            case "}":
                if frame.single_quotes % 2:
                    self._unscannable("shells disagree on single quotes inside a quoted '${…}'")
                self._pop(1)
            case "\\":
                self._escaped()
            case "$" | "`":
                self._expansion(quoted=frame.quoted)
            case '"':
                self._push(Double(refuses=frame.quoted or frame.part != "word"))
            case "'":
                if frame.quoted and frame.part != "pattern":
                    frame.single_quotes += 1
                    self._at += 1
                else:
                    self._push(Single(refuses=frame.part != "word"))
            case _:
                self._at += 1

    def _operator_of_parameter(self, frame: Parameter) -> None:
        character = self._text[self._at]
        following = self._text[self._at + 1 : self._at + 2]
        if character == "[":
            self._index()
        elif character == "}":
            self._pop(1)
        elif character in "-=?+" or (character == ":" and following and following in "-=?+"):
            frame.part = "word"
            self._at += 1 if character != ":" else 2
        elif character in ":#%/^,@":
            frame.part = "number" if character == ":" else "pattern"
            self._at += 1
        elif character == MARK:
            self._refuse("inside a '${…}' that is left for the shell")
        else:
            self._unscannable("a '${…}' is malformed")

    def _arithmetic(self, frame: Arithmetic) -> None:
        if self._at == frame.end:
            self._pop(len(frame.close))
            return
        if self._at > frame.end:
            self._unscannable("an arithmetic expression is not closed")
        match self._text[self._at]:
            case "\0":
                self._put_number()
            case "\\":
                self._escaped()
            case "$" | "`":
                self._expansion(quoted=True)
            case _:
                self._at += 1

    def _body(self, frame: Body) -> None:
        if self._at >= frame.end:
            self._stack.pop()
            self._limit = frame.outer_limit
            self._check_delimiter(frame.document, frame.start, frame.end)
            self._begin_body(frame.queue, frame.after)
            return
        match self._text[self._at]:
            case "\0":
                self._brace_last_name()
                self._put(escape_heredoc)
            case "\\":
                self._escaped()
            case "$" | "`":
                self._expansion(quoted=True)
            case _:
                self._skip(_BODY_RUN)

    # Operators, comments, subscripts.

    def _operator(self, frame: Commands, character: str) -> None:
        text, at = self._text, self._at
        if character in "<>":
            self._redirection(frame)
            return
        frame_word = frame.word
        if character != "(":
            frame.end_word(text, at)
        self._at += 1
        match character:
            case "\n":
                frame.end_command()
                self._end_line(frame)
            case ";":
                if text[at + 1 : at + 2] in (";", "&") and not frame.double_bracket:
                    frame.end_branch()
                    self._at += 2 if text.startswith(";;&", at) else 1
                frame.end_command()
            case "&" | "|":
                self._list_operator(frame, character)
            case "(":
                self._open(frame, frame_word)
            case _:
                self._close(frame)

    def _list_operator(self, frame: Commands, character: str) -> None:
        if character == "&" and self._text.startswith(">", self._at):
            self._at += 2 if self._text.startswith(">>", self._at) else 1
            frame.redirects = True
            return
        if self._text.startswith((character, "&"), self._at):
            self._at += 1
        if frame.double_bracket:
            frame.clause = self._at
        elif not frame.in_pattern:
            frame.end_command()

    def _open(self, frame: Commands, word: int | None) -> None:
        text, at = self._text, self._at - 1
        if frame.in_pattern and word is None:
            return
        arithmetic_place = word is None and (frame.at_command or frame.words == ["for"]) and not frame.double_bracket
        if arithmetic_place and text.startswith("((", at):
            end = self._arithmetic_end(at + 2)
            if end is not None:
                frame.at_command = False
                self._stack.append(Arithmetic(end=end, close="))"))
                self._at = at + 2
                return
        continues = word is not None and text[at - 1] in "=@?*+!"
        array = continues and text[at - 1] == "="
        if not continues:
            frame.end_word(text, at)
        self._stack.append(
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
            self._unscannable("a ')' stands alone")
        if frame.own_parser and frame.pending:
            self._unscannable("a here-document begins inside $(…) and ends outside")
        self._stack.pop()
        parent = self._stack[-1]
        if isinstance(parent, Commands) and not frame.own_parser and not frame.continues_word:
            parent.end_command()

    def _redirection(self, frame: Commands) -> None:
        text, at = self._text, self._at
        if text.startswith(("<(", ">("), at) and not frame.double_bracket:
            frame.begin_word(at)
            self._push(Commands(nested=True), width=2)
            return
        if frame.word is not None and text[frame.word : at].isdigit():
            frame.word = None
        frame.end_word(text, at)
        found = _REDIRECTION.match(text, at, self._limit)
        operator = found[0] if found and not frame.double_bracket else text[at]
        self._at += len(operator)
        if operator in ("<<", "<<-"):
            self._delimiter(frame, strip_tabs=operator == "<<-")
        else:
            frame.redirects = not frame.double_bracket

    def _comment(self) -> None:
        end = self._text.find("\n", self._at, self._limit)
        end = self._limit if end < 0 else end
        while self._at < end:
            if self._text[self._at] == MARK:
                self._put(escape_comment)
            else:
                mark = self._text.find(MARK, self._at, end)
                self._at = end if mark < 0 else mark

    def _bracket(self, frame: Commands) -> None:
        """`[` in a word: an array index where the shell would evaluate it as arithmetic, else part of a pattern."""
        assert frame.word is not None
        name = self._text[frame.word : self._at]
        close = self._closing_bracket(self._at + 1)
        is_element = frame.array and not name
        if close is not None and (is_element or _SUBSCRIPTED.match(name)):
            assigns = self._text.startswith(("=", "+="), close + 1)
            if assigns or is_element or frame.reads_subscripts() or frame.double_bracket:
                self._index()
                return
        self._at += 1

    def _index(self) -> None:
        close = self._closing_bracket(self._at + 1)
        if close is None:
            self._unscannable("an array index is not closed")
        self._push(Arithmetic(end=close, close="]"))

    # Expansions.

    def _expansion(self, *, quoted: bool) -> None:
        text, at = self._text, self._at
        if text[at] == "`":
            self._backticks(quoted=quoted)
            return
        following = text[at + 1 : at + 2]
        name = _NAME.match(text, at + 1, self._limit)
        if name:
            self._last_name = (at, name.end())
            self._at = name.end()
        elif following == "(":
            self._parenthesis()
        elif following == "{":
            parameter = _PARAMETER.match(text, at + 2, self._limit)
            if text.startswith("${" + MARK, at) or not parameter:
                self._unscannable("a '${…}' is malformed")
            self._push(Parameter(quoted=quoted), width=parameter.end() - at)
        elif following == "[":
            close = self._closing_bracket(at + 2)
            if close is None:
                self._at += 1
            else:
                self._push(Arithmetic(end=close, close="]"), width=2)
        elif following == "'" and not quoted:
            self._push(AnsiQuote(), width=2)
        elif following == MARK:
            self._at += 1
            self._refuse("directly behind a '$'")
        elif following and following in "@*#?$!-0123456789":
            self._at += 2
        else:
            self._at += 1

    def _parenthesis(self) -> None:
        if self._text.startswith("$((", self._at):
            end = self._arithmetic_end(self._at + 3)
            if end is not None:
                self._push(Arithmetic(end=end, close="))"), width=3)
                return
        self._push(Commands(nested=True), width=2)

    def _backticks(self, *, quoted: bool) -> None:
        text, start = self._text, self._at + 1
        end = start
        while end < self._limit and text[end] != "`":
            end += 2 if text[end] == "\\" else 1
        if end >= self._limit:
            self._unscannable("a backtick is not closed")
        marks = text.count(MARK, start, end)
        if not marks:
            self._at = end + 1
            return
        if quoted:
            self._at = text.index(MARK, start, end)
            self._refuse("in backticks inside double quotes; use $(…)")
        inner, places = _unescape_backticks(text, start, end)
        inserted = [bisect_left(places, place) for place in self._inserted if start <= place <= end]
        scan = Scan(inner, self._data[self._taken : self._taken + marks], inserted)
        scan.run()
        for first, last, replacement in scan.edits:
            begin = places[first]
            self.edits.append((begin, begin + last - first, escape_backticks(replacement)))
        self.second_shell += scan.second_shell
        self._taken += marks
        self._at = end + 1

    # Here-documents.

    def _delimiter(self, frame: Commands, *, strip_tabs: bool) -> None:
        text = self._text
        while self._at < self._limit and text[self._at] in " \t":
            self._at += 1
        start, quoted, word = self._at, False, ""
        while self._at < self._limit and text[self._at] not in _BOUNDARY:
            character = text[self._at]
            if character in "'\"":
                quoted = True
                close = text.find(character, self._at + 1, self._limit)
                if close < 0:
                    self._unscannable("the delimiter of a here-document is not closed")
                word += text[self._at + 1 : close]
                self._at = close + 1
            elif character == "\\":
                quoted = True
                word += text[self._at + 1 : self._at + 2]
                self._at += 2
            else:
                word += character
                self._at += 1
        if MARK in word:
            self._at = text.index(MARK, start)
            self._refuse("in the delimiter of a here-document")
        if self._at == start or "$" in word or "`" in word:
            self._unscannable("the delimiter of a here-document is missing or unclear")
        nested = any(isinstance(outer, Commands) and outer.nested for outer in self._stack)
        frame.pending.append(HereDocument(delimiter=word, strip_tabs=strip_tabs, quoted=quoted, nested=nested))

    def _end_line(self, frame: Commands) -> None:
        waiting = (outer for outer in self._stack if isinstance(outer, Commands) and outer.pending is not frame.pending)
        if any(outer.pending for outer in waiting):
            self._unscannable("a line ends inside $(…) before the body of a here-document")
        if frame.pending:
            queue = list(frame.pending)
            frame.pending.clear()
            self._begin_body(queue, self._at)

    def _begin_body(self, queue: list[HereDocument], start: int) -> None:
        """Takes the bodies in `queue`, the first of which begins at `start`."""
        while queue:
            document = queue.pop(0)
            end, after = self._end_of_body(document, start)
            if not document.quoted:
                self._stack.append(
                    Body(document=document, start=start, end=end, after=after, queue=queue, outer_limit=self._limit)
                )
                self._limit = end
                self._at = start
                return
            while (mark := self._text.find(MARK, start, end)) >= 0 and self._next_mark_is_in(end):
                self._at = mark if self._at < start else self._text.find(MARK, self._at, end)
                self._put(lambda text: text)
            self._check_delimiter(document, start, end)
            start = after
        self._at = start

    def _next_mark_is_in(self, end: int) -> bool:
        return self._taken < len(self._data) and self._text.find(MARK, self._at, end) >= 0

    def _end_of_body(self, document: HereDocument, start: int) -> tuple[int, int]:
        """Returns where the body ends and where the text goes on."""
        line_start, continued = start, False
        while line_start < self._limit:
            newline = self._text.find("\n", line_start, self._limit)
            line_end = self._limit if newline < 0 else newline
            line = self._text[line_start:line_end]
            if not continued and (line.lstrip("\t") if document.strip_tabs else line) == document.delimiter:
                return line_start, min(line_end + 1, self._limit)
            backslashes = len(line) - len(line.rstrip("\\"))
            continued = not document.quoted and backslashes % 2 == 1
            line_start = line_end + 1
        if document.nested:
            self._unscannable("a here-document inside $(…) is not closed")
        return self._limit, self._limit

    def _check_delimiter(self, document: HereDocument, start: int, end: int) -> None:
        for line in self._edited(start, end).split("\n"):
            written = line.lstrip("\t") if document.strip_tabs else line
            for form in (written, _HEREDOC_ESCAPE.sub(r"\1", written)):
                if form == document.delimiter or (document.nested and form.startswith(document.delimiter + ")")):
                    raise ShellTextError("PT307", f"a value holds the line '{document.delimiter}' that ends the text")

    # Putting data in.

    def _put_word(self, frame: Commands, *, whole: bool) -> None:
        datum = self._data[self._taken]
        following = self._text[self._at + 1 : self._at + 2] if self._at + 1 < self._limit else ""
        alone = whole and not frame.redirects and (not following or following in _BOUNDARY)
        if alone and datum.words is not None:
            words = datum.words
            self._put(lambda _: quote_words(words))
        else:
            self._put(quote_word)

    def _put_number(self) -> None:
        text = self._data[self._taken].text
        if not is_decimal(text):
            self._refuse("in arithmetic, where only a whole number can be put")
        self._put(lambda value: value)

    def _put(self, escape: Callable[[str], str]) -> None:
        datum = self._data[self._taken]
        commands = next(frame for frame in reversed(self._stack) if isinstance(frame, Commands))
        if commands.is_arithmetic(self._text, self._at) and not is_decimal(datum.text):
            self._refuse("where the shell evaluates arithmetic; only a whole number can be put there")
        if commands.feeds_second_shell() and not datum.second_shell:
            self.second_shell.append(datum)
        self.edits.append((self._at, self._at + 1, escape(datum.text)))
        self._taken += 1
        self._at += 1

    def _brace_last_name(self) -> None:
        """Writes `${NAME}` for a `$NAME` directly before data, so that the value does not become part of the name."""
        if self._last_name is None or self._last_name[1] != self._at:
            return
        start, end = self._last_name
        index = bisect_right(self._inserted, start + 1)
        if index < len(self._inserted) and self._inserted[index] <= end:
            end = self._inserted[index]
        self.edits += [(start + 1, start + 1, "{"), (end, end, "}")]

    def _refuse(self, place: str) -> NoReturn:
        label = self._data[self._taken].label
        raise ShellTextError("PT306", f"'{label}' cannot be quoted {place}")

    def _unscannable(self, why: str) -> NoReturn:
        label = self._data[self._taken].label
        raise ShellTextError("PT309", f"the shell text cannot be scanned up to '{label}': {why}")

    # Small moves.

    def _push(self, frame: Frame, *, width: int = 1) -> None:
        self._stack.append(frame)
        self._at += width

    def _pop(self, width: int) -> None:
        self._stack.pop()
        self._at += width

    def _escaped(self) -> None:
        if self._text.startswith("\\" + MARK, self._at):
            self._refuse("directly behind a backslash")
        self._at += 2

    def _skip(self, run: re.Pattern[str]) -> None:
        found = run.match(self._text, self._at, self._limit)
        self._at = found.end() if found else self._at + 1

    def _arithmetic_end(self, start: int) -> int | None:
        """Returns where the `))` of `$((` stands, None when this is a command after all, as bash decides it."""
        text, depth, position = self._text, 0, start
        while position < self._limit:
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
                    close = text.find(quote, position + 1, self._limit)
                    position = close if close >= 0 else position
                case _:
                    pass
            position += 1
        return None

    def _closing_bracket(self, start: int) -> int | None:
        depth = 0
        for position in range(start, self._limit):
            match self._text[position]:
                case "[":
                    depth += 1
                case "]" if depth:
                    depth -= 1
                case "]":
                    return position
                case "\n":
                    return None
                case _:
                    pass
        return None

    def _edited(self, start: int, end: int) -> str:
        chunks, position = [], start
        for first, last, replacement in sorted(self.edits, key=lambda edit: edit[:2]):
            if start <= first < end:
                chunks += [self._text[position:first], replacement]
                position = last
        chunks.append(self._text[position:end])
        return "".join(chunks)


def _unescape_backticks(text: str, start: int, end: int) -> tuple[str, list[int]]:
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

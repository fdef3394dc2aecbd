"""Where a scan of shell text stands, and the only ways to move it, to put data in and to give up."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final, NoReturn

import msgspec

from prodigy_tui.workflow.shell_frames import Body, Commands, Frame, HereDocument, Parameter, Single
from prodigy_tui.workflow.shell_quote import is_decimal, keep_newlines

MARK: Final = "\0"
"""Stands for one datum in the text; shell text can hold no NUL of its own."""

_MAX_DEPTH = 250
_HEREDOC_ESCAPE = re.compile(r"\\([\\$`])")
_JOINED_LINE = re.compile(r"(?<!\\)((?:\\\\)*)\\\n")
_INTEGER_DECLARATION = re.compile(r"\b(?:declare|typeset|local)(?=[^;&|\n]*[ \t]-[A-Za-z]*i)[ \t]+([^;&|\n]*)")
_DECLARED = re.compile(r"(?:^|(?<=[ \t]))[A-Za-z_][A-Za-z0-9_]*")


class Datum(msgspec.Struct, frozen=True, kw_only=True):
    """Data for one place of a shell text."""

    text: str
    """The value by language 8.7."""
    words: tuple[str, ...] | None = None
    """The shell words of a list, None for what is always one word."""
    label: str = ""
    """What the author wrote, for messages."""
    second_shell: bool = False
    """Already quoted for a shell behind this one (`:sh`)."""
    expansion: bool = False
    """`text` is an expansion that the shell itself makes, of a secret: it goes in as it is, where the shell expands."""


class ShellTextError(Exception):
    """Data that cannot be put into a shell text."""

    def __init__(self, code: str, message: str, *, resume: tuple[int, int] | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.resume = resume
        """Where a scan can go on, and how many data it leaves out."""


class Cursor:
    """One pass over one text; `limit` is where the innermost here-document, or the text, ends."""

    def __init__(self, text: str, data: Sequence[Datum], inserted: Sequence[int]) -> None:
        self.text = text
        self.data = data
        self.inserted = inserted
        self.taken = 0
        self.at = 0
        self.limit = len(text)
        self.stack: list[Frame] = [Commands()]
        self.edits: list[tuple[int, int, str]] = []
        self.second_shell: list[int] = []
        """The data, by their numbers, that a second shell will read."""
        self.faults: list[tuple[int, ShellTextError]] | None = None
        """A list when a scan shall note what is wrong, by the number of the datum, and go on."""
        self.last_name: tuple[int, int] | None = None
        """Where the last unbraced `$NAME` stands."""

    # Moving.

    def push(self, frame: Frame, *, width: int = 1) -> None:
        if len(self.stack) > _MAX_DEPTH:
            self.unscannable(f"it is nested deeper than {_MAX_DEPTH} levels")
        self.stack.append(frame)
        self.at += width

    def pop(self, width: int) -> None:
        self.stack.pop()
        self.at += width

    def escaped(self) -> None:
        """Steps over a backslash and what it escapes."""
        if self.text.startswith("\\" + MARK, self.at):
            self.at += 1
            self.refuse("directly behind a backslash")
        self.at += 2

    def skip(self, run: re.Pattern[str]) -> None:
        """Steps over a run of characters without meaning, at least one."""
        found = run.match(self.text, self.at, self.limit)
        self.at = found.end() if found else self.at + 1

    # Putting data in.

    @cached_property
    def integers(self) -> frozenset[str]:
        """The variables that the text declares as integers: bash evaluates what is assigned to them."""
        return frozenset(
            name for found in _INTEGER_DECLARATION.finditer(self.text) for name in _DECLARED.findall(found[1])
        )

    @property
    def datum(self) -> Datum:
        """The next datum."""
        return self.data[self.taken]

    @property
    def in_body(self) -> bool:
        """Inside a here-document, at whatever depth."""
        return any(isinstance(frame, Body) for frame in self.stack)

    def put(self, escape: Callable[[str], str], *, literal: bool = False) -> None:
        """Puts the next datum where the cursor stands; `literal` says that the shell expands nothing there."""
        datum = self.datum
        if datum.expansion:
            self._put_expansion(literal=literal)
            return
        commands = next(frame for frame in reversed(self.stack) if isinstance(frame, Commands))
        if commands.is_arithmetic(self.text, self.at, self.integers) and not is_decimal(datum.text):
            self.refuse("where the shell evaluates arithmetic; only a whole number can be put there")
        if commands.names_variable(self.text, self.at) and self._has_subscript(commands):
            self.refuse("as the name of a variable: the shell evaluates what stands in its brackets")
        if commands.feeds_second_shell() and not datum.second_shell:
            self.second_shell.append(self.taken)
        escaped = self.escaped_datum(escape)
        frame = self.stack[-1]
        if isinstance(frame, Commands | Single | Parameter) and self.in_body:
            escaped = keep_newlines(escaped, inside=isinstance(frame, Single))
        self.edits.append((self.at, self.at + 1, escaped))
        self.taken += 1
        self.at += 1

    def escaped_datum(self, escape: Callable[[str], str]) -> str:
        """Returns what stands in the text for the next datum."""
        return escape(self.datum.text)

    def _put_expansion(self, *, literal: bool) -> None:
        """The shell gets `${NAME}` of a secret, which must not stay as it is written."""
        if literal:
            raise ShellTextError("PT333", f"the secret '{self.datum.label}' stays literal here; use double quotes")
        self.edits.append((self.at, self.at + 1, self.datum.text))
        self.taken += 1
        self.at += 1

    def put_number(self) -> None:
        """Puts the next datum into arithmetic."""
        if not self.datum.expansion and not is_decimal(self.datum.text):
            self.refuse("in arithmetic, where only a whole number can be put")
        self.brace_last_name()
        # `--3` and `${v:-3}` would be something else than the number.
        is_ambiguous = self.datum.text.startswith("-") and self.text[self.at - 1] in "-:"
        self.put(lambda text: f" {text}" if is_ambiguous else text)

    def brace_last_name(self) -> None:
        """Writes `${NAME}` for a `$NAME` directly before data, so that the value does not become part of the name."""
        if self.last_name is None or self.last_name[1] != self.at:
            return
        start, end = self.last_name
        index = bisect_right(self.inserted, start + 1)
        if index < len(self.inserted) and self.inserted[index] <= end:
            end = self.inserted[index]
        self.edits += [(start + 1, start + 1, "{"), (end, end, "}")]

    def _has_subscript(self, commands: Commands) -> bool:
        """Tells whether the word at the next datum has brackets with anything but a number in them."""
        if "[" in self.datum.text:
            return True
        return "[" in self.text[commands.word : self.at] and not is_decimal(self.datum.text)

    def refuse(self, place: str, *, resume: tuple[int, int] | None = None) -> NoReturn:
        """The next datum cannot be quoted where it stands."""
        raise ShellTextError("PT306", f"'{self.datum.label}' cannot be quoted {place}", resume=resume)

    def unscannable(self, why: str) -> NoReturn:
        """Nothing can be said about where the next datum stands."""
        raise ShellTextError("PT309", f"the shell text cannot be scanned up to '{self.datum.label}': {why}")

    def note(self, fault: ShellTextError) -> None:
        """Notes a fault and goes on behind it; nothing can be said about what stands behind a PT309.

        Raises:
            ShellTextError: `fault`, where faults are not noted.
        """
        if self.faults is None:
            raise fault
        self.faults.append((self.taken, fault))
        if fault.code == "PT309":
            self.taken = len(self.data)
            return
        self.at, count = fault.resume or (self.text.index(MARK, self.at) + 1, 1)
        self.taken += count

    # The result.

    def edited(self, start: int, end: int) -> str:
        """Returns a part of the text with the edits made."""
        chunks, position = [], start
        for first, last, replacement in sorted(self.edits, key=lambda edit: edit[:2]):
            if start <= first < end:
                chunks += [self.text[position:first], replacement]
                position = last
        chunks.append(self.text[position:end])
        return "".join(chunks)

    def check_delimiter(self, document: HereDocument, start: int, end: int) -> None:
        """Refuses a body in which a value made a line that ends it, or that a shell damages for looking like that."""
        if self.faults is not None:
            return
        body = self.edited(start, end)
        bodies = [body] if document.quoted else [body, _JOINED_LINE.sub(r"\1", body)]
        own_lines = frozenset(self.text[start:end].split("\n"))
        for line in (line for text in bodies for line in text.split("\n")):
            written = line.lstrip("\t") if document.strip_tabs else line
            for form in (written, _HEREDOC_ESCAPE.sub(r"\1", written)):
                if _ends_body(form, document):
                    raise ShellTextError("PT307", f"a value made the line {form!r}, which ends the here-document")
            if line not in own_lines and _is_damaged(written, document.delimiter):
                message = f"dash damages the line {written!r}, which begins like '{document.delimiter}'"
                raise ShellTextError("PT307", f"{message}; use another delimiter")


def _ends_body(line: str, document: HereDocument) -> bool:
    """Inside `$(…)` bash also takes a line that only begins with the delimiter, if a `)` follows on it."""
    if document.nested:
        return line.startswith(document.delimiter) and (line == document.delimiter or ")" in line)
    return line == document.delimiter


def _is_damaged(line: str, delimiter: str) -> bool:
    """Dash loses the first byte of a character beyond ASCII directly behind a beginning of the delimiter."""
    common = next(
        (at for at, pair in enumerate(zip(line, delimiter, strict=False)) if pair[0] != pair[1]), len(delimiter)
    )
    return 0 < common < len(line) and not line[common].isascii()

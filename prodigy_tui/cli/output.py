"""All that the program prints: data to stdout, what is said to a person to stderr.

Text that came from agents, items or repositories is made harmless here, at the last moment before it leaves: control
characters, bidirectional overrides and lone surrogates become visible escapes. Colour is added after that, so no text
can bring its own.
"""

import errno
import os
import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TextIO, TypeAlias

import click

from prodigy_tui.cli.secrecy import Secrecy
from prodigy_tui.errors import ExitCode, ProdigyError

ColourMode: TypeAlias = Literal["auto", "always", "never"]

_HOSTILE = "[\x00-\x1f\x7f-\x9f\u200e\u200f\u061c\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
_HOSTILE_IN_JSON = "[\x7f-\x9f\u200e\u200f\u061c\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
"""Compiled when something is printed, or JSON: the interface prints nothing, and so large a set takes a while."""


class ReaderGone(Exception):
    """Whoever read our stdout has hung up."""


class NotPrinted(ReaderGone, ProdigyError):
    """The file that stdout goes to takes no more: what it has by now is not all."""

    exit_code = ExitCode.ENVIRONMENT


_HUNG_UP = frozenset({errno.EPIPE, errno.ECONNRESET, errno.EIO})
"""A pipe without reader, a terminal that was closed."""


class Painted(NamedTuple):
    """A piece of a line that has a colour where colours are wanted."""

    text: str
    colour: str | None = None
    bold: bool = False
    dim: bool = False


Part: TypeAlias = str | Painted


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def harmless(text: str) -> str:
    """Returns `text` as one line that cannot move a cursor, change a colour or reorder what stands around it."""
    return re.sub(_HOSTILE, _escaped, text)


def harmless_lines(text: str) -> str:
    """Returns `text` with its line breaks and tabs kept and everything else as in `harmless`."""
    return "\n".join("\t".join(harmless(cell) for cell in line.split("\t")) for line in text.split("\n"))


def harmless_json(text: str) -> str:
    """Returns JSON text in which the hostile characters that JSON itself lets through are escaped; same meaning."""
    return re.sub(_HOSTILE_IN_JSON, lambda match: f"\\u{ord(match.group()):04x}", text)


def wants_colour(mode: ColourMode, stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Says whether `stream` gets colours."""
    if mode != "auto":
        return mode == "always"
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


class Output:
    """Where a command prints."""

    def __init__(
        self,
        stdout: TextIO,
        stderr: TextIO,
        *,
        environ: Mapping[str, str],
        verbosity: int = 0,
        colour: ColourMode = "auto",
        secrecy: Secrecy | None = None,
    ) -> None:
        self.verbosity = verbosity
        self.secrecy = secrecy or Secrecy()
        self._stdout = stdout
        self._stderr = stderr
        self._environ = environ
        self._colour_out = wants_colour(colour, stdout, environ)
        self._colour_err = wants_colour(colour, stderr, environ)

    @property
    def to_terminal(self) -> bool:
        """Whether stdout is a terminal."""
        return self._stdout.isatty()

    def line(self, *parts: Part) -> None:
        """Prints one line of data."""
        self._write(self._stdout, self._joined(parts, self._colour_out))

    def paragraph(self, *parts: Part, indent: int) -> None:
        """Prints one line, which goes on below at a word, so far in, where the terminal is too narrow for it."""
        width = self._width()
        if width is None:
            self.line(*parts)
            return
        from prodigy_tui.cli.wrapping import wrapped

        # What is hidden is found while it is whole, and made visible while it can still be measured.
        known = [self.secrecy.text(_plain(part)) for part in parts]
        shown = [
            part._replace(text=text) if isinstance(part, Painted) else text
            for part, text in zip(parts, known, strict=True)
        ]
        for line in wrapped(shown, width, indent):
            self.line(*line)

    def _width(self) -> int | None:
        """Returns how wide the terminal is that stdout goes to; None where it is none, or nobody knows."""
        if not self.to_terminal:
            return None
        told = self._environ.get("COLUMNS", "")
        if told.isdigit() and int(told):
            return int(told)
        try:
            return os.get_terminal_size(self._stdout.fileno()).columns or None
        except OSError:
            return None

    def text(self, text: str) -> None:
        """Prints data of several lines."""
        self._write(self._stdout, harmless_lines(text))

    def json_line(self, text: str) -> None:
        """Prints one line of JSON that is text already."""
        self._print(self._stdout, harmless_json(text) if self.to_terminal else text)

    def document(self, kind: str, fields: Mapping[str, Any], *, compact: bool = False) -> None:
        """Prints the one JSON document of a command; `schema` is put in front."""
        self._print(self._stdout, self.document_text(kind, fields, compact=compact))

    def document_text(self, kind: str, fields: Mapping[str, Any], *, compact: bool = False) -> str:
        """Returns what `document` prints, for a file."""
        import json

        document = self.secrecy.data({"schema": f"prodigy-tui/{kind}/1", **fields})
        return harmless_json(json.dumps(document, indent=None if compact else 2, ensure_ascii=False))

    def say(self, *parts: Part) -> None:
        """Says one line to a person; `-q` silences it."""
        if self.verbosity >= 0:
            self._write(self._stderr, self._joined(parts, self._colour_err))

    def detail(self, *parts: Part) -> None:
        """Says one line that only `-v` shows."""
        if self.verbosity > 0:
            self.say(*parts)

    def warn(self, message: str) -> None:
        """Says a warning; `-q` silences it."""
        self.say(Painted("warning:", "yellow"), " ", message)

    def error(self, message: str) -> None:
        """Says an error; nothing silences it."""
        self._write(self._stderr, self._joined((Painted("error:", "red", bold=True), " ", message), self._colour_err))

    def table(self, head: tuple[str, ...], rows: list[tuple[Part, ...]]) -> None:
        """Prints rows of data in aligned columns."""
        from rich.cells import cell_len

        cells: list[tuple[Part, ...]] = [tuple(Painted(title, dim=True) for title in head), *rows]
        widths = [max(cell_len(_plain(row[column])) for row in cells) for column in range(len(head))]
        for row in cells:
            last = len(row) - 1
            parts: list[Part] = []
            for column, cell in enumerate(row):
                padding = "" if column == last else " " * (widths[column] - cell_len(_plain(cell)) + 2)
                parts += [cell, padding]
            self.line(*parts)

    def _joined(self, parts: tuple[Part, ...], colour: bool) -> str:
        return "".join(_painted(part, colour) for part in parts)

    def _write(self, stream: TextIO, text: str) -> None:
        self._print(stream, self.secrecy.text(text))

    def _print(self, stream: TextIO, text: str) -> None:
        encoding = stream.encoding or "utf-8"
        try:
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            stream.flush()
        except OSError as error:
            # What is said to a person may get lost; data may not.
            if stream is not self._stdout:
                return
            if error.errno in _HUNG_UP or not error.errno:
                raise ReaderGone from error
            reason = os.strerror(error.errno).lower()
            raise NotPrinted(f"stdout cannot be written, so not all was printed: {reason}") from error


def _plain(part: Part) -> str:
    return harmless(part.text if isinstance(part, Painted) else part)


def _painted(part: Part, colour: bool) -> str:
    if not isinstance(part, Painted) or not colour:
        return _plain(part)
    return click.style(_plain(part), fg=part.colour, bold=part.bold or None, dim=part.dim or None)

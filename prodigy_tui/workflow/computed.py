"""Computed references (language 8.2): `${file:…}`, `${cmd:…}`, `${json:…:from:…}`, `${date:…}` and `${uuid}`.

Here is their form. What they need from outside (files, commands, the time, randomness) comes from a `Computer`.
"""

import re
from collections.abc import Collection
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from prodigy_tui.workflow.modifiers import is_modifier
from prodigy_tui.workflow.paths import ParsedPath, Part, parse_path

ComputedKind: TypeAlias = Literal["file", "cmd", "json", "date", "uuid"]

_KINDS: Final[dict[str, ComputedKind]] = {"file": "file", "cmd": "cmd", "json": "json", "date": "date", "uuid": "uuid"}
_FROM: Final = ":from:"
_PLAIN_RUN = re.compile(r"[^${}]*")
_FILE = re.compile(r"[^:|{}$\n]+")
_MODIFIER_BEHIND_DATE = re.compile(r"[:|][ \t]*([A-Za-z_]+)(?![A-Za-z0-9_%])")


class Computer(Protocol):
    """Makes the values that no pure code can make. The engine has one per context.

    Whatever a method raises passes through to whoever renders the text.
    """

    def file(self, path: str) -> str | None:
        """Returns the text of a file below the worktree, at most 1 MiB; None when there is none.

        Raises:
            InterpolationError: the path leads out of the worktree (PT801), or the file cannot be read as text.
        """

    def command(self, text: str) -> str:
        """Returns what a shell text prints in the worktree within 30 s; the same text is run once per context."""

    def date(self, form: str) -> str:
        """Returns the local time in the form of `strftime`."""

    def uuid(self) -> str:
        """Returns a new UUID each time."""


class Computed(msgspec.Struct, frozen=True, kw_only=True):
    """What is computed."""

    kind: ComputedKind
    argument: str = ""
    """The path of `file`, the shell text of `cmd`, the form of `date`."""
    parts: tuple[Part, ...] = ()
    """`json`: the path inside the JSON value."""
    source: ParsedPath | None = None
    """`json`: the variable that holds it."""

    def __str__(self) -> str:
        return self.kind if self.kind == "uuid" else f"{self.kind}:…"

    def fault(self) -> tuple[str, str] | None:
        """Returns the code and words for what the form alone shows to be wrong, else None."""
        if self.kind != "file":
            return None
        if self.argument.startswith("/"):
            return "PT801", f"'{self.argument}' is absolute; 'file:' reads files of the worktree"
        if ".." in self.argument.split("/"):
            return "PT801", f"'{self.argument}' leaves the worktree"
        return None


def parse_computed(text: str, word: str, position: int, close: int) -> tuple[Computed, int] | None:
    """Returns what `word` computes and the offset behind its argument, or None.

    Args:
        text: The whole text.
        word: The name at the beginning of the reference.
        position: The offset behind that name.
        close: The offset of the brace that ends the reference.
    """
    kind = _KINDS.get(word)
    if kind is None:
        return None
    if kind == "uuid":
        return Computed(kind=kind), position
    following = text[position + 1 : position + 2]
    # `${date:-x}`, `${file:?x}` and the like are the expansions of a plain name.
    if text[position : position + 1] != ":" or following in ("-", "?", "+", "=", "}", ""):
        return None
    return _PARSERS[kind](text, position + 1, close)


def _parse_file(text: str, start: int, close: int) -> tuple[Computed, int] | None:
    found = _FILE.match(text, start, close)
    if found is None or not found[0].strip():
        return None
    return Computed(kind="file", argument=found[0].strip()), found.end()


def _parse_command(text: str, start: int, close: int) -> tuple[Computed, int] | None:
    command = text[start:close]
    return (Computed(kind="cmd", argument=command), close) if command.strip() else None


def _parse_json(text: str, start: int, close: int) -> tuple[Computed, int] | None:
    # Inside a list a path begins with its index, so it is read as what follows a name.
    lead = "json" if text[start : start + 1] == "[" else "json."
    path = parse_path(lead + _plain_run(text, start))
    end = start + path[1] - len(lead) if path else start
    source = parse_path(text, end + len(_FROM)) if text.startswith(_FROM, end) else None
    if path is None or source is None or source[1] > close or not path[0].parts:
        return None
    return Computed(kind="json", parts=path[0].parts, source=source[0]), source[1]


def _parse_date(text: str, start: int, close: int) -> tuple[Computed, int] | None:
    """A form may hold colons; only a default or the name of a modifier ends it."""
    run = _plain_run(text, start)
    ends = [at for sign in (":-", ":?", "|default:") if (at := run.find(sign)) >= 0]
    ends += [found.start() for found in _MODIFIER_BEHIND_DATE.finditer(run) if is_modifier(found[1])]
    end = start + min(ends, default=len(run))
    form = text[start:end].strip()
    return (Computed(kind="date", argument=form), end) if form and end <= close else None


def _plain_run(text: str, start: int) -> str:
    """Returns the characters up to the next brace or dollar; looking further again and again would take forever."""
    found = _PLAIN_RUN.match(text, start)
    return found[0] if found else ""


_PARSERS: Final = {"file": _parse_file, "cmd": _parse_command, "json": _parse_json, "date": _parse_date}


def is_computed_word(word: str, declared: Collection[str] = ()) -> bool:
    """Tells whether a reference that begins with `word` may be computed; a declared name is a name."""
    return word in _KINDS and word not in declared

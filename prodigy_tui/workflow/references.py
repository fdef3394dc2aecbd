"""One reference `${…}`: its grammar (language 8.2), without any knowledge of values."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from prodigy_tui.workflow.computed import Computed, parse_computed
from prodigy_tui.workflow.modifiers import (
    Modifier,
    canonical_name,
    find_bad_glob,
    find_fault,
    is_modifier,
    takes_argument,
)
from prodigy_tui.workflow.paths import ParsedPath, parse_path

Mode = Literal["plain", "shell"]
MAX_NESTED_DEFAULTS: Final = 32
"""Defaults inside defaults; deeper ones are not looked into (PT106)."""

_SPACE = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ENV_NAME = re.compile(r":([A-Za-z_][A-Za-z0-9_]*)")
_BRACE = re.compile(r"[{}]")
_ENV = ParsedPath("env")
_GLOB_SIGN = re.compile(r"[*?\[{/]")


class TextProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong at one place of a text; `offset` counts characters of the text."""

    code: str
    message: str
    offset: int
    hint: str = ""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """One reference as written."""

    source: str
    offset: int
    path: ParsedPath
    modifiers: tuple[Modifier, ...] = ()
    default: str | None = None
    """The text of `:-` and `|default:`, itself a text with references."""
    demand: str | None = None
    """The text of `:?`, the message when there is no value."""
    computed: Computed | None = None
    """What is computed, unless a declared name of the first word's spelling exists."""
    as_name: "Reference | None" = None
    """A computed reference read as that name with modifiers, where it can be."""
    short: bool = False
    """Written `$name`."""

    @property
    def override(self) -> str:
        """`raw`, `quote`, `sh` or empty."""
        last = self.modifiers[-1].name if self.modifiers else ""
        return last if last in {"raw", "quote", "sh"} else ""

    @property
    def fallback(self) -> str | None:
        """The text of `:-` or `:?`."""
        return self.default if self.default is not None else self.demand

    @property
    def is_bare(self) -> bool:
        """A path alone, without modifiers and default."""
        return not (self.modifiers or self.computed or self.short) and self.fallback is None

    def meant(self, declares: Callable[[str], bool]) -> "Reference":
        """Returns this reference as it is read where some names are declared."""
        return self.as_name if self.as_name is not None and declares(self.path.root) else self

    def fault(self) -> str | None:
        """Returns what is wrong with the modifiers (PT304), else None."""
        return find_fault(self.modifiers)

    def bad_glob(self) -> str | None:
        """Returns what is wrong with a glob among the modifiers (PT114), else None."""
        return find_bad_glob(self.modifiers)

    def ignored_arguments(self) -> tuple[str, ...]:
        """Returns the modifiers whose argument is ignored (PT303)."""
        return tuple(m.name for m in self.modifiers if m.argument is not None and not takes_argument(m.name))


def parse_reference(text: str, start: int) -> tuple[Reference, int] | None:
    """Returns the reference that begins with the `${` at `start` and the offset behind it, None where none is."""
    close = _closed_braces(text).get(start + 1)
    found = parse_path(text, _skip_space(text, start + 2)) if close is not None else None
    if found is None or close is None:
        return None
    path, position = found
    env_name = _ENV_NAME.match(text, position) if path == _ENV else None
    if env_name:
        path, position = ParsedPath("env", (env_name[1],)), env_name.end()
    named = _reference(text, start, path, None, _parse_rest(text, position))
    if path.parts:
        return named
    computed = parse_computed(text, path.root, position, close)
    rest = _parse_rest(text, computed[1]) if computed else None
    if computed is None or rest is None:
        return named
    made = _reference(text, start, path, computed[0], rest)
    if made and named and made[1] == named[1]:
        return replace(made[0], as_name=named[0]), made[1]
    return made


def _reference(
    text: str, start: int, path: ParsedPath, computed: Computed | None, rest: "_Rest | None"
) -> tuple[Reference, int] | None:
    if rest is None:
        return None
    end = rest.end + 1
    reference = Reference(
        source=text[start:end],
        offset=start,
        path=path,
        modifiers=rest.modifiers,
        default=rest.default,
        demand=rest.demand,
        computed=computed,
    )
    return reference, end


class _Rest(msgspec.Struct, frozen=True, kw_only=True):
    """What follows the path; `end` is the offset of the closing brace."""

    end: int
    modifiers: tuple[Modifier, ...] = ()
    default: str | None = None
    demand: str | None = None


def _parse_rest(text: str, position: int) -> _Rest | None:
    modifiers: list[Modifier] = []
    while True:
        if (end := _skip_space(text, position)) < len(text) and text[end] == "}":
            return _Rest(end=end, modifiers=tuple(modifiers))
        sign = text[position : position + 2]
        is_default = text.startswith("|default:", position)
        if sign in (":-", ":?") or is_default:
            body = position + (len("|default:") if is_default else 2)
            close = _matching_brace(text, body)
            if close is None:
                return None
            fallback = text[body:close]
            chain = tuple(modifiers)
            if sign == ":?":
                return _Rest(end=close, modifiers=chain, demand=fallback)
            return _Rest(end=close, modifiers=chain, default=fallback)
        match sign[:1]:
            case ":":
                found = _parse_modifier(text, position + 1)
            case "|":
                found = _parse_piped(text, position + 1)
            case _:
                return None
        if found is None:
            return None
        modifier, position = found
        modifiers.append(modifier)


def _parse_modifier(text: str, start: int) -> tuple[Modifier, int] | None:
    first = text[start : start + 1]
    if not first or first in "+=:|}" or first.isspace() or first.isdigit():
        return None
    word = _WORD.match(text, start)
    if word and text[word.end() : word.end() + 1] == "(":
        close = _matching_parenthesis(text, word.end() + 1)
        if close is not None:
            return Modifier(name=word[0], argument=text[word.end() + 1 : close]), close + 1
    end = _end_of_word(text, start)
    if end is None:
        return None
    written = text[start:end].rstrip()
    if "$" in written:
        return None
    if _GLOB_SIGN.search(written):
        return Modifier(name="glob", argument=written), end
    return Modifier(name=written), end


def _parse_piped(text: str, start: int) -> tuple[Modifier, int] | None:
    word = _WORD.match(text, start)
    if not word:
        return None
    end = word.end()
    if text[end : end + 1] == "(" and (close := _matching_parenthesis(text, end + 1)) is not None:
        return Modifier(name=word[0], argument=text[end + 1 : close], piped=True), close + 1
    if text[end : end + 1] != ":" or text[end + 1 : end + 2] in ("-", "?"):
        return Modifier(name=word[0], piped=True), end
    following = _WORD.match(text, end + 1)
    if not takes_argument(word[0]) and following and is_modifier(following[0]):
        return Modifier(name=word[0], piped=True), end
    argument_end = _end_of_argument(text, end + 1)
    if argument_end is None:
        return None
    return Modifier(name=word[0], argument=text[end + 1 : argument_end], piped=True), argument_end


def _end_of_argument(text: str, start: int) -> int | None:
    """An argument after `|word:` may hold a colon; one before the name of a modifier begins the next modifier."""
    position = start
    while (end := _end_of_word(text, position)) is not None and text[end] == ":":
        following = _WORD.match(text, end + 1)
        if text[end + 1 : end + 2] in ("-", "?") or (following and is_modifier(canonical_name(following[0]))):
            return end
        position = end + 1
    return end


def _end_of_word(text: str, start: int) -> int | None:
    """Returns the offset of the `:`, `|` or `}` behind a word, brackets and braces balanced; no reference is inside."""
    depth = 0
    for position in range(start, len(text)):
        character = text[position]
        if character in "{[":
            depth += 1
        elif character in "}]" and depth:
            depth -= 1
        elif character == "}" or (character in ":|" and not depth):
            return position
        elif character == "\n" or text.startswith("${", position):
            return None
    return None


@lru_cache(maxsize=16)
def _closed_braces(text: str) -> Mapping[int, int]:
    """Returns the closing brace of every opening one that has one; looking for each anew would take forever."""
    opened: list[int] = []
    closed: dict[int, int] = {}
    for found in _BRACE.finditer(text):
        if found[0] == "{":
            opened.append(found.start())
        elif opened:
            closed[opened.pop()] = found.start()
    return closed


def _matching_brace(text: str, start: int) -> int | None:
    depth = 0
    for found in _BRACE.finditer(text, start):
        if found[0] == "{":
            depth += 1
        elif not depth:
            return found.start()
        else:
            depth -= 1
    return None


def _matching_parenthesis(text: str, start: int) -> int | None:
    depth = 0
    for position in range(start, len(text)):
        if text.startswith("${", position):
            return None
        if text[position] == "(":
            depth += 1
        elif text[position] == ")":
            if not depth:
                return position
            depth -= 1
    return None


def _skip_space(text: str, start: int) -> int:
    found = _SPACE.match(text, start)
    return found.end() if found else start

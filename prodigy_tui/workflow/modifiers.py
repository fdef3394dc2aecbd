"""Modifiers of references: `${a:*.md:lines}`, `${a|basename}` (language 8.6).

`quote`, `raw` and `sh` change nothing here: they say how `shell` puts the value into shell text.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import msgspec

from prodigy_tui.ids import plain_safe_id
from prodigy_tui.workflow.freeze import freeze, sort_rank
from prodigy_tui.workflow.globs import GlobError, compile_globs, split_globs
from prodigy_tui.workflow.rendering import compact_json, pretty_json, render_data, render_value
from prodigy_tui.workflow.suggest import did_you_mean
from prodigy_tui.workflow.values import Value, plain


class Modifier(msgspec.Struct, frozen=True, kw_only=True):
    """One modifier as written; `glob` and `pattern` carry their globs as the argument."""

    name: str
    argument: str | None = None
    piped: bool = False
    """Written with `|`, where an argument that is not taken is ignored."""


class ModifierError(Exception):
    """A modifier that does not exist or cannot be applied (PT304)."""


OVERRIDES: Final = frozenset({"raw", "quote", "sh"})
_SYNONYMS: Final[Mapping[str, str]] = {
    "newline": "lines",
    "comma": "csv",
    "len": "length",
    "count": "length",
    "pattern": "glob",
}


def apply_modifiers(value: Value, modifiers: tuple[Modifier, ...]) -> Value:
    """Returns the value after all modifiers, left to right.

    Raises:
        ModifierError: a modifier cannot be applied.
        GlobError: a glob is malformed.
    """
    for modifier in modifiers:
        if modifier.name in OVERRIDES:
            continue
        value = _MODIFIERS[canonical_name(modifier.name)](value, modifier.argument)
    return value


def canonical_name(name: str) -> str:
    """Returns the preferred spelling of a modifier."""
    return _SYNONYMS.get(name, name)


def is_modifier(name: str) -> bool:
    """Tells whether the language has a modifier of this name."""
    return name in _MODIFIERS or name in OVERRIDES or name in _SYNONYMS


def modifier_names() -> tuple[str, ...]:
    """Returns every name that a modifier can have."""
    return (*_MODIFIERS, *OVERRIDES, *_SYNONYMS)


def takes_argument(name: str) -> bool:
    """Tells whether a modifier reads its argument."""
    return canonical_name(name) in _WITH_ARGUMENT


def find_fault(modifiers: tuple[Modifier, ...]) -> str | None:
    """Returns what is wrong with a chain of modifiers whatever the value (PT304), else None."""
    for position, modifier in enumerate(modifiers):
        name = canonical_name(modifier.name)
        if not is_modifier(name):
            hint = did_you_mean(modifier.name, modifier_names())
            return f"unknown modifier '{modifier.name}'" + (f"; {hint}" if hint else "")
        if name in OVERRIDES and position != len(modifiers) - 1:
            return f"'{modifier.name}' must be the last modifier"
        if name in _WITH_ARGUMENT and modifier.argument is None:
            return f"modifier '{modifier.name}' needs an argument: {modifier.name}({_WITH_ARGUMENT[name]})"
        if modifier.argument is not None and name not in _WITH_ARGUMENT and not modifier.piped:
            return f"modifier '{modifier.name}' takes no argument"
        if name in _COUNTED and not (modifier.argument or "").strip().isdecimal():
            return f"modifier '{modifier.name}' needs a whole number (got '{modifier.argument}')"
    return None


def find_bad_glob(modifiers: tuple[Modifier, ...]) -> str | None:
    """Returns what is wrong with the globs of a chain (PT114), else None."""
    for modifier in modifiers:
        if canonical_name(modifier.name) == "glob":
            try:
                compile_globs(split_globs(modifier.argument or ""))
            except GlobError as error:
                return str(error)
    return None


_Apply = Callable[[Value, str | None], Value]


def _text(function: Callable[[str], str]) -> _Apply:
    return lambda value, _: Value(function(render_value(value)), trusted=value.trusted)


def _counted(function: Callable[[str, int], str]) -> _Apply:
    return lambda value, argument: Value(function(render_value(value), _count(argument)), trusted=value.trusted)


def _joined(join: Callable[[list[str], str], str]) -> _Apply:
    def apply(value: Value, argument: str | None) -> Value:
        words = [render_data(element) for element in _elements(value)]
        return Value(join(words, _unquoted(argument or "")), trusted=value.trusted)

    return apply


def _on_list(function: Callable[[list[Any]], Any]) -> _Apply:
    def apply(value: Value, _: str | None) -> Value:
        return _like(value, function(_elements(value)))

    return apply


def _each(function: Callable[[str], str]) -> _Apply:
    def apply(value: Value, _: str | None) -> Value:
        data = plain(value)
        if isinstance(data, list):
            return _like(value, [function(render_data(element)) for element in data])
        return Value(function(render_value(value)), trusted=value.trusted)

    return apply


def _as_json(spell: Callable[[Any], str]) -> _Apply:
    return lambda value, _: Value(spell(plain(value)), trusted=value.trusted)


def _glob(value: Value, argument: str | None) -> Value:
    matches = compile_globs(split_globs(argument or ""))
    return _like(value, [element for element in _elements(value) if matches(render_data(element))])


def _length(value: Value, _: str | None) -> Value:
    data = plain(value)
    size = len(data) if isinstance(data, str | list | Mapping) else len(render_data(data))
    return Value(size, trusted=value.trusted)


def _like(value: Value, data: Any) -> Value:
    """A list made from a list of paths still is one."""
    keeps = value.kind == "paths" and isinstance(data, list)
    return Value(data, trusted=value.trusted, kind="paths" if keeps else "plain")


def _elements(value: Value) -> list[Any]:
    data = plain(value)
    return data if isinstance(data, list) else [data]


def _unique(elements: list[Any]) -> list[Any]:
    seen: dict[Any, Any] = {}
    for element in elements:
        seen.setdefault(freeze(element), element)
    return list(seen.values())


def _csv_line(words: list[str], _: str) -> str:
    return ",".join(_csv_field(word) for word in words)


def _csv_field(word: str) -> str:
    """RFC 4180; the standard writer leaves line breaks unquoted in some versions of Python."""
    return '"' + word.replace('"', '""') + '"' if _CSV_SPECIAL.search(word) else word


_CSV_SPECIAL = re.compile(r'[",\r\n]')


def _unquoted(argument: str) -> str:
    if len(argument) > 1 and argument[0] == argument[-1] and argument[0] in "'\"":
        return argument[1:-1]
    return argument


def _count(argument: str | None) -> int:
    try:
        return min(int((argument or "").strip()), _MOST)
    except ValueError as error:
        raise ModifierError(f"a whole number is needed (got '{argument}')") from error


_MOST = 1_000_000


def _indent(text: str, count: int) -> str:
    return text.replace("\n", "\n" + " " * min(count, _WIDEST))


_WIDEST = 1_000


def _head(text: str, count: int) -> str:
    return "\n".join(text.removesuffix("\n").split("\n")[:count])


def _tail(text: str, count: int) -> str:
    return "\n".join(text.removesuffix("\n").split("\n")[-count:] if count else [])


def _extension(path: str) -> str:
    return PurePosixPath(path).suffix.removeprefix(".")


_MODIFIERS: Final[Mapping[str, _Apply]] = {
    "json": _as_json(compact_json),
    "pretty": _as_json(pretty_json),
    "lines": _joined(lambda words, _: "\n".join(words)),
    "csv": _joined(_csv_line),
    "space": _joined(lambda words, _: " ".join(words)),
    "join": _joined(lambda words, separator: separator.join(words)),
    "glob": _glob,
    "length": _length,
    "first": _on_list(lambda elements: elements[0] if elements else None),
    "last": _on_list(lambda elements: elements[-1] if elements else None),
    "sort": _on_list(lambda elements: sorted(elements, key=sort_rank)),
    "unique": _on_list(_unique),
    "reverse": _on_list(lambda elements: elements[::-1]),
    "upper": _text(str.upper),
    "lower": _text(str.lower),
    "trim": _text(str.strip),
    "slug": _text(plain_safe_id),
    "indent": _counted(_indent),
    "head": _counted(_head),
    "tail": _counted(_tail),
    "basename": _each(lambda path: posixpath.basename(path.rstrip("/"))),
    "dirname": _each(lambda path: posixpath.dirname(path.rstrip("/")) or "."),
    "stem": _each(lambda path: PurePosixPath(path).stem),
    "ext": _each(_extension),
}

_WITH_ARGUMENT: Final[Mapping[str, str]] = {
    "join": "SEPARATOR",
    "glob": "GLOB",
    "indent": "N",
    "head": "N",
    "tail": "N",
}
_COUNTED: Final = frozenset({"indent", "head", "tail"})

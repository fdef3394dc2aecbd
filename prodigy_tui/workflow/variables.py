"""The variables that one step sees: which value a path finds (language 8.3 to 8.5) and what is exported (12.5)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from prodigy_tui.workflow.computed import Computer
from prodigy_tui.workflow.paths import EACH, ParsedPath, Part, parse_path, whole_path
from prodigy_tui.workflow.rendering import render_value
from prodigy_tui.workflow.roots import (
    BUILT_IN,
    RESERVED,
    hidden_by_declaration,
    holds_secrets,
    is_positional,
    is_root,
    secret_name,
)
from prodigy_tui.workflow.suggest import alternatives, did_you_mean, near_misses
from prodigy_tui.workflow.values import Kind, Value, capture_value, find, item_value, plain

__all__ = [
    "EACH",
    "Computer",
    "Kind",
    "Layers",
    "ParsedPath",
    "Part",
    "Scope",
    "Value",
    "agent_aliases",
    "capture_value",
    "item_value",
    "parse_path",
    "plain",
    "positional_values",
    "strip_newline",
    "whole_path",
]

EXPORT_BYTES: Final = 128 * 1024
"""Linux refuses a longer `NAME=value` with its closing NUL."""

_EXPORTED_ROOTS = BUILT_IN | {"item"}


_NO_NAMES: Final[Mapping[str, Value]] = {}


class Layers(msgspec.Struct, frozen=True, kw_only=True):
    """The declared plain names of one step by where they come from (language 8.4); a name that is first wins.

    The built-in names and the process environment come behind them; `Scope` knows those.
    """

    loops: Mapping[str, Value] = _NO_NAMES
    """Loop variables, those of inner loops over those of outer ones."""
    step_env: Mapping[str, Value] = _NO_NAMES
    captures: Mapping[str, Value] = _NO_NAMES
    """Captures of this context."""
    ids: Mapping[str, Value] = _NO_NAMES
    """Steps of this context; a capture that has the name of an id comes first."""
    template: Mapping[str, Value] = _NO_NAMES
    """Parameters of the innermost template."""
    enclosing: Sequence[Mapping[str, Value]] = ()
    """Captures and ids of the contexts around this one, innermost first, up to setup."""
    parameters: Mapping[str, Value] = _NO_NAMES
    variables: Mapping[str, Value] = _NO_NAMES
    """`vars`."""
    environment: Sequence[Mapping[str, Value]] = ()
    """Profile, `env` and `env_files`, the first wins."""
    positional: Mapping[str, Value] = _NO_NAMES
    """`ARG`, `ARG_1`, … (`positional_values`)."""

    def in_order(self) -> tuple[Mapping[str, Value], ...]:
        """Returns the layers for `Scope(names=…)`."""
        layers = (
            *(self.loops, self.step_env, self.captures, self.ids, self.template),
            *self.enclosing,
            *(self.parameters, self.variables),
            *self.environment,
            self.positional,
        )
        return tuple(layer for layer in layers if layer)


class Scope:
    """The variables of one step, unchangeable; the engine builds one per step.

    Args:
        names: Plain names in the order of precedence of language 8.4, the first match wins.
        roots: Roots and built-in names of language 8.5 that have a value now.
        environment: The process environment, which plain text and expressions fall back to.
        declared: Names that exist in the workflow, whether or not they have a value now.
        secrets: Names whose values are never put into a text (language 8.3).
        computer: Makes the values of `${file:…}`, `${cmd:…}`, `${date:…}` and `${uuid}`.
        private: Names that are not exported: what a step wrote to `PRODIGY_OUTPUT` without declaring it (language 11).
    """

    def __init__(
        self,
        *,
        names: Sequence[Mapping[str, Value]] = (),
        roots: Mapping[str, Value] | None = None,
        environment: Mapping[str, str] | None = None,
        declared: Collection[str] = (),
        secrets: Collection[str] = (),
        computer: Computer | None = None,
        private: Collection[str] = (),
    ) -> None:
        self._names = tuple(names)
        self._roots = roots if roots is not None else {}
        self._environment = environment if environment is not None else {}
        self._declared = frozenset(declared)
        self._secrets = frozenset(secrets)
        self._private = frozenset(private)
        self.computer = computer

    def lookup(self, path: ParsedPath) -> Value | None:
        """Returns the value of `path`, None when it has none; the process environment is not asked."""
        root = path.root
        if root not in RESERVED or root == "item":
            for layer in self._names:
                if root in layer:
                    return find(layer[root], path.parts)
            if root.isdigit() and root != "0":
                return self.lookup(ParsedPath(f"ARG_{root}", path.parts))
        value = self._roots.get(root)
        if value is None:
            steps = self._roots.get("steps")  # a step that was left out has a status and no value
            return find(steps, (root, *path.parts)) if steps is not None and path.parts else None
        return find(self._without_secrets(value) if holds_secrets(path) else value, path.parts)

    def secret(self, path: ParsedPath) -> str | None:
        """Returns the name of the secret that `path` stands for, else None."""
        return secret_name(path, self._secrets) if self._secrets else None

    def _without_secrets(self, value: Value) -> Value:
        """Returns a mapping of variables as it may be shown as a whole."""
        if not self._secrets or not isinstance(value.data, Mapping):
            return value
        return replace(value, data={key: child for key, child in value.data.items() if key not in self._secrets})

    def inherited(self, name: str) -> Value | None:
        """Returns the variable `name` of the process environment (language 8.4, 10)."""
        text = self._environment.get(name)
        return None if text is None else Value(text, trusted=True)

    def declares(self, name: str) -> bool:
        """Tells whether `name` is a declared name, with or without a value."""
        return name in self._declared or any(name in layer for layer in self._names)

    def knows(self, name: str) -> bool:
        """Tells whether `name` is declared or a root of the language."""
        return is_root(name) or self.declares(name)

    def hides(self, name: str) -> bool:
        """Tells whether a declared name stands in the place of the root of that spelling."""
        return hidden_by_declaration(name, self._declared) or (
            name not in RESERVED and any(name in layer for layer in self._names)
        )

    def hint(self, path: ParsedPath) -> str:
        """Returns near misses of a path without value, or what there is."""
        known = self.lookup(ParsedPath(path.root)) if path.parts else None
        if known is not None:
            keys = [*(known.data if isinstance(known.data, Mapping) else ()), *known.fields]
            near = [f"{path.root}.{key}" for key in near_misses(str(path.parts[0]), keys)]
            return f"did you mean {alternatives(near)}?" if near else _listing(f"'{path.root}' has", keys)
        names = self._available()
        return did_you_mean(path.root, names) or _listing("available here:", names)

    def exported(self) -> dict[str, str]:
        """Returns the exported names of language 12.5 as environment variables."""
        return dict(self._exports[0])

    @property
    def unexported(self) -> frozenset[str]:
        """Names with a value that no environment variable can hold: too long, or with a NUL (PT512)."""
        return self._exports[1]

    @cached_property
    def _exports(self) -> tuple[dict[str, str], frozenset[str]]:
        values: dict[str, Value] = {}
        for layer in self._names:
            for name, value in layer.items():
                values.setdefault(name, value)
        for name, value in self._roots.items():
            if name in _EXPORTED_ROOTS or is_positional(name):
                values.setdefault(name, value)
        exported: dict[str, str] = {}
        refused = set()
        for name, value in values.items():
            if name in self._private or not (name.isascii() and name.isidentifier()):
                continue
            data = value.data
            # Of what is exported nearly all is text, which is its own.
            text = data if isinstance(data, str) and value.kind != "json" else render_value(value)
            if fits_environment(name, text, EXPORT_BYTES):
                exported[name] = text
            else:
                refused.add(name)
        return exported, frozenset(refused)

    def _available(self) -> list[str]:
        names = {name for layer in self._names for name in layer} | set(self._roots)
        return sorted(name for name in names if not name.isdigit())


def fits_environment(name: str, text: str, limit: int) -> bool:
    """Tells whether `name=text` is at most `limit` bytes and can be an environment variable."""
    if "\0" in text or len(text) >= limit:
        return False
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))
    return len(name) + 2 + size <= limit


def strip_newline(text: str) -> str:
    """Returns captured text: without one newline at its end, LF or CRLF (language 8.7)."""
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def positional_values(arguments: Sequence[str], current: str | None = None) -> dict[str, Value]:
    """Returns `ARG_1`, `ARG_2`, …, and `ARG`: the one that is worked on now, else the first.

    `$1` and `${1}` find `ARG_1`.
    """
    if not arguments:
        return {}
    values = {f"ARG_{number}": Value(text, trusted=True) for number, text in enumerate(arguments, 1)}
    return {"ARG": Value(arguments[0] if current is None else current, trusted=True), **values}


def agent_aliases(item: Any, *, args_given: bool) -> dict[str, Value]:
    """Returns the legacy names of an agent (language 8.5); `map.key` is the field `key` of the root `map`."""
    scalar = None if isinstance(item, list | dict) else Value(item)
    path = Value(item["path"]) if isinstance(item, dict) and "path" in item else scalar
    aliases = {"FILE": path, "FILE_PATH": path}
    if not args_given:
        aliases |= {"ARG": scalar, "ARGUMENT": scalar}
    return {name: value for name, value in aliases.items() if value is not None}


def _listing(lead: str, names: Iterable[str]) -> str:
    shown = list(dict.fromkeys(names))
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return f"{lead} {', '.join(shown[:_SHOWN])}{more}" if shown else ""


_SHOWN = 12

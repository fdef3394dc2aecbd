"""What the interface's filters know from outside: the language's expressions, and filters that a person has saved."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from prodigy_tui.errors import ProdigyError

_LONGEST: Final = 1 << 20
_MOST: Final = 200
_Text = Annotated[str, msgspec.Meta(max_length=4000)]


class NoExpression(ProdigyError):
    """What was typed is no expression of the language."""


class LanguageExpressions:
    """The expressions of `filter` and `when` (language 10) over the fields of an item."""

    def compile(self, text: str) -> Callable[[Mapping[str, object]], bool]:
        """Returns the test of a document; one on which the expression makes no sense does not pass.

        Raises:
            NoExpression: it cannot be read.
        """
        from prodigy_tui.workflow.expr import EvaluationError, ExpressionError, compile_filter, parse_expression
        from prodigy_tui.workflow.variables import Scope

        try:
            test = compile_filter(parse_expression(text), Scope())
        except ExpressionError as error:
            raise NoExpression(f"character {error.offset + 1}: {error.message}") from error
        except EvaluationError as error:
            raise NoExpression(error.message) from error

        def passes(document: Mapping[str, object]) -> bool:
            try:
                return test(dict(document))
            except EvaluationError:
                return False

        return passes


class FilterFile:
    """Saved filters as a JSON file. One that cannot be read holds none, and is not written over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._damaged = False

    def all(self) -> Mapping[str, str]:
        """Returns what the file holds."""
        try:
            with self._path.open("rb") as file:
                return msgspec.json.decode(file.read(_LONGEST), type=dict[_Text, _Text])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError):
            self._damaged = True
            return {}

    def save(self, name: str, text: str) -> str:
        """Keeps a filter under a name; returns why that cannot be, or nothing."""
        saved = {**self.all(), name[:100]: text}
        return self._write(saved) if len(saved) <= _MOST else f"there are {_MOST} saved filters: forget one first"

    def forget(self, name: str) -> str:
        """Takes a filter away; returns why that cannot be, or nothing."""
        return self._write({known: text for known, text in self.all().items() if known != name})

    def _write(self, saved: Mapping[str, str]) -> str:
        if self._damaged:
            return f"not saved: {str(self._path)!r} cannot be read; repair or remove it"
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            fresh.write_bytes(msgspec.json.format(msgspec.json.encode(saved, order="sorted"), indent=1) + b"\n")
            fresh.replace(self._path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            return f"not saved: {(error.strerror or str(error)).lower()}"
        return ""

"""What the paths of an expression mean (language 10.2): variables of a step, or paths of a work item.

Each method returns a function of the subject: the scope of a step, or one item.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from prodigy_tui.workflow.expr.syntax import VARIABLE_ROOTS
from prodigy_tui.workflow.item_paths import presence_getter, value_getter
from prodigy_tui.workflow.paths import ParsedPath
from prodigy_tui.workflow.references import Reference
from prodigy_tui.workflow.values import Value, plain
from prodigy_tui.workflow.variables import Scope

Test: TypeAlias = Callable[[Any], Any]
"""A compiled node: a function of the subject."""
Finder: TypeAlias = Callable[[Any], Value | None]


class Names(Protocol):
    """How paths are looked up."""

    def find(self, path: ParsedPath) -> Finder:
        """Looks up the value, None when it is missing."""

    def data(self, path: ParsedPath) -> Test:
        """Looks up the plain data, None when it is missing."""

    def exists(self, path: ParsedPath) -> Test:
        """Tells whether there is a value, null included."""

    def scope(self, subject: Any) -> Scope:
        """Returns the variables around the subject."""

    def meant(self, reference: Reference, subject: Any) -> Reference:
        """Returns a reference as it is read here, where `file` and `date` may be names."""


class StepNames:
    """Paths are variables of the scope; a plain name also finds the process environment."""

    def find(self, path: ParsedPath) -> Finder:
        return lambda scope: find_variable(path, scope)

    def data(self, path: ParsedPath) -> Test:
        return lambda scope: _data(find_variable(path, scope))

    def exists(self, path: ParsedPath) -> Test:
        return lambda scope: find_variable(path, scope) is not None

    def scope(self, subject: Any) -> Scope:
        assert isinstance(subject, Scope)
        return subject

    def meant(self, reference: Reference, subject: Any) -> Reference:
        return reference.meant(self.scope(subject).declares)


class ItemNames:
    """Paths are paths of the item; a few roots are variables of one scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def find(self, path: ParsedPath) -> Finder:
        if path.root in VARIABLE_ROOTS:
            value = find_variable(path, self._scope)
            return lambda _: value
        data, exists = value_getter(path), presence_getter(path)
        return lambda item: Value(data(item)) if exists(item) else None

    def data(self, path: ParsedPath) -> Test:
        if path.root in VARIABLE_ROOTS:
            data = _data(find_variable(path, self._scope))
            return lambda _: data
        return value_getter(path)

    def exists(self, path: ParsedPath) -> Test:
        if path.root in VARIABLE_ROOTS:
            found = find_variable(path, self._scope) is not None
            return lambda _: found
        return presence_getter(path)

    def scope(self, subject: Any) -> Scope:  # noqa: ARG002 - one scope for all items
        return self._scope

    def meant(self, reference: Reference, subject: Any) -> Reference:  # noqa: ARG002 - the same for all items
        return reference.meant(lambda _: True)


def find_variable(path: ParsedPath, scope: Scope) -> Value | None:
    """Returns the value of a variable, or that of the process environment for a plain name that nobody declares."""
    value = scope.lookup(path)
    if value is None and not path.parts and not scope.knows(path.root):
        return scope.inherited(path.root)
    return value


def _data(value: Value | None) -> Any:
    return None if value is None else plain(value)

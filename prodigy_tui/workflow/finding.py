"""What one reference finds in a scope: its value, or what stands in its place (language 8.2, 8.3)."""

import json
from enum import Enum

from prodigy_tui.workflow.computed import Computed
from prodigy_tui.workflow.globs import GlobError
from prodigy_tui.workflow.modifiers import ModifierError, apply_modifiers
from prodigy_tui.workflow.paths import Each, ParsedPath
from prodigy_tui.workflow.references import Mode, Reference
from prodigy_tui.workflow.roots import unknown_field
from prodigy_tui.workflow.values import Value, find, plain
from prodigy_tui.workflow.variables import Scope, strip_newline


class InterpolationError(Exception):
    """A reference that has no value or cannot be put in: the step fails with kind `interpolation`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Instead(Enum):
    """What stands for a reference that has no value, or whose value must not be shown."""

    LEFT = "left"
    """The characters as they are."""
    FALLBACK = "fallback"
    """Its `:-` or `:?`."""
    SECRET = "secret"
    """A reference of the shell to the variable."""


def find_value(
    reference: Reference, scope: Scope, mode: Mode, assigned: frozenset[str] = frozenset(), *, secrets: bool = False
) -> Value | Instead:
    """Returns the value of a reference after its modifiers, or what stands in its place.

    Args:
        reference: As written; a computed one whose first word is declared counts as that name.
        scope: Where it is looked up.
        mode: The kind of text that it stands in.
        assigned: Shell text: the names that belong to the shell.
        secrets: Whether the value of a secret may be put in (values of `env`).

    Raises:
        InterpolationError: it has no value and no default, or a modifier cannot be applied.
    """
    reference = reference.meant(scope.declares)
    path = reference.path
    if mode == "shell" and _belongs_to_shell(reference, scope, assigned):
        return Instead.LEFT
    if name := scope.secret(path):
        if mode == "shell":
            return _shell_secret(reference, name)
        if not secrets and reference.override != "raw":
            raise InterpolationError("PT333", f"'{name}' is a secret and is not written into text")
    value = _looked_up(reference, scope, mode)
    if isinstance(value, Instead):
        return value
    if is_empty(value) and (value is None or reference.fallback is not None):
        return _without_value(reference, scope)
    assert value is not None
    value = _modified(reference, value)
    if is_empty(value) and reference.fallback is not None:
        return _without_value(reference, scope)
    return value


def compute(computed: Computed, scope: Scope) -> Value | None:
    """Returns a computed value, which is data; None where there is none.

    Raises:
        InterpolationError: the form is wrong, a text is no JSON, or nothing can be computed here.
    """
    if fault := computed.fault():
        raise InterpolationError(*fault)
    if computed.kind == "json":
        return _json_value(computed, scope)
    computer = scope.computer
    if computer is None:
        raise InterpolationError("PT301", f"'${{{computed}}}' cannot be computed here")
    match computed.kind:
        case "file":
            text = computer.file(computed.argument)
            return None if text is None else Value(text)
        case "cmd":
            return Value(strip_newline(computer.command(computed.argument)))
        case "date":
            return Value(computer.date(computed.argument))
        case "uuid":
            return Value(computer.uuid())


def is_empty(value: Value | None) -> bool:
    """Tells whether a default is due: a value that is missing, null or empty text."""
    return value is None or value.data is None or value.data == ""


def is_shell_form(path: ParsedPath) -> bool:
    """Tells whether the shell has this form too: `${a}`, `${a[0]}` and `${a[*]}` are its own for unknown names."""
    return not path.parts or (len(path.parts) == 1 and isinstance(path.parts[0], int | Each))


def _looked_up(reference: Reference, scope: Scope, mode: Mode) -> Value | Instead | None:
    if reference.computed:
        return compute(reference.computed, scope)
    path, root = reference.path, reference.path.root
    if not scope.hides(root) and (fault := unknown_field(path)):
        raise InterpolationError("PT301", fault)
    value = scope.lookup(path)
    if value is None and not scope.knows(root):
        if mode == "shell" and is_shell_form(path):
            return Instead.LEFT
        if mode == "plain" and not path.parts:
            value = scope.inherited(root)
    if value is None and reference.short and root.isdigit():
        return Instead.LEFT
    return value


def _belongs_to_shell(reference: Reference, scope: Scope, assigned: frozenset[str]) -> bool:
    path = reference.path
    if path.root.isdigit():
        return True
    if not path.parts and path.root in assigned:
        return True
    return "-" in path.root and not scope.declares(path.root)


def _shell_secret(reference: Reference, name: str) -> Instead:
    if reference.modifiers:
        message = f"'{reference.source}': the secret '{name}' is left for the shell, which has no such modifier"
        raise InterpolationError("PT333", message)
    return Instead.SECRET


def _json_value(computed: Computed, scope: Scope) -> Value | None:
    source = computed.source
    assert source is not None
    if name := scope.secret(source):
        raise InterpolationError("PT333", f"'{name}' is a secret and is not written into text")
    held = scope.lookup(source)
    if held is None and not source.parts and not scope.knows(source.root):
        held = scope.inherited(source.root)
    if held is None or is_empty(held):
        return None
    data = plain(held)
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise InterpolationError("PT105", f"the value of '{source}' is not JSON: {error}") from error
    return find(Value(data), computed.parts)


def _modified(reference: Reference, value: Value) -> Value:
    if fault := reference.fault():
        raise InterpolationError("PT304", f"'{reference.source}': {fault}")
    try:
        return apply_modifiers(value, reference.modifiers)
    except ModifierError as error:
        raise InterpolationError("PT304", f"'{reference.source}': {error}") from error
    except GlobError as error:
        raise InterpolationError("PT114", f"'{reference.source}': {error}") from error


def _without_value(reference: Reference, scope: Scope) -> Instead:
    if reference.fallback is not None:
        return Instead.FALLBACK
    path = reference.path
    if reference.computed:
        what = f"${{{reference.computed}}}" if reference.computed.kind != "file" else reference.source
        raise InterpolationError("PT301", f"'{what}' has no value here")
    hint = scope.hint(path)
    message = f"'{path}' has no value here" if scope.knows(path.root) else f"unknown variable '{path}'"
    raise InterpolationError("PT301", f"{message}; {hint}" if hint else message)

"""Values that are known only when their context starts (language 3.1): a field whose text is references only.

The readers put a `Late` where the typed value would be; `settle` makes that value once there is a scope.
"""

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias, TypeVar

import msgspec
from msgspec.structs import replace

from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, resolve
from prodigy_tui.workflow.literals import (
    parse_boolean,
    parse_duration,
    parse_integer,
    parse_number,
    parse_ratio,
    parse_score,
    parse_size,
)
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.rendering import is_scalar, render_data
from prodigy_tui.workflow.values import plain
from prodigy_tui.workflow.variables import Scope

LateKind: TypeAlias = Literal["integer", "number", "boolean", "duration", "ratio", "score", "size"]
Settled: TypeAlias = int | float | bool | None


class LateForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the value must be in the end; the limits are included."""

    kind: LateKind
    minimum: float | None = None
    maximum: float | None = None
    zero_ok: bool = True


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """References that stand for a typed value."""

    text: str
    form: LateForm


class LateError(InterpolationError):
    """A late value has no value (PT301), or one that its field cannot take (PT105, PT111, PT112, PT113)."""


def settle(late: Late, scope: Scope) -> Settled:
    """Returns the value of a field; None is a duration's `none`.

    Raises:
        LateError: there is no value, or the field cannot take it.
    """
    try:
        data = plain(resolve(parse_text(late.text, "plain"), scope))
    except InterpolationError as error:
        raise LateError(error.code, error.message) from error
    written = quoted(late.text)
    if not is_scalar(data):
        raise LateError("PT105", f"{written} must be {_WANTED[late.form.kind]}, not a list or an object")
    text = render_data(data)
    try:
        value = _PARSERS[late.form.kind](text)
    except ValueError as error:
        code = _CODES.get(late.form.kind, "PT105")
        raise LateError(code, f"{written} cannot be {quoted(text)}: {error}") from error
    if fault := _fault(value, late.form):
        raise LateError("PT113", f"{written} is {quoted(text)}, but {fault}")
    return value


_Model = TypeVar("_Model", bound=msgspec.Struct)


def settle_model(model: _Model, scope: Scope, *, without: Collection[str] = ()) -> _Model:
    """Returns `model` with all its late fields settled, those of models inside it too; itself when nothing is late.

    Args:
        model: May have a field `late: Mapping[str, Late]`, by field name; it is empty in the result.
        scope: Where the references find their values.
        without: Fields whose models are left alone, because their own contexts settle them.

    Raises:
        LateError: as `settle`, with the field's name.
    """
    update: dict[str, Any] = {}
    late: Mapping[str, Late] = getattr(model, "late", None) or {}
    for name, value in late.items():
        try:
            update[name] = settle(value, scope)
        except LateError as error:
            raise LateError(error.code, f"'{name}': {error.message}") from error
    if late:
        update["late"] = {}
    for name in _field_names(type(model)):
        if name in without or name in update:
            continue
        value = getattr(model, name)
        settled = _settle_inside(value, scope, without)
        if settled is not value:
            update[name] = settled
    return replace(model, **update) if update else model


_FLAT: Final = frozenset({bool, int, float, str})


def has_late(model: msgspec.Struct) -> bool:
    """Tells whether a field of `model`, or of a model inside it, is late."""
    if getattr(model, "late", None):
        return True
    # Asked before every step, whose fields mostly have nothing inside: to ask all what they are took 0.1 ms.
    for name in _field_names(type(model)):
        value = getattr(model, name)
        if value and type(value) not in _FLAT and _has_late_inside(value):
            return True
    return False


def _has_late_inside(value: Any) -> bool:
    if isinstance(value, msgspec.Struct):
        return has_late(value)
    if isinstance(value, tuple):
        return any(_has_late_inside(element) for element in value)
    return isinstance(value, Mapping) and any(_has_late_inside(element) for element in value.values())


def _settle_inside(value: Any, scope: Scope, without: Collection[str]) -> Any:
    if isinstance(value, msgspec.Struct):
        return settle_model(value, scope, without=without)
    if isinstance(value, tuple):
        settled = tuple(_settle_inside(element, scope, without) for element in value)
        return settled if any(new is not old for new, old in zip(settled, value, strict=True)) else value
    if isinstance(value, Mapping):
        changed = {key: _settle_inside(element, scope, without) for key, element in value.items()}
        return changed if any(changed[key] is not value[key] for key in changed) else value
    return value


@lru_cache(maxsize=256)
def _field_names(model: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(name for name in model.__struct_fields__ if name != "late")


def _required(parse: Callable[[str], Settled], wanted: str) -> Callable[[str], Settled]:
    def parse_or_refuse(text: str) -> Settled:
        value = parse(text)
        if value is None:
            raise ValueError(f"{wanted} is needed")
        return value

    return parse_or_refuse


def _fault(value: Settled, form: LateForm) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if value == 0 and not form.zero_ok:
        return "it must be above 0"
    if form.minimum is not None and value < form.minimum:
        return f"it must be at least {form.minimum:.15g}"
    if form.maximum is not None and value > form.maximum:
        return f"it must be at most {form.maximum:.15g}"
    return ""


_WANTED: Final[Mapping[LateKind, str]] = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "duration": "a duration",
    "ratio": "a ratio",
    "score": "a score",
    "size": "a size",
}
_PARSERS: Final[Mapping[LateKind, Callable[[str], Settled]]] = {
    "integer": _required(parse_integer, _WANTED["integer"]),
    "number": parse_number,
    "boolean": _required(parse_boolean, _WANTED["boolean"]),
    "duration": parse_duration,
    "ratio": parse_ratio,
    "score": parse_score,
    "size": parse_size,
}
_CODES: Final[Mapping[LateKind, str]] = {"duration": "PT111", "ratio": "PT112", "score": "PT112"}

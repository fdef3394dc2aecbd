"""What a step hands to a template or a called workflow: texts filled in, read by type, data staying data (15.6)."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from prodigy_tui.process import Masker
from prodigy_tui.workflow.compose.parameter_values import convert, fault_of
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, resolve
from prodigy_tui.workflow.model import ParameterSpec
from prodigy_tui.workflow.rendering import render_data
from prodigy_tui.workflow.values import Value, plain
from prodigy_tui.workflow.variables import Scope

if TYPE_CHECKING:
    from prodigy_tui.engine.kinds.inner import Inner


async def handed_over(
    specs: Iterable[ParameterSpec], values: Mapping[str, Any], inner: "Inner", owner: str
) -> dict[str, Value]:
    """Returns the values of all parameters that have one.

    Args:
        specs: What is asked for.
        values: What the step gives: texts with references, or any data.
        inner: The step.
        owner: Whose parameters they are, for people.

    Raises:
        InterpolationError: a text has no value, or a parameter cannot have its value (PT702, PT703).
    """
    view, context, commands = inner.view, inner.context, inner.commands
    scope = commands.scope(view, context)

    def fill() -> dict[str, Value]:
        return {name: filled(value, scope) for name, value in values.items()}

    given = await commands.filled(fill, view, context)
    return bound(specs, given, owner)


def bound(specs: Iterable[ParameterSpec], given: Mapping[str, Value], owner: str) -> dict[str, Value]:
    """Returns the values by name, read by the parameters' types; what is not given has its default.

    Raises:
        InterpolationError: one is missing or cannot be (PT702, PT703).
    """
    found: dict[str, Value] = {}
    for spec in specs:
        if spec.name not in given:
            if spec.has_default:
                found[spec.name] = Value(spec.default, trusted=True)
            elif spec.required:
                raise InterpolationError("PT702", f"{owner} needs the parameter '{spec.name}'")
            continue
        value = given[spec.name]
        data, fault = convert(spec, plain(value))
        fault = fault or fault_of(spec, data)
        if fault:
            raise InterpolationError("PT703", f"the parameter '{spec.name}' {fault}")
        found[spec.name] = Value(data, trusted=value.trusted, kind=value.kind)
    if strangers := sorted(given.keys() - {spec.name for spec in specs}):
        raise InterpolationError("PT701", f"{owner} has no parameter '{strangers[0]}'")
    return found


def filled(value: Any, scope: Scope) -> Value:
    """Returns a value with the references in it filled in; a text that is one reference keeps its type.

    Raises:
        InterpolationError: a reference has no value.
    """
    if isinstance(value, str):
        return resolve(parse_text(value, "plain"), scope)
    if isinstance(value, Mapping):
        children = {name: filled(child, scope) for name, child in value.items()}
        whole = {name: plain(child) for name, child in children.items()}
        return Value(whole, trusted=all(child.trusted for child in children.values()))
    if isinstance(value, list | tuple):
        elements = [filled(child, scope) for child in value]
        return Value([plain(child) for child in elements], trusted=all(child.trusted for child in elements))
    return Value(value, trusted=True)


def secrets_of(specs: Iterable[ParameterSpec], given: Mapping[str, Value], masker: Masker) -> frozenset[str]:
    """Returns the names of secret parameters; their values are masked from now on."""
    secret = frozenset(spec.name for spec in specs if spec.secret and spec.name in given)
    masker.learn(render_data(plain(given[name])) for name in secret)
    return secret

"""Values of parameters: what a type makes of a value, and why one is refused (language 15.6). Data in, data out."""

import json
from typing import Any, Final

from prodigy_tui.workflow.expr import evaluate, parse_expression, truthy
from prodigy_tui.workflow.expr.compare import equal
from prodigy_tui.workflow.expr.evaluate import EvaluationError
from prodigy_tui.workflow.literals import parse_boolean, parse_integer
from prodigy_tui.workflow.model.parameters import ParameterSpec
from prodigy_tui.workflow.nodes import Node, ScalarNode, to_data
from prodigy_tui.workflow.patterns import PatternError, PatternTimeout, compile_pattern
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.rendering import render_data
from prodigy_tui.workflow.scalars import to_number
from prodigy_tui.workflow.variables import Scope, Value

_WANTED: Final = {
    "string": "a text",
    "path": "a path",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def literal(node: Node) -> Any:
    """Returns the value of a node where a text is wanted: a scalar by its spelling."""
    return node.text if isinstance(node, ScalarNode) and node.value is not None else to_data(node)


def from_text(spec: ParameterSpec, text: str) -> tuple[Any, str]:
    """Returns what `--param NAME=TEXT` means by the parameter's type, and why it cannot be."""
    if spec.type in ("array", "object", "any"):
        try:
            return convert(spec, json.loads(text, parse_constant=_refuse))
        except (ValueError, RecursionError):
            pass
    return convert(spec, text)


def convert(spec: ParameterSpec, data: Any) -> tuple[Any, str]:
    """Returns `data` as a value of the parameter's type, and why it cannot be one (then it is as it was)."""
    value = _converted(spec.type, data)
    if value is None and spec.type != "any":
        shown = "" if spec.secret else f", not {_shown(data)}"
        return data, f"must be {_WANTED[spec.type]}{shown}"
    return data if spec.type == "any" else value, ""


def fault_of(spec: ParameterSpec, value: Any) -> str:
    """Returns which of the parameter's rules `value` breaks, as the end of a sentence about it; empty if none."""
    for fault in (_enum_fault, _size_fault, _text_fault, _validation_fault):
        if found := fault(spec, value):
            return f"has a value that does not fit: {found}" if spec.secret else f"cannot be {_shown(value)}: {found}"
    return ""


def _shown(value: Any) -> str:
    return quoted(render_data(value))


def _converted(kind: str, data: Any) -> Any:
    match kind:
        case "string" | "path":
            return None if data is None or isinstance(data, dict | list) else render_data(data)
        case "integer":
            return parse_integer(data) if isinstance(data, str) else _whole(data)
        case "number":
            found = to_number(data.strip()) if isinstance(data, str) else data
            return found if isinstance(found, int | float) and not isinstance(found, bool) else None
        case "boolean":
            return data if isinstance(data, bool) else parse_boolean(render_data(data)) if data is not None else None
        case "array":
            return data if isinstance(data, list) else None
        case "object":
            return data if isinstance(data, dict) else None
        case _:
            return data


def _whole(data: Any) -> int | None:
    if isinstance(data, bool):
        return None
    if isinstance(data, float):
        return int(data) if data.is_integer() else None
    return data if isinstance(data, int) else None


def _enum_fault(spec: ParameterSpec, value: Any) -> str:
    if spec.enum is None or any(equal(value, allowed) for allowed in spec.enum):
        return ""
    return f"it must be one of {', '.join(_shown(allowed) for allowed in spec.enum)}"


def _size_fault(spec: ParameterSpec, value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if spec.min is not None and value < spec.min:
            return f"it must be at least {spec.min:.15g}"
        if spec.max is not None and value > spec.max:
            return f"it must be at most {spec.max:.15g}"
    if isinstance(value, str | list | dict):
        if spec.min_length is not None and len(value) < spec.min_length:
            return f"it must have at least {_counted(spec.min_length, value)}"
        if spec.max_length is not None and len(value) > spec.max_length:
            return f"it must have at most {_counted(spec.max_length, value)}"
    return ""


def _counted(number: int, value: Any) -> str:
    noun = "character" if isinstance(value, str) else "element"
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _text_fault(spec: ParameterSpec, value: Any) -> str:
    if spec.type == "path" and isinstance(value, str) and ("\0" in value or not value):
        return "that is no path"
    if spec.pattern is None or not isinstance(value, str):
        return ""
    try:
        return "" if compile_pattern(spec.pattern)(value) else f"it must match {quoted(spec.pattern)}"
    except (PatternError, PatternTimeout) as error:
        return str(error)


def _validation_fault(spec: ParameterSpec, value: Any) -> str:
    if spec.validation is None:
        return ""
    scope = Scope(names=({"value": Value(data=value, trusted=True)},), declared=("value",))
    try:
        holds = truthy(evaluate(parse_expression(spec.validation), scope))
    except EvaluationError as error:
        return str(error)
    return "" if holds else f"{quoted(spec.validation)} must hold"


def _refuse(word: str) -> Any:
    raise ValueError(word)

"""Parameters as they are declared: one definition -> a `ParameterSpec` (language 15.6)."""

import re
from collections.abc import Iterable
from typing import Any, Final, cast

from msgspec.structs import replace

from prodigy_tui.workflow.compose.parameter_forms import one_form
from prodigy_tui.workflow.compose.parameter_values import convert, fault_of, literal
from prodigy_tui.workflow.expr import ExpressionError, parse_expression
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys.composition import PARAMETER
from prodigy_tui.workflow.model.parameters import ParameterSpec, ParameterType
from prodigy_tui.workflow.naming import name_fault
from prodigy_tui.workflow.nodes import Entry, ListNode, MapNode, Node, to_data
from prodigy_tui.workflow.patterns import PatternError, compile_pattern
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.reading import wrong_type

_ABOUT_VALUE: Final = re.compile(r"(?:^|(?<=[(!&|]))(\s*)(?:(not)(\s+))?(matches|in)(\s*[(])", re.IGNORECASE)
_NUMERIC: Final = frozenset({"integer", "number", "any"})
_LONG: Final = frozenset({"string", "path", "array", "object", "any"})
_TEXTS: Final = frozenset({"string", "path", "any"})


def read_parameters(node: Node | None, report: Report) -> tuple[ParameterSpec, ...]:
    """Returns the parameters that stand in `node`, in any of their forms."""
    if node is None:
        return ()
    specs = (read_parameter(entry, report) for entry in one_form(node, report).entries)
    return tuple(spec for spec in specs if spec is not None)


def read_parameter(entry: Entry, report: Report) -> ParameterSpec | None:
    """Returns one parameter; None when it cannot be called so (PT205)."""
    if not isinstance(entry.value, MapNode):
        return None
    if fault := name_fault(entry.key):
        report.add("PT205", entry, f"a parameter cannot be called {quoted(entry.key)}", fault)
        return None
    fields = Fields(entry.value, PARAMETER, report, known_early=True)
    kind = cast(ParameterType, fields.word("type") or "any")
    default, required = fields.node_of("default"), fields.optional_flag("required")
    spec = ParameterSpec(
        name=entry.key,
        type=kind,
        required=default is None if required is None else required,
        description=fields.text("description") or "",
        min=fields.number("min"),
        max=fields.number("max"),
        min_length=fields.integer("min_length"),
        max_length=fields.integer("max_length"),
        pattern=_pattern(fields, report),
        validation=_validation(fields, report),
        secret=fields.flag("secret"),
        file=entry.file,
        line=entry.line,
    )
    _check_limits(spec, fields, report)
    spec = replace(spec, **{"enum": _enum(spec, fields, report)})
    if default is None:
        return spec
    value = read_value(spec, default, report)
    return replace(spec, **{"has_default": True, "default": value})


def with_defaults(specs: Iterable[ParameterSpec], defaults: Node | None, report: Report) -> tuple[ParameterSpec, ...]:
    """Returns the parameters of a workflow that is called, with the values that its own `defaults` give them."""
    given = {entry.key: entry.value for entry in defaults.entries} if isinstance(defaults, MapNode) else {}
    return tuple(
        replace(spec, **{"has_default": True, "default": read_value(spec, given[spec.name], report)})
        if spec.name in given
        else spec
        for spec in specs
    )


def handed_over(specs: Iterable[ParameterSpec], nodes: Iterable[Node | None]) -> dict[str, Any]:
    """Returns what stands in mappings such as `with`, later ones win; texts of text parameters as they are spelt."""
    kinds = {spec.name: spec.type for spec in specs}
    found: dict[str, Any] = {}
    for node in nodes:
        for entry in node.entries if isinstance(node, MapNode) else ():
            is_text = kinds.get(entry.key) in ("string", "path")
            found[entry.key] = literal(entry.value) if is_text else to_data(entry.value)
    return found


def read_value(spec: ParameterSpec, node: Node, report: Report) -> Any:
    """Returns the value that stands in `node` for a parameter; one that it cannot have is PT703."""
    data = literal(node) if spec.type in ("string", "path") else to_data(node)
    value, fault = convert(spec, data)
    fault = fault or fault_of(spec, value)
    if fault:
        report.add("PT703", node, f"the parameter '{spec.name}' {fault}", spec.description)
    return value


def _pattern(fields: Fields, report: Report) -> str | None:
    node = fields.scalar("pattern")
    if node is None:
        return None
    try:
        compile_pattern(node.text)
    except PatternError as error:
        report.add("PT106" if error.too_long else "PT114", node, str(error))
        return None
    return node.text


def _validation(fields: Fields, report: Report) -> str | None:
    node = fields.scalar("validation")
    if node is None:
        return None
    text = _ABOUT_VALUE.sub(r"\1value \2\3\4\5", node.text)
    if text != node.text:
        report.add("PT901", node, f"{quoted(node.text)} is a legacy spelling", f"write {quoted(text)}")
    try:
        expression = parse_expression(text)
    except ExpressionError as error:
        report.add(error.code, node, f"{error.message}, at character {error.offset + 1}")
        return None
    for problem in expression.problems:
        report.add(problem.code, node, problem.message, problem.hint)
    for mention in expression.mentions:
        if mention.path.root != "value":
            report.add("PT301", node, f"'validation' knows only 'value', not {quoted(str(mention.path))}")
            return None
    return text


def _check_limits(spec: ParameterSpec, fields: Fields, report: Report) -> None:
    """Reports limits that cannot hold, or that values of this type do not have (PT207)."""
    pairs = (("min", "max", _NUMERIC), ("min_length", "max_length", _LONG), ("pattern", "pattern", _TEXTS))
    for low, high, kinds in pairs:
        for name in dict.fromkeys((low, high)):
            if (entry := fields.entry(name)) and name in fields and spec.type not in kinds:
                report.add("PT207", entry, f"'{name}' has no meaning for the type '{spec.type}'")
        if low == high:
            continue
        least, most = getattr(spec, low), getattr(spec, high)
        if least is not None and most is not None and least > most and (entry := fields.entry(high)):
            report.add("PT207", entry, f"'{high}' is below '{low}'")


def _enum(spec: ParameterSpec, fields: Fields, report: Report) -> tuple[Any, ...] | None:
    node = fields.node_of("enum")
    if node is None:
        return None
    if not isinstance(node, ListNode):
        wrong_type(node, "a list of values", report)
        return None
    if not node.items:
        report.add("PT207", node, f"no value is allowed for the parameter '{spec.name}'")
        return None
    return tuple(read_value(spec, item, report) for item in node.items)

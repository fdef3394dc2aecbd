"""Parameters get their values (language 15.6): `--param`, then `--param-file`, `with`, `defaults` and `default`."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from prodigy_tui.workflow.compose.parameter_values import convert, fault_of, from_text
from prodigy_tui.workflow.compose.parameters import read_value
from prodigy_tui.workflow.interpolate import parse_text
from prodigy_tui.workflow.model.parameters import ParameterSpec
from prodigy_tui.workflow.nodes import Entry, MapNode, Node, leaves
from prodigy_tui.workflow.problems import Report, Severity, quoted
from prodigy_tui.workflow.reading import wrong_type
from prodigy_tui.workflow.suggest import did_you_mean


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator gives to a load."""

    params: tuple[tuple[str, str], ...] = ()
    """`--param NAME=TEXT`; the last one of a name counts."""
    files: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """The name of every `--param-file` and what stands in it; later ones win."""
    profile: str | None = None
    complete: bool = True
    """Nothing more will be given, so that a missing parameter is an error and not a warning."""


def bind(
    specs: Sequence[ParameterSpec],
    given: Given,
    defaults: Node | None,
    places: Mapping[str, Entry],
    report: Report,
) -> dict[str, Any]:
    """Returns the value of every parameter that has one; the problems of all of them are reported.

    Args:
        specs: The parameters.
        given: The operator's values; they stand in no file, so their problems stand at the parameter.
        defaults: The values that stand in the files.
        places: Where each parameter stands.
        report: Gets PT701, PT702 and PT703.
    """
    by_name = {spec.name: spec for spec in specs}
    values = {spec.name: spec.default for spec in specs if spec.has_default}
    values |= _from_nodes(by_name, defaults, "the workflow", report)
    bound, faults = values_given(by_name, given)
    for name in _strangers(by_name, given):
        report.add_at("PT701", (1, 1), "", f"the workflow has no parameter {quoted(name)}", _names(name, by_name))
    for name, fault in faults.items():
        report.add("PT703", places[name], f"the parameter '{name}' {fault}", by_name[name].description)
    values |= bound
    severity: Severity = "error" if given.complete else "warning"
    for spec in specs:
        # null is no value of a parameter that needs one, but one of type `any` may be given as null.
        if spec.required and spec.name not in values and spec.name not in faults:
            hint = spec.description or f"give it with --param {spec.name}=…"
            report.add("PT702", places[spec.name], f"the parameter '{spec.name}' needs a value", hint, severity)
    return {spec.name: values[spec.name] for spec in specs if spec.name in values}


def values_given(specs: Mapping[str, ParameterSpec], given: Given) -> tuple[dict[str, Any], dict[str, str]]:
    """Returns the operator's values by name, and why some cannot be."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    texts = dict(given.params)
    data = {name: value for _, found in given.files for name, value in found.items()}
    for name in dict.fromkeys([*data, *texts]):
        spec = specs.get(name)
        if spec is None:
            continue
        value, fault = from_text(spec, texts[name]) if name in texts else convert(spec, data[name])
        values[name] = value
        if fault := fault or fault_of(spec, value):
            faults[name] = fault
    return values, faults


def check_values(
    specs: Sequence[ParameterSpec], given: Sequence[MapNode], where: Node | Entry, owner: str, report: Report
) -> None:
    """Checks what a step hands to a template or workflow; a value with references is known only when it runs."""
    by_name = {spec.name: spec for spec in specs}
    names = {entry.key for node in given for entry in node.entries}
    for node in given:
        _from_nodes(by_name, node, owner, report)
    for spec in specs:
        if spec.required and not spec.has_default and spec.name not in names:
            report.add("PT702", where, f"{owner} needs the parameter '{spec.name}'", spec.description)


def _from_nodes(specs: Mapping[str, ParameterSpec], node: Node | None, owner: str, report: Report) -> dict[str, Any]:
    if node is None:
        return {}
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping from parameters to values", report)
        return {}
    values: dict[str, Any] = {}
    for entry in node.entries:
        spec = specs.get(entry.key)
        if spec is None:
            report.add("PT701", entry, f"{owner} has no parameter {quoted(entry.key)}", _names(entry.key, specs))
        elif not _has_references(entry.value):
            values[entry.key] = read_value(spec, entry.value, report)
    return values


def _has_references(node: Node) -> bool:
    return any(parse_text(leaf.text, "plain").references for leaf in leaves(node))


def _strangers(specs: Mapping[str, ParameterSpec], given: Given) -> list[str]:
    names = [name for name, _ in given.params] + [name for _, data in given.files for name in data]
    return [name for name in dict.fromkeys(names) if name not in specs]


def _names(name: str, specs: Mapping[str, ParameterSpec]) -> str:
    return did_you_mean(name, specs) or (f"it has {', '.join(specs)}" if specs else "it has none")

"""`${…}` with modifiers, a default or something computed, as an operand: no text is ever pasted in (language 8.1)."""

from typing import Any

from prodigy_tui.workflow.expr.errors import EvaluationError
from prodigy_tui.workflow.expr.names import Finder, Names
from prodigy_tui.workflow.finding import InterpolationError, compute, is_empty
from prodigy_tui.workflow.globs import GlobError
from prodigy_tui.workflow.interpolate import parse_text
from prodigy_tui.workflow.modifiers import ModifierError, apply_modifiers
from prodigy_tui.workflow.references import Reference, parse_reference
from prodigy_tui.workflow.rendering import render_value
from prodigy_tui.workflow.values import Value


def compile_substitution(source: str, names: Names) -> Finder:
    """Returns the function from the subject to the value of a reference; missing without a default stays missing."""
    parsed = parse_reference(source, 0)
    assert parsed is not None
    return _compile(parsed[0], names)


def _compile(written: Reference, names: Names) -> Finder:
    fallback = _compile_text(written.fallback, names) if written.fallback is not None else None

    def find(subject: Any) -> Value | None:
        reference = names.meant(written, subject)
        value = _modified(reference, _looked_up(reference, names, subject))
        if fallback is None or not is_empty(value):
            return value
        found = fallback(subject)
        if reference.demand is not None:
            text = render_value(found) if found is not None else ""
            raise EvaluationError("PT301", f"'{reference.path}': {text or 'has no value'}")
        return found

    return find


def _looked_up(reference: Reference, names: Names, subject: Any) -> Value | None:
    if reference.computed is None:
        return names.find(reference.path)(subject)
    try:
        return compute(reference.computed, names.scope(subject))
    except InterpolationError as error:
        raise EvaluationError(error.code, error.message) from error


def _modified(reference: Reference, value: Value | None) -> Value | None:
    if fault := reference.fault():
        raise EvaluationError("PT304", f"'{reference.source}': {fault}")
    if value is None or (reference.fallback is not None and is_empty(value)):
        return value
    try:
        return apply_modifiers(value, reference.modifiers)
    except ModifierError as error:
        raise EvaluationError("PT304", f"'{reference.source}': {error}") from error
    except GlobError as error:
        raise EvaluationError("PT114", f"'{reference.source}': {error}") from error


def _compile_text(text: str, names: Names) -> Finder:
    """A default: one whole reference keeps its type, anything else is text, trusted when every part of it is."""
    template = parse_text(text, "plain")
    if only := template.only_reference:
        return _compile(only, names)
    parts = [part if isinstance(part, str) else _compile(part, names) for part in template.parts]

    def find(subject: Any) -> Value:
        chunks, trusted = [], True
        for part in parts:
            value = Value(part, trusted=True) if isinstance(part, str) else part(subject)
            if value is not None:
                chunks.append(render_value(value))
                trusted = trusted and value.trusted
        return Value("".join(chunks), trusted=trusted)

    return find

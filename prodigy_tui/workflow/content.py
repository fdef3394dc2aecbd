"""The content of `write_file` with its references filled in, so that data never breaks the format (language 5.7)."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from msgspec.structs import replace

from prodigy_tui.workflow.interpolate import Template, parse_text, render, resolve
from prodigy_tui.workflow.rendering import compact_json, render_value
from prodigy_tui.workflow.values import Value, plain
from prodigy_tui.workflow.variables import Scope

ContentFormat = Literal["text", "json", "yaml"]


def render_content(content: Any, format: ContentFormat, scope: Scope) -> Any:  # noqa: A002 - the word of the language
    """Returns text for a text, and a structure for a structure whose text leaves have been filled in.

    A leaf that is exactly one reference keeps the value's type.

    Raises:
        InterpolationError: a reference has no value.
    """
    if not isinstance(content, str):
        return _structure(content, scope)
    template = parse_text(content, "plain")
    match format:
        case "json":
            return _json_text(template, scope)
        case "yaml":
            return "".join(_yaml_part(template, part, scope) for part in range(len(template.parts)))
        case "text":
            return render(template, scope)


def _structure(content: Any, scope: Scope) -> Any:
    if isinstance(content, str):
        return plain(resolve(parse_text(content, "plain"), scope))
    if isinstance(content, Mapping):
        return {key: _structure(value, scope) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_structure(value, scope) for value in content]
    return content


def _value_of(template: Template, number: int, scope: Scope) -> Value:
    """The value of the part at `number`, which is a reference."""
    return resolve(replace(template, parts=(template.parts[number],)), scope)


def _json_text(template: Template, scope: Scope) -> str:
    """Outside a JSON string a reference becomes a JSON value; inside one its text is escaped."""
    out: list[str] = []
    inside = False
    for number, part in enumerate(template.parts):
        if isinstance(part, str):
            out.append(part)
            inside = _ends_inside_string(part, inside)
            continue
        value = _value_of(template, number, scope)
        out.append(json.dumps(render_value(value), ensure_ascii=False)[1:-1] if inside else compact_json(plain(value)))
    return "".join(out)


def _ends_inside_string(text: str, inside: bool) -> bool:
    escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif inside and character == "\\":
            escaped = True
        elif character == '"':
            inside = not inside
    return inside


def _yaml_part(template: Template, number: int, scope: Scope) -> str:
    """Lists and objects become flow JSON, scalars their text."""
    part = template.parts[number]
    if isinstance(part, str):
        return part
    value = _value_of(template, number, scope)
    data = plain(value)
    return compact_json(data) if isinstance(data, list | dict) else render_value(value)

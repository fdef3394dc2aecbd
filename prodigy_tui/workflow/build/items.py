"""Where the items of a map come from and how they are narrowed (language 13.3 to 13.5)."""

import posixpath
import re
from typing import Any, NamedTuple

from prodigy_tui.workflow.build.context import Context, ExpressionUse, Notes
from prodigy_tui.workflow.build.patterns import known, read_glob, read_globs
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.item_errors import ItemsError
from prodigy_tui.workflow.item_order import parse_item_path, parse_sort_by
from prodigy_tui.workflow.json_path import parse_json_path
from prodigy_tui.workflow.keys import phases
from prodigy_tui.workflow.late import Late
from prodigy_tui.workflow.model import ItemInput, SortKey
from prodigy_tui.workflow.nodes import ListNode, MapNode, ScalarNode, to_data
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.reading import read_scalar, read_texts, wrong_type

_PREFIX = re.compile(r"(file|glob|shell):\s*")
_SOURCES = {"file": "file", "path": "file", "glob": "glob", "shell": "shell", "command": "shell"}
_SOURCE_HINT = "write {file: PATH}, {glob: PATTERN} or {shell: COMMAND}"
_DEFAULT_TIMEOUT_S = 300.0


def read_input(fields: Fields, context: Context, notes: Notes) -> ItemInput | None:
    """Returns `input` or `items` of a map; one of them must be there."""
    node, items = fields.node_of("input"), fields.node_of("items")
    if node is not None and items is not None:
        entries = [entry for name in ("input", "items") if (entry := fields.entry(name))]
        second = max(entries, key=lambda entry: (entry.line, entry.column))
        notes.report.add("PT103", second, "'input' and 'items' cannot stand together; one must go")
    elif node is None and items is None and fields.meant.isdisjoint({"input", "items"}):
        fields.require("input", "'map'")
    match node or items:
        case None:
            return None
        case ListNode() as inline:
            return ItemInput(kind="list", items=tuple(to_data(item) for item in inline.items))
        case other if other is items:
            wrong_type(other, "a list of items", notes.report, "other sources stand under 'input'")
            return None
        case MapNode() as mapping:
            return _input_mapping(mapping, context, notes)
        case other:
            scalar = read_scalar(other, "text, a list or a mapping", notes.report)
            return None if scalar is None else _input_text(scalar, context, notes)


def _input_text(scalar: ScalarNode, context: Context, notes: Notes) -> ItemInput | None:
    prefix = _PREFIX.match(scalar.text)
    offset = prefix.end() if prefix else 0
    text = scalar.text[offset:]
    if not text.strip():
        notes.report.add("PT105", scalar, "'input' is empty", _SOURCE_HINT)
        return None
    match prefix.group(1) if prefix else None:
        case "glob":
            return ItemInput(kind="glob", globs=known((read_glob(scalar, notes.report, offset),)))
        case "file":
            notes.text_behind(scalar, offset, "plain", context)
            _check_inside(scalar, text, notes.report)
            return ItemInput(kind="file", text=text)
        case "shell":
            notes.text_behind(scalar, offset, "shell", context)
            return ItemInput(kind="shell", text=text)
        case _:
            # Text with a space can only be a path or a command, and only as a command is quoting at stake.
            notes.text_behind(scalar, 0, "shell" if " " in text.strip() else "plain", context)
            return ItemInput(kind="auto", text=text)


def _input_mapping(node: MapNode, context: Context, notes: Notes) -> ItemInput | None:
    forms = [entry for entry in node.entries if entry.key in _SOURCES]
    kinds = {_SOURCES[entry.key] for entry in forms}
    if len(kinds) > 1:
        second = next(entry for entry in forms if _SOURCES[entry.key] != _SOURCES[forms[0].key])
        message = f"'{forms[0].key}' and '{second.key}' cannot stand together; one must go"
        notes.report.add("PT103", second, message)
        return None
    match kinds.pop() if kinds else None:
        case "file":
            return _input_file(Fields(node, phases.INPUT_FILE, notes.report), context, notes)
        case "glob":
            fields = Fields(node, phases.INPUT_GLOB, notes.report)
            globs = read_globs(fields.require("glob", "'input'"), notes)
            return ItemInput(kind="glob", globs=globs, exclude=read_globs(fields.node_of("exclude"), notes))
        case "shell":
            return _input_command(Fields(node, phases.INPUT_SHELL, notes.report), context, notes)
        case _:
            fields = Fields(node, phases.INPUT_ANY, notes.report)
            if fields.meant.isdisjoint(_SOURCES.values()):
                notes.report.add("PT108", node, "'input' needs one of 'file', 'glob' and 'shell'", _SOURCE_HINT)
            return None


def _input_file(fields: Fields, context: Context, notes: Notes) -> ItemInput | None:
    node = fields.require("file", "'input'")
    format_ = fields.word("format") or "auto"
    scalar = None if node is None else read_scalar(node, "text", notes.report)
    if scalar is None:
        return None
    _check_inside(scalar, scalar.text, notes.report)
    return ItemInput(kind="file", text=notes.text(scalar, "plain", context) or "", format=format_)


def _input_command(fields: Fields, context: Context, notes: Notes) -> ItemInput | None:
    node = fields.require("shell", "'input'")
    format_ = fields.word("format") or "auto"
    limit = fields.timeout()
    late = notes.late(fields, context)
    if "timeout" not in fields or late:
        limit = _DEFAULT_TIMEOUT_S
    text = notes.text(None if node is None else read_scalar(node, "text", notes.report), "shell", context)
    return None if text is None else ItemInput(kind="shell", text=text, format=format_, timeout=limit, late=late)


def _check_inside(scalar: ScalarNode, path: str, report: Report) -> None:
    """Reports a relative path that leaves the worktree by its spelling (PT801); an absolute one is for the run."""
    if "$" not in path and posixpath.normpath(path.strip()).split("/")[0] == "..":
        hint = "an absolute path may lie below the repository or --allow-outside"
        report.add("PT801", scalar, f"'input' cannot be {quoted(path)}: '..' leaves the worktree", hint)


class JsonPathField(NamedTuple):
    """`json_path` of a map."""

    path: str | None
    spread: bool | None
    late: dict[str, Late]


def read_json_path(fields: Fields, context: Context, notes: Notes) -> JsonPathField:
    """Returns `json_path`, a text or `{path, spread}`."""
    node = fields.node_of("json_path")
    if not isinstance(node, MapNode):
        return JsonPathField(_checked_path(fields.scalar("json_path"), fields), spread=None, late={})
    inner = Fields(node, phases.JSON_PATH, fields.report)
    inner.require("path", "'json_path'")
    path = _checked_path(inner.scalar("path"), fields)
    spread = inner.optional_flag("spread")
    return JsonPathField(path, spread, notes.late(inner, context))


def _checked_path(scalar: ScalarNode | None, fields: Fields) -> str | None:
    """Returns a JSONPath that can be used (PT407); empty text is no path."""
    if scalar is None:
        return None
    try:
        path = parse_json_path(scalar.text)
    except ItemsError as error:
        fields.report.add(error.code, scalar, error.message)
        return None
    for warning in path.warnings if path else ():
        fields.report.add(warning.code, scalar, warning.message)
    return scalar.text if path else None


def read_selection(fields: Fields, context: Context, notes: Notes) -> dict[str, Any]:
    """Returns `id_field`, `filter`, `distinct` and `sort_by` of a map."""
    id_field = fields.scalar("id_field")
    return {
        "id_field": None if id_field is None else _item_path(id_field, fields),
        "filter": _filter(fields, context, notes),
        "distinct": _distinct(fields),
        "sort_by": _sort_by(fields),
    }


def _item_path(scalar: ScalarNode, fields: Fields) -> str | None:
    """Returns a path into an item."""
    try:
        parse_item_path(scalar.text)
    except ItemsError as error:
        fields.report.add(error.code, scalar, error.message)
        return None
    return scalar.text


def _filter(fields: Fields, context: Context, notes: Notes) -> str | bool | None:
    node = fields.node_of("filter")
    if isinstance(node, ScalarNode) and isinstance(node.value, bool):
        return node.value
    scalar = None if node is None else read_scalar(node, "an expression or a boolean", notes.report)
    if scalar is None:
        return None
    notes.expressions.append(ExpressionUse(node=scalar, kind="filter", context=context))
    return scalar.text


def _distinct(fields: Fields) -> tuple[str, ...]:
    node = fields.node_of("distinct")
    scalars = () if node is None else read_texts(node, fields.report)
    return tuple(path for scalar in scalars if (path := _item_path(scalar, fields)) is not None)


def _sort_by(fields: Fields) -> tuple[SortKey, ...]:
    node = fields.node_of("sort_by")
    found: list[SortKey] = []
    for scalar in () if node is None else read_texts(node, fields.report):
        try:
            found.extend(parse_sort_by(scalar.text))
        except ItemsError as error:
            fields.report.add(error.code, scalar, error.message)
    return tuple(found)

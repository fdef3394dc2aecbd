"""`map`: where items come from, how they are narrowed and what is done with each (language 13.2, 13.3)."""

import re
from typing import Final, NamedTuple

from prodigy_tui.workflow import keys
from prodigy_tui.workflow.build.context import Context, ExpressionUse, Notes
from prodigy_tui.workflow.build.steps import build_steps
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.globs import GlobError, compile_glob
from prodigy_tui.workflow.items import ItemsError, parse_item_path, parse_json_path, parse_sort_by
from prodigy_tui.workflow.model import ItemInput, MapPhase, SortKey, Step
from prodigy_tui.workflow.nodes import BrokenNode, ListNode, MapNode, Node, ScalarNode, to_data
from prodigy_tui.workflow.problems import NOT_AVAILABLE
from prodigy_tui.workflow.reading import NOT_YET, read_integer, read_scalar, read_texts, wrong_type

FORMATS: Final = ("auto", "json", "jsonl", "ndjson", "yaml", "yml", "csv", "tsv", "txt", "list", "lines")
_PREFIX = re.compile(r"(file|glob|shell):\s*")
_INPUT_KEYS = {"file": "file", "path": "file", "glob": "glob", "shell": "shell", "command": "shell"}
_INPUT_HINT = "write {file: PATH}, {glob: PATTERN} or {shell: COMMAND}"
_DEFAULT_PARALLEL = 10
_DEFAULT_INPUT_TIMEOUT_S = 300.0


def build_map(node: Node, context: Context, notes: Notes) -> tuple[MapPhase | None, Fields | None]:
    """Returns the phase, and its fields for the policy keys that may stand among them."""
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping", notes.report)
        return None, None
    fields = Fields(node, keys.MAP, notes.report)
    input_ = _input(fields, context, notes)
    template = _template(fields, context, notes)
    json_path, spread = _json_path(fields)
    id_field = fields.scalar("id_field")
    offset = fields.integer("offset", minimum=0)
    max_items = fields.integer("max_items", minimum=0)
    min_items = fields.integer("min_items", minimum=0)
    phase = MapPhase(
        input=input_ or ItemInput(kind="list"),
        json_path=json_path,
        spread=spread,
        id_field=None if id_field is None else _item_path(id_field, fields),
        filter=_filter(fields, context, notes),
        distinct=_distinct(fields),
        sort_by=_sort_by(fields),
        offset=offset or 0,
        max_items=max_items,
        min_items=min_items or 0,
        max_parallel=_max_parallel(fields),
        agent_template=template,
    )
    return phase, fields


def _template(fields: Fields, context: Context, notes: Notes) -> tuple[Step, ...]:
    node = fields.require("agent_template", "'map'")
    entry = fields.entry("agent_template")
    if isinstance(node, MapNode) and entry is not None:
        steps = Fields(node, keys.AGENT_TEMPLATE, notes.report).require("steps", "'agent_template'")
        if steps is not None:
            notes.report.add("PT901", entry, "a mapping under 'agent_template' is a legacy spelling", "write the list")
        node = steps
    return () if node is None else build_steps(node, context, notes)


def _input(fields: Fields, context: Context, notes: Notes) -> ItemInput | None:
    node, items = fields.node_of("input"), fields.node_of("items")
    if node is not None and items is not None and (entry := fields.entry("items")):
        notes.report.add("PT103", entry, "'input' and 'items' cannot stand together; one must go")
    match node or items or fields.require("input", "'map'"):
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


def _input_text(scalar: ScalarNode, context: Context, notes: Notes) -> ItemInput:
    prefix = _PREFIX.match(scalar.text)
    text = scalar.text[prefix.end() :] if prefix else scalar.text
    match prefix.group(1) if prefix else None:
        case "glob":
            return ItemInput(kind="glob", globs=_globs((scalar,), notes, prefix.end() if prefix else 0))
        case "file":
            notes.text_behind(scalar, prefix.end() if prefix else 0, "plain", context)
            return ItemInput(kind="file", text=text)
        case "shell":
            notes.text_behind(scalar, prefix.end() if prefix else 0, "shell", context)
            return ItemInput(kind="shell", text=text)
        case _:
            # Text with a space can only be a path or a command, and only as a command is quoting at stake.
            notes.text_behind(scalar, 0, "shell" if " " in text.strip() else "plain", context)
            return ItemInput(kind="auto", text=text)


def _input_mapping(node: MapNode, context: Context, notes: Notes) -> ItemInput | None:
    forms = [entry for entry in node.entries if entry.key in _INPUT_KEYS]
    kinds = {_INPUT_KEYS[entry.key] for entry in forms}
    if len(kinds) > 1:
        second = next(entry for entry in forms if _INPUT_KEYS[entry.key] != _INPUT_KEYS[forms[0].key])
        message = f"'{forms[0].key}' and '{second.key}' cannot stand together; one must go"
        notes.report.add("PT103", second, message)
        return None
    match kinds.pop() if kinds else None:
        case "file":
            fields = Fields(node, keys.INPUT_FILE, notes.report)
            file = fields.require("file", "'input'")
            text = notes.text(None if file is None else read_scalar(file, "text", notes.report), "plain", context)
            return None if text is None else ItemInput(kind="file", text=text)
        case "glob":
            fields = Fields(node, keys.INPUT_GLOB, notes.report)
            glob, exclude = fields.require("glob", "'input'"), fields.node_of("exclude")
            globs = () if glob is None else _globs(read_texts(glob, notes.report), notes)
            return ItemInput(
                kind="glob",
                globs=globs,
                exclude=() if exclude is None else _globs(read_texts(exclude, notes.report), notes),
            )
        case "shell":
            return _input_command(Fields(node, keys.INPUT_SHELL, notes.report), context, notes)
        case _:
            fields = Fields(node, keys.INPUT_ANY, notes.report)
            if fields.meant.isdisjoint(_INPUT_KEYS.values()):
                notes.report.add("PT108", node, "'input' needs one of 'file', 'glob' and 'shell'", _INPUT_HINT)
            return None


def _input_command(fields: Fields, context: Context, notes: Notes) -> ItemInput | None:
    node = fields.require("shell", "'input'")
    format_ = fields.word("format", FORMATS) or "auto"
    limit = fields.timeout() if "timeout" in fields else _DEFAULT_INPUT_TIMEOUT_S
    text = notes.text(None if node is None else read_scalar(node, "text", notes.report), "shell", context)
    return None if text is None else ItemInput(kind="shell", text=text, format=format_, timeout=limit)


def _globs(scalars: tuple[ScalarNode, ...], notes: Notes, offset: int = 0) -> tuple[str, ...]:
    globs = []
    for scalar in scalars:
        pattern = scalar.text[offset:]
        try:
            compile_glob(pattern)
        except GlobError as error:
            notes.report.add("PT114", scalar, str(error))
        else:
            globs.append(pattern)
    return tuple(globs)


class _JsonPath(NamedTuple):
    path: str | None
    spread: bool = True


def _json_path(fields: Fields) -> _JsonPath:
    node = fields.node_of("json_path")
    if not isinstance(node, MapNode):
        scalar = fields.scalar("json_path")
        return _JsonPath(_checked_path(scalar, fields))
    inner = Fields(node, keys.JSON_PATH, fields.report)
    inner.require("path", "'json_path'")
    return _JsonPath(_checked_path(inner.scalar("path"), fields), inner.flag("spread", default=True))


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
    if node is None:
        return ()
    found: list[SortKey] = []
    for scalar in read_texts(node, fields.report):
        try:
            found.extend(parse_sort_by(scalar.text))
        except ItemsError as error:
            fields.report.add(error.code, scalar, error.message)
    return tuple(found)


def _max_parallel(fields: Fields) -> int:
    node = fields.node_of("max_parallel")
    if node is None or isinstance(node, BrokenNode):
        return _DEFAULT_PARALLEL
    automatic = isinstance(node, ScalarNode) and node.text.strip().lower() == "auto"
    if automatic or (isinstance(node, MapNode) and "auto" in node):
        fields.report.add(NOT_AVAILABLE, node, f"'auto' as the value of 'max_parallel' {NOT_YET}")
        return _DEFAULT_PARALLEL
    return read_integer(node, fields.report, minimum=1) or _DEFAULT_PARALLEL

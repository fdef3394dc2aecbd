"""`foreach`, flat or nested, with all its sources (language 5.6)."""

import re
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.groups import StepMaker, is_group, make_list, make_steps, read_condition
from prodigy_tui.workflow.build.names import read_loop_name
from prodigy_tui.workflow.build.patterns import known, read_glob, read_globs
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.interpolate import parse_text
from prodigy_tui.workflow.keys import phases
from prodigy_tui.workflow.keys import steps as keys
from prodigy_tui.workflow.model import ForeachCommand, LoopSource, Step
from prodigy_tui.workflow.nodes import ListNode, MapNode, Node, ScalarNode, is_null, to_data
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_boolean, read_scalar, read_word, wrong_type

_OPTIONS = frozenset({*keys.FOREACH_OPTIONS, "continue_on_error"})
_PARALLEL = 10
_PREFIX = re.compile(r"(file|glob|shell):\s*")
_KINDS = {"list": "list", "file": "file", "path": "file", "glob": "glob", "shell": "shell", "command": "shell"}
_BOOLEANS = ("true", "false", "yes", "no")
_HINT = "write {list: […]}, {file: PATH}, {glob: PATTERN} or {shell: COMMAND}"


def build_foreach(step: Fields, context: Context, notes: Notes, make: StepMaker) -> ForeachCommand | None:
    """Returns the loop of a step; the options may stand beside `foreach` or in its mapping, each once."""
    node = step.node_of("foreach")
    inner = Fields(node, keys.FOREACH, notes.report) if isinstance(node, MapNode) and _is_nested(node) else None
    places = [step] if inner is None else [inner, step]
    chosen = {name: _place(name, places, notes) for name in _OPTIONS}
    variable = _variable(chosen["as"], notes)
    parallel = _parallel(chosen["parallel"], notes)
    loop = context.inside_loop(variable, parallel=parallel > 1)
    until = read_condition(_node(chosen["until"], "until"), loop, notes)
    if until is not None and parallel > 1 and (place := chosen["until"]) and (entry := place.entry("until")):
        hint = "the end of a loop that runs at once comes too late"
        notes.report.add("PT207", entry, "'until' and 'parallel' above 1 contradict each other", hint)
    do = _node(chosen["do"], "do")
    if do is None and not any("do" in place.meant for place in places):
        notes.report.add("PT108", step.node if inner is None else inner.node, "'foreach' needs 'do'")
    values: dict[str, Any] = {
        "do": () if do is None else _body(do, loop, notes, make),
        "parallel": parallel,
        "continue_on_error": _flag(chosen["continue_on_error"]),
        "max_items": _integer(chosen["max_items"]),
        "variable": variable,
        "until": until,
    }
    source = _source(node, context, notes) if inner is None else _nested_source(inner, context, notes)
    # The options are the command's, wherever they stand; the step keeps what is its own.
    taken = {name: notes.take_late(place, name, context) for place in places for name in place.late.keys() & _OPTIONS}
    limit = None if inner is None else notes.take_late(inner, "timeout", context)
    if source is None:
        return None
    if limit is not None:
        source = replace(source, **{"late": {"timeout": limit}})
    late = {name: value for name, value in taken.items() if value is not None}
    return ForeachCommand(source=source, late=late, **values)


def _is_nested(node: MapNode) -> bool:
    """Tells whether the mapping holds more than a source."""
    nested = {spelling for key in keys.FOREACH if key.name in ("items", *_OPTIONS) for spelling in key.spellings}
    return any(entry.key in nested for entry in node.entries)


def _place(name: str, places: Sequence[Fields], notes: Notes) -> Fields | None:
    """Returns where an option stands; at two places it is the same thing given twice (PT116)."""
    given = [place for place in places if name in place]
    if len(given) > 1 and (entry := given[1].entry(name)):
        notes.report.add("PT116", entry, f"'{entry.key}' is given in two places; one must go")
    return given[0] if given else None


def _node(place: Fields | None, name: str) -> Node | None:
    return None if place is None else place.node_of(name)


def _flag(place: Fields | None) -> bool:
    return place is not None and place.flag("continue_on_error")


def _integer(place: Fields | None) -> int | None:
    return None if place is None else place.integer("max_items")


def _variable(place: Fields | None, notes: Notes) -> str:
    scalar = None if place is None else place.scalar("as")
    return (read_loop_name(scalar, notes) if scalar else None) or "item"


def _parallel(place: Fields | None, notes: Notes) -> int:
    node = _node(place, "parallel")
    if place is None or node is None:
        return 1
    if isinstance(node, ScalarNode) and (isinstance(node.value, bool) or node.text.strip().lower() in _BOOLEANS):
        return _PARALLEL if read_boolean(node, notes.report) else 1
    return place.integer("parallel") or 1


def _body(node: Node, loop: Context, notes: Notes, make: StepMaker) -> tuple[Step, ...]:
    if not isinstance(node, MapNode) or not is_group(node):
        return make_steps(node, loop, notes, make)
    steps = Fields(node, keys.LOOP_BODY, notes.report).node_of("steps")
    return () if steps is None else make_list(steps, loop, notes, make)


def _source(node: Node | None, context: Context, notes: Notes) -> LoopSource | None:
    match node:
        case None:
            return None
        case ListNode():
            return LoopSource(kind="list", items=tuple(to_data(item) for item in node.items))
        case MapNode():
            return _mapping(Fields(node, keys.SOURCE, notes.report), context, notes)
        case _:
            scalar = read_scalar(node, "text, a list or a mapping", notes.report)
            return None if scalar is None else _text(scalar, context, notes)


def _nested_source(fields: Fields, context: Context, notes: Notes) -> LoopSource | None:
    node = fields.node_of("items")
    own = [entry for entry in fields.node.entries if entry.key in _KINDS and not is_null(entry.value)]
    if node is not None:
        for entry in own:
            message = f"'items' and '{entry.key}' cannot stand together; one must go"
            notes.report.add("PT103", entry, message)
        return _source(node, context, notes)
    if own:
        return _mapping(fields, context, notes)
    if "items" not in fields.meant:
        notes.report.add("PT108", fields.node, "'foreach' needs 'items'", _HINT)
    return None


def _text(scalar: ScalarNode, context: Context, notes: Notes) -> LoopSource:
    """Reads text: a form with its prefix, one whole reference, or a command."""
    prefix = _PREFIX.match(scalar.text)
    text = scalar.text[prefix.end() :] if prefix else scalar.text
    offset = prefix.end() if prefix else 0
    match prefix.group(1) if prefix else None:
        case "glob":
            return LoopSource(kind="glob", globs=known([read_glob(scalar, notes.report, offset)]))
        case "file":
            notes.text_behind(scalar, offset, "plain", context)
            return LoopSource(kind="file", text=text)
        case None if is_one_reference(text):
            notes.text(scalar, "plain", context)
            return LoopSource(kind="reference", text=text.strip())
        case _:
            if not text.strip():
                notes.report.add("PT105", scalar, "'foreach' has no items", _HINT)
            notes.text_behind(scalar, offset, "shell", context)
            # Its lines are the items, whatever they look like; with the prefix the output is read like an input.
            return LoopSource(kind="shell", text=text, format="auto" if prefix else "lines")


def is_one_reference(text: str) -> bool:
    """Tells whether text is one reference and nothing else."""
    parts = parse_text(text.strip(), "plain").parts
    return len(parts) == 1 and not isinstance(parts[0], str)


def _mapping(fields: Fields, context: Context, notes: Notes) -> LoopSource | None:
    report = notes.report
    forms = [entry for entry in fields.node.entries if entry.key in _KINDS and not is_null(entry.value)]
    for second in forms[1:]:
        if _KINDS[second.key] != _KINDS[forms[0].key]:
            message = f"'{forms[0].key}' and '{second.key}' cannot stand together; one must go"
            report.add("PT103", second, message)
    if not forms:
        if fields.meant.isdisjoint(_KINDS.values()):
            report.add("PT108", fields.node, "'foreach' needs a source of items", _HINT)
        return None
    kind = _KINDS[forms[0].key]
    format_ = fields.node_of("format")
    word = None if format_ is None else read_word(format_, phases.INPUT_FORMATS, report)
    timeout = fields.timeout() if "timeout" in fields else LoopSource(kind="shell").timeout
    late = notes.late(fields, context) if fields.keys is keys.SOURCE else {}
    _report_idle(kind, fields, notes)
    match kind:
        case "list":
            items = fields.node_of("list")
            if isinstance(items, ListNode):
                return LoopSource(kind="list", items=tuple(to_data(item) for item in items.items))
            if items is not None:
                wrong_type(items, "a list of items", report)
            return None
        case "glob":
            globs, exclude = read_globs(fields.node_of("glob"), notes), read_globs(fields.node_of("exclude"), notes)
            return LoopSource(kind="glob", globs=globs, exclude=exclude)
        case "file":
            text = notes.text(fields.scalar("file"), "plain", context)
            return None if text is None else LoopSource(kind="file", text=text, format=word or "auto")
        case _:
            text = notes.text(fields.scalar("shell"), "shell", context)
            if text is None:
                return None
            return LoopSource(kind="shell", text=text, format=word or "auto", timeout=timeout, late=late)


def _report_idle(kind: str, fields: Fields, notes: Notes) -> None:
    """Reports the fields of other sources: an undeclared key where they stand (PT110)."""
    for name, kinds in (("exclude", ("glob",)), ("timeout", ("shell",)), ("format", ("shell", "file"))):
        entry = fields.entry(name)
        if entry is not None and kind not in kinds:
            notes.report.add("PT110", entry, f"{quoted(entry.key)} is no key of a source of kind '{kind}'")

"""`retry` in every spelling (language 6.5, 6.6), with `retry_defaults` filled in."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.groups import StepMaker, handler_context
from prodigy_tui.workflow.build.patterns import read_regex
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import Keys, failure, steps
from prodigy_tui.workflow.literals import as_word, parse_integer
from prodigy_tui.workflow.model import Backoff, Matcher, Retry, Step
from prodigy_tui.workflow.nodes import Entry, ListNode, MapNode, Node, ScalarNode, is_null, wrapped
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_boolean, read_duration, read_integer, read_word, wrong_type

_DEFAULT_JITTER = 0.3
_FLAT = failure.BACKOFF.find("type")


def build_retry(node: Node, context: Context, notes: Notes, make: StepMaker) -> Retry | None:
    """Returns the retry that `node` asks for, completed from `retry_defaults`; None for `false`."""
    given = _read(node, context, notes, make)
    if given is None:
        return None
    defaults = dict(notes.retry_defaults)
    late = {name: value for name, value in defaults.pop("late", {}).items() if name not in given}
    return Retry(**{**defaults, **given, "late": {**late, **given.get("late", {})}})


def read_retry_defaults(node: Node, context: Context, notes: Notes, make: StepMaker) -> Mapping[str, Any]:
    """Returns the fields of `Retry` that `retry_defaults` gives, for `Notes.retry_defaults`."""
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping", notes.report)
        return {}
    return _mapping(node, context, notes, make)


def read_delay(fields: Fields, name: str) -> float | None:
    """Returns the seconds of a delay, which must have an end (PT111)."""
    seconds = fields.duration(name)
    node = fields.node_of(name)
    if seconds is None and isinstance(node, ScalarNode) and node.text.strip() == "none":
        fields.report.add("PT111", node, f"'{name}' cannot be 'none': a delay has an end")
    return seconds


def _read(node: Node, context: Context, notes: Notes, make: StepMaker) -> dict[str, Any] | None:
    if isinstance(node, MapNode):
        return _mapping(node, context, notes, make)
    if not isinstance(node, ScalarNode):
        wrong_type(node, "a number of attempts, a boolean or a mapping", notes.report)
        return None
    if isinstance(node.value, bool) or as_word(node.text) in _BOOLEAN_WORDS:
        return {} if read_boolean(node, notes.report) else None
    fields = Fields(wrapped("attempts", node), failure.RETRY, notes.report)
    attempts = fields.integer("attempts")
    return {"late": notes.late(fields, context)} | ({} if attempts is None else {"attempts": attempts})


def _mapping(node: MapNode, context: Context, notes: Notes, make: StepMaker) -> dict[str, Any]:
    """Returns the fields that a mapping gives, and only those."""
    fields = Fields(node, failure.RETRY, notes.report)
    given: dict[str, Any] = {
        "attempts": fields.integer("attempts"),
        "initial_delay": read_delay(fields, "initial_delay"),
        "jitter": _jitter(fields),
    }
    given = {name: value for name, value in given.items() if value is not None}
    for name in ("max_delay", "retry_budget"):
        if name in fields:
            given[name] = fields.duration(name)
    late = {}
    if (backoff := fields.node_of("backoff")) is not None:
        given |= _Growth(fields, context, notes).read(backoff)
        late = given.pop("late", {})
    if (matchers := fields.node_of("retry_on")) is not None:
        given["retry_on"] = _matchers(matchers, notes)
    if (end := fields.node_of("on_failure")) is not None:
        given |= _end(end, context, notes, make)
    late = {**late, **notes.late(fields, context, jitter_factor="jitter")}
    return given | {"late": late}


def _jitter(fields: Fields) -> float | None:
    """Returns the part by which delays vary; `jitter_factor` stands for the part of `jitter: true`."""
    node, factor = fields.node_of("jitter"), fields.ratio("jitter_factor")
    if isinstance(node, ScalarNode) and (isinstance(node.value, bool) or as_word(node.text) in _BOOLEAN_WORDS):
        if not read_boolean(node, fields.report):
            fields.late.pop("jitter_factor", None)
            return 0.0
        return factor if factor is not None or "jitter_factor" in fields.late else _DEFAULT_JITTER
    if node is not None and "jitter_factor" in fields and (entry := fields.entry("jitter_factor")):
        fields.report.add("PT116", entry, "'jitter_factor' and the ratio of 'jitter' are the same; one must go")
    if node is None:
        fields.late.pop("jitter_factor", None)
        return None
    return fields.ratio("jitter")


_BOOLEAN_WORDS = ("true", "false", "yes", "no")


class _Growth(msgspec.Struct, frozen=True):
    """Reads `backoff`; a first delay that stands there belongs to the retry."""

    outer: Fields
    context: Context
    notes: Notes

    def read(self, node: Node) -> dict[str, Any]:
        if isinstance(node, ListNode):
            return {"backoff": Backoff(kind="custom", delays=_delays(node, self.notes))}
        if not isinstance(node, MapNode):
            kind = read_word(node, failure.BACKOFFS, self.notes.report)
            if kind == "custom":
                self.notes.report.add("PT108", node, "'custom' needs 'delays'", "write the list of delays")
            return {} if kind in (None, "custom") else {"backoff": Backoff(kind=cast(Any, kind))}
        named = [entry for entry in node.entries if as_word(entry.key) in failure.BACKOFFS]
        if "type" in node and named:
            message = f"'type' and '{named[0].key}' cannot stand together; one must go"
            self.notes.report.add("PT103", named[0], message)
            return {}
        if named:
            return self._named(node, named)
        return self._flat(node)

    def _named(self, node: MapNode, named: list[Entry]) -> dict[str, Any]:
        """Reads `{linear: {increment: 2s}}`."""
        for other in named[1:]:
            message = f"'{named[0].key}' and '{other.key}' cannot stand together; one must go"
            self.notes.report.add("PT103", other, message)
        for entry in node.entries:
            if entry not in named and not entry.key.startswith("x-"):
                hint = f"write it under '{named[0].key}'" if failure.BACKOFF.find(entry.key) else ""
                self.notes.report.add("PT110", entry, f"unknown key {quoted(entry.key)}", hint)
        kind, value = as_word(named[0].key), named[0].value
        if kind == "custom" and isinstance(value, ListNode):
            return {"backoff": Backoff(kind="custom", delays=_delays(value, self.notes))}
        if is_null(value):
            value = MapNode(file=node.file, line=node.line, column=node.column, path=node.path, entries=())
        if not isinstance(value, MapNode):
            wrong_type(value, "a mapping", self.notes.report)
            return {}
        return self._options(kind, Fields(value, failure.BACKOFF_OPTIONS[kind], self.notes.report))

    def _flat(self, node: MapNode) -> dict[str, Any]:
        """Reads `{type: linear, increment: 2s}`."""
        type_node = node.get("type")
        if type_node is None or is_null(type_node):
            misread = Fields(node, failure.BACKOFF, self.notes.report)
            if not misread.rejected:
                self.notes.report.add("PT108", node, "'backoff' needs 'type'")
            return {}
        kind = read_word(type_node, failure.BACKOFFS, self.notes.report)
        if kind is None:
            return {}
        assert _FLAT is not None
        table = failure.BACKOFF_OPTIONS[kind]
        flat = Keys(name=f"flat_{kind}", keys=(_FLAT, *table.keys))
        return self._options(kind, Fields(node, flat, self.notes.report))

    def _options(self, kind: str, fields: Fields) -> dict[str, Any]:
        values: dict[str, Any] = {"kind": kind}
        found: dict[str, Any] = {}
        if kind == "custom":
            delays = fields.require("delays", "'custom'")
            values["delays"] = () if delays is None else _delays(delays, self.notes)
        else:
            found |= self._first_delay(fields)
        if kind == "linear":
            values["increment"] = read_delay(fields, "increment")
        if kind == "exponential" and (base := fields.number("base")) is not None:
            values["base"] = base
        late = self.notes.late(fields, self.context, delay="initial_delay")
        first = {name: value for name, value in late.items() if name == "initial_delay"}
        inner = {name: value for name, value in late.items() if name != "initial_delay"}
        return {**found, "backoff": Backoff(**values, late=inner), "late": first}

    def _first_delay(self, fields: Fields) -> dict[str, Any]:
        delay, entry = read_delay(fields, "delay"), fields.entry("delay")
        if entry is not None and "delay" in fields and "initial_delay" in self.outer:
            message = f"'{entry.key}' of 'backoff' and 'initial_delay' are the same; one must go"
            self.notes.report.add("PT116", entry, message)
            fields.late.pop("delay", None)
            return {}
        return {} if delay is None else {"initial_delay": delay}


def _delays(node: Node, notes: Notes) -> tuple[float, ...]:
    if not isinstance(node, ListNode):
        wrong_type(node, "a list of durations", notes.report)
        return ()
    found = []
    for item in node.items:
        seconds = read_duration(item, notes.report, zero=True)
        if seconds is not None:
            found.append(seconds)
        elif isinstance(item, ScalarNode) and item.text.strip() == "none":
            notes.report.add("PT111", item, "a delay cannot be 'none': it has an end")
    return tuple(found)


def _matchers(node: Node, notes: Notes) -> tuple[Matcher, ...]:
    if not isinstance(node, ListNode):
        wrong_type(node, "a list of matchers", notes.report)
        return ()
    return tuple(found for item in node.items for found in _matcher(item, notes))


def _matcher(node: Node, notes: Notes) -> tuple[Matcher, ...]:
    report = notes.report
    if isinstance(node, ScalarNode) and parse_integer(node.text) is not None:
        code = read_integer(node, report, minimum=0, maximum=255)
        return () if code is None else (Matcher(kind="exit_code", codes=(code,)),)
    if not isinstance(node, MapNode):
        word = read_word(node, failure.MATCHERS, report)
        return () if word is None else (Matcher(kind=cast(Any, word)),)
    fields = Fields(node, failure.MATCHER, report)
    codes, pattern = fields.node_of("exit_code"), fields.scalar("pattern")
    if codes is not None and "pattern" in fields and (second := fields.entry("pattern")):
        report.add("PT103", second, "'exit_code' and 'pattern' cannot stand together; make two matchers of them")
    if codes is not None:
        items = codes.items if isinstance(codes, ListNode) else (codes,)
        read = [read_integer(item, report, minimum=0, maximum=255) for item in items]
        return (Matcher(kind="exit_code", codes=tuple(code for code in read if code is not None)),)
    regex = read_regex(pattern, report)
    if "pattern" not in fields and not fields.rejected:
        report.add("PT108", node, "a matcher needs 'exit_code' or 'pattern'")
    return () if regex is None else (Matcher(kind="pattern", pattern=regex),)


def _end(node: Node, context: Context, notes: Notes, make: StepMaker) -> dict[str, Any]:
    """Reads what follows the last execution."""
    if not isinstance(node, MapNode):
        word = read_word(node, ("stop", "continue"), notes.report, "use stop, continue, or {fallback: STEP}")
        return {} if word is None else {"on_failure": word}
    fallback = Fields(node, failure.RETRY_FALLBACK, notes.report).require("fallback", "'on_failure'")
    inner = None if fallback is None else handler_context(fallback, context, notes)
    if fallback is None or inner is None:
        return {}
    return {"on_failure": "fallback", "fallback": _fallback(fallback, inner, notes, make)}


def _fallback(node: Node, context: Context, notes: Notes, make: StepMaker) -> tuple[Step, ...]:
    """Reads a step, or the `{command: TEXT}` that here is shell text."""
    if isinstance(node, MapNode) and [entry.key for entry in node.entries] == ["command"]:
        command = Fields(node, failure.FALLBACK_COMMAND, notes.report).node_of("command")
        return () if command is None else make(command, context, notes, steps.STEP)
    if isinstance(node, ListNode):
        wrong_type(node, "a step", notes.report)
        return ()
    return make(node, context, notes, steps.STEP)

"""Steps: every form of language 5.1, the fields of 5.3 and the captures of 11."""

import re
from dataclasses import replace
from typing import Any, Literal, cast

from prodigy_tui.workflow import keys
from prodigy_tui.workflow.build.commands import agent_of_text, build_command, report_idle_fields, shell_of_text
from prodigy_tui.workflow.build.context import AgentDefaults, Context, Notes, TextUse
from prodigy_tui.workflow.build.handlers import build_handler, read_condition
from prodigy_tui.workflow.build.names import build_env, read_capture_name, read_id
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import Keys
from prodigy_tui.workflow.model import AgentCommand, Capture, Command, Handler, Step, WriteFileCommand
from prodigy_tui.workflow.nodes import BrokenNode, ListNode, MapNode, Node, ScalarNode, is_null, to_data
from prodigy_tui.workflow.problems import Severity, quoted
from prodigy_tui.workflow.reading import read_boolean, read_scalar, wrong_type

_PREFIX = re.compile(r"(claude|shell):\s+")
_FORMATS = ("string", "text", "json", "lines", "number", "boolean")
_SET_ANYWAY = ("shell.output", "claude.output", "last.output")
_LONGEST_LABEL = 60


def build_steps(node: Node, context: Context, notes: Notes, *, empty: Severity = "error") -> tuple[Step, ...]:
    """Returns the steps of a list; `empty` is how bad an empty list is (PT204)."""
    if not isinstance(node, ListNode):
        wrong_type(node, "a list of steps", notes.report)
        return ()
    if not node.items:
        notes.report.add("PT204", node, "the list of steps is empty", severity=empty)
    return tuple(step for item in node.items for step in build_step(item, context, notes, keys.STEP))


def build_step(node: Node, context: Context, notes: Notes, table: Keys) -> tuple[Step, ...]:
    """Returns the step of one node: none when it cannot be made, two where language 5.1 says so."""
    if isinstance(node, BrokenNode) or not notes.count_step(node):
        return ()
    if isinstance(node, MapNode):
        if context.handler and not is_null(node.get("shell")) and not is_null(node.get("claude")):
            return _two_steps(node, context, notes, table)
        step = _build_mapping(node, context, notes, table)
        return () if step is None else (step,)
    if isinstance(node, ListNode):
        wrong_type(node, "text or a mapping", notes.report)
        return ()
    return _build_text(node, context, notes)


def _two_steps(node: MapNode, context: Context, notes: Notes, table: Keys) -> tuple[Step, ...]:
    """Splits `{shell, claude, …}` in a handler; the other keys belong to the second step."""
    first, second = (entry for entry in node.entries if entry.key in ("shell", "claude"))
    notes.report.add(
        "PT901", second, "'shell' and 'claude' in one step is a legacy spelling", "write a list of two steps"
    )
    shell = first if first.key == "shell" else second
    others = tuple(entry for entry in node.entries if entry is not shell)
    return (
        *build_step(replace(node, entries=(shell,)), context, notes, table),
        *build_step(replace(node, entries=others), context, notes, table),
    )


def _build_text(node: ScalarNode, context: Context, notes: Notes) -> tuple[Step, ...]:
    text = node.text
    if node.value is None or not text.strip():
        notes.report.add("PT201", node, "a step needs a command", "write a shell command, or '/' and an agent's")
        return ()
    prefix = _PREFIX.match(text)
    if prefix:
        kind = prefix.group(1)
        message = f"the prefix '{kind}: ' inside a text is a legacy spelling"
        notes.report.add("PT901", node, message, f"write the key '{kind}'")
    offset = prefix.end() if prefix else len(text) - len(text.lstrip())
    is_agent = prefix.group(1) == "claude" if prefix else text[offset:].startswith("/")
    use = TextUse(node=node, mode="plain" if is_agent else "shell", context=context, offset=offset)
    if not is_agent:
        _warn_of_word(use.text.strip(), node, notes)
    command: Command = agent_of_text(use, notes) if is_agent else shell_of_text(use, notes)
    defaults = notes.agent_defaults if is_agent else AgentDefaults()
    step = Step(
        command=command,
        label=_label(command),
        timeout=defaults.timeout,
        idle_timeout=defaults.idle_timeout,
        no_idle_timeout=defaults.no_idle_timeout,
        line=node.line,
    )
    return (step,)


def _warn_of_word(word: str, node: ScalarNode, notes: Notes) -> None:
    if len(word.split()) == 1 and (word.startswith("prodigy-") or word in notes.surroundings.agent_commands):
        message = f"{quoted(word)} is run by the shell; in the original it was an agent command"
        notes.report.add("PT904", node, message, f"write '/{word}'")


def _build_mapping(node: MapNode, context: Context, notes: Notes, table: Keys) -> Step | None:
    fields = Fields(node, table, notes.report)
    key = _command_key(fields, table)
    command = build_command(key, fields, context, notes) if key else None
    if command is not None:
        report_idle_fields(command.kind, fields, notes.report)
    tolerant, commit_required = _outcome_flags(fields)
    handler = _handler(fields, command, tolerant, context, notes)
    defaults = notes.agent_defaults if isinstance(command, AgentCommand) else AgentDefaults()
    own_idle = "idle_timeout" in fields
    idle_timeout = fields.timeout("idle_timeout")
    timeout = fields.timeout()
    name = notes.text(fields.scalar("name"), "plain", context)
    notes.text(fields.scalar("description"), "plain", context)
    id_node, env_node = fields.node_of("id"), fields.node_of("env")
    values: dict[str, Any] = {
        "name": name,
        "id": None if id_node is None else read_id(id_node, context, notes),
        "when": read_condition(fields.node_of("when"), context, notes),
        "env": {} if env_node is None else build_env(env_node, context, notes),
        "temporary": fields.flag("temporary", default=True),
        "clear_env": fields.flag("clear_env"),
        "working_dir": notes.text(fields.scalar("working_dir"), "plain", context),
        "timeout": timeout if "timeout" in fields else defaults.timeout,
        "idle_timeout": idle_timeout if own_idle else defaults.idle_timeout,
        "no_idle_timeout": idle_timeout is None if own_idle else defaults.no_idle_timeout,
        "on_failure": handler,
        "capture": _capture(fields, context, notes),
        "commit_required": commit_required,
        "line": node.line,
    }
    return None if command is None else Step(command=command, label=name or _label(command), **values)


def _command_key(fields: Fields, table: Keys) -> str | None:
    """Returns the one command key of a step; none is PT201, several are PT202."""
    given = [entry for entry in fields.node.entries if entry.key in keys.COMMANDS and not is_null(entry.value)]
    commands = [entry for entry in given if entry.key != "validate"] or given
    if len(commands) > 1:
        first, second = commands[:2]
        hint = "make two steps of it" if {first.key, second.key} <= {"shell", "claude", "agent", "test"} else ""
        fields.report.add("PT202", second, f"a step has one command, not '{first.key}' and '{second.key}'", hint)
        return None
    if commands:
        return table.canonical(commands[0].key)
    refused = any(entry.key in table.refused for entry in fields.node.entries)
    misspelt = not fields.meant.isdisjoint(keys.COMMANDS) or (fields.rejected and not any(fields.names()))
    if not refused and not misspelt:
        fields.report.add("PT201", fields.node, "a step needs a command", _command_hint(fields))
    return None


def _command_hint(fields: Fields) -> str:
    name = fields.node.get("name")
    found = {entry.key for entry in fields.node.entries}
    if isinstance(name, ScalarNode) and found <= {"name", "args", "options"} and found != {"name"}:
        arguments = fields.node.get("args")
        words = [str(word) for word in to_data(arguments)] if isinstance(arguments, ListNode) else []
        return f"write claude: {quoted(' '.join(['/' + name.text, *words]))}"
    return "add one of 'shell', 'claude', 'agent' and 'write_file'"


def _outcome_flags(fields: Fields) -> tuple[bool | None, bool]:
    """Returns `continue_on_error` (None: not given) and `commit_required`, from wherever they stand."""
    found: dict[str, bool | None] = {}
    for name in ("continue_on_error", "commit_required"):
        node = fields.node_of(name)
        found[name] = None if node is None else read_boolean(node, fields.report)
    metadata = fields.node_of("metadata")
    entry = fields.entry("metadata")
    if metadata is not None and entry is not None and not isinstance(metadata, MapNode):
        fields.report.add("PT902", entry, "'metadata' is accepted and ignored")
    for inner in metadata.entries if isinstance(metadata, MapNode) else ():
        if inner.key not in found:
            fields.report.add("PT902", inner, f"{quoted('metadata.' + inner.key)} is accepted and ignored")
            continue
        if inner.key in fields:
            fields.report.add("PT116", inner, f"'metadata.{inner.key}' and '{inner.key}' are the same; one must go")
            continue
        fields.report.add("PT901", inner, f"'metadata.{inner.key}' is a legacy spelling", f"write '{inner.key}'")
        if not is_null(inner.value):
            found[inner.key] = read_boolean(inner.value, fields.report)
    return found["continue_on_error"], bool(found["commit_required"])


def _handler(
    fields: Fields, command: Command | None, tolerant: bool | None, context: Context, notes: Notes
) -> Handler | None:
    node = fields.node_of("on_failure")
    entry = fields.entry("on_failure")
    test = fields.node_of("test")
    if isinstance(test, MapNode) and not is_null(moved := test.get("on_failure")):
        if node is not None and entry is not None:
            notes.report.add("PT116", entry, "'on_failure' of the step and of 'test' are the same; one must go")
        node = node or moved
    if tolerant is not None and node is not None and (at := fields.entry("continue_on_error") or entry):
        notes.report.add(
            "PT207", at, "'continue_on_error' and 'on_failure' contradict each other", "'on_failure' alone says all"
        )
    if node is None:
        return Handler(tolerate=True) if tolerant else None
    return build_handler(node, command, context, notes, build_step)


def _capture(fields: Fields, context: Context, notes: Notes) -> Capture:
    name_node = _capture_node(fields, notes)
    default = fields.node_of("capture_default")
    format_ = fields.word("capture_format", _FORMATS) or "string"
    name: str | None = None
    if isinstance(name_node, ScalarNode):
        if name_node.value is True:
            name = "CAPTURED_OUTPUT"
        elif name_node.text in _SET_ANYWAY:
            hint = "leave the capture out"
            notes.report.add("PT901", name_node, f"{quoted(name_node.text)} is set after every step anyway", hint)
        else:
            name = read_capture_name(name_node, context, notes)
    return Capture(
        name=name,
        format=cast(
            Literal["string", "json", "lines", "number", "boolean"], "string" if format_ == "text" else format_
        ),
        has_default=default is not None,
        default=None if default is None else to_data(default),
    )


def _capture_node(fields: Fields, notes: Notes) -> ScalarNode | None:
    """Returns the name in `capture` or `capture_output`; both are PT116 unless they agree."""
    plain = fields.scalar("capture")
    node = fields.node_of("capture_output")
    output = None if node is None else read_scalar(node, "a name or a boolean", notes.report)
    if plain is None or output is None:
        found = plain or output
        return None if found is output and output is not None and output.value is False else found
    if plain.text != output.text and (entry := fields.entry("capture_output")):
        notes.report.add("PT116", entry, "'capture' and 'capture_output' name different captures; one must go")
    return plain


def _label(command: Command) -> str:
    """Returns a short form of the command for people."""
    match command:
        case AgentCommand():
            text = command.prompt
        case WriteFileCommand():
            text = f"write {command.path}"
        case _:
            text = command.text
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    first = lines[0] if lines else text.strip()
    cut = len(first) > _LONGEST_LABEL or len(lines) > 1
    return first[: _LONGEST_LABEL - 1] + "…" if cut else first

"""Steps: every form of language 5.1 and the fields of 5.3."""

import re
from typing import Any

from msgspec.structs import replace

from prodigy_tui.workflow.build.attempts import bare_step
from prodigy_tui.workflow.build.captures import build_capture, build_outputs, read_output_file
from prodigy_tui.workflow.build.commands import agent_of_text, build_command, shell_of_text
from prodigy_tui.workflow.build.commits import build_commits
from prodigy_tui.workflow.build.context import AgentDefaults, Context, Notes, TextUse
from prodigy_tui.workflow.build.environment import build_env
from prodigy_tui.workflow.build.groups import read_condition
from prodigy_tui.workflow.build.handlers import build_exit_codes, build_handler, build_success
from prodigy_tui.workflow.build.idle import report_idle_fields
from prodigy_tui.workflow.build.labels import label_of
from prodigy_tui.workflow.build.loops import build_foreach
from prodigy_tui.workflow.build.names import name_of_call, read_id
from prodigy_tui.workflow.build.paths import read_paths
from prodigy_tui.workflow.build.retry import build_retry
from prodigy_tui.workflow.build.validation import build_goal_seek, build_step_validate, build_validation
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import Keys
from prodigy_tui.workflow.keys import steps as keys
from prodigy_tui.workflow.late import Late
from prodigy_tui.workflow.model import (
    AgentCommand,
    AllowedPaths,
    Command,
    ForeachCommand,
    Handler,
    Retry,
    Step,
    ValidateCommand,
    Validation,
    WorkflowCommand,
)
from prodigy_tui.workflow.nodes import BrokenNode, ListNode, MapNode, Node, ScalarNode, is_null, to_data
from prodigy_tui.workflow.problems import Severity, quoted
from prodigy_tui.workflow.reading import read_boolean, wrong_type

_PREFIX = re.compile(r"(claude|shell):\s+")
_OUTCOME = frozenset(
    {"continue_on_error", "metadata", "on_failure", "on_success", "on_exit_code", "retry", "test"}
    | {"commit_required", "auto_commit", "commit_config"}
)
_LIMITS = frozenset({"timeout", "idle_timeout"})
_CHECKS = frozenset({"validate", "step_validate", "validation_timeout", "skip_validation", "ignore_validation_failure"})
_COMMAND_HINT = "add one of 'shell', 'claude', 'agent' and 'write_file'"


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
        step = _StepBuilder(node, context, notes, table).build()
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
    return (bare_step(command, node, notes),)


def _warn_of_word(word: str, node: ScalarNode, notes: Notes) -> None:
    if len(word.split()) == 1 and (word.startswith("prodigy-") or word in notes.surroundings.agent_commands):
        message = f"{quoted(word)} is run by the shell; in the original it was an agent command"
        notes.report.add("PT904", node, message, f"write '/{word}'")


class _StepBuilder:
    """Builds the step of one mapping."""

    def __init__(self, node: MapNode, context: Context, notes: Notes, table: Keys) -> None:
        self._node = node
        self._context = context
        self._notes = notes
        self._table = table
        self._fields = Fields(node, table, notes.report)

    def build(self) -> Step | None:
        fields, context, notes = self._fields, self._context, self._notes
        key = self._command_key()
        command = self._command(key) if key else None
        if command is not None:
            report_idle_fields(command.kind, fields, notes.report)
        name = notes.text(fields.scalar("name"), "plain", context)
        notes.text(fields.scalar("description"), "plain", context)
        id_node, env_node = fields.node_of("id"), fields.node_of("env")
        values: dict[str, Any] = {
            "command": command,
            "name": name,
            "id": None if id_node is None else read_id(id_node, context, notes),
            "when": read_condition(fields.node_of("when"), context, notes),
            "env": {} if env_node is None else build_env(env_node, context, notes, of_step=True),
            "temporary": fields.flag("temporary", default=True),
            "clear_env": fields.flag("clear_env"),
            "working_dir": notes.text(fields.scalar("working_dir"), "plain", context),
            "capture": build_capture(fields, context, notes),
            "output_file": read_output_file(fields, context, notes),
            "paths": self._paths(),
            "line": self._node.line,
        }
        values |= self._outcome(command) | self._limits(command) | self._checks(command)
        outputs = fields.node_of("outputs")
        if outputs is not None and not isinstance(command, WorkflowCommand):
            values["outputs"] = build_outputs(outputs, context, notes)
        values["late"] = {**values.get("late", {}), **notes.late(fields, context)}
        if isinstance(command, WorkflowCommand) and id_node is None:
            values["id"] = name_of_call(command.call, name, self._node, context, notes)
        return None if command is None else Step(label=name or label_of(command), **values)

    # ----------------------------------------------------------------------------------------------------- command

    def _command_key(self) -> str | None:
        """Returns the one command key; none is PT201, several are PT202."""
        fields = self._fields
        given = [entry for entry in fields.node.entries if entry.key in keys.COMMANDS and not is_null(entry.value)]
        commands = [entry for entry in given if entry.key != "validate"] or given
        # Two spellings of one key have been reported as that.
        commands = list({self._table.canonical(entry.key): entry for entry in reversed(commands)}.values())[::-1]
        if len(commands) > 1:
            first, second = commands[:2]
            hint = "make two steps of it" if {first.key, second.key} <= {"shell", "claude", "agent", "test"} else ""
            fields.report.add("PT202", second, f"a step has one command, not '{first.key}' and '{second.key}'", hint)
            return None
        if commands:
            return self._table.canonical(commands[0].key)
        refused = any(entry.key in self._table.refused for entry in fields.node.entries)
        misspelt = not fields.meant.isdisjoint(keys.COMMANDS) or (fields.rejected and not any(fields.names()))
        if not refused and not misspelt:
            fields.report.add("PT201", fields.node, "a step needs a command", self._command_hint())
        return None

    def _command_hint(self) -> str:
        name = self._node.get("name")
        found = {entry.key for entry in self._node.entries}
        if isinstance(name, ScalarNode) and found <= {"name", "args", "options"} and found != {"name"}:
            arguments = self._node.get("args")
            words = [str(word) for word in to_data(arguments)] if isinstance(arguments, ListNode) else []
            return f"write claude: {quoted(' '.join(['/' + name.text, *words]))}"
        return _COMMAND_HINT

    def _command(self, key: str) -> Command | None:
        fields, context, notes = self._fields, self._context, self._notes
        match key:
            case "foreach":
                return build_foreach(fields, context, notes, build_step)
            case "goal_seek":
                return build_goal_seek(fields, context, notes, build_step)
            case "validate":
                validation = self._validation()
                return None if validation is None else ValidateCommand(validation=validation)
            case _:
                return build_command(key, fields, context, notes, build_step)

    # ----------------------------------------------------------------------------------------------------- outcome

    def _outcome(self, command: Command | None) -> dict[str, Any]:
        """Returns what follows success and failure."""
        fields, context, notes = self._fields, self._context, self._notes
        if not fields.has_any(_OUTCOME):
            return {}
        tolerant, commit_required = self._flags(command)
        success, codes = fields.node_of("on_success"), fields.node_of("on_exit_code")
        if tolerant is not None and isinstance(command, ForeachCommand):
            command, tolerant = replace(command, **{"continue_on_error": tolerant}), None
        handler = self._handler(command, tolerant)
        return {
            "command": command,
            "retry": self._retry(handler is not None),
            "on_failure": handler,
            "on_success": None if success is None else build_success(success, context, notes, build_step),
            "on_exit_code": () if codes is None else build_exit_codes(codes, command, context, notes, build_step),
            "commit_required": commit_required,
            **build_commits(fields, context, notes),
        }

    def _flags(self, command: Command | None) -> tuple[bool | None, bool]:
        """Returns `continue_on_error` (None: not given) and `commit_required`, from wherever they stand."""
        fields = self._fields
        # On a loop it is an option of the loop.
        is_loop = isinstance(command, ForeachCommand) or "foreach" in fields
        found: dict[str, bool | None] = {
            "continue_on_error": None if is_loop else fields.optional_flag("continue_on_error"),
            "commit_required": fields.optional_flag("commit_required"),
        }
        metadata, entry = fields.node_of("metadata"), fields.entry("metadata")
        if metadata is not None and entry is not None and not isinstance(metadata, MapNode):
            fields.report.add("PT902", entry, "'metadata' is accepted and ignored")
        for inner in metadata.entries if isinstance(metadata, MapNode) else ():
            if inner.key not in found:
                fields.report.add("PT902", inner, f"{quoted('metadata.' + inner.key)} is accepted and ignored")
                continue
            if inner.key in fields:
                message = f"'metadata.{inner.key}' and '{inner.key}' are the same; one must go"
                fields.report.add("PT116", inner, message)
                continue
            fields.report.add("PT901", inner, f"'metadata.{inner.key}' is a legacy spelling", f"write '{inner.key}'")
            if not is_null(inner.value):
                found[inner.key] = read_boolean(inner.value, fields.report)
        return found["continue_on_error"], bool(found["commit_required"])

    def _handler(self, command: Command | None, tolerant: bool | None) -> Handler | None:
        fields, context, notes = self._fields, self._context, self._notes
        node, entry = fields.node_of("on_failure"), fields.entry("on_failure")
        test = fields.node_of("test")
        if isinstance(test, MapNode) and not is_null(moved := test.get("on_failure")):
            if node is not None and entry is not None:
                notes.report.add("PT116", entry, "'on_failure' of the step and of 'test' are the same; one must go")
            node = node or moved
        late = notes.take_late(fields, "continue_on_error", context)
        is_given = tolerant is not None or late is not None
        if is_given and node is not None and (at := fields.entry("continue_on_error") or entry):
            notes.report.add(
                "PT207", at, "'continue_on_error' and 'on_failure' contradict each other", "'on_failure' alone says all"
            )
        if node is not None:
            return build_handler(node, command, context, notes, build_step)
        if late is not None:
            return Handler(late={"tolerate": late})
        return Handler(tolerate=True) if tolerant else None

    def _retry(self, has_handler: bool) -> Retry | None:
        fields, notes = self._fields, self._notes
        node, entry = fields.node_of("retry"), fields.entry("retry")
        retry = None if node is None else build_retry(node, self._context, notes, build_step)
        if retry is not None and retry.on_failure != "stop" and has_handler and entry is not None:
            own = node.entry("on_failure") if isinstance(node, MapNode) else None
            message = f"'on_failure: {retry.on_failure}' of 'retry' contradicts the step's own handler"
            notes.report.add("PT207", own or entry, message, "one must go")
        return retry

    # --------------------------------------------------------------------------------------------- limits and checks

    def _limits(self, command: Command | None) -> dict[str, Any]:
        """Returns the limits; an agent's that are not given are those of `agent_defaults`."""
        fields = self._fields
        if not fields.has_any(_LIMITS) and not isinstance(command, AgentCommand):
            return {}
        defaults = self._notes.agent_defaults if isinstance(command, AgentCommand) else AgentDefaults()
        timeout, idle_timeout = fields.timeout(), fields.duration("idle_timeout")
        own_idle = "idle_timeout" in fields
        late: dict[str, Late] = {name: late for name, late in defaults.late.items() if name not in fields}
        return {
            "timeout": timeout if "timeout" in fields else defaults.timeout,
            "idle_timeout": idle_timeout if own_idle else defaults.idle_timeout,
            "no_idle_timeout": idle_timeout is None if own_idle else defaults.no_idle_timeout,
            "late": late,
        }

    def _checks(self, command: Command | None) -> dict[str, Any]:
        """Returns the checks of the step; `validation_timeout` becomes theirs."""
        fields, context, notes = self._fields, self._context, self._notes
        if not fields.has_any(_CHECKS):
            return {}
        limit = fields.duration("validation_timeout")
        validation = None if command is None or isinstance(command, ValidateCommand) else self._validation()
        late = notes.take_late(fields, "validation_timeout", context)
        node = fields.node_of("step_validate")
        step_validate = None if node is None else build_step_validate(node, context, notes, build_step)
        if step_validate is not None and "validation_timeout" in fields:
            inner = {**step_validate.late, **({"timeout": late} if late else {})}
            step_validate = replace(step_validate, **{"timeout": limit, "late": inner})
        return {
            "validation": validation,
            "step_validate": step_validate,
            "skip_validation": fields.flag("skip_validation"),
            "ignore_validation_failure": fields.flag("ignore_validation_failure"),
        }

    def _validation(self) -> Validation | None:
        """Returns `validate`, its rounds limited by the step's `validation_timeout` unless it has its own."""
        fields, notes = self._fields, self._notes
        node = fields.node_of("validate")
        validation = None if node is None else build_validation(node, self._context, notes, build_step)
        if validation is None or "validation_timeout" not in fields:
            return validation
        if isinstance(node, MapNode) and not is_null(node.get("timeout")):
            if "step_validate" not in fields and (entry := fields.entry("validation_timeout")):
                message = "'validation_timeout' and 'timeout' of 'validate' are the same; one must go"
                notes.report.add("PT116", entry, message)
            return validation
        limit, late = fields.duration("validation_timeout"), fields.late.get("validation_timeout")
        inner = {**validation.late, **({"timeout": late.late} if late else {})}
        return replace(validation, **{"timeout": limit, "late": inner})

    def _paths(self) -> AllowedPaths | None:
        """Returns `paths`; outside agents nobody could accept a suspect step, so there it fails."""
        paths = read_paths(self._fields.node_of("paths"), self._notes)
        if paths is None or self._context.phase == "map":
            return paths
        return replace(paths, **{"on_violation": "fail"})

"""The command of a step: each key of language 5.2 but those that hold loops and checks."""

from collections.abc import Mapping
from typing import Any, Literal, cast

from msgspec.structs import replace

from prodigy_tui.workflow.build.calls import build_call
from prodigy_tui.workflow.build.context import Context, Notes, TextUse
from prodigy_tui.workflow.build.gates import build_approve, build_wait
from prodigy_tui.workflow.build.groups import StepMaker, make_list
from prodigy_tui.workflow.build.names import read_results
from prodigy_tui.workflow.build.uses import build_use
from prodigy_tui.workflow.build.write_file import build_write_file
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import steps as keys
from prodigy_tui.workflow.keys.composition import WORKFLOW_CALL
from prodigy_tui.workflow.model import (
    AgentCommand,
    AnalyzeCommand,
    Command,
    ShellCommand,
    Step,
    UseCommand,
    WorkflowCommand,
)
from prodigy_tui.workflow.model.commands import Interpreter
from prodigy_tui.workflow.nodes import MapNode, Node, is_null, to_data
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.reading import read_scalar, wrong_type
from prodigy_tui.workflow.suggest import did_you_mean

_HOW = frozenset({"interpreter", "stdin"})
_AGENT_FIELDS = {"provider": "provider", "model": "model", "agent_options": "options"}


def build_command(key: str, fields: Fields, context: Context, notes: Notes, make: StepMaker) -> Command | None:
    """Returns the command under `key`, or None when it cannot be made; what is wrong is reported."""
    node = fields.node_of(key)
    if node is None:
        return None
    match key:
        case "shell" | "test":
            return _shell(node, fields, context, notes)
        case "agent" | "claude":
            return agent_command(node, fields, context, notes, "agent" if key == "agent" else "claude")
        case "command":
            return _legacy_command(node, fields, context, notes)
        case "write_file":
            return build_write_file(node, context, notes)
        case "approve":
            return build_approve(node, context, notes)
        case "wait":
            return build_wait(fields, context, notes)
        case "analyze":
            if entry := fields.entry(key):
                notes.report.add("PT902", entry, "'analyze' is accepted and does nothing")
            return AnalyzeCommand()
        case "use":
            return _use(fields, context, notes, make)
        case "workflow":
            return _workflow(node, fields, context, notes)
        case _:
            return None


def shell_of_text(use: TextUse, notes: Notes) -> ShellCommand:
    """Returns the command of a step that is only text."""
    notes.texts.append(use)
    return ShellCommand(text=use.text)


def agent_of_text(use: TextUse, notes: Notes) -> AgentCommand:
    """Returns the command of a step that is only text and begins with `/`."""
    notes.texts.append(use)
    return _make_agent("claude", use.text, {}, notes)


def shell_command(node: Node, context: Context, notes: Notes) -> ShellCommand | None:
    """Returns the command of a shell text."""
    text = notes.text(read_scalar(node, "text", notes.report), "shell", context)
    return None if text is None else ShellCommand(text=text)


def agent_command(
    node: Node, fields: Fields | None, context: Context, notes: Notes, spelling: Literal["agent", "claude"]
) -> AgentCommand | None:
    """Returns one call of a provider: text, or a mapping with `prompt`; `fields` are those of the step."""
    given: dict[str, Node] = {}
    prompt_node: Node | None = node
    if isinstance(node, MapNode):
        inner = Fields(node, keys.AGENT if spelling == "agent" else keys.CLAUDE, notes.report)
        prompt_node = inner.require("prompt", f"'{spelling}'")
        given = {name: found for name in ("provider", "model", "options") if (found := inner.node_of(name))}
    for field, name in _AGENT_FIELDS.items() if fields is not None else ():
        entry = fields.entry(field) if fields is not None else None
        if entry is None or is_null(entry.value):
            continue
        if name in given:
            notes.report.add("PT116", entry, f"'{field}' and '{spelling}.{name}' are the same; one must go")
        given.setdefault(name, entry.value)
    if prompt_node is None:
        return None
    prompt = notes.text(read_scalar(prompt_node, "text", notes.report), "plain", context)
    return None if prompt is None else _make_agent(spelling, prompt, given, notes)


def _legacy_command(node: Node, fields: Fields, context: Context, notes: Notes) -> AgentCommand | None:
    """Reads `command`, a prompt with or without its `/`."""
    scalar = read_scalar(node, "text", notes.report)
    command = None if scalar is None else agent_command(scalar, fields, context, notes, "claude")
    if command is None or command.prompt.startswith("/"):
        return command
    return replace(command, **{"prompt": "/" + command.prompt})


def _shell(node: Node, fields: Fields, context: Context, notes: Notes) -> ShellCommand | None:
    """Reads `shell` and `test`; the `on_failure` of a `test` has been moved to the step before."""
    if isinstance(node, MapNode) and "test" in fields:
        inner = Fields(node, keys.TEST, notes.report).require("command", "'test'")
        return None if inner is None else _shell(inner, fields, context, notes)
    command = shell_command(node, context, notes)
    if not fields.has_any(_HOW):
        return command
    interpreter = fields.word("interpreter") or "sh"
    stdin = notes.text(fields.scalar("stdin"), "plain", context)
    if command is None:
        return None
    shell = cast(Interpreter, interpreter)
    return replace(command, **{"interpreter": shell, "stdin": stdin})


def _use(fields: Fields, context: Context, notes: Notes, make: StepMaker) -> UseCommand | None:
    name, values = fields.scalar("use"), fields.node_of("with")
    if name is None:
        return None

    def build(node: Node, inner: Context, notes: Notes) -> tuple[Step, ...]:
        return make_list(node, inner, notes, make)

    return build_use(name, values, fields.node, context, notes, build)


def _workflow(node: Node, fields: Fields, context: Context, notes: Notes) -> WorkflowCommand | None:
    call, _ = build_call(node, context, notes, fields.node_of("with"))
    if call is None:
        return None
    inner = Fields(node, WORKFLOW_CALL, Report("")) if isinstance(node, MapNode) else None
    for name in ("timeout", "working_dir", "continue_on_error", "outputs"):
        if inner is not None and name in inner and name in fields and (entry := fields.entry(name)):
            notes.report.add("PT116", entry, f"'{name}' of the step and of 'workflow' are the same; one must go")
    if (outputs := fields.node_of("outputs")) is not None and not call.outputs:
        call = replace(call, **{"outputs": read_results(outputs, context, notes)})
    return WorkflowCommand(call=call)


def _make_agent(
    spelling: Literal["agent", "claude"], prompt: str, given: Mapping[str, Node], notes: Notes
) -> AgentCommand:
    defaults = notes.agent_defaults
    own = _text(given.get("provider"), notes.report)
    provider = own or ("claude" if spelling == "claude" else defaults.provider)
    # Model and options of the defaults were chosen for their provider and mean nothing to another one.
    same = provider == defaults.provider
    options: dict[str, Any] = dict(defaults.options) if same else {}
    if (node := given.get("options")) is not None:
        options |= read_options(node, provider, notes)
    if own is not None:
        check_provider(own, given["provider"], notes)
    model = _text(given.get("model"), notes.report) or (defaults.model if same else None)
    return AgentCommand(spelling=spelling, prompt=prompt, provider=provider, model=model, options=options)


def read_options(node: Node, provider: str, notes: Notes) -> dict[str, Any]:
    """Returns agent options, checked by their provider if it is known."""
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping", notes.report)
        return {}
    options: dict[str, Any] = to_data(node)
    check = (notes.surroundings.providers or {}).get(provider)
    for message in check(options) if check else ():
        notes.report.add("PT105", node, message)
    return options


def check_provider(name: str, node: Node, notes: Notes) -> None:
    """Reports a provider that nobody knows (PT109)."""
    providers = notes.surroundings.providers
    if providers is not None and name not in providers:
        hint = did_you_mean(name, providers) or f"use {', '.join(providers)}"
        notes.report.add("PT109", node, f"there is no provider {quoted(name)}", hint)


def _text(node: Node | None, report: Report) -> str | None:
    scalar = None if node is None else read_scalar(node, "text", report)
    return scalar.text if scalar else None

"""The command of a step: `shell`, `agent`, `claude`, `write_file` and their legacy spellings (language 5.2)."""

from collections.abc import Mapping
from typing import Any, Literal, cast

from prodigy_tui.workflow import keys
from prodigy_tui.workflow.build.context import Context, Notes, TextUse
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.literals import parse_file_mode, path_fault
from prodigy_tui.workflow.model import AgentCommand, Command, ShellCommand, WriteFileCommand
from prodigy_tui.workflow.nodes import MapNode, Node, ScalarNode, leaves, to_data
from prodigy_tui.workflow.problems import Position, Report, quoted
from prodigy_tui.workflow.reading import read_scalar, wrong_type
from prodigy_tui.workflow.suggest import did_you_mean

_AGENT_FIELDS = {"provider": "provider", "model": "model", "agent_options": "options"}
_INTERPRETERS = ("sh", "bash", "dash")
_NO_EFFECT = {
    "shell": ("provider", "model", "agent_options"),
    "agent": ("interpreter", "stdin"),
    "write_file": ("interpreter", "stdin", "provider", "model", "agent_options", "timeout", "idle_timeout"),
}


def build_command(key: str, fields: Fields, context: Context, notes: Notes) -> Command | None:
    """Returns the command under `key`, or None when it cannot be made; what is wrong is reported."""
    node = fields.node_of(key)
    if node is None:
        return None
    match key:
        case "shell":
            return _shell(node, fields, context, notes)
        case "test":
            return _test(node, fields, context, notes)
        case "command":
            notes.report.add("PT901", _key_of(fields, key), "'command' is a legacy spelling", "write 'claude'")
            command = _agent(node, fields, context, notes, "claude")
            if command is None or command.prompt.startswith("/"):
                return command
            return command.model_copy(update={"prompt": "/" + command.prompt})
        case "agent":
            return _agent(node, fields, context, notes, "agent")
        case "claude":
            return _agent(node, fields, context, notes, "claude")
        case "write_file":
            return _write_file(node, context, notes)
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


def report_idle_fields(kind: str, fields: Fields, report: Report) -> None:
    """Reports the fields that have no effect on a step of this kind (PT210)."""
    for name in (*_NO_EFFECT[kind], "with", *keys.FOREACH_OPTIONS):
        entry = fields.entry(name)
        if entry is not None and name in fields:
            report.add("PT210", entry, f"{quoted(entry.key)} has no effect on a step of kind '{kind}'")


def _key_of(fields: Fields, key: str) -> Position:
    return fields.entry(key) or fields.node


def _shell(node: Node, fields: Fields, context: Context, notes: Notes) -> ShellCommand | None:
    text = notes.text(read_scalar(node, "text", notes.report), "shell", context)
    interpreter = fields.word("interpreter", _INTERPRETERS) or "sh"
    stdin = notes.text(fields.scalar("stdin"), "plain", context)
    if text is None:
        return None
    return ShellCommand(text=text, interpreter=cast(Literal["sh", "bash", "dash"], interpreter), stdin=stdin)


def _test(node: Node, fields: Fields, context: Context, notes: Notes) -> ShellCommand | None:
    """Reads `test`; its `on_failure` has been moved to the step before."""
    notes.report.add("PT901", _key_of(fields, "test"), "'test' is a legacy spelling", "write 'shell'")
    if not isinstance(node, MapNode):
        return _shell(node, fields, context, notes)
    inner = Fields(node, keys.TEST, notes.report).require("command", "'test'")
    return None if inner is None else _shell(inner, fields, context, notes)


def _agent(
    node: Node, fields: Fields, context: Context, notes: Notes, spelling: Literal["agent", "claude"]
) -> AgentCommand | None:
    given: dict[str, Node] = {}
    prompt_node: Node | None = node
    if isinstance(node, MapNode) and "command" not in fields:
        inner = Fields(node, keys.AGENT if spelling == "agent" else keys.CLAUDE, notes.report)
        prompt_node = inner.require("prompt", f"'{spelling}'")
        given = {name: found for name in ("provider", "model", "options") if (found := inner.node_of(name))}
    for field, name in _AGENT_FIELDS.items():
        entry = fields.entry(field)
        if entry is None or field not in fields:
            continue
        if name in given:
            notes.report.add("PT116", entry, f"'{field}' and '{spelling}.{name}' are the same; one must go")
        given.setdefault(name, entry.value)
    if prompt_node is None:
        return None
    prompt = notes.text(read_scalar(prompt_node, "text", notes.report), "plain", context)
    if prompt is None:
        return None
    return _make_agent(spelling, prompt, given, notes)


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


def _write_file(node: Node, context: Context, notes: Notes) -> WriteFileCommand | None:
    report = notes.report
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping with 'path' and 'content'", report)
        return None
    inner = Fields(node, keys.WRITE_FILE, report)
    path_node = inner.require("path", "'write_file'")
    content_node = inner.require("content", "'write_file'")
    format_ = cast(Literal["text", "json", "yaml"], inner.word("format", ("text", "json", "yaml")) or "text")
    append = inner.flag("append")
    if append and format_ != "text" and (entry := inner.entry("append")):
        report.add("PT207", entry, f"'append' works for text only, not with 'format: {format_}'")
    mode = _mode(inner)
    create_dirs = inner.flag("create_dirs")
    path = notes.text(read_scalar(path_node, "text", report) if path_node else None, "plain", context)
    if path is not None and path_node is not None and (fault := path_fault(path)):
        report.add("PT801", path_node, f"{quoted(path)} cannot be written: {fault}")
    content = None if content_node is None else _content(content_node, format_, context, notes)
    if path is None or content is None:
        return None
    return WriteFileCommand(
        path=path, content=content, format=format_, mode=mode, create_dirs=create_dirs, append=append
    )


def _mode(inner: Fields) -> int:
    scalar = inner.scalar("mode")
    if scalar is None:
        return 0o644
    mode = parse_file_mode(scalar.text)
    if mode is None:
        inner.report.add("PT105", scalar, f"'mode' must be octal digits, not {quoted(scalar.text)}", 'write "0644"')
        return 0o644
    return mode


def _content(node: Node, format_: str, context: Context, notes: Notes) -> Any:
    if isinstance(node, ScalarNode):
        return notes.text(node, "plain", context)
    if format_ == "text":
        wrong_type(node, "text", notes.report, "a mapping or list needs 'format: json' or 'format: yaml'")
        return None
    for leaf in leaves(node):
        if isinstance(leaf.value, str):
            notes.text(leaf, "plain", context)
    return to_data(node)

"""The provider `codex`: OpenAI's Codex in its mode for scripts, `codex exec --json`."""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, field

from prodigy_tui.agents.foreign_json import Json, mapping_of, mappings_of, parse, sum_of, text_of, whole_of
from prodigy_tui.agents.headless import AgentOptions, HeadlessProvider, Start
from prodigy_tui.agents.oneline import one_line
from prodigy_tui.agents.prices import Prices, Tokens
from prodigy_tui.agents.provider import (
    AgentCall,
    Denied,
    Message,
    Retrying,
    Said,
    Started,
    Thought,
    ToolAnswered,
    ToolCalled,
    Used,
)
from prodigy_tui.agents.story import Reader, identifier, status_in, wait_in
from prodigy_tui.process import Masker

ConfigKey: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.\"-]+\Z")]
ConfigValue: TypeAlias = bool | int | float | str
_RECONNECTING = re.compile(r"Reconnecting\.\.\. (\d+)/\d+")


class CodexOptions(AgentOptions, frozen=True, kw_only=True):
    """What `options` of a codex step may hold."""

    sandbox: Literal["read-only", "workspace-write", "danger-full-access"] = "workspace-write"
    """In `workspace-write` git's own folder cannot be written to: let the step commit with `auto_commit`."""
    network: bool = False
    """Commands of the agent may reach the network in `workspace-write`."""
    effort: Annotated[str, Meta(pattern=r"^[a-z]+\Z")] | None = None
    """How hard the model thinks."""
    profile: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+\Z")] | None = None
    """A profile of the person's configuration of Codex."""
    config: dict[ConfigKey, ConfigValue] = field(default_factory=dict)
    """Settings of Codex, as for its `-c`."""
    skip_permissions: bool = False
    """No sandbox at all."""


class CodexProvider(HeadlessProvider[CodexOptions]):
    """Codex."""

    name = "codex"
    title = "codex"
    program = "codex"
    install = "install Codex (npm install -g @openai/codex)"
    to_permit = "choose another options.sandbox"
    options_model = CodexOptions

    def start(self, call: AgentCall, options: CodexOptions) -> Start:
        arguments = ["exec", "--json"]
        if options.skip_permissions:
            arguments.append("--dangerously-bypass-approvals-and-sandbox")
        else:
            arguments.append(f"--sandbox={options.sandbox}")
        if call.model is not None:
            arguments.append(f"--model={call.model}")
        if options.profile is not None:
            arguments.append(f"--profile={options.profile}")
        for key, value in _settings(options).items():
            # What JSON and TOML have in common is enough for a number, a boolean and a text.
            arguments += ["-c", f"{key}={json.dumps(value)}"]
        if call.resume is not None:
            arguments += ["resume", call.resume]
        return Start(arguments=(*arguments, "-"), prompt=call.prompt)

    def reader(self, call: AgentCall, options: CodexOptions, masker: Masker) -> "CodexReader":  # noqa: ARG002
        return CodexReader(call, self.prices)


def _settings(options: CodexOptions) -> dict[str, ConfigValue]:
    settings: dict[str, ConfigValue] = {"check_for_update_on_startup": False, **options.config}
    if options.network:
        settings["sandbox_workspace_write.network_access"] = True
    if options.effort is not None:
        settings["model_reasoning_effort"] = options.effort
    return settings


class CodexReader(Reader):
    """Reads the events of `codex exec --json`."""

    def __init__(self, call: AgentCall, prices: Prices) -> None:
        super().__init__()
        self._past = call
        self._model = call.model
        self._prices = prices
        self._called: set[str] = set()

    def read(self, line: str) -> Iterator[Message]:
        data = parse(line)
        if data is None:
            return
        match text_of(data, "type"):
            case "thread.started":
                self.story.session_id = identifier(text_of(data, "thread_id"))
                yield Started(session_id=self.story.session_id or "", model=self._model)
            case "turn.started":
                self.story.finished = False
            case "item.started":
                yield from self._call(mapping_of(data, "item"))
            case "item.completed":
                yield from self._item(mapping_of(data, "item"))
            case "error":
                yield from self._error(text_of(data, "message"))
            case "turn.completed":
                # An error before it was got over.
                self.story.finished, self.story.error, self.story.status = True, "", None
                yield self.story.use(self._used(mapping_of(data, "usage")))
            case "turn.failed":
                self.story.finished = True
                self._fail(text_of(mapping_of(data, "error"), "message") or "the turn failed")

    def _used(self, usage: Json) -> Used:
        """What this call adds: of a conversation that is gone on with, the program counts the past too."""
        tokens = Tokens.of_total(
            sum_of(usage, "input_tokens"),
            cached=sum_of(usage, "cached_input_tokens"),
            written=sum_of(usage, "cache_write_input_tokens"),
            output=sum_of(usage, "output_tokens"),
        )
        past_input, past_output = self._past.resumed_tokens
        usd = self._prices.usd(self._model, tokens)
        return Used(
            input_tokens=max(0, tokens.input - past_input),
            output_tokens=max(0, tokens.output - past_output),
            usd=None if usd is None else max(0.0, usd - self._past.resumed_usd),
        )

    def _error(self, message: str) -> Iterator[Message]:
        again = _RECONNECTING.search(message)
        if again is None:
            self._fail(message or "codex reported an error")
        else:
            yield Retrying(delay_s=wait_in(message) or 0.0, status=status_in(message), attempt=int(again.group(1)))

    def _fail(self, message: str) -> None:
        self.story.error, self.story.status = message, status_in(message)

    def _call(self, item: Json) -> Iterator[Message]:
        called = _called(item)
        if called is not None:
            self._called.add(text_of(item, "id"))
            yield called

    def _item(self, item: Json) -> Iterator[Message]:
        kind, text = text_of(item, "type"), text_of(item, "text")
        if kind == "agent_message" and text.strip():
            self.story.text = text
            yield Said(text=text)
        elif kind == "reasoning" and text.strip():
            yield Thought(text=text)
        elif (called := _called(item)) is not None:
            if text_of(item, "id") not in self._called:
                yield called
            yield from self._answer(item, called.name)

    def _answer(self, item: Json, name: str) -> Iterator[Message]:
        summary = one_line(text_of(item, "aggregated_output") or text_of(mapping_of(item, "error"), "message"))
        if text_of(item, "status") == "declined":
            self.story.denied.append(name)
            yield Denied(tool=name, message=summary)
            return
        code = whole_of(item, "exit_code")
        ok = text_of(item, "status") in ("", "completed") and code in (None, 0)
        yield ToolAnswered(ok=ok, summary=summary)


def _called(item: Json) -> ToolCalled | None:
    """The use of a tool that an item is about."""
    match text_of(item, "type"):
        case "command_execution":
            return ToolCalled(name="shell", summary=one_line(text_of(item, "command")))
        case "file_change":
            paths = ", ".join(text_of(change, "path") for change in mappings_of(item, "changes"))
            return ToolCalled(name="apply_patch", summary=one_line(paths))
        case "mcp_tool_call":
            name = f"{text_of(item, 'server')}.{text_of(item, 'tool')}"
            given = mapping_of(item, "arguments")
            return ToolCalled(name=one_line(name), summary=one_line(json.dumps(given, ensure_ascii=False)))
        case "web_search":
            return ToolCalled(name="web_search", summary=one_line(text_of(item, "query")))
        case _:
            return None

"""The provider `opencode`: `opencode run --format json`."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, field

from prodigy_tui.agents.claude_stream import tool_summary
from prodigy_tui.agents.foreign_json import Json, mapping_of, number_of, parse, sum_of, text_of, whole_of
from prodigy_tui.agents.headless import AgentOptions, HeadlessProvider, Start
from prodigy_tui.agents.oneline import one_line
from prodigy_tui.agents.prices import Prices, Tokens
from prodigy_tui.agents.provider import AgentCall, Denied, Message, Said, Started, Thought, ToolAnswered, ToolCalled
from prodigy_tui.agents.story import Reader, identifier
from prodigy_tui.process import Masker

Rule: TypeAlias = Literal["allow", "deny"]
"""There is nobody to `ask`."""
_MORE_TO_COME = "tool-calls"
_DENIALS = ("rejected permission", "rule which prevents", "call unavailable tool")


class OpencodeOptions(AgentOptions, frozen=True, kw_only=True):
    """What `options` of an opencode step may hold."""

    agent: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*\Z")] | None = None
    """One of the agents that are configured in opencode."""
    variant: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+\Z")] | None = None
    """How hard the model thinks, in the provider's words."""
    permission: dict[str, Rule | dict[str, Rule]] = field(default_factory=dict)
    """Rules before those of opencode's own configuration, such as `{webfetch: deny, bash: {"git push*": deny}}`."""
    skip_permissions: bool = False
    """What is not denied outright is permitted."""


class OpencodeProvider(HeadlessProvider[OpencodeOptions]):
    """opencode."""

    name = "opencode"
    title = "opencode"
    program = "opencode"
    install = "install opencode (npm install -g opencode-ai)"
    to_permit = "allow it in options.permission"
    options_model = OpencodeOptions

    def knows_price(self, model: str | None) -> bool:  # noqa: ARG002 - it tells the cost of the models that it knows
        return True

    def start(self, call: AgentCall, options: OpencodeOptions) -> Start:
        arguments = ["run", "--format=json"]
        if options.skip_permissions:
            arguments.append("--auto")
        for flag, value in (
            ("--model", call.model),
            ("--agent", options.agent),
            ("--variant", options.variant),
            ("--session", call.resume),
        ):
            if value is not None:
                arguments.append(f"{flag}={value}")
        env: Mapping[str, str] = {}
        if options.permission:
            env = {"OPENCODE_PERMISSION": json.dumps(options.permission, ensure_ascii=False)}
        # Dozens of agents in parallel must not replace the program under each other.
        unset = {"OPENCODE_DISABLE_AUTOUPDATE": "1"}
        return Start(arguments=tuple(arguments), prompt=call.prompt, env=env, env_if_unset=unset)

    def reader(self, call: AgentCall, options: OpencodeOptions, masker: Masker) -> "OpencodeReader":  # noqa: ARG002
        return OpencodeReader(str(call.cwd), call.model, self.prices)


class OpencodeReader(Reader):
    """Reads the events of `opencode run --format json`. There is no last event: the last step says that it stops."""

    def __init__(self, cwd: str, model: str | None, prices: Prices) -> None:
        super().__init__()
        self._cwd = cwd
        self._model = model
        self._prices = prices

    def read(self, line: str) -> Iterator[Message]:
        data = parse(line)
        if data is None:
            return
        session_id = identifier(text_of(data, "sessionID"))
        if session_id and self.story.session_id is None:
            self.story.session_id = session_id
            yield Started(session_id=session_id, model=self._model)
        part = mapping_of(data, "part")
        match text_of(data, "type"):
            case "step_start":
                self.story.finished, self.story.text = False, ""
            case "text" if text_of(part, "text").strip():
                self.story.text = "\n\n".join(filter(None, (self.story.text, text_of(part, "text"))))
                yield Said(text=text_of(part, "text"))
            case "reasoning" if text_of(part, "text").strip():
                yield Thought(text=text_of(part, "text"))
            case "tool_use":
                yield from self._tool(part)
            case "step_finish":
                self.story.finished = text_of(part, "reason") != _MORE_TO_COME
                yield self._used(part)
            case "error":
                self._error(mapping_of(data, "error"))

    def _tool(self, part: Json) -> Iterator[Message]:
        state = mapping_of(part, "state")
        given, problem = mapping_of(state, "input"), text_of(state, "error")
        name = one_line(text_of(part, "tool"))
        if name == "invalid":
            name, problem = one_line(text_of(given, "tool")), text_of(given, "error") or "no such tool"
        yield ToolCalled(name=name, summary=tool_summary(given, self._cwd))
        if any(words in problem for words in _DENIALS):
            self.story.denied.append(name)
            yield Denied(tool=name, message=one_line(problem))
            return
        code = whole_of(mapping_of(state, "metadata"), "exit")
        ok = text_of(state, "status") == "completed" and not problem and code in (None, 0)
        yield ToolAnswered(ok=ok, summary=one_line(problem or text_of(state, "output")))

    def _used(self, part: Json) -> Message:
        counted = mapping_of(part, "tokens")
        cache = mapping_of(counted, "cache")
        tokens = Tokens(
            fresh=sum_of(counted, "input"),
            cached=sum_of(cache, "read"),
            written=sum_of(cache, "write"),
            output=sum_of(counted, "output", "reasoning"),
        )
        # It says 0 of a model whose price it does not know.
        told = number_of(part, "cost") or (None if tokens.input + tokens.output else 0.0)
        return self.story.use(self._prices.used(self._model, tokens, told=told))

    def _error(self, error: Json) -> None:
        data = mapping_of(error, "data")
        self.story.error = text_of(data, "message") or text_of(error, "name") or "opencode reported an error"
        self.story.status = whole_of(data, "statusCode")
        wait = text_of(mapping_of(data, "responseHeaders"), "retry-after")
        if wait.isdecimal():
            self.story.limit_s = float(wait)

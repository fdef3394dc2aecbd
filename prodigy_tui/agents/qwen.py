"""The provider `qwen`: Qwen Code without a terminal. Its stream has the shape of Claude Code's."""

import re
from typing import Annotated, Literal

from msgspec import Meta

from prodigy_tui.agents.claude_reader import ClaudeReader
from prodigy_tui.agents.claude_stream import Result
from prodigy_tui.agents.foreign_json import Json, mapping_of, sum_of, text_of
from prodigy_tui.agents.gemini import ToolName
from prodigy_tui.agents.headless import AgentOptions, HeadlessProvider, Start
from prodigy_tui.agents.prices import Prices, Tokens
from prodigy_tui.agents.provider import AgentCall, Used
from prodigy_tui.process import Masker

_ERROR_AS_ANSWER = re.compile(r"\s*\[API Error:")
"""A refusal by the service comes as a success whose text begins like this."""


class QwenOptions(AgentOptions, frozen=True, kw_only=True):
    """What `options` of a qwen step may hold."""

    approval_mode: Literal["plan", "default", "auto-edit", "yolo"] = "auto-edit"
    allowed_tools: tuple[ToolName, ...] = ("run_shell_command",)
    """Tools besides those that the approval mode permits."""
    exclude_tools: tuple[ToolName, ...] = ()
    auth_type: Literal["openai", "anthropic", "qwen-oauth", "gemini", "vertex-ai"] | None = None
    max_turns: Annotated[int, Meta(ge=1)] | None = None
    append_system_prompt: str | None = None


class QwenProvider(HeadlessProvider[QwenOptions]):
    """Qwen Code."""

    name = "qwen"
    title = "qwen"
    program = "qwen"
    install = "install Qwen Code (npm install -g @qwen-code/qwen-code)"
    to_permit = "add to options.allowed_tools"
    options_model = QwenOptions

    def start(self, call: AgentCall, options: QwenOptions) -> Start:
        arguments = ["--output-format=stream-json", f"--approval-mode={options.approval_mode}"]
        arguments += [f"--allowed-tools={tool}" for tool in options.allowed_tools]
        arguments += [f"--exclude-tools={tool}" for tool in options.exclude_tools]
        if options.auth_type is not None:
            arguments.append(f"--auth-type={options.auth_type}")
        if options.max_turns is not None:
            arguments.append(f"--max-session-turns={options.max_turns}")
        if options.append_system_prompt is not None:
            arguments.append(f"--append-system-prompt={options.append_system_prompt}")
        if call.model is not None:
            arguments.append(f"--model={call.model}")
        arguments.append(f"--resume={call.resume}" if call.resume is not None else f"--session-id={call.session_id}")
        return Start(arguments=tuple(arguments), prompt=call.prompt)

    def reader(self, call: AgentCall, options: QwenOptions, masker: Masker) -> "QwenReader":  # noqa: ARG002
        return QwenReader(call, self.prices)


class QwenReader(ClaudeReader):
    """Reads Qwen Code's stream: Claude Code's messages, with usage counted and errors told in its own way."""

    def __init__(self, call: AgentCall, prices: Prices) -> None:
        super().__init__(call, usage=self._used)
        self._prices = prices
        self._resumed = call.resume is not None
        self._turns: dict[str, Json] = {}

    def turn(self, data: Json) -> None:
        message = mapping_of(data, "message")
        self._turns[text_of(message, "id")] = mapping_of(message, "usage")

    def error_in(self, result: Result) -> str:
        if _ERROR_AS_ANSWER.match(result.text):
            return result.text.strip()
        return super().error_in(result)

    def _used(self, data: Json) -> Used:
        """The usage of a conversation that is gone on with has its past in it; that of the turns has not."""
        usages = list(self._turns.values()) if self._resumed else [mapping_of(data, "usage")]
        tokens = Tokens.of_total(
            sum(sum_of(usage, "input_tokens") for usage in usages),
            cached=sum(sum_of(usage, "cache_read_input_tokens") for usage in usages),
            written=sum(sum_of(usage, "cache_creation_input_tokens") for usage in usages),
            output=sum(sum_of(usage, "output_tokens") for usage in usages),
        )
        return self._prices.used(self._model, tokens)

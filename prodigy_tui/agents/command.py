"""Providers that people describe in their settings: any program that takes a prompt and prints an answer."""

from collections.abc import Callable, Mapping
from typing import Any

from prodigy_tui.agents.claude_reader import ClaudeReader
from prodigy_tui.agents.codex import CodexReader
from prodigy_tui.agents.command_definition import CommandDefinition, Given, filled, names_in
from prodigy_tui.agents.command_reader import CommandReader
from prodigy_tui.agents.gemini import GeminiReader
from prodigy_tui.agents.headless import AgentOptions, HeadlessProvider, Start
from prodigy_tui.agents.opencode import OpencodeReader
from prodigy_tui.agents.options import read_options
from prodigy_tui.agents.prices import Prices
from prodigy_tui.agents.provider import AgentCall
from prodigy_tui.agents.qwen import QwenReader
from prodigy_tui.agents.story import Reader
from prodigy_tui.process import Masker

_READERS: Mapping[str, Callable[[AgentCall, Prices, Masker], Reader]] = {
    "claude": lambda call, _prices, _masker: ClaudeReader(call),
    "codex": lambda call, prices, _masker: CodexReader(call, prices),
    "gemini": lambda call, prices, masker: GeminiReader(str(call.cwd), prices, masker),
    "opencode": lambda call, prices, _masker: OpencodeReader(str(call.cwd), call.model, prices),
    "qwen": lambda call, prices, _masker: QwenReader(call, prices),
}


class CommandOptions(AgentOptions, frozen=True, kw_only=True):
    """What `options` of a step with a described provider may hold, besides what its definition declares."""


class CommandProvider(HeadlessProvider[CommandOptions]):
    """A program that people have described."""

    to_permit = "see how the program is told to permit it"
    options_model = CommandOptions

    def __init__(self, name: str, definition: CommandDefinition, prices: Prices | None = None) -> None:
        program = definition.command[0]
        super().__init__(prices, program=program if isinstance(program, str) else program[0])
        self.name = self.title = name
        self.definition = definition
        self.resumes = definition.resume is not None
        self.success_codes = definition.success_codes
        self.install = definition.install or "install it, or change the provider in the settings"

    def check_options(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        declared = self.definition.options
        known, own = self._divided(options)
        wrong = [
            f"options.{name}: must be a text, a number or a boolean"
            for name, value in own.items()
            if value is not None and not isinstance(value, Given)
        ]
        unknown = [name for name in known if name not in CommandOptions.__struct_fields__]
        there_are = ", ".join((*declared, *CommandOptions.__struct_fields__))
        wrong += [
            f"options.{name} is unknown to the provider '{self.name}' (there are {there_are})" for name in unknown
        ]
        rest = {name: value for name, value in known.items() if name not in unknown}
        return (*wrong, *super().check_options(rest))

    def knows_price(self, model: str | None) -> bool:
        told = self.definition.output in ("claude", "opencode") or self.definition.result.usd is not None
        return told or super().knows_price(model)

    def parsed(self, options: Mapping[str, Any]) -> CommandOptions:
        return read_options(CommandOptions, self._divided(options)[0])

    def refusal(self, call: AgentCall, options: CommandOptions) -> str | None:  # noqa: ARG002 - the signature is shared
        try:
            self._arguments(call)
        except ValueError as error:
            return f"{self.name}: {error}"
        return None

    def start(self, call: AgentCall, options: CommandOptions) -> Start:  # noqa: ARG002 - the signature is shared
        by_argument = "prompt" in names_in(self._template(call))
        prompt = "" if by_argument else call.prompt
        return Start(arguments=self._arguments(call)[1:], prompt=prompt, env=self.definition.env)

    def reader(self, call: AgentCall, options: CommandOptions, masker: Masker) -> Reader:  # noqa: ARG002 - as above
        make = _READERS.get(self.definition.output)
        if make is not None:
            return make(call, self.prices, masker)
        return CommandReader(self.definition, call, self.prices)

    def _divided(self, options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The options that are ours, or nobody's, and those that the definition declares."""
        own = {name: value for name, value in options.items() if name in self.definition.options}
        return {name: value for name, value in options.items() if name not in own}, own

    def _template(self, call: AgentCall) -> tuple[str | tuple[str, ...], ...]:
        resume = self.definition.resume
        return resume if call.resume is not None and resume is not None else self.definition.command

    def _arguments(self, call: AgentCall) -> tuple[str, ...]:
        given = {**self.definition.options, **self._divided(call.options)[1]}
        values = {
            "prompt": call.prompt,
            "model": call.model,
            "cwd": str(call.cwd),
            "session": call.resume or call.session_id,
            **{f"options.{name}": _text(value) for name, value in given.items()},
        }
        return filled(self._template(call), values)


def _text(value: Given | None) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)

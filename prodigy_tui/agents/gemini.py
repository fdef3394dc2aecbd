"""The provider `gemini`: Gemini CLI without a terminal, `gemini -o stream-json`."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from prodigy_tui.agents.claude_stream import tool_summary
from prodigy_tui.agents.foreign_json import Json, mapping_of, parse, sum_of, text_of
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
    ToolAnswered,
    ToolCalled,
    Used,
)
from prodigy_tui.agents.story import Reader, identifier, is_limit, status_in
from prodigy_tui.process import Masker

ToolName: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z_][^\x00-\x1f]*\Z")]
"""A tool's name, or a rule such as `run_shell_command(git)`."""

DENIED_ERRORS = ("policy_violation", "tool_not_registered")
"""A tool that may not be used is refused, or, where no one can be asked, not even offered."""
_RETRYING = re.compile(r"Retrying after (\d{1,9})ms")
_FAILED_ATTEMPT = re.compile(r"Attempt (\d{1,4}) failed")


class GeminiOptions(AgentOptions, frozen=True, kw_only=True):
    """What `options` of a gemini step may hold."""

    approval_mode: Literal["default", "auto_edit", "yolo", "plan"] = "auto_edit"
    allowed_tools: tuple[ToolName, ...] = ("run_shell_command",)
    """Tools besides those that the approval mode permits."""
    trust_workspace: bool = True
    """The settings of the project are used; without it no approval mode but `default` is accepted by the program."""
    include_directories: tuple[str, ...] = ()
    """Further folders that the agent may work in."""
    sandbox: bool = False
    """Gemini CLI's own sandbox, if it has one on this machine."""


class GeminiProvider(HeadlessProvider[GeminiOptions]):
    """Gemini CLI."""

    name = "gemini"
    title = "gemini"
    program = "gemini"
    install = "install Gemini CLI (npm install -g @google/gemini-cli)"
    to_permit = "add to options.allowed_tools"
    options_model = GeminiOptions

    def start(self, call: AgentCall, options: GeminiOptions) -> Start:
        arguments = ["--output-format=stream-json", f"--approval-mode={options.approval_mode}"]
        arguments += [f"--allowed-tools={tool}" for tool in options.allowed_tools]
        arguments += [f"--include-directories={folder}" for folder in options.include_directories]
        if options.trust_workspace:
            arguments.append("--skip-trust")
        if options.sandbox:
            arguments.append("--sandbox")
        if call.model is not None:
            arguments.append(f"--model={call.model}")
        arguments.append(f"--resume={call.resume}" if call.resume is not None else f"--session-id={call.session_id}")
        return Start(arguments=tuple(arguments), prompt=call.prompt)

    def reader(self, call: AgentCall, options: GeminiOptions, masker: Masker) -> "GeminiReader":  # noqa: ARG002
        return GeminiReader(str(call.cwd), self.prices, masker)


class GeminiReader(Reader):
    """Reads the events of `--output-format stream-json`.

    What the agent says comes in pieces; they are put together up to the next event of another kind, and masked again,
    because a secret may have been cut in two.
    """

    def __init__(self, cwd: str, prices: Prices, masker: Masker) -> None:
        super().__init__()
        self._cwd = cwd
        self._prices = prices
        self._masker = masker
        self._pieces: list[str] = []
        self._tools: dict[str, str] = {}
        self._model: str | None = None
        self._warning = ""
        self._attempt = 1
        self._refused: int | None = None

    def read(self, line: str) -> Iterator[Message]:
        data = parse(line)
        if data is None:
            return
        kind = text_of(data, "type")
        self.story.refused = False
        if kind == "message":
            if text_of(data, "role") == "assistant":
                self._pieces.append(text_of(data, "content"))
            return
        yield from self._said()
        match kind:
            case "init":
                self.story.session_id = identifier(text_of(data, "session_id"))
                self._model = one_line(text_of(data, "model")) or None
                yield Started(session_id=self.story.session_id or "", model=self._model)
            case "tool_use":
                name = one_line(text_of(data, "tool_name"))
                self._tools[text_of(data, "tool_id")] = name
                # What it said before was not its last word.
                self.story.text = ""
                yield ToolCalled(name=name, summary=tool_summary(mapping_of(data, "parameters"), self._cwd))
            case "tool_result":
                yield from self._answer(data)
            case "error":
                self._warning = text_of(data, "message")
            case "result":
                yield self._result(data)

    def complain(self, line: str) -> Iterator[Message]:
        # The waits of its own client are told here only.
        again = _RETRYING.search(line)
        if again is not None:
            self.story.refused = self._refused == 429
            yield Retrying(delay_s=int(again.group(1)) / 1000, status=self._refused, attempt=self._attempt)
        elif (failed := _FAILED_ATTEMPT.match(line)) is not None:
            self._attempt, self._refused = int(failed.group(1)), 429 if is_limit(line) else status_in(line)

    def close(self) -> Iterator[Message]:
        yield from self._said()

    def _said(self) -> Iterator[Message]:
        text, self._pieces = self._masker.text("".join(self._pieces)), []
        if text.strip():
            self.story.text = text
            yield Said(text=text)

    def _answer(self, data: Json) -> Iterator[Message]:
        error = mapping_of(data, "error")
        summary = one_line(text_of(error, "message") or text_of(data, "output"))
        if text_of(error, "type") in DENIED_ERRORS:
            tool = self._tools.get(text_of(data, "tool_id"), "a tool")
            self.story.denied.append(tool)
            yield Denied(tool=tool, message=summary)
        else:
            yield ToolAnswered(ok=text_of(data, "status") == "success", summary=summary)

    def _result(self, data: Json) -> Used:
        self.story.finished = True
        if text_of(data, "status") != "success":
            message = text_of(mapping_of(data, "error"), "message") or self._warning or "gemini reported an error"
            self.story.error, self.story.status = message, status_in(message)
        stats = mapping_of(data, "stats")
        models = mapping_of(stats, "models")
        parts = [
            self._prices.used(name, _tokens(mapping_of(models, name)))
            for name in models
            if sum_of(mapping_of(models, name), "total_tokens")
        ] or [self._prices.used(self._model, _tokens(stats))]
        costs = [part.usd for part in parts]
        used = Used(
            input_tokens=sum(part.input_tokens for part in parts),
            output_tokens=sum(part.output_tokens for part in parts),
            usd=None if None in costs else sum(cost for cost in costs if cost is not None),
        )
        return self.story.use(used)


def _tokens(stats: Json) -> Tokens:
    given = sum_of(stats, "input_tokens")
    # The total has what was thought, too, which is paid as output.
    output = max(sum_of(stats, "output_tokens"), sum_of(stats, "total_tokens") - given)
    return Tokens.of_total(given, cached=sum_of(stats, "cached"), output=output)

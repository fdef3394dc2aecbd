"""Reads streams of Claude Code's shape for programs that speak it too; Claude Code itself has its own judge."""

from collections.abc import Callable, Iterator

from prodigy_tui.agents.claude_stream import ClaudeStream, Result, called_command
from prodigy_tui.agents.claude_verdict import is_unknown
from prodigy_tui.agents.foreign_json import Json, parse, text_of
from prodigy_tui.agents.provider import AgentCall, Denied, Message, Started, Used
from prodigy_tui.agents.story import Reader, identifier, status_in


class ClaudeReader(Reader):
    """Reads `--output-format stream-json`."""

    def __init__(self, call: AgentCall, *, usage: Callable[[Json], Used] | None = None) -> None:
        """Makes a reader; `usage` counts what a result line tells, if not as Claude Code does."""
        super().__init__()
        self._stream = ClaudeStream(str(call.cwd), seen_usd=call.resumed_usd)
        # In a conversation that goes on a slash is nothing but text.
        self._command = called_command(call.prompt) if call.resume is None else None
        self._usage = usage
        self._model: str | None = None

    def read(self, line: str) -> Iterator[Message]:
        facts = self._stream.facts
        data, results = parse(line), len(facts.results)
        if data is None:
            return
        if text_of(data, "type") == "assistant":
            self.turn(data)
        for message in self._stream.feed(f"{line}\n"):
            if isinstance(message, Started):
                self.story.session_id, self._model = identifier(message.session_id), message.model
            if isinstance(message, Used):
                yield self.story.use(self._usage(data) if self._usage is not None else message)
            else:
                yield message
        if is_unknown(self._command, facts):
            self.story.error, self.story.hopeless = f"unknown slash command '/{self._command}'", True
            return
        if len(facts.results) > results:
            yield from self._result(facts.results[-1])
        self.story.finished = bool(facts.results) and not facts.working

    def turn(self, data: Json) -> None:
        """Takes a line about a turn of the model."""

    def error_in(self, result: Result) -> str:
        """Returns why the program failed, by its result; empty when it did not."""
        if not result.is_error and result.subtype == "success":
            return ""
        return result.text or "; ".join(result.errors) or result.subtype or "the agent reported an error"

    def _result(self, result: Result) -> Iterator[Message]:
        facts, story = self._stream.facts, self.story
        story.text, story.error = result.text, self.error_in(result)
        story.status = result.status or status_in(story.error)
        # Where they were told one by one, the list of the result has them once more.
        for tool in result.denied_tools if not facts.denied else ():
            yield Denied(tool=tool, message="not permitted")
        story.denied += facts.denied or result.denied_tools

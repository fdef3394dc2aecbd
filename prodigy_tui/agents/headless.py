"""What the providers of agent programs share: find the program, start it, read it, mind its end, judge.

A provider says how its program is called and who reads what it prints; everything else is here.
"""

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from msgspec import Struct, field

from prodigy_tui.agents.foreign_json import Lines
from prodigy_tui.agents.options import Options, problems_of, read_options
from prodigy_tui.agents.prices import Prices
from prodigy_tui.agents.provider import AgentCall, AgentResult, Message, not_run
from prodigy_tui.agents.story import ErrorLines, Reader, judge
from prodigy_tui.clock import Clock
from prodigy_tui.process import Child, Masker, ProgramMissing, StopRequest, Stream, run_child

AFTER_RESULT_S = 30.0
"""A program that stays after its last word is stopped, and its result counts."""


class AgentOptions(Options, frozen=True, kw_only=True):
    """The options that every agent program has."""

    allow_denied: bool = False
    """A denied tool is no failure."""


O = TypeVar("O", bound=AgentOptions)  # noqa: E741 - the usual letter


class Start(Struct, frozen=True, kw_only=True):
    """How a program is called."""

    arguments: tuple[str, ...]
    """Behind the program's name."""
    prompt: str = ""
    """What its standard input gets."""
    env: Mapping[str, str] = field(default_factory=dict)
    """What is set in its environment."""
    env_if_unset: Mapping[str, str] = field(default_factory=dict)
    """What is set unless the workflow or the person has set it."""


class HeadlessProvider(ABC, Generic[O]):
    """An agent program in its mode without a terminal.

    Args:
        prices: For programs that tell no cost.
        program: Another name or path of the program.
    """

    name: str
    resumes: bool = True
    title: str
    """What people call the program."""
    program: str
    install: str
    """How one gets it."""
    to_permit: str
    """What to do when a tool is denied."""
    options_model: type[O]
    success_codes: tuple[int, ...] = (0,)

    def __init__(self, prices: Prices | None = None, *, program: str | None = None) -> None:
        self.prices = prices or Prices()
        self.program = program or self.program

    def check_options(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        return problems_of(self.options_model, options)

    def parsed(self, options: Mapping[str, Any]) -> O:
        """Returns options that were found to be right."""
        return read_options(self.options_model, options)

    def knows_price(self, model: str | None) -> bool:
        return self.prices.find(model) is not None

    def find(self, env: Mapping[str, str]) -> str | None:
        """Returns the path of the program, on the PATH of `env`."""
        found = shutil.which(os.path.expanduser(self.program), path=env.get("PATH", os.defpath))  # noqa: PTH111 - text
        # A relative one must not become another file in the worktree, where agents write.
        return None if found is None else os.path.abspath(found)  # noqa: PTH100 - as above

    def missing(self, env: Mapping[str, str]) -> str | None:
        if self.find(env) is not None:
            return None
        return f"cannot find the program '{self.program}' on PATH; {self.install}"

    @abstractmethod
    def start(self, call: AgentCall, options: O) -> Start:
        """Returns how the program is called."""

    @abstractmethod
    def reader(self, call: AgentCall, options: O, masker: Masker) -> Reader:
        """Returns what reads its output."""

    def refusal(self, call: AgentCall, options: O) -> str | None:  # noqa: ARG002 - most never refuse
        """Returns why nothing is started at all."""
        return None

    async def run(
        self,
        call: AgentCall,
        emit: Callable[[Message], None],
        raw: Callable[[Stream, str], None],
        *,
        clock: Clock,
        masker: Masker,
    ) -> AgentResult:
        if problems := self.check_options(call.options):
            return not_run(problems[0])
        options = self.parsed(call.options)
        if (why := self.refusal(call, options)) is not None:
            return not_run(why)
        program = self.find(call.env)
        if program is None:
            raise ProgramMissing(self.program)
        reader = self.reader(call, options, masker)
        reader.story.denied.extend(call.denied)
        listener = _Listener(reader, call.stop, emit, raw)
        child = _child(call, self.start(call, options), program)
        ended = await run_child(child, listener.hear, clock=clock, masker=masker, stop=call.stop)
        listener.close()
        story = reader.story
        if not reader.has_last_word:
            story.finished = ended.reason == "exit" and ended.exit_code in self.success_codes
        verdict = judge(
            self.title,
            story,
            ended,
            allow_denied=options.allow_denied,
            stderr=listener.errors,
            resumed=call.resume is not None,
            to_permit=self.to_permit,
            success_codes=self.success_codes,
        )
        ok = verdict.kind == "ok"
        return AgentResult(
            ok=ok,
            text=verdict.text,
            exit_code=0 if ok else ended.exit_code or 1,
            reason=verdict.reason,
            kind=verdict.kind,
            lost=verdict.lost,
            empty=ok and not verdict.text.strip(),
            session_id=story.session_id,
            usage=story.usage,
            limit_s=verdict.limit_s,
            duration_s=ended.duration_s,
        )


class _Listener:
    """Hands output to the reader line by line, and minds the end of a program that has said its last word."""

    def __init__(
        self, reader: Reader, stop: StopRequest, emit: Callable[[Message], None], raw: Callable[[Stream, str], None]
    ) -> None:
        self.errors = ErrorLines()
        self._reader = reader
        self._stop = stop
        self._emit = emit
        self._raw = raw
        self._lines: Mapping[Stream, Lines] = {"stdout": Lines(), "stderr": Lines()}
        self._leaving = False

    def hear(self, name: Stream, text: str) -> None:
        """Takes the next piece of output."""
        self._raw(name, text)
        for line in self._lines[name].feed(text):
            self._take(name, line)
        story = self._reader.story
        if story.hopeless:
            self._stop.ask()
        elif story.finished is not self._leaving:
            self._leaving = story.finished
            if self._leaving:
                self._stop.ask(after_s=AFTER_RESULT_S)
            else:
                self._stop.withdraw()

    def close(self) -> None:
        """Takes the end of output."""
        for name, rest in self._lines.items():
            for line in rest.close():
                self._take(name, line)
        for message in self._reader.close():
            self._emit(message)

    def _take(self, name: Stream, line: str) -> None:
        if name == "stderr":
            self.errors.add(line)
        for message in self._reader.read(line) if name == "stdout" else self._reader.complain(line):
            self._emit(message)


def _child(call: AgentCall, start: Start, program: str) -> Child:
    return Child(
        argv=(program, *start.arguments),
        cwd=call.cwd,
        env={**start.env_if_unset, **call.env, **start.env},
        stdin=start.prompt.encode("utf-8", "surrogateescape"),
        timeout_s=call.timeout_s,
        idle_timeout_s=call.idle_timeout_s,
        interrupt_first=True,
        grace_s=call.grace_s,
        marker=call.marker,
    )

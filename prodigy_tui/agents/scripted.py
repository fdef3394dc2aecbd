"""The provider `scripted`: plays a script without any agent program or key.

It is part of the product: demos, dry runs and tests use it. Everything it does is decided by the prompt, the number of
the attempt and its script.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.agents.options import problems_of, read_options
from prodigy_tui.agents.provider import (
    NOTHING_USED,
    AgentCall,
    AgentResult,
    Kind,
    Message,
    Said,
    Started,
    ToolAnswered,
    ToolCalled,
    Usage,
    Used,
    not_run,
)
from prodigy_tui.agents.script import Deed, FileText, ScriptedOptions
from prodigy_tui.clock import Clock
from prodigy_tui.process import Child, Masker, Stream, run_child

NO_RULE = "No rule of the script is for this prompt."
_MODEL = "scripted"
_TIMEOUT_EXIT_CODE = 124


class ScriptedProvider:
    """Plays scripts."""

    name = "scripted"
    resumes = False

    def check_options(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        return problems_of(ScriptedOptions, options)

    def knows_price(self, model: str | None) -> bool:  # noqa: ARG002 - the script says what it costs
        return True

    def find(self, env: Mapping[str, str]) -> str | None:  # noqa: ARG002 - it needs nothing
        return None

    def missing(self, env: Mapping[str, str]) -> str | None:  # noqa: ARG002 - it needs nothing
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
        play = _Play(call=call, emit=emit, raw=raw, clock=clock, masker=masker, started=clock.monotonic())
        emit(Started(session_id=call.session_id, model=call.model or _MODEL))
        options = read_options(ScriptedOptions, call.options)
        try:
            rule = options.rule_for(call.prompt, call.attempt)
        except TimeoutError:
            return play.result("agent", "a pattern of the script took too long")
        for deed in _left(rule.do, call.limits) if rule is not None else (Deed(say=NO_RULE),):
            end = await play.do(deed)
            if end is not None:
                return end
        return play.result("ok")


def _left(deeds: tuple[Deed, ...], limits: int) -> tuple[Deed, ...]:
    """Returns what follows the limits that the script has announced already: it goes on where it was cut off."""
    announced = [place for place, deed in enumerate(deeds, 1) if deed.limit is not None]
    return deeds[announced[limits - 1] :] if 0 < limits <= len(announced) else deeds


class _Play(Struct, kw_only=True, dict=True):
    """One execution while it goes on."""

    call: AgentCall
    emit: Callable[[Message], None]
    raw: Callable[[Stream, str], None]
    clock: Clock
    masker: Masker
    started: float
    text: str = ""
    usage: Usage | None = None

    async def do(self, deed: Deed) -> AgentResult | None:
        """Does one thing; returns the result if it ends the execution."""
        match deed:
            case Deed(write=FileText() as file):
                return self._put(file, "w")
            case Deed(append=FileText() as file):
                return self._put(file, "a")
            case Deed(commit=str(message)):
                return await self._commit(message)
            case Deed(say=str(text)):
                self.text = self.masker.text(text)
                self.emit(Said(text=self.text))
            case Deed(wait=float(seconds)):
                return await self._wait(seconds)
            case Deed(limit=float(seconds)):
                return self.result("limit", "the script announces a limit", limit_s=seconds)
            case Deed(fail=str(reason)):
                return self.result("agent", one_line(self.masker.text(reason)) or "the script fails here")
            case Deed(usage=tokens) if tokens is not None:
                self._use(Used(input_tokens=tokens.input_tokens, output_tokens=tokens.output_tokens, usd=tokens.usd))
        return None

    def result(self, kind: Kind, reason: str = "", *, limit_s: float | None = None) -> AgentResult:
        return AgentResult(
            ok=kind == "ok",
            text=self.text,
            exit_code={"ok": 0, "timeout": _TIMEOUT_EXIT_CODE}.get(kind, 1),
            reason=reason,
            kind=kind,
            empty=kind == "ok" and not self.text.strip(),
            session_id=self.call.session_id,
            usage=self.usage,
            limit_s=limit_s,
            duration_s=self.clock.monotonic() - self.started,
        )

    def _put(self, file: FileText, mode: str) -> AgentResult | None:
        self.emit(ToolCalled(name="Write", summary=one_line(file.path)))
        target, root = (self.call.cwd / file.path).resolve(), self.call.cwd.resolve()
        try:
            # The path was checked as text; a link on the way may still lead elsewhere.
            if not target.is_relative_to(root) or ".git" in map(str.lower, target.relative_to(root).parts):
                return self._stumble(f"'{file.path}' leads out of the working directory")
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open(mode, encoding="utf-8", newline="") as out:
                out.write(file.content)
        except OSError as error:
            return self._stumble(f"cannot write '{file.path}': {error.strerror}")
        self.emit(ToolAnswered(ok=True, summary=f"{len(file.content)} characters"))
        return None

    async def _commit(self, message: str) -> AgentResult | None:
        self.emit(ToolCalled(name="Bash", summary=one_line(f"git commit -m {message}")))
        for arguments in (("add", "--all"), ("commit", "--quiet", f"--message={message}")):
            end = await self._git(arguments)
            if end is not None:
                return end
        self.emit(ToolAnswered(ok=True, summary="committed"))
        return None

    async def _git(self, arguments: tuple[str, ...]) -> AgentResult | None:
        output: list[str] = []

        def on_output(stream: Stream, text: str) -> None:
            output.append(text)
            self.raw(stream, text)

        child = Child(
            argv=("git", *arguments),
            cwd=self.call.cwd,
            env=self.call.env,
            timeout_s=self._rest(),
            idle_timeout_s=self.call.idle_timeout_s,
            grace_s=self.call.grace_s,
            marker=self.call.marker,
        )
        ended = await run_child(child, on_output, clock=self.clock, masker=self.masker)
        if ended.reason in ("timeout", "idle"):
            return self._out_of_time()
        if ended.exit_code != 0:
            last = "".join(output).strip().rpartition("\n")[2]
            return self._stumble(f"git {arguments[0]} failed: {last}")
        return None

    async def _wait(self, seconds: float) -> AgentResult | None:
        limits = [limit for limit in (self._rest(), self.call.idle_timeout_s) if limit is not None]
        allowed = min(limits, default=seconds)
        await self.clock.sleep(min(seconds, allowed))
        return self._out_of_time() if allowed < seconds else None

    def _rest(self) -> float | None:
        if self.call.timeout_s is None:
            return None
        return max(0.0, self.started + self.call.timeout_s - self.clock.monotonic())

    def _out_of_time(self) -> AgentResult:
        return self.result("timeout", "the script ran out of time and was stopped")

    def _stumble(self, reason: str) -> AgentResult:
        reason = one_line(reason)
        self.emit(ToolAnswered(ok=False, summary=reason))
        return self.result("agent", reason)

    def _use(self, used: Used) -> None:
        self.usage = (self.usage or NOTHING_USED).plus(used)
        self.emit(used)

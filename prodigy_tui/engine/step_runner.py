"""One step, in every context (language 4.4): condition, rounds with their handlers, execution, captures, checks.

    run(S):   if S.when is given and false: skipped
              rounds of body(S) with on_failure; without on_failure one body(S)
    body(S):  resolve texts ▸ run the command ▸ set last.*, captures ▸ commit_required

`handlers` has the table of what a handled failure means, `scope` the variables, `steps/` the kinds of command. A
failure is a value here; only cancellation and trouble with the log travel as exceptions.
"""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from msgspec.structs import replace as revised

from prodigy_tui.engine.capture import CannotConvert, capture_failure, convert, without_final_newline
from prodigy_tui.engine.context import Context, Frame
from prodigy_tui.engine.environment import CLEARED, EnvironmentCycle, overlay, resolve_env
from prodigy_tui.engine.handlers import HandlerRun, settle
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.scope import StepView, make_scope, step_variables
from prodigy_tui.engine.steps.agent import AgentEvents, run_agent
from prodigy_tui.engine.steps.execution import Execution, Place, last_line
from prodigy_tui.engine.steps.shell import run_shell
from prodigy_tui.engine.steps.write_file import run_write_file
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.worktree_paths import PathRefused, working_directory
from prodigy_tui.events.schema import (
    AgentMessage,
    Failure,
    ProviderLimited,
    StepFinished,
    StepInterrupted,
    StepResult,
    StepStarted,
    StepStatus,
    UsageReported,
)
from prodigy_tui.git.inspect import head
from prodigy_tui.workflow.content import render_content
from prodigy_tui.workflow.expr import EvaluationError, ExpressionError, evaluate, parse_expression, truthy
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.model import AgentCommand, Handler, ShellCommand, Step, WriteFileCommand
from prodigy_tui.workflow.variables import Scope

AGENT_IDLE_S = 1800.0
"""Default `idle_timeout` of agent steps (language 6.8)."""

REFUSED = (InterpolationError, ExpressionError, EvaluationError, EnvironmentCycle, PathRefused)
"""What keeps a command from being made of a step's texts: a failure of the step, not of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """What became of a step."""

    status: StepStatus
    failure: Failure | None = None
    result: StepResult | None = None
    """What the step said; `None` when its command never ran."""

    @property
    def goes_on(self) -> bool:
        return self.status not in ("failed", "cancelled")

    @property
    def said(self) -> StepResult:
        """What the step said; nothing where its command never ran."""
        if self.result is not None:
            return self.result
        exit_code = self.failure.exit_code if self.failure is not None else None
        return StepResult(exit_code=exit_code or 1, success=False)


OK = StepOutcome(status="ok")
"""The outcome of no steps, and of steps that all went on."""


class StepRunner:
    """Runs steps of any context of one run."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    async def run_steps(
        self, steps: tuple[Step, ...], context: Context, prefix: str = "", start: int = 0
    ) -> StepOutcome:
        """Runs steps in order from `start`; the first failure ends it and is the outcome."""
        outcome = OK
        for index, step in enumerate(steps[start:], start):
            outcome = await self.run_step(step, context, f"{prefix}{index}", index)
            if not outcome.goes_on:
                return outcome
        return OK if steps else outcome

    async def run_step(self, step: Step, context: Context, path: str, index: int) -> StepOutcome:
        """Runs one step with its rounds and handlers."""
        view = StepView(step=step, path=path, index=index)
        try:
            wanted = step.when is None or self._is_true(step.when, context, view)
        except REFUSED as error:
            return self._finish(view, context, StepOutcome(status="failed", failure=_refusal(error, view)))
        if not wanted:
            return self._finish(view, context, StepOutcome(status="skipped"))
        self._start(view, context)
        try:
            await self._run.journal.durable()
            outcome = await self._rounds(view, context)
        except asyncio.CancelledError:
            self._run.journal.record(
                StepInterrupted(phase=context.phase, path=path, item_id=context.item_id, attempt=context.attempt)
            )
            raise
        if outcome.goes_on:
            self.leave_env(view, context)
        return self._finish(view, context, outcome)

    # ------------------------------------------------------------------------------------------- events of a step

    def _start(self, view: StepView, context: Context) -> None:
        self._run.journal.record(
            StepStarted(
                phase=context.phase,
                path=view.path,
                label=view.step.label,
                kind=view.step.command.kind,
                item_id=context.item_id,
                attempt=context.attempt,
                log_offset=context.writer.offset,
            )
        )

    def _finish(self, view: StepView, context: Context, outcome: StepOutcome) -> StepOutcome:
        """Records the end of a step; what steps of run-level phases said goes into the log, for a resumed run."""
        result = outcome.result
        keep = context.work is None and "/" not in view.path
        self._run.journal.record(
            StepFinished(
                phase=context.phase,
                path=view.path,
                status=outcome.status,
                item_id=context.item_id,
                attempt=context.attempt,
                exit_code=result.exit_code if result is not None else None,
                duration_s=result.duration_s if result is not None else 0.0,
                failure=outcome.failure,
                log_offset=context.writer.offset,
                result=result if keep else None,
            )
        )
        return outcome

    # ------------------------------------------------------------------------------------------ rounds and handlers

    async def _rounds(self, view: StepView, context: Context) -> StepOutcome:
        """Language 6.2: up to N rounds with the handler between them; a single round is handled afterwards."""
        handler = view.step.on_failure
        rounds = handler.rounds if handler is not None else 1
        handled = HandlerRun.ABSENT
        for number in range(1, rounds + 1):
            outcome = await self._body(view, context, number)
            if outcome.failure is None:
                return outcome if number == 1 else replace(outcome, status="recovered")
            if handler is None:
                return outcome
            if number < rounds or rounds == 1:
                handled = await self._handle(handler, outcome, view, context, number)
            if handled is HandlerRun.LEFT_OUT or (handled is HandlerRun.FAILED and handler.fatal):
                return outcome
        assert handler is not None, "without a handler there is one round"
        status = settle(handler, handled)
        if status == "recovered":
            return replace(outcome, status=status, result=self._replaced(view.step, outcome, context))
        context.last = outcome.result or context.last
        return replace(outcome, status=status)

    def _replaced(self, step: Step, outcome: StepOutcome, context: Context) -> StepResult:
        """A fallback worked: what its last step said stands in the place of what the step said."""
        result, said = outcome.said, context.last or outcome.said
        try:
            captured = convert(step.capture, said.output, success=True)
        except CannotConvert:
            captured = None
        replaced = revised(
            result, stdout=said.stdout, stderr=said.stderr, output=said.output, success=True, captured=captured
        )
        context.adopt(step, replaced)
        return replaced

    async def _handle(
        self, handler: Handler, outcome: StepOutcome, view: StepView, context: Context, number: int
    ) -> HandlerRun:
        """Runs the steps of a handler once, in the failing step's folder and environment."""
        context.frames.append(self._frame(handler, outcome, view, context, number))
        context.handler_output = ""
        try:
            if handler.when is not None and not self._is_true(handler.when, context, view):
                return HandlerRun.LEFT_OUT
            if not handler.steps:
                return HandlerRun.ABSENT
            async with asyncio.timeout(handler.timeout):
                return await self._handler_steps(handler, context, f"{view.path}/r{number}.")
        except TimeoutError:
            self._log(context, f"handler timed out after {handler.timeout:g} s\n")
            return HandlerRun.FAILED
        except REFUSED as error:
            self._log(context, f"handler: {error}\n")
            return HandlerRun.FAILED
        finally:
            context.frames.pop()

    def _frame(self, handler: Handler, outcome: StepOutcome, view: StepView, context: Context, number: int) -> Frame:
        """Returns what a handler's steps take over from the failing step."""
        outer = context.frames[-1] if context.frames else Frame(error={}, working_dir=None, env={})
        try:
            env = self._step_env(view, context)
        except REFUSED:
            env = dict(outer.env)  # just that may be why the step failed
        now = self._run.clock.now().isoformat()
        return Frame(
            error=error_variables(outcome, view.step.label, number, handler.rounds, now),
            working_dir=view.step.working_dir or outer.working_dir,
            env=env,
        )

    async def _handler_steps(self, handler: Handler, context: Context, prefix: str) -> HandlerRun:
        ran = False
        for index, step in enumerate(handler.steps):
            outcome = await self.run_step(step, context, f"{prefix}{index}", index)
            if not outcome.goes_on:
                return HandlerRun.FAILED
            if outcome.status != "skipped":
                ran = True
                context.handler_output = context.last.output if context.last is not None else ""
        return HandlerRun.OK if ran else HandlerRun.LEFT_OUT

    # ----------------------------------------------------------------------------------------------- one execution

    async def _body(self, view: StepView, context: Context, number: int) -> StepOutcome:
        """Runs the command once and looks at what came of it."""
        step = view.step
        before = await asyncio.to_thread(head, context.worktree)
        try:
            execution = await self._execute(view, context, number)
        except REFUSED as error:
            refused = _refusal(error, view)
            self._log(context, f"{refused.message}\n")
            return StepOutcome(status="failed", failure=refused)
        result, failure = self._take(execution, view, context)
        if failure is None and (step.commit_required or execution.needs_commit):
            after = await asyncio.to_thread(head, context.worktree)
            if after == before:
                failure = _no_commit(step, empty=execution.needs_commit)
        if failure is None:
            return StepOutcome(status="ok", result=result)
        return StepOutcome(status="failed", failure=revised(failure, step=step.label, path=view.path), result=result)

    def _take(self, execution: Execution, view: StepView, context: Context) -> tuple[StepResult, Failure | None]:
        """Sets `last.*` and captures, also when the command failed."""
        step, failure = view.step, execution.failure
        text = execution.output if not execution.ok and isinstance(step.command, ShellCommand) else execution.stdout
        captured = None
        try:
            captured = convert(step.capture, text, success=execution.ok)
        except CannotConvert as error:
            failure = failure or capture_failure(error)
        result = StepResult(
            stdout=without_final_newline(execution.stdout),
            stderr=without_final_newline(execution.stderr),
            output=without_final_newline(text),
            exit_code=execution.exit_code,
            success=failure is None,
            duration_s=round(execution.duration_s, 3),
            captured=captured,
            session_id=execution.session_id,
            usd=execution.usd,
            tokens=execution.tokens,
        )
        context.adopt(step, result)
        return result, failure

    async def _execute(self, view: StepView, context: Context, number: int) -> Execution:
        step = view.step
        scope = self.scope(view, context)
        place = self.place(view, context, number)
        command = step.command
        match command:
            case ShellCommand():
                text = render(parse_text(command.text, "shell"), scope)
                self._log(context, f"$ {text}\n")
                stdin = render(parse_text(command.stdin, "plain"), scope) if command.stdin else ""
                return await run_shell(
                    text,
                    place,
                    interpreter=command.interpreter,
                    stdin=stdin.encode("utf-8", "surrogateescape"),
                    clock=self._run.clock,
                    masker=self._run.masker,
                )
            case AgentCommand():
                prompt = render(parse_text(command.prompt, "plain"), scope, keep=self._run.keep_value)
                self._log(context, f"> {prompt}\n")
                return await run_agent(
                    prompt,
                    provider=self._run.provider_of(command),
                    model=command.model,
                    options=self._run.options_of(command),
                    place=place,
                    events=self._agent_events(view, context, self._run.provider_of(command)),
                    services=self._run.agents,
                )
            case WriteFileCommand():
                path = render(parse_text(command.path, "plain"), scope)
                content = render_content(command.content, command.format, scope)
                self._log(context, f"write {path}\n")
                return await in_thread(
                    lambda: run_write_file(command, path=path, content=content, worktree=context.worktree)
                )
            case _:
                assert_never(command)

    def place(self, view: StepView, context: Context, number: int) -> Place:
        """Returns where and under which limits a step's command runs."""
        scope = self.scope(view, context)
        step = view.step
        idle = step.idle_timeout
        if idle is None and step.command.kind == "agent" and not step.no_idle_timeout:
            idle = AGENT_IDLE_S
        marker = self._run.marker(context, view.path, number)
        return Place(
            cwd=self._folder(view, context, scope),
            env=self._environment(view, context, scope, marker, number),
            marker=marker,
            timeout_s=step.timeout,
            idle_timeout_s=idle,
            attempt=context.attempt or number,
            log=lambda text: self._log(context, text),
        )

    def _log(self, context: Context, text: str) -> None:
        offset = context.writer.write(text, self._run.clock.now())
        self._run.bus.output_grew(context.stream, offset)

    def _folder(self, view: StepView, context: Context, scope: Scope) -> Path:
        text = view.step.working_dir
        if text is None and context.frames:
            text = context.frames[-1].working_dir
        if text is None:
            return context.worktree
        path = render(parse_text(text, "plain"), scope)
        return working_directory(context.worktree, path, self._run.environ.get("HOME", "~"), self._run.allowed_outside)

    # --------------------------------------------------------------------------------------------------- variables

    def _environment(self, view: StepView, context: Context, scope: Scope, marker: str, number: int) -> dict[str, str]:
        base = self._run.step_base_environment
        if view.step.clear_env:
            base = {name: base[name] for name in CLEARED if name in base}
            layers: tuple[dict[str, str | None], ...] = (dict(self._step_env(view, context)),)
        else:
            layers = (dict(scope.exported()), dict(context.env), dict(self._step_env(view, context)))
        own = step_variables(self._run, view, context, marker, number)
        return overlay(base, *layers, dict(self._run.git_env), dict(own))

    def _step_env(self, view: StepView, context: Context) -> dict[str, str | None]:
        """The step's own `env` over that of the failing step whose handler it is in."""
        inherited = context.frames[-1].env if context.frames else {}
        if not view.step.env:
            return dict(inherited)
        outer = overlay(self._run.step_base_environment, context.env, inherited)
        own = resolve_env(view.step.env, lambda names: make_scope(self._run, view, context, inherited, names), outer)
        return {**inherited, **own}

    def leave_env(self, view: StepView, context: Context) -> None:
        """Leaves the `env` of a step with `temporary: false` to the later steps of its context."""
        if not view.step.temporary:
            env = self._step_env(view, context)
            context.env.update({name: env[name] for name in view.step.env})

    def scope(self, view: StepView, context: Context) -> Scope:
        """Returns the variables of a step."""
        return make_scope(self._run, view, context, self._step_env(view, context))

    def _is_true(self, condition: str | bool, context: Context, view: StepView) -> bool:
        if isinstance(condition, bool):
            return condition
        return truthy(evaluate(parse_expression(condition), self.scope(view, context)))

    # ------------------------------------------------------------------------------------------------------ agents

    def _agent_events(self, view: StepView, context: Context, provider: str) -> AgentEvents:
        journal, phase, path = self._run.journal, context.phase, view.path
        item_id, attempt = context.item_id, context.attempt
        return AgentEvents(
            message=lambda kind, text: _ignore(
                journal.record(
                    AgentMessage(kind=kind, text=text, phase=phase, path=path, item_id=item_id, attempt=attempt)
                )
            ),
            usage=lambda usage: _ignore(
                journal.record(
                    UsageReported(
                        usage=usage, provider=provider, phase=phase, path=path, item_id=item_id, attempt=attempt
                    )
                )
            ),
            limited=lambda until, message: _ignore(
                journal.record(ProviderLimited(provider=provider, until=until, message=message, item_id=item_id))
            ),
            raw=lambda text: self._run.keep_raw(context.stream, text),
        )


def _ignore(_envelope: object) -> None:
    """An event that nothing here waits for."""


def _refusal(error: Exception, view: StepView) -> Failure:
    """Returns the failure of a step whose command could not be made from its text."""
    kind = "exit" if isinstance(error, PathRefused) else "interpolation"
    code = getattr(error, "code", None)
    return Failure(kind=kind, code=code, message=str(error), step=view.step.label, path=view.path, exit_code=1)


def _no_commit(step: Step, *, empty: bool) -> Failure:
    if empty and not step.commit_required:
        return Failure(kind="agent", message="the agent ended without a word and without a commit", exit_code=0)
    return Failure(kind="no_commit", code="PT610", message="commit required, but HEAD did not move", exit_code=0)


def error_variables(outcome: StepOutcome, step: str, number: int, rounds: int, now: str) -> dict[str, object]:
    """Returns the root `error` (language 6.4) of a failed outcome."""
    failure, result = outcome.failure, outcome.said
    assert failure is not None, "only failures are handled"
    return {
        "message": failure.message or last_line(result.stderr, result.stdout),
        "output": result.output or failure.tail,
        "stdout": result.stdout,
        "stderr": result.stderr,
        "exit_code": result.exit_code if failure.exit_code is None else failure.exit_code,
        "step": step,
        "attempt": number,
        "max_attempts": rounds,
        "timestamp": now,
        "kind": failure.kind,
    }

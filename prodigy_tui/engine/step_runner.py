"""One step, in every context (language 4.4): condition, rounds with their handlers, execution, captures, checks.

    run(S):   if S.when is given and false: skipped
              rounds of body(S) with on_failure; without on_failure one body(S)
    body(S):  resolve texts ▸ run the command ▸ set last.*, captures ▸ commit_required

`handlers` has the table of what a handled failure means, `command_runner` the execution. A failure is a value here;
only cancellation and trouble with the log travel as exceptions.
"""

import asyncio
from dataclasses import replace

from msgspec.structs import replace as revised

from prodigy_tui.engine.capture import CannotConvert, captured_text, convert
from prodigy_tui.engine.command_runner import CommandRunner, has_live_name
from prodigy_tui.engine.context import Context, Frame
from prodigy_tui.engine.declared_outputs import (
    FilesBefore,
    bad_pattern,
    files_before,
    first_match,
    missing_output,
    touched_files,
)
from prodigy_tui.engine.handlers import HandlerRun, settle
from prodigy_tui.engine.results import take_result, write_output_file
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.scope import StepView
from prodigy_tui.engine.step_outcome import OK, REFUSED, StepOutcome, error_variables, no_commit, refusal
from prodigy_tui.engine.steps.execution import Execution
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.events.schema import StepFinished, StepInterrupted, StepStarted, WarningRaised
from prodigy_tui.events.values import Failure, StepResult
from prodigy_tui.git.inspect import head
from prodigy_tui.workflow.globs import GlobError
from prodigy_tui.workflow.late import has_late
from prodigy_tui.workflow.model import Handler, SetupCapture, Step


class StepRunner:
    """Runs steps of any context of one run."""

    def __init__(self, run: RunContext, commands: CommandRunner) -> None:
        self._run = run
        self._commands = commands

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
            if step.when is not None:
                await self._commands.glance(view, context)
            wanted = step.when is None or await self._commands.is_true(step.when, view, context)
            if wanted and has_late(step):
                await self._commands.glance(view, context)
                view = await self._commands.settled(view, context)
            if wanted and has_live_name(step):
                view = await self._commands.named(view, context)
        except REFUSED as error:
            return self._finish(view, context, StepOutcome(status="failed", failure=refusal(error, step, path)))
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
            self._commands.leave_env(view, context)
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
        """Records the end of a step; what later steps can refer to goes into the log, for a resumed run.

        A failed step runs again, so what it said stays in its output file and the tail of its failure.
        """
        result = context.conclude(view.step, outcome.result, outcome.status)
        keep = context.work is None and "/" not in view.path and outcome.goes_on
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
        return replace(outcome, result=result)

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
            if handler.when is not None and not await self._commands.is_true(handler.when, view, context):
                return HandlerRun.LEFT_OUT
            if not handler.steps:
                return HandlerRun.ABSENT
            async with asyncio.timeout(handler.timeout):
                return await self._handler_steps(handler, context, f"{view.path}/r{number}.")
        except TimeoutError:
            self._commands.say(context, f"handler timed out after {handler.timeout:g} s")
            return HandlerRun.FAILED
        except REFUSED as error:
            self._commands.say(context, f"handler: {error}")
            return HandlerRun.FAILED
        finally:
            context.frames.pop()

    def _frame(self, handler: Handler, outcome: StepOutcome, view: StepView, context: Context, number: int) -> Frame:
        """Returns what a handler's steps take over from the failing step."""
        outer = context.frames[-1] if context.frames else Frame(error={}, folder=None, env={})
        try:
            env = self._commands.step_env(view, context)
        except REFUSED:
            env = dict(outer.env)  # just that may be why the step failed
        now = self._run.clock.now().isoformat()
        return Frame(
            error=error_variables(outcome, view.step.label, number, handler.rounds, now),
            folder=context.folders.get(view.path, outer.folder if view.step.working_dir is None else None),
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
        before = await in_thread(lambda: _before(step, context))
        try:
            execution = await self._commands.execute(view, context, number)
        except REFUSED as error:
            refused = refusal(error, view.step, view.path)
            self._commands.say(context, f"fail  {refused.message}")
            return StepOutcome(status="failed", failure=refused)
        result, failure = await self._take(execution, view, context, number)
        if failure is None and (step.commit_required or execution.needs_commit):
            after = await in_thread(lambda: head(context.worktree))
            if after == before.commit:
                failure = no_commit(step, empty=execution.needs_commit)
        if failure is None:
            result, failure = await self._outputs(result, before, view, context)
        if failure is None:
            return StepOutcome(status="ok", result=result)
        self._commands.say(context, f"fail  {_why(failure)}")
        failed = context.conclude(step, result, "failed")
        return StepOutcome(status="failed", failure=revised(failure, step=step.label, path=view.path), result=failed)

    async def _take(
        self, execution: Execution, view: StepView, context: Context, number: int
    ) -> tuple[StepResult, Failure | None]:
        """Sets `last.*`, captures and the output's file, also when the command failed."""
        step = view.step
        written = self._commands.written(view, context, number)
        if execution.cut:
            message = f"step '{step.label}': the first 8 MiB of its output are kept, the rest is only in its log"
            self._run.journal.record(WarningRaised(code="PT512", message=message, item_id=context.item_id))
        late: Failure | None = None
        setup: tuple[SetupCapture, ...] = ()
        if context.phase == "setup" and "/" not in view.path:
            try:
                setup = self._run.setup_captures(view.index)
            except REFUSED as error:
                late = refusal(error, step, view.path)
        result, failure = take_result(step, execution, written, setup)
        failure = failure or late
        context.adopt(step, result)
        if step.output_file is not None:
            text = captured_text(step, execution)
            failure = await self._write_output(step.output_file, text, view, context) or failure
        return result, failure

    async def _write_output(self, template: str, text: str, view: StepView, context: Context) -> Failure | None:
        try:
            path = await self._commands.fill(template, view, context)
        except REFUSED as error:
            return refusal(error, view.step, view.path)
        return await in_thread(lambda: write_output_file(context.worktree, path, text))

    async def _outputs(
        self, result: StepResult, before: FilesBefore, view: StepView, context: Context
    ) -> tuple[StepResult, Failure | None]:
        """Finds the files that the step declared, and looks whether every output is there."""
        declared = view.step.outputs
        if not declared:
            return result, None
        found = dict(result.outputs)
        if any(output.pattern is not None for output in declared):
            touched = await in_thread(lambda: touched_files(context.worktree, before))
            for output in declared:
                if output.pattern is None:
                    continue
                try:
                    path = first_match(await self._commands.fill(output.pattern, view, context), touched)
                except GlobError as error:
                    return result, bad_pattern(output, error)
                except REFUSED as error:
                    return result, refusal(error, view.step, view.path)
                if path is not None:
                    found[output.name] = path
        result = revised(result, outputs=found)
        context.adopt(view.step, result)
        return result, missing_output(declared, found)


def _before(step: Step, context: Context) -> FilesBefore:
    """Returns how the worktree stands before a step, as far as somebody will ask. Blocking."""
    commit = head(context.worktree)
    if any(output.pattern is not None for output in step.outputs):
        return files_before(context.worktree, commit)
    return FilesBefore(commit=commit, stamps={})


def _why(failure: Failure) -> str:
    """Returns the last line that a failed step gets in its log; what the command printed is there already."""
    return f"exit code {failure.exit_code}" if failure.kind == "exit" else failure.message

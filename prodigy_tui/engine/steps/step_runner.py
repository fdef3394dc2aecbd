"""One step, in every context (language 4.4): condition, rounds with their handlers, executions, captures, checks.

    run(S):   if S.when is given and false: skipped
              rounds of body(S) with on_failure; without on_failure one body(S)
              if ok or recovered: on_exit_code for 0, then on_success
    body(S):  for execution = 1 .. retry.attempts:
                resolve texts ▸ run the command ▸ last.*, captures ▸ auto_commit ▸ checks ▸ return, or wait and repeat

Each part is a module: `handlers` what a failure means, `handler_runs` running handlers, `retrying` when to repeat,
`command_runner` and `composites` the command, `taking` the captures, `commits`, `checks`. A failure is a value here;
only cancellation and trouble with the log travel as exceptions.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.checking.checks import Checks
from prodigy_tui.engine.context import Context
from prodigy_tui.engine.decisions.handlers import HandlerRun, handler_of, settle
from prodigy_tui.engine.decisions.retrying import next_delay
from prodigy_tui.engine.kinds.execution import Execution
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.capture import CannotConvert, convert
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.steps.composites import Composites
from prodigy_tui.engine.steps.declared_outputs import FilesBefore, files_before
from prodigy_tui.engine.steps.handler_runs import Handlers
from prodigy_tui.engine.steps.step_changes import StepChanges
from prodigy_tui.engine.steps.step_outcome import OK, REFUSED, StepOutcome, evidence_of, refusal
from prodigy_tui.engine.steps.step_paths import is_recorded
from prodigy_tui.engine.steps.step_texts import has_live_name
from prodigy_tui.engine.steps.taking import Taking
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.engine.worktrees.commits import auto_commit
from prodigy_tui.events.schema import StepFinished, StepInterrupted, StepRetryScheduled, StepStarted
from prodigy_tui.events.values import Failure, StepResult
from prodigy_tui.git.inspect import head
from prodigy_tui.git.run import is_linked
from prodigy_tui.workflow.interpolate import InterpolationError
from prodigy_tui.workflow.late import has_late
from prodigy_tui.workflow.model import AgentCommand, CompositeCommand, Retry, Step

_ONCE = Retry(attempts=1)


class _Course(Struct, kw_only=True):
    """One step while it runs."""

    view: StepView
    context: Context
    executions: int = 0
    """How many have begun, in all rounds."""

    @property
    def step(self) -> Step:
        return self.view.step


class StepRunner:
    """Runs steps of any context of one run."""

    def __init__(self, run: RunContext, commands: CommandRunner) -> None:
        self._run = run
        self._commands = commands
        self._taking = Taking(run, commands)
        self._changes = StepChanges(run)
        self._handlers = Handlers(run, commands, self)
        self._checks = Checks(run, commands, self._changes, self)
        self._composites = Composites(run, self, commands)

    def within(self, run: RunContext, commands: CommandRunner) -> "StepRunner":
        """Returns what runs the steps of a called workflow."""
        return StepRunner(run, commands)

    async def run_steps(
        self, steps: tuple[Step, ...], context: Context, prefix: str = "", start: int = 0
    ) -> StepOutcome:
        """Runs steps in order from `start`; the first failure ends it and is the outcome."""
        outcome = OK
        for index, step in enumerate(steps[start:], start):
            await self._run.budget.work_goes_on(context.phase, f"{prefix}{index}")
            outcome = await self.run_step(step, context, f"{prefix}{index}", index)
            if not outcome.goes_on:
                return outcome
        return OK if steps else outcome

    async def run_step(self, step: Step, context: Context, path: str, index: int) -> StepOutcome:
        """Runs one step: its condition, its rounds, and what follows its success."""
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
        course = _Course(view=view, context=context)
        try:
            await self._start(course)
            await self._changes.begin(view, context)
            outcome = await self._rounds(course)
            if outcome.status in ("ok", "recovered"):
                outcome = await self._succeeded(outcome, course)
            outcome = replace(outcome, result=await self._changes.end(view, context, outcome.result))
        except asyncio.CancelledError:
            self._run.journal.record(
                StepInterrupted(phase=context.phase, path=path, item_id=context.item_id, attempt=context.attempt)
            )
            raise
        if outcome.goes_on:
            self._commands.leave_env(view, context)
        return self._finish(view, context, outcome)

    # ------------------------------------------------------------------------------------------- events of a step

    async def _start(self, course: _Course) -> None:
        """Records that an execution begins, on disk before anything is done."""
        context, view = course.context, course.view
        course.executions += 1
        self._run.journal.record(
            StepStarted(
                phase=context.phase,
                path=view.path,
                label=view.step.label,
                kind=view.step.command.kind,
                item_id=context.item_id,
                attempt=context.attempt,
                execution=course.executions,
                log_offset=context.writer.offset,
            )
        )
        await self._run.journal.durable()

    def _finish(self, view: StepView, context: Context, outcome: StepOutcome) -> StepOutcome:
        """Records the end of a step; what later steps can refer to goes into the log, for a resumed run.

        A failed step runs again, so what it said stays in its output file and the tail of its failure.
        """
        result = context.conclude(view.step, outcome.result, outcome.status)
        keep = context.work is None and context.recorded and is_recorded(view.path) and outcome.goes_on
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
                result=_with_handler_values(view.step, result, context) if keep and result is not None else None,
            )
        )
        return replace(outcome, result=result)

    # ------------------------------------------------------------------------------------------ rounds and handlers

    async def _rounds(self, course: _Course) -> StepOutcome:
        """Language 6.2: up to N rounds with the handler between them; a single round is handled afterwards."""
        outcome = await self._body(course)
        if outcome.goes_on:
            return outcome
        assert outcome.failure is not None, "what does not go on has failed"
        handler = handler_of(course.step, outcome.failure)
        if handler is None:
            return outcome
        handled = HandlerRun.ABSENT
        for number in range(1, handler.rounds + 1):
            if number > 1:
                await self._start(course)
                outcome = await self._body(course)
                if outcome.goes_on:
                    return outcome if outcome.status == "tolerated" else replace(outcome, status="recovered")
            if number < handler.rounds or handler.rounds == 1:
                handled = await self._handlers.on_failure(handler, outcome, course.view, course.context, number)
            if handled is HandlerRun.LEFT_OUT or (handled is HandlerRun.FAILED and handler.fatal):
                return outcome
        status = settle(handler, handled)
        if status == "recovered":
            return replace(outcome, status=status, result=self._replaced(course.step, outcome, course.context))
        course.context.last = outcome.result or course.context.last
        return replace(outcome, status=status)

    def _replaced(self, step: Step, outcome: StepOutcome, context: Context) -> StepResult:
        """A fallback worked: what its last step said stands in the place of what the step said."""
        result, said = outcome.said, context.last or outcome.said
        captured = None
        if step.capture.name is not None:
            with suppress(CannotConvert):
                captured = convert(step.capture, said.output, success=True)
        replaced = replace(
            result, stdout=said.stdout, stderr=said.stderr, output=said.output, success=True, captured=captured
        )
        context.adopt(step, replaced)
        return replaced

    async def _succeeded(self, outcome: StepOutcome, course: _Course) -> StepOutcome:
        """Language 6.3: what follows a success may fail the step after all."""
        view, context = course.view, course.context
        if not view.step.on_exit_code and view.step.on_success is None:
            return outcome
        failure, tolerated = await self._handlers.after_success(view, context)
        if failure is None:
            return outcome
        self._commands.say(context, f"fail  {failure.message}")
        failure = replace(failure, step=view.step.label, path=view.path)
        return replace(outcome, status="tolerated" if tolerated else "failed", failure=failure)

    # --------------------------------------------------------------------------------------------------- executions

    async def _body(self, course: _Course) -> StepOutcome:
        """Executes the command until it is ok, or `retry` has no more executions for it (language 6.5)."""
        retry, clock = course.step.retry or _ONCE, self._run.clock
        began = clock.monotonic()
        for execution in range(1, retry.attempts + 1):
            outcome = await self._execution(course)
            if outcome.goes_on:
                return outcome
            assert outcome.failure is not None, "what does not go on has failed"
            delay = next_delay(
                retry,
                execution,
                outcome.failure,
                outcome.evidence,
                since_start_s=clock.monotonic() - began,
                jitter=self._run.random.random() if retry.jitter else 0.0,
            )
            if delay is None:
                return outcome
            await self._wait(delay, outcome.failure, course)
            await self._start(course)
        raise AssertionError("the last execution has no delay behind it")

    async def _wait(self, delay_s: float, failure: Failure, course: _Course) -> None:
        """Waits for the next execution; whoever looks on sees why and until when."""
        context, clock = course.context, self._run.clock
        message = one_line(failure.message)
        self._commands.say(context, f"retry {course.executions + 1} in {delay_s:.3g} s")
        self._run.journal.record(
            StepRetryScheduled(
                phase=context.phase,
                path=course.view.path,
                item_id=context.item_id,
                attempt=context.attempt,
                execution=course.executions + 1,
                due=clock.now() + timedelta(seconds=delay_s),
                message=message,
            )
        )
        await clock.sleep(delay_s)

    async def _execution(self, course: _Course) -> StepOutcome:
        """Executes the command once, and looks at what came of it (language 4.4, points 1 to 5)."""
        view, context, step = course.view, course.context, course.step
        validated = context.validation
        # For most steps two stats are all, as the start of its command takes some: a thread would cost more.
        before = await in_thread(lambda: _before(step, context)) if _asks_before(step, context) else None
        try:  # 1, 2
            _refuse_shared_head(step, context)
            execution = await self._execute(course)
        except REFUSED as error:
            refused = refusal(error, step, view.path)
            self._commands.say(context, f"fail  {refused.message}")
            return StepOutcome(status="failed", failure=refused, evidence=refused.message)
        result, failure = await self._taking.take(execution, view, context, course.executions)  # 3
        tolerated = False
        if failure is None:  # 4
            if step.auto_commit:
                await self._changes.note(view, context)  # for the message
            committed = await auto_commit(
                self._run, view, context, lambda text: self._commands.fill(text, view, context)
            )
            failure = committed if isinstance(committed, Failure) else None
        if failure is None:  # 5
            result, verdict = await self._checks.judge(execution, result, before, view, context)
            failure, tolerated = verdict.failure, verdict.tolerated
        else:
            await self._changes.note(view, context)
        if failure is None and execution.tolerated is not None:
            failure, tolerated = execution.tolerated, True
        if context.validation is not validated and context.validation is not None:
            result = replace(result, validation=dict(context.validation))
            context.adopt(step, result)
        if failure is None:
            return StepOutcome(status="ok", result=result)
        failure = replace(failure, step=step.label, path=view.path)
        if tolerated:
            return StepOutcome(status="tolerated", failure=failure, result=result)
        self._commands.say(context, f"fail  {_why(failure)}")
        return StepOutcome(
            status="failed",
            failure=failure,
            result=context.conclude(step, result, "failed"),
            both=execution.output,
            evidence=evidence_of(step, execution, failure),
        )

    async def _execute(self, course: _Course) -> Execution:
        runner = self._composites if isinstance(course.step.command, CompositeCommand) else self._commands
        return await runner.execute(course.view, course.context, course.executions)


def _refuse_shared_head(step: Step, context: Context) -> None:
    """Refuses commits of iterations that run at once; the loader cannot see all of them (language 7.2).

    Raises:
        InterpolationError: PT208.
    """
    if context.shares_head and (step.commit_required or step.auto_commit):
        raise InterpolationError("PT208", "commits cannot be told apart in a loop whose iterations run at once")


def _asks_before(step: Step, context: Context) -> bool:
    """Tells whether somebody will ask how the worktree stood before a step, or it may not be there any more."""
    if step.commit_required or _declares_files(step) or isinstance(step.command, AgentCommand):
        return True
    return not is_linked(context.worktree)


def _declares_files(step: Step) -> bool:
    return any(output.pattern is not None for output in step.outputs)


def _before(step: Step, context: Context) -> FilesBefore:
    """Returns how the worktree stands before a step. Blocking.

    Raises:
        GitFailed: An earlier step has destroyed it: what this one did there might reach another repository.
    """
    commit = head(context.worktree)
    if _declares_files(step):
        return files_before(context.worktree, commit)
    return FilesBefore(commit=commit, stamps={})


def _with_handler_values(step: Step, result: StepResult, context: Context) -> StepResult:
    """Returns a result with what the step's handlers gave names to."""
    handlers = (step.on_failure, *(entry.handler for entry in step.on_exit_code))
    names = [name for handler in handlers if handler is not None for name in handler.captures]
    values = {name: context.captures[name].data for name in names if name in context.captures}
    return replace(result, handler_values=values) if values else result


def _why(failure: Failure) -> str:
    """Returns the last line that a failed step gets in its log; what the command printed is there already."""
    return f"exit code {failure.exit_code}" if failure.kind == "exit" else failure.message

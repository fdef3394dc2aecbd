"""Running what a step has for its failures and successes: `on_failure`, `on_exit_code`, `on_success` (language 6)."""

from prodigy_tui.engine.context import Context
from prodigy_tui.engine.decisions.handlers import HandlerRun, entry_of
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.steps.inner_steps import InnerRun, StepsRunner, inside_step, run_inner
from prodigy_tui.engine.steps.step_outcome import REFUSED, StepOutcome, error_variables
from prodigy_tui.engine.time_limits import time_limit
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.model import Handler, Step
from prodigy_tui.workflow.variables import Value


class Handlers:
    """Runs handlers of steps of any context of one run."""

    def __init__(self, run: RunContext, commands: CommandRunner, runner: StepsRunner) -> None:
        self._run = run
        self._commands = commands
        self._runner = runner

    async def on_failure(
        self, handler: Handler, outcome: StepOutcome, view: StepView, context: Context, number: int
    ) -> HandlerRun:
        """Runs a handler once, after round `number` has failed."""
        now = self._run.clock.now().isoformat()
        error = error_variables(outcome, view.step.label, number, handler.rounds, now)
        with inside_step(view, context, self._commands, error=error):
            return (await self._handle(handler, view, context, f"{view.path}/r{number}."))[0]

    async def after_success(self, view: StepView, context: Context) -> tuple[Failure | None, bool]:
        """Runs what follows a success: the entry for exit code 0, then `on_success`.

        Returns:
            Why the step has failed after all, and whether its author tolerates that.
        """
        step, before = view.step, context.last
        zero = entry_of(step.on_exit_code, 0)
        with inside_step(view, context, self._commands):
            try:
                if zero is not None and zero.handler is not None:
                    handled, why = await self._handle(zero.handler, view, context, f"{view.path}/x.")
                    if handled is HandlerRun.FAILED:
                        return _failed("on_exit_code", why), zero.handler.fail_workflow is False
                if step.on_success is not None:
                    group = step.on_success
                    done = await self._run_all(group.steps, group.timeout, context, f"{view.path}/s.")
                    if not done.ok:
                        return _failed("on_success", done.outcome.failure), False
            finally:
                context.last = before
        return None, False

    async def _handle(
        self, handler: Handler, view: StepView, context: Context, prefix: str
    ) -> tuple[HandlerRun, Failure | None]:
        try:
            if handler.when is not None and not await self._commands.is_true(handler.when, view, context):
                return HandlerRun.LEFT_OUT, None
        except REFUSED as error:
            self._commands.say(context, f"handler: {error}")
            return HandlerRun.FAILED, Failure(kind="handler", message=str(error))
        if not handler.steps:
            return HandlerRun.ABSENT, None
        done = await self._run_all(handler.steps, handler.timeout, context, prefix)
        self._capture(handler, done, context)
        if not done.ok:
            return HandlerRun.FAILED, done.outcome.failure
        return (HandlerRun.OK if done.ran else HandlerRun.LEFT_OUT), None

    async def _run_all(
        self, steps: tuple[Step, ...], timeout_s: float | None, context: Context, prefix: str
    ) -> InnerRun:
        """Runs the steps of a handler under its limit."""
        try:
            async with time_limit(timeout_s, self._run.clock):
                return await run_inner(steps, self._runner, context, prefix)
        except TimeoutError:
            message = f"handler timed out after {timeout_s:g} s"
            self._commands.say(context, message)
            failure = Failure(kind="timeout", message=message, exit_code=124)
            return InnerRun(outcome=StepOutcome(status="failed", failure=failure))

    def _capture(self, handler: Handler, done: InnerRun, context: Context) -> None:
        """Gives the names of the handler's `capture` what its steps said together."""
        text = "\n".join(said for said in done.said if said)
        for name in handler.captures:
            context.captures.pop(name, None)
            context.captures[name] = Value(text)


def _failed(field: str, why: Failure | None) -> Failure:
    message = f"{field} failed: {why.message}" if why is not None else f"{field} failed"
    return Failure(kind="handler", message=message, exit_code=why.exit_code if why is not None else None)

"""`step_validate` (language 14.6): commands that must pass after a step, each by exit code and output."""

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.context import Context
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.steps.inner_steps import StepsRunner, apart, inside_step
from prodigy_tui.engine.steps.step_outcome import StepOutcome
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.time_limits import time_limit
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.model import StepCheck, StepValidate
from prodigy_tui.workflow.patterns import PatternTimeout, compile_pattern


class StepValidations:
    """Runs the commands that check steps of any context of one run."""

    def __init__(self, run: RunContext, commands: CommandRunner, runner: StepsRunner) -> None:
        self._run = run
        self._commands = commands
        self._runner = runner

    async def judge(self, wanted: StepValidate, view: StepView, context: Context) -> Failure | None:
        """Runs the commands until enough of them pass; returns why the step has failed if they do not."""
        why = ""
        for attempt in range(1, wanted.max_attempts + 1):
            if attempt > 1:
                self._commands.say(context, f"check {why}; again in {wanted.retry_delay:g} s")
                await self._run.clock.sleep(wanted.retry_delay)
            with apart(context), inside_step(view, context, self._commands, is_check=True):
                why = await self._round(wanted, view, context, attempt)
            if not why:
                return None
        return Failure(kind="validation", message=why, exit_code=0)

    async def _round(self, wanted: StepValidate, view: StepView, context: Context, attempt: int) -> str:
        """Runs all commands once; returns why not enough passed, or nothing."""
        faults: list[str] = []
        passed = 0
        try:
            async with time_limit(wanted.timeout, self._run.clock):
                for index, check in enumerate(wanted.checks):
                    path = f"{view.path}/c{attempt}.{index}"
                    fault = await _fault(check, await self._runner.run_step(check.step, context, path, index))
                    faults += [f"'{check.step.label}' {fault}"] if fault else []
                    passed += not fault
        except TimeoutError:
            return f"the checks timed out after {wanted.timeout:g} s"
        needed = len(wanted.checks) if wanted.at_least is None else wanted.at_least
        if passed >= needed:
            return ""
        return one_line(f"{passed} of {len(wanted.checks)} checks passed, {needed} must: {'; '.join(faults)}")


async def _fault(check: StepCheck, outcome: StepOutcome) -> str:
    """Returns what is wrong with how a command ended, or nothing."""
    result = outcome.result
    if result is None:
        return outcome.failure.message if outcome.failure is not None else "did not run"
    if result.exit_code != check.expect_exit_code:
        return f"ended with exit code {result.exit_code}, not {check.expect_exit_code}"
    if check.expect_output is None:
        return ""
    matches = compile_pattern(check.expect_output)
    try:
        found = await in_thread(lambda: matches(result.output))
    except PatternTimeout as error:
        return str(error)
    return "" if found else f"said nothing that '{one_line(check.expect_output, 60)}' matches"

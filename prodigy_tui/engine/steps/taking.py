"""Point 3 of one execution (language 4.4): `last.*`, captures, what was handed on, the file of the output.

It happens after a failure too. `results` has what it makes of an output, as functions.
"""

from prodigy_tui.engine.context import Context
from prodigy_tui.engine.kinds.execution import Execution
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.capture import captured_text
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.steps.results import take_result, write_output_file
from prodigy_tui.engine.steps.step_outcome import REFUSED, refusal
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.events.schema import WarningRaised
from prodigy_tui.events.values import Failure, StepResult
from prodigy_tui.workflow.model import SetupCapture


class Taking:
    """Takes over what executions said, for steps of any context of one run."""

    def __init__(self, run: RunContext, commands: CommandRunner) -> None:
        self._run = run
        self._commands = commands

    async def take(
        self, execution: Execution, view: StepView, context: Context, number: int
    ) -> tuple[StepResult, Failure | None]:
        """Sets what later texts can refer to; returns it, and why the step failed if it did."""
        step = view.step
        written = self._commands.written(view, context, number)
        if execution.cut:
            message = f"step '{step.label}': the first 8 MiB of its output are kept, the rest is only in its log"
            self._run.journal.record(WarningRaised(code="PT512", message=message, item_id=context.item_id))
        setup, late = self._setup_captures(view, context)
        result, failure = take_result(step, execution, written, setup)
        failure = failure or late
        context.adopt(step, result)
        if step.output_file is not None:
            text = captured_text(step, execution)
            failure = await self._write_output(step.output_file, text, view, context) or failure
        return result, failure

    def _setup_captures(self, view: StepView, context: Context) -> tuple[tuple[SetupCapture, ...], Failure | None]:
        if context.phase != "setup" or "/" in view.path:
            return (), None
        try:
            return self._run.setup_captures(view.index), None
        except REFUSED as error:
            return (), refusal(error, view.step, view.path)

    async def _write_output(self, template: str, text: str, view: StepView, context: Context) -> Failure | None:
        try:
            path = await self._commands.fill(template, view, context)
        except REFUSED as error:
            return refusal(error, view.step, view.path)
        return await in_thread(lambda: write_output_file(context.worktree, path, text))

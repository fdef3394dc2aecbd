"""`goal_seek`: its steps again and again, until a check gives the score (language 14.6)."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from prodigy_tui.engine.checking.validation import Validations
from prodigy_tui.engine.context import Context
from prodigy_tui.engine.kinds.execution import Execution
from prodigy_tui.engine.kinds.inner import Inner, said_by
from prodigy_tui.engine.steps.inner_steps import StepsRunner
from prodigy_tui.engine.steps.step_outcome import OK, StepOutcome
from prodigy_tui.engine.time_limits import time_limit
from prodigy_tui.events.values import Failure, StepResult
from prodigy_tui.workflow.model import GoalSeekCommand, OnIncomplete, Step


async def seek_goal(command: GoalSeekCommand, inner: Inner) -> Execution:
    """Runs the steps and their check until the score is reached, or nothing more is to be tried."""
    try:
        async with time_limit(command.timeout, inner.run.clock):
            return await _seek(command, inner)
    except TimeoutError:
        if command.timeout is None:
            raise
        message = f"the goal was not reached within {command.timeout:g} s"
        return Execution(exit_code=124, failure=Failure(kind="timeout", message=message, exit_code=124))


async def _seek(command: GoalSeekCommand, inner: Inner) -> Execution:
    context, view = inner.context, inner.view
    context.validation = Cleared()
    first = context.inside(inner.frame)
    outcome = await inner.steps.run_steps(command.steps, first, prefix=f"{view.path}/g.")
    context.take_back(first)
    execution = said_by(first.last, outcome)
    if not outcome.goes_on:
        return execution
    again = OnIncomplete(
        steps=command.steps, max_attempts=command.max_attempts - 1, fail_workflow=command.fail_on_incomplete
    )
    listening = _Listening(inner.steps, f"{view.path}/i")
    judged = await Validations(inner.run, inner.commands, listening).judge(
        replace(command.validation, **{"on_incomplete": again}),
        view,
        context,
        until=command.until,
        patience=command.patience,
    )
    execution = said_by(judged.said or first.last, outcome)
    if listening.last is not None:
        execution = said_by(listening.last, OK)
    match judged.status:
        case "ok":
            return execution
        case "tolerated":
            return replace(execution, tolerated=judged.failure)
        case "failed":
            return replace(execution, exit_code=1, failure=judged.failure)


class _Listening:
    """Runs steps and remembers what the last one of a repetition said: that is what the goal's step says."""

    def __init__(self, runner: StepsRunner, prefix: str) -> None:
        self._runner = runner
        self._prefix = prefix
        self.last: StepResult | None = None

    async def run_step(self, step: Step, context: Context, path: str, index: int) -> StepOutcome:
        outcome = await self._runner.run_step(step, context, path, index)
        if path.startswith(self._prefix) and outcome.result is not None:
            self.last = outcome.result
        return outcome


class Cleared(Mapping[str, Any]):
    """`validation` before the first round of a goal: every field is there and empty."""

    def __getitem__(self, name: str) -> None:
        return None

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

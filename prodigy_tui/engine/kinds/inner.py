"""What a composite step needs to run the steps inside it, and what it says when they have ended."""

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace as revised

from prodigy_tui.engine.context import Context, Frame
from prodigy_tui.engine.kinds.execution import Execution, Place
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.steps.step_outcome import StepOutcome
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.events.values import Failure, StepResult

if TYPE_CHECKING:
    from prodigy_tui.engine.steps.step_runner import StepRunner


class Inner(Struct, frozen=True, kw_only=True):
    """One execution of a composite step."""

    run: RunContext
    steps: "StepRunner"
    commands: CommandRunner
    view: StepView
    context: Context
    """Where the step stands."""
    place: Place
    frame: Frame
    """What the steps inside take over from the step."""

    def say(self, line: str) -> None:
        """Adds a line to the log."""
        self.commands.say(self.context, line)


def said_by(last: StepResult | None, outcome: StepOutcome) -> Execution:
    """Returns the execution of a step whose steps have ended; `last` is what the last of them said."""
    said = last or StepResult()
    failure = None if outcome.goes_on else inner_failure(outcome)
    exit_code = said.exit_code if failure is None else failure.exit_code
    return Execution(
        exit_code=0 if failure is None else exit_code or 1,
        failure=failure,
        stdout=said.output,
        output=said.output,
        usd=said.usd,
        tokens=said.tokens,
        session_id=said.session_id,
        evidence=outcome.evidence,
    )


def inner_failure(outcome: StepOutcome) -> Failure:
    """Returns why a step failed inside which a step has failed: the same reason, and where."""
    failure = outcome.failure or Failure(kind="exit", message="a step failed", exit_code=1)
    where = f"'{failure.step}': " if failure.step else ""
    return revised(failure, message=f"{where}{failure.message}")

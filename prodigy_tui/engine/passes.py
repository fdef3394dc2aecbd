"""The passes over the steps of a plain workflow (language 2.3, 4.2): its sub-workflows, then its steps again and again.

A workflow that is called runs here as a whole. Of the started one `phases` takes the same way with a log that lets a
resumed run go on in the middle.
"""

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.engine.context import Context
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_outcome import OK, StepOutcome
from prodigy_tui.engine.sub_workflows import SubWorkflows
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.git.inspect import head
from prodigy_tui.workflow.late import settle
from prodigy_tui.workflow.model import Workflow
from prodigy_tui.workflow.variables import Scope

if TYPE_CHECKING:
    from prodigy_tui.engine.steps.step_runner import StepRunner


class Pass(Struct, frozen=True, kw_only=True):
    """One pass over the steps."""

    argument: int | None = None
    """Which of several `--args` it is for, from 0."""
    iteration: int = 1


def next_pass(current: Pass, *, iterations: int, arguments: int, moved: bool) -> Pass | None:
    """Returns the pass that follows, `None` after the last.

    Args:
        current: The pass that has ended well.
        iterations: How many passes there are at most, for each value.
        arguments: How many positional values there are.
        moved: Whether HEAD moved in it.
    """
    if moved and current.iteration < iterations:
        return replace(current, iteration=current.iteration + 1)
    if current.argument is not None and current.argument + 1 < arguments:
        return Pass(argument=current.argument + 1)
    return None


def iterations_of(workflow: Workflow, scope: Scope) -> int:
    """Returns how many passes there are at most.

    Raises:
        LateError: the number has no value, or one that it cannot be.
    """
    late = workflow.late.get("max_iterations")
    return workflow.max_iterations if late is None else int(settle(late, scope) or 1)


class Ended(Struct, frozen=True, kw_only=True):
    """How a called workflow ended."""

    outcome: StepOutcome
    context: Context
    """Of its last pass."""


async def run_plain(run: RunContext, steps: "StepRunner", context: Context, prefix: str, iterations: int) -> Ended:
    """Runs a called workflow: sub-workflows, then passes until one moves HEAD no more."""
    workflow = run.workflow
    outcome = await SubWorkflows(run, steps).run(context, prefix)
    if not outcome.goes_on:
        return Ended(outcome=outcome, context=context)
    current: Pass | None = Pass()
    while current is not None:
        inner = context.next_pass(current.iteration, None)
        before = await in_thread(lambda: head(context.worktree)) if iterations > 1 else None
        outcome = OK
        if workflow.steps.steps:
            outcome = await steps.run_steps(workflow.steps.steps, inner, prefix=prefix)
        if not outcome.goes_on:
            return Ended(outcome=outcome, context=inner)
        moved = before is not None and await in_thread(lambda: head(context.worktree)) != before
        current = next_pass(current, iterations=iterations, arguments=0, moved=moved)
    return Ended(outcome=OK, context=inner)

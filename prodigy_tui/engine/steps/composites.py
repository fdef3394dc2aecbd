"""The step kinds that hold steps or wait: loops, templates, called workflows, goals, questions (language 4.4).

One execution of such a step is one call of `execute`. The step's fields apply to the whole: its `timeout` limits all of
it, its folder and environment are those of the steps inside, and what the last of these says is what it says.
"""

from typing import TYPE_CHECKING, assert_never

from msgspec.structs import replace

from prodigy_tui.engine.context import Context, Frame
from prodigy_tui.engine.kinds.approve import ask
from prodigy_tui.engine.kinds.execution import Execution
from prodigy_tui.engine.kinds.foreach import run_loop
from prodigy_tui.engine.kinds.goal_seek import seek_goal
from prodigy_tui.engine.kinds.inner import Inner
from prodigy_tui.engine.kinds.use import use_template
from prodigy_tui.engine.kinds.wait import wait
from prodigy_tui.engine.kinds.workflow import call_workflow
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.time_limits import time_limit
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.model import (
    ApproveCommand,
    CompositeCommand,
    ForeachCommand,
    GoalSeekCommand,
    UseCommand,
    WaitCommand,
    WorkflowCommand,
)

if TYPE_CHECKING:
    from prodigy_tui.engine.steps.step_runner import StepRunner


class Composites:
    """Runs the composite steps of any context of one run."""

    def __init__(self, run: RunContext, steps: "StepRunner", commands: CommandRunner) -> None:
        self._run = run
        self._steps = steps
        self._commands = commands

    async def execute(self, view: StepView, context: Context, number: int) -> Execution:
        """Runs a composite step once.

        Raises:
            InterpolationError, ExpressionError, PathEscapes, EnvironmentCycle: it cannot be run as written.
        """
        step, commands, clock = view.step, self._commands, self._run.clock
        command = step.command
        assert isinstance(command, CompositeCommand), f"'{command.kind}' is run by CommandRunner"
        await commands.prepare(view, context)
        place = await commands.filled(lambda: commands.place(view, context, number), view, context)
        inner = Inner(
            run=self._run,
            steps=self._steps,
            commands=commands,
            view=view,
            context=context,
            place=place,
            frame=self._frame(view, context),
        )
        began = clock.monotonic()
        try:
            async with time_limit(step.timeout, clock):
                execution = await self._run_kind(command, inner)
        except TimeoutError:
            if step.timeout is None:
                raise
            message = f"timed out after {step.timeout:g} s"
            execution = Execution(exit_code=124, failure=Failure(kind="timeout", message=message, exit_code=124))
        return replace(execution, duration_s=clock.monotonic() - began)

    async def _run_kind(self, command: CompositeCommand, inner: Inner) -> Execution:
        match command:
            case ForeachCommand():
                return await run_loop(command, inner)
            case UseCommand():
                return await use_template(command, inner)
            case WorkflowCommand(call=call):
                return await call_workflow(call, inner)
            case GoalSeekCommand():
                return await seek_goal(command, inner)
            case ApproveCommand():
                return await ask(command, inner)
            case WaitCommand():
                return await wait(command, inner)
            case _:
                assert_never(command)

    def _frame(self, view: StepView, context: Context) -> Frame:
        """Returns what the steps inside take over: the folder and the variables of the step."""
        around = context.frames[-1] if context.frames else None
        folder = around.folder if around is not None else None
        limits = [view.step.idle_timeout, around.idle if around is not None else None]
        return Frame(
            error=around.error if around is not None else None,
            folder=context.folders.get(view.path) if view.step.working_dir is not None else folder,
            env=self._commands.step_env(view, context),
            is_check=around is not None and around.is_check,
            idle=min((limit for limit in limits if limit is not None), default=None),
            cleared=view.step.clear_env or (around is not None and around.cleared),
        )

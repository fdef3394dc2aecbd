"""Steps that belong to a step: of its handlers, checks and repairs. They run in its folder and environment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from msgspec import Struct

from prodigy_tui.engine.context import Context, Frame, StepName
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.steps.step_outcome import OK, REFUSED, StepOutcome
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.workflow.model import Step


class StepsRunner(Protocol):
    """Whoever runs single steps: `StepRunner`, which the modules around it cannot import."""

    async def run_step(self, step: Step, context: Context, path: str, index: int) -> StepOutcome: ...


class InnerRun(Struct, frozen=True, kw_only=True):
    """What became of steps that ran one after the other; the first failure ended it."""

    outcome: StepOutcome
    """Of the step that failed, else of the last one that was not left out."""
    step: Step | None = None
    """That step; `None`: all were left out."""
    said: tuple[str, ...] = ()
    """The output of each step that ran."""

    @property
    def ok(self) -> bool:
        return self.outcome.goes_on

    @property
    def ran(self) -> bool:
        return self.step is not None


async def run_inner(steps: tuple[Step, ...], runner: StepsRunner, context: Context, prefix: str) -> InnerRun:
    """Runs steps in order; `handler.output` is what the one before said."""
    before, context.handler_output = context.handler_output, ""
    said: list[str] = []
    last, last_step = OK, None
    try:
        for index, step in enumerate(steps):
            outcome = await runner.run_step(step, context, f"{prefix}{index}", index)
            if outcome.status == "skipped":
                continue
            last, last_step = outcome, step
            context.handler_output = outcome.result.output if outcome.result is not None else ""
            said.append(context.handler_output)
            if not outcome.goes_on:
                break
    finally:
        context.handler_output = before
    return InnerRun(outcome=last, step=last_step, said=tuple(said))


@contextmanager
def inside_step(
    view: StepView,
    context: Context,
    commands: CommandRunner,
    *,
    error: dict[str, Any] | None = None,
    is_check: bool = False,
) -> Iterator[None]:
    """Lets the steps of a handler or a check take over the folder, environment and name of their step."""
    outer = context.frames[-1] if context.frames else Frame(folder=None, env={})
    try:
        env = commands.step_env(view, context)
    except REFUSED:
        env = dict(outer.env)  # just that may be why the step failed
    step = view.step
    frame = Frame(
        error=error,
        folder=context.folders.get(view.path, outer.folder if step.working_dir is None else None),
        env=env,
        owner=StepName(label=step.label, id=step.id, index=view.index),
        is_check=is_check,
        idle=outer.idle,
        cleared=outer.cleared or (step.clear_env and step.command.kind == "validate"),
    )
    context.frames.append(frame)
    try:
        yield
    finally:
        context.frames.pop()


@contextmanager
def apart(context: Context) -> Iterator[None]:
    """Lets steps run that are no part of what their context says of its last steps."""
    last, kinds = context.last, dict(context.by_kind)
    try:
        yield
    finally:
        context.last, context.by_kind = last, kinds

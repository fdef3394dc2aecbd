"""The names that a workflow declares, phase by phase, for the scope of a step (language 8.2, 8.4)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prodigy_tui.workflow.model import (
    Environment,
    ForeachCommand,
    GoalSeekCommand,
    Phase,
    Step,
    UseCommand,
    ValidateCommand,
    Validation,
    Workflow,
    WorkflowCall,
    WorkflowCommand,
)
from prodigy_tui.workflow.naming import NAME
from prodigy_tui.workflow.roots import RESERVED

SEEN_PHASES: Final[Mapping[Phase, tuple[Phase, ...]]] = {
    "steps": ("steps",),
    "setup": ("setup",),
    "map": ("setup", "map"),
    "reduce": ("setup", "reduce"),
    "merge": ("steps", "setup", "reduce", "merge"),
}
"""The phases whose captures and ids the texts of a phase can see."""


def declared_names(workflow: Workflow, phase: Phase) -> frozenset[str]:
    """Returns every name that a text of `phase` can mean, whether or not it has a value yet."""
    names = {*environment_names(workflow.environment), *workflow.vars, *(spec.name for spec in workflow.parameters)}
    for seen in SEEN_PHASES[phase]:
        if seen == "setup":
            names.update(capture.name for capture in workflow.setup.captures)
        outside = steps_of_merges(workflow) if seen == "merge" else ()
        for step in every_step((*steps_of(workflow, seen), *outside)):
            names.update(step.env)
            names.update(name for name in (step.id, step.capture.name) if name is not None)
            names.update(output.name for output in step.outputs)
            handlers = (step.on_failure, *(entry.handler for entry in step.on_exit_code))
            names.update(name for handler in handlers if handler is not None for name in handler.captures)
    return frozenset(names)


def environment_names(environment: Environment) -> frozenset[str]:
    """Returns the names of variables and secrets that stand at the top, whichever profile is chosen."""
    profiles = (name for profile in environment.profiles.values() for name in profile.env)
    return frozenset((*environment.variables, *environment.secrets, *profiles))


def steps_of(workflow: Workflow, phase: Phase) -> tuple[Step, ...]:
    """Returns the steps that are written under one phase; those of `on_item_failure` belong to the map."""
    match phase:
        case "steps":
            return workflow.steps.steps
        case "setup":
            return workflow.setup.steps
        case "map":
            template = workflow.map.agent_template if workflow.map else ()
            return (*template, *workflow.error_policy.handler)
        case "reduce":
            return workflow.reduce.steps
        case "merge":
            return workflow.merge.steps


def steps_of_merges(workflow: Workflow) -> tuple[Step, ...]:
    """Returns the steps of `verify` and `conflict`: they belong to merges, and to no phase."""
    found: list[Step] = []
    for rules in (workflow.merge.agents, workflow.merge.landing):
        verify = rules.verify
        found += (*verify.steps, *((verify.fix,) if verify.fix is not None else ())) if verify is not None else ()
        found += (rules.conflict.step,) if rules.conflict.step is not None else ()
    return tuple(found)


def step_of_call(call: WorkflowCall) -> Step:
    """Returns an entry of `sub_workflows` as the step that it stands for."""
    name = call.name or call.source
    id_ = name if NAME.fullmatch(name) and name not in RESERVED else None
    return Step(command=WorkflowCommand(call=call), label=name, id=id_, line=call.line)


def every_step(steps: Iterable[Step]) -> Iterator[Step]:
    """Yields `steps` and all the steps that they hold, outer ones first."""
    for step in steps:
        yield step
        yield from every_step(inner_steps(step))


def inner_steps(step: Step) -> Iterator[Step]:
    """Yields the steps that stand right in a step: of its command, its handlers, its retry and its checks."""
    yield from _steps_of_command(step)
    if step.on_failure is not None:
        yield from step.on_failure.steps
    if step.on_success is not None:
        yield from step.on_success.steps
    for entry in step.on_exit_code:
        yield from entry.handler.steps if entry.handler is not None else ()
    if step.retry is not None:
        yield from step.retry.fallback
    if step.validation is not None:
        yield from _steps_of_check(step.validation)
    if step.step_validate is not None:
        yield from (check.step for check in step.step_validate.checks)


def _steps_of_command(step: Step) -> Iterator[Step]:
    match step.command:
        case ForeachCommand(do=steps) | UseCommand(steps=steps):
            yield from steps
        case GoalSeekCommand(steps=steps, validation=validation):
            yield from steps
            yield from _steps_of_check(validation)
        case ValidateCommand(validation=validation):
            yield from _steps_of_check(validation)
        case _:
            return


def _steps_of_check(validation: Validation) -> Iterator[Step]:
    yield from validation.steps
    if validation.on_incomplete is not None:
        yield from validation.on_incomplete.steps

"""The names that a workflow declares, phase by phase, for the scope of a step (language 8.2, 8.4)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prodigy_tui.workflow.model import Phase, Step, Workflow

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
    names = set(workflow.env)
    for seen in SEEN_PHASES[phase]:
        for step in every_step(steps_of(workflow, seen)):
            names.update(step.env)
            names.update(name for name in (step.id, step.capture.name) if name is not None)
    return frozenset(names)


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


def every_step(steps: Iterable[Step]) -> Iterator[Step]:
    """Yields `steps` and the steps of their handlers, outer ones first."""
    for step in steps:
        yield step
        if step.on_failure is not None:
            yield from every_step(step.on_failure.steps)

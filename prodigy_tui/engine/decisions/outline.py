"""The outline of a workflow, for the first event of its log."""

from prodigy_tui.events.values import PhaseName, PhaseOutline, StepOutline
from prodigy_tui.workflow.model import Step, Workflow


def outline_of(workflow: Workflow) -> tuple[PhaseOutline, ...]:
    """Returns phases and steps in the order in which they run."""
    template = workflow.map.agent_template if workflow.map is not None else ()
    phases: tuple[tuple[PhaseName, tuple[Step, ...]], ...] = (
        ("steps", workflow.steps.steps),
        ("setup", workflow.setup.steps),
        ("map", template),
        ("reduce", workflow.reduce.steps),
        ("merge", workflow.merge.steps),
    )
    return tuple(
        PhaseOutline(phase=phase, steps=tuple(StepOutline(label=step.label, kind=step.command.kind) for step in steps))
        for phase, steps in phases
        if steps or phase == "merge"
    )

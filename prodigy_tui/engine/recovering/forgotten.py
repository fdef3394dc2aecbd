"""Results of steps that were recorded without their secrets (language 12.3): the steps are asked again. Pure."""

from collections.abc import Iterator

from prodigy_tui.engine.recovering.look import Look
from prodigy_tui.engine.steps.step_paths import recorded_steps
from prodigy_tui.events.evolve_sessions import SEQUENCES
from prodigy_tui.events.phase_state import StepRecord
from prodigy_tui.events.schema import KnownEvent, ResultsForgotten
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseName
from prodigy_tui.workflow.model import Step, Workflow

_OVER = frozenset({"ok", "skipped"})


def forgotten_results(look: Look) -> Iterator[KnownEvent]:
    """Yields which steps run again because of that: those whose values some later step can refer to."""
    state, workflow = look.state, look.workflow
    if workflow is None or not _goes_on(state, workflow):
        return
    found: dict[PhaseName, tuple[str, ...]] = {}
    for phase in SEQUENCES[state.kind]:
        known = state.phases.get(phase)
        if known is None or phase == "map":
            continue
        named = dict(recorded_steps(workflow, phase))
        last = max((int(path) for path in known.steps if path.isdigit()), default=-1)
        paths = {
            path.partition("/")[0]
            for path, record in known.steps.items()
            if _is_masked(record) and (_has_name(named.get(path), record) or path == str(last))
        }
        if paths:
            found[phase] = tuple(sorted(paths))
    if found:
        yield ResultsForgotten(steps=found)


def _goes_on(state: RunState, workflow: Workflow) -> bool:
    """Tells whether steps are still to come."""
    begun = {name: state.phases.get(name) for name in SEQUENCES[state.kind]}
    if any(phase is None or phase.status not in _OVER for phase in begun.values()):
        return True
    landed = state.landing is not None and state.landing.status in ("landed", "nothing")
    return bool(workflow.merge.steps) and not landed


def _is_masked(record: StepRecord) -> bool:
    return record.result is not None and record.result.masked


def _has_name(step: Step | None, record: StepRecord) -> bool:
    """Tells whether later steps can refer to what a step has said."""
    if step is None or record.result is None:
        return False
    named = step.id is not None or step.capture.name is not None or bool(step.outputs)
    return named or bool(record.result.setup_values or record.result.handler_values or record.result.outputs)

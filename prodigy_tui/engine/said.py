"""What the phases of a run have said, by its log: the same for its own texts and for the step that has called it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from prodigy_tui.engine.context import Enclosing, named_values, private_names, result_value
from prodigy_tui.engine.steps.step_paths import recorded_steps
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseName, StepResult
from prodigy_tui.workflow.declared import SEEN_PHASES
from prodigy_tui.workflow.model import Workflow
from prodigy_tui.workflow.values import Value

Unmasked: TypeAlias = Mapping[tuple[PhaseName, str], StepResult]
"""What this process knows of results whose record lacks secrets, by phase and path."""

_NOTHING: Final[Unmasked] = MappingProxyType({})


def said_before(workflow: Workflow, state: RunState, phase: PhaseName, unmasked: Unmasked = _NOTHING) -> Enclosing:
    """Returns what the phases of a run before `phase` said that its texts can refer to."""
    names: dict[str, Value] = {}
    ids: dict[str, StepResult] = {}
    statuses: dict[str, str] = {}
    setup: dict[str, Value] = {}
    private: set[str] = set()
    for seen in SEEN_PHASES[phase]:
        known = state.phases.get(seen)
        if seen == phase or known is None:
            continue
        for path, step in recorded_steps(workflow, seen):
            record = known.steps.get(path)
            if record is None:
                continue
            if record.result is None:
                if step.id is not None and record.status not in ("running", "interrupted"):
                    statuses[step.id] = record.status
                continue
            result = unmasked.get((seen, path), record.result)
            if step.id is not None:
                ids[step.id] = result
                names[step.id] = result_value(result)
            said = named_values(step, result)
            names |= said
            private |= private_names(step, result)
            if seen == "setup":
                setup |= said
    return Enclosing(names=names, ids=ids, statuses=statuses, setup=setup, private=frozenset(private))

"""What the fleet list says of phases and of the run's own steps."""

from datetime import datetime

from prodigy_tui.events.phase_state import PhaseState, StepRecord
from prodigy_tui.events.schema import LandingFinished
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.line import Role
from prodigy_tui.tui.model.looks import DONE, LEFT_OUT, QUEUED, RUNNING, STEP_LOOKS, WAITING
from prodigy_tui.tui.model.row_cells import Cells, Values
from prodigy_tui.tui.model.text import safe, span


def phase_cells(name: str, state: RunState, now: datetime) -> Cells:
    """Returns what the list says of a phase."""
    outline = next((outline for outline in state.outline if outline.phase == name), None)
    steps = len(outline.steps) if outline is not None else 0
    phase = state.phases.get(name)
    if name == "merge" and state.landing is not None:
        return _landing_cells(state.landing)
    if phase is None:
        return Cells(
            look=QUEUED, name="phase", item=name, detail="not begun", values={"step": f"0/{steps}"} if steps else {}
        )
    look = STEP_LOOKS.get(phase.status, RUNNING)
    done = sum(1 for path, step in phase.steps.items() if path.isdigit() and step.ended_at is not None)
    detail, role = _phase_detail(phase)
    took = span(((phase.ended_at or now) - phase.started_at).total_seconds())
    return Cells(
        look=look,
        name="phase",
        item=name,
        detail=detail,
        detail_role=role,
        values={"step": f"{done}/{steps}" if steps else "", "age": took, "took": took},
    )


def _landing_cells(landing: LandingFinished) -> Cells:
    """What became of the whole run's merge, once that is known."""
    match landing.status:
        case "landed":
            return Cells(look=DONE, name="phase", item="merge", detail=safe(f"landed on {landing.target}"))
        case "nothing" | "unmerged":
            return Cells(look=LEFT_OUT, name="phase", item="merge", detail=safe(landing.message or landing.status))
        case "refused" | "conflict":
            detail = safe(landing.message)
            return Cells(look=WAITING, name="phase", item="merge", detail=detail, detail_role="warning")


def _phase_detail(phase: PhaseState) -> tuple[str, Role]:
    if phase.status == "failed":
        return safe(phase.message or (phase.failure.message if phase.failure is not None else "failed")), "error"
    if phase.status != "running":
        return phase.status, "muted"
    running = [step.label for step in phase.steps.values() if step.status == "running"]
    return (safe(running[-1]), "text") if running else ("", "text")


def step_cells(place: str, state: RunState, now: datetime) -> Cells:
    """Returns what the list says of a step of the run's own."""
    name, _, path = place.partition("/")
    outline = next((outline for outline in state.outline if outline.phase == name), None)
    phase = state.phases.get(name)
    record = phase.steps.get(path) if phase is not None else None
    number, label = "before", record.label if record is not None else path
    if path.isdigit():
        number = f"{int(path) + 1}"
        label = outline.steps[int(path)].label if outline is not None and int(path) < len(outline.steps) else path
    if record is None:
        return Cells(look=QUEUED, name=number, item=safe(label))
    took = span(((record.ended_at or now) - record.started_at).total_seconds())
    times: Values = {"age": took, "took": took}
    look = STEP_LOOKS.get(record.status, RUNNING)
    if record.failure is not None:
        return Cells(
            look=look,
            name=number,
            item=safe(label),
            detail=safe(record.failure.message),
            detail_role="error",
            values=times,
        )
    detail, role = _step_detail(record, now)
    return Cells(look=look, name=number, item=safe(label), detail=detail, detail_role=role, values=times)


def _step_detail(record: StepRecord, now: datetime) -> tuple[str, Role]:
    if record.due is not None:
        due = f" in {span((record.due - now).total_seconds())}" if record.due > now else ""
        return f"waits: {safe(record.waiting)}{due}", "warning"
    score = f"{record.score:g} points" if record.score is not None else ""
    word = record.status if record.status not in ("ok", "running") else ""
    return " · ".join(part for part in (word, score) if part), "text"

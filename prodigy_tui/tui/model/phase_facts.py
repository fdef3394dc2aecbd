"""What is known of a phase, or of one of the run's own steps, as a page: how it stands, its steps, why it failed."""

from datetime import datetime, tzinfo

from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.phase_cells import phase_cells, step_cells
from prodigy_tui.tui.model.row_cells import Cells
from prodigy_tui.tui.model.text import clock, safe, span

_TAIL = 12


def phase_facts(name: str, state: RunState, now: datetime, zone: tzinfo | None) -> list[Line]:
    """Returns the page of a phase."""
    phase = state.phases.get(name)
    lines = _head(name, "phase", phase_cells(name, state, now))
    if phase is not None:
        lines += _times(phase.started_at, phase.ended_at, now, zone)
    outline = next((outline for outline in state.outline if outline.phase == name), None)
    if outline is not None and outline.steps:
        lines += [BLANK, (("Steps", "strong"),)]
        for number in range(len(outline.steps)):
            cells = step_cells(f"{name}/{number}", state, now)
            lines.append(
                (
                    (f"{cells.look.glyph} ", cells.look.role),
                    (f"{cells.values.get('took', ''):>6}  ", "muted"),
                    (cells.item, "text"),
                    (f"  {cells.detail}" if cells.detail else "", cells.detail_role),
                )
            )
    return lines + _why(phase.failure if phase is not None else None)


def step_facts(place: str, state: RunState, now: datetime, zone: tzinfo | None) -> list[Line]:
    """Returns the page of a step; `place` is its phase and its path."""
    name, _, path = place.partition("/")
    phase = state.phases.get(name)
    record = phase.steps.get(path) if phase is not None else None
    cells = step_cells(place, state, now)
    lines = _head(cells.item, f"step of {name}", cells)
    if record is None:
        return lines
    lines += _times(record.started_at, record.ended_at, now, zone)
    if record.execution > 1:
        lines.append((("execution", "muted"), (f" {record.execution}", "text")))
    return lines + _why(record.failure)


def _head(name: str, kind: str, cells: Cells) -> list[Line]:
    return [
        ((name, "strong"), (f"  {safe(kind)}", "muted")),
        ((f"{cells.look.glyph} {cells.look.word}", cells.look.role), (f"  {cells.detail}", cells.detail_role)),
        BLANK,
    ]


def _times(began: datetime, ended: datetime | None, now: datetime, zone: tzinfo | None) -> list[Line]:
    took = ((ended or now) - began).total_seconds()
    return [(("began    ", "muted"), (clock(began, zone), "text")), (("took     ", "muted"), (span(took), "text"))]


def _why(failure: Failure | None) -> list[Line]:
    if failure is None:
        return []
    code = f"  {failure.code}" if failure.code else ""
    tail = failure.tail.splitlines()[-_TAIL:]
    return [
        BLANK,
        ((safe(failure.message), "error"), (code, "muted")),
        *((("│ ", "muted"), (safe(text), "text")) for text in tail),
    ]

"""The lines of the fleet list: one function from a row and the state to text with roles, at a given width."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.pace import held_key
from prodigy_tui.events.phase_state import PhaseState, StepRecord
from prodigy_tui.events.schema import LandingFinished
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.line import Line, Role, Span
from prodigy_tui.tui.model.looks import (
    DEAD,
    DONE,
    FAILED,
    ITEM_LOOKS,
    LEFT_OUT,
    MERGING,
    QUEUED,
    RUNNING,
    STALLED,
    STEP_LOOKS,
    WAITING,
    Look,
)
from prodigy_tui.tui.model.rows import Row, Section
from prodigy_tui.tui.model.text import agent_name, amount, clip_name, clock, fit, plural, safe, span

STALLED_AFTER_S: Final = 120.0
"""Seconds of silence after which a running agent counts as stalled."""

_FOLDS: dict[str, tuple[Look, str]] = {
    "attention": (FAILED, "will be retried"),
    "dead": (DEAD, "dead → 4"),
    "merging": (MERGING, "merge queue"),
    "queued": (QUEUED, "queued"),
    "done": (DONE, "done"),
    "left out": (LEFT_OUT, "left out"),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of each column; 0 leaves a column out."""

    item: int
    detail: int
    progress: int
    age: int
    tokens: int

    @classmethod
    def of(cls, width: int, longest_name: int) -> "Columns":
        """Returns the columns that fit into a list of `width` cells; the last to go are item, state and age.

        No name of an item is longer than `longest_name`, so the column needs no more.
        """
        progress = 6 if width >= 50 else 0
        age = 7 if width >= 30 else 0
        tokens = 8 if width >= 62 else 0
        rest = max(4, width - 13 - progress - age - tokens)
        if width < 44:
            return cls(item=rest, detail=0, progress=progress, age=age, tokens=tokens)
        item = max(12, min(rest * 11 // 20, longest_name, 60))
        return cls(item=item, detail=rest - item - 1, progress=progress, age=age, tokens=tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """What one row says."""

    look: Look
    name: str = ""
    item: str = ""
    detail: str = ""
    detail_role: Role = "text"
    progress: str = ""
    age: str = ""
    tokens: str = ""


def heading(width: int, longest_name: int) -> Line:
    """Returns the line above the list that names the columns."""
    head = Cells(
        look=Look(glyph="s", letter="t", word="", role="muted"),
        name="agent",
        item="item",
        detail="doing",
        progress="step",
        age="age",
        tokens="tokens",
    )
    columns = Columns.of(width, longest_name)
    text = "".join(text for text, _ in _spans(head, columns))
    return ((fit("  st" + text[4:], width), "muted"),)


def row_line(row: Row, state: RunState, section: Section | None, now: datetime, heard: datetime | None) -> Cells:
    """Returns what a row says; `heard` is when its output last grew, if that is known better than from events."""
    match row.kind:
        case "gate":
            gate = state.gates.get(row.id)
            question, kind = (safe(gate.question), gate.kind) if gate is not None else ("", "")
            about = "merge?" if kind == "landing" else f"{kind}?"
            return Cells(look=WAITING, name="run", item=about, detail=question, detail_role="warning")
        case "phase":
            return _phase(row.id, state, now)
        case "step":
            return _step(row.id, state, now)
        case "fold":
            return _fold(row.id, section)
        case "item":
            item = state.items.get(row.id)
            return Cells(look=QUEUED, item=safe(row.id)) if item is None else item_cells(item, state, now, heard)


def draw(cells: Cells, width: int, longest_name: int) -> Line:
    """Returns a row as a line of exactly `width` cells."""
    return _spans(cells, Columns.of(width, longest_name))


def _spans(cells: Cells, columns: Columns) -> Line:
    quiet = cells.look.role == "muted"
    text: Role = "muted" if quiet else "text"
    spans: list[Span] = [
        (f" {cells.look.glyph} {cells.look.letter} ", cells.look.role),
        (fit(cells.name, 6), text),
        (" ", text),
        (fit(clip_name(cells.item, columns.item), columns.item), text),
    ]
    if columns.detail:
        spans += [(" ", text), (fit(cells.detail, columns.detail), "muted" if quiet else cells.detail_role)]
    for value, cell in ((cells.progress, columns.progress), (cells.age, columns.age), (cells.tokens, columns.tokens)):
        if cell:
            spans.append((fit(value, cell, right=True), "muted"))
    spans.append((" ", text))
    return tuple(spans)


def item_name(item: ItemState) -> str:
    """Returns what people call an item."""
    return safe(item.item.label or item.item.id)


def item_cells(item: ItemState, state: RunState, now: datetime, heard: datetime | None = None) -> Cells:
    """Returns what the list says of an item."""
    look, detail, role = _item_detail(item, state, now, heard)
    steps = _map_steps(state)
    since = item.started_at if item.status == "running" else item.ended_at or item.last_at
    age = span((now - since).total_seconds()) if since is not None and item.attempt else ""
    tokens = item.usage.input_tokens + item.usage.output_tokens
    return Cells(
        look=look,
        name=agent_name(item.position),
        item=item_name(item),
        detail=detail,
        detail_role=role,
        progress=f"{min(item.step_index, steps)}/{steps}" if steps and item.attempt else "",
        age=age,
        tokens=amount(tokens) if tokens else "",
    )


def _until(item: ItemState, state: RunState, now: datetime) -> str:
    """Returns until when an item waits; what has become known of its provider since it began to wait counts."""
    held = state.held.get(held_key("map", item.item.id)) if item.due is not None else None
    due = state.limited.get(held.provider, item.due) if held is not None else item.due
    return f" until {clock(due, None)} ({span((due - now).total_seconds())})" if due is not None and due > now else ""


def _item_detail(item: ItemState, state: RunState, now: datetime, heard: datetime | None) -> tuple[Look, str, Role]:
    look = ITEM_LOOKS[item.status]
    reason = safe(item.failure.message) if item.failure is not None else ""
    match item.status:
        case "running":
            silent = _silence_s(item, now, heard)
            if item.item.id in state.stopping_items:
                return look, f"stopping · {safe(item.step)}", "warning"
            if item.waiting:
                return look, f"waits: {safe(item.waiting)}{_until(item, state, now)}", "warning"
            if silent > STALLED_AFTER_S:
                return STALLED, f"silent for {span(silent)} · {safe(item.step)}", "warning"
            again = f"try {item.failures + 1} · " if item.failures else ""
            return look, again + (safe(item.step) or "prepares its worktree"), "text"
        case "waiting":
            return look, safe(item.waiting), "warning"
        case "suspect":
            return look, f"suspect: {reason}", "warning"
        case "retrying":
            due = f" in {span((item.due - now).total_seconds())}" if item.due is not None and item.due > now else ""
            return look, f"retry {item.failures}{due or ' due'} · {reason}", "error"
        case "failed" | "dead":
            return look, reason, "error"
        case "merging":
            if item.item.id in state.merges:
                return look, _merging(state, item), "accent"
            return look, f"waits: {plural(item.commits, 'commit')}", "accent"
        case "success":
            changed = f"{plural(item.commits, 'commit')}, {plural(len(item.files), 'file')}"
            return look, changed if item.commits else "no changes", "muted"
        case "pending":
            again = f"again after {plural(item.attempt, 'attempt')}" if item.attempt else "waits for a slot"
            return look, again, "muted"
        case "skipped":
            return look, f"skipped: {reason}", "muted"
        case "cancelled":
            return look, "cancelled", "muted"


def _merging(state: RunState, item: ItemState) -> str:
    """Returns what becomes of the branch at present."""
    commits, verification = plural(item.commits, "commit"), state.verification
    resolution = state.resolution
    if resolution is not None and resolution.item_id == item.item.id:
        work = "solving the conflict in" if resolution.purpose == "conflict" else "making anew"
        return f"{work} {safe(', '.join(resolution.paths[:3]))}"
    if verification is None or item.item.id not in verification.item_ids:
        return f"merging {commits}"
    others = len(verification.item_ids) - 1
    return f"verifying, with {plural(others, 'other')}: {commits}" if others else f"verifying: {commits}"


def _silence_s(item: ItemState, now: datetime, heard: datetime | None) -> float:
    last = item.last_at
    if heard is not None and (last is None or heard > last):
        last = heard
    return (now - last).total_seconds() if last is not None else 0.0


def _map_steps(state: RunState) -> int:
    return next((len(outline.steps) for outline in state.outline if outline.phase == "map"), 0)


def _phase(name: str, state: RunState, now: datetime) -> Cells:
    outline = next((outline for outline in state.outline if outline.phase == name), None)
    steps = len(outline.steps) if outline is not None else 0
    phase = state.phases.get(name)
    if name == "merge" and state.landing is not None:
        return _landing_cells(state.landing)
    if phase is None:
        return Cells(look=QUEUED, name="phase", item=name, detail="not begun", progress=f"0/{steps}" if steps else "")
    look = STEP_LOOKS.get(phase.status, RUNNING)
    done = sum(1 for path, step in phase.steps.items() if path.isdigit() and step.ended_at is not None)
    detail, role = _phase_detail(phase)
    return Cells(
        look=look,
        name="phase",
        item=name,
        detail=detail,
        detail_role=role,
        progress=f"{done}/{steps}" if steps else "",
        age=span(((phase.ended_at or now) - phase.started_at).total_seconds()),
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


def _step(place: str, state: RunState, now: datetime) -> Cells:
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
    age = span(((record.ended_at or now) - record.started_at).total_seconds())
    look = STEP_LOOKS.get(record.status, RUNNING)
    if record.failure is not None:
        return Cells(
            look=look,
            name=number,
            item=safe(label),
            detail=safe(record.failure.message),
            detail_role="error",
            age=age,
        )
    detail, role = _step_detail(record, now)
    return Cells(look=look, name=number, item=safe(label), detail=detail, detail_role=role, age=age)


def _step_detail(record: StepRecord, now: datetime) -> tuple[str, Role]:
    if record.due is not None:
        due = f" in {span((record.due - now).total_seconds())}" if record.due > now else ""
        return f"waits: {safe(record.waiting)}{due}", "warning"
    score = f"{record.score:g} points" if record.score is not None else ""
    word = record.status if record.status not in ("ok", "running") else ""
    return " · ".join(part for part in (word, score) if part), "text"


def _fold(name: str, section: Section | None) -> Cells:
    look, words = _FOLDS[name]
    number = len(section.keys) if section is not None else 0
    opened = section is not None and section.open
    hidden = number - section.shown if section is not None else 0
    hint = "▾ enter folds" if opened else f"▸ {hidden} more" if hidden != number else "▸ enter opens"
    return Cells(look=look, name=f"{number}", item=words, detail=hint, detail_role="muted")

"""Everything that is known of one item: steps as a film strip, attempts, checks, commits, cost, data, and its story."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Final

from msgspec import Struct

from prodigy_tui.events.endings import COMMITTING
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentStarted,
    Envelope,
    StepCommitted,
    StepFinished,
    StepInterrupted,
    StepRetryScheduled,
    StepStarted,
    ValidationFinished,
)
from prodigy_tui.events.values import StepKind
from prodigy_tui.tui.model.activity import describe
from prodigy_tui.tui.model.cells import item_cells, tries
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.letters import item_story
from prodigy_tui.tui.model.line import BLANK, Line, Role, Span
from prodigy_tui.tui.model.looks import DONE, FAILED, LEFT_OUT, RUNNING, Look
from prodigy_tui.tui.model.text import agent_name, amount, clock, safe, span
from prodigy_tui.wording import plural

STRIP_CELLS: Final = 40
_GAPS: Final = 12
_STORY: Final = 60
_SHADES: Final = ("█", "▓", "▒")


class Frame(Struct, frozen=True, kw_only=True):
    """One step of an attempt."""

    path: str
    label: str
    kind: StepKind
    began: datetime
    seconds: float
    look: Look
    executions: int = 1


def item_facts(item_id: str, glance: Glance, story: Sequence[Envelope], zone: tzinfo | None) -> list[Line]:
    """Returns the page of an item. `story` holds what has happened to it, as far as that is at hand."""
    item = glance.state.items.get(item_id)
    if item is None:
        return [(("no such item at this moment", "muted"),)]
    present = [envelope for envelope in story if getattr(envelope.event, "attempt", item.attempt) == item.attempt]
    cells = item_cells(item, glance)
    head: list[Line] = [
        ((cells.item, "strong"), (f"  {agent_name(item.position)}", "muted")),
        ((f"{cells.look.glyph} {cells.look.word}", cells.look.role), (f"  {cells.detail}", cells.detail_role)),
        BLANK,
        *_numbers(item, glance),
        BLANK,
    ]
    steps = frames(present, glance.now)
    return [
        *head,
        *_film(steps),
        *_checks(present),
        *_commits(item, present, zone),
        *_left(item),
        *item_story(item_id, glance.state, glance.now, zone)[3:],
        *_told(story, glance, zone),
    ]


def frames(envelopes: Iterable[Envelope], now: datetime) -> list[Frame]:
    """Returns the steps of the template that the events of one attempt tell of, in the order of their beginning."""
    found: dict[str, Frame] = {}
    for envelope in envelopes:
        event = envelope.event
        match event:
            case StepStarted(path=path) if path.isdigit():
                known = found.get(path)
                began = known.began if known is not None else envelope.at
                found[path] = Frame(
                    path=path,
                    label=event.label,
                    kind=event.kind,
                    began=began,
                    seconds=(now - began).total_seconds(),
                    look=RUNNING,
                    executions=event.execution,
                )
            case StepFinished(path=path) | StepInterrupted(path=path) if path in found:
                known = found[path]
                failed = isinstance(event, StepFinished) and event.status == "failed"
                left = isinstance(event, StepInterrupted) or event.status in ("skipped", "cancelled")
                found[path] = Frame(
                    path=path,
                    label=known.label,
                    kind=known.kind,
                    began=known.began,
                    seconds=(envelope.at - known.began).total_seconds(),
                    look=FAILED if failed else LEFT_OUT if left else DONE,
                    executions=known.executions,
                )
            case AgentFinished():
                break
            case _:
                pass
    return list(found.values())


def film(steps: Sequence[Frame], cells: int = STRIP_CELLS) -> Line:
    """Returns the steps side by side, each as long as it took; the shortest still has a cell."""
    whole = sum(step.seconds for step in steps)
    spans: list[Span] = []
    for number, step in enumerate(steps):
        share = step.seconds / whole if whole > 0 else 1 / len(steps)
        role: Role = step.look.role if step.look is not DONE else "primary"
        spans.append((_SHADES[number % len(_SHADES)] * max(1, round(share * cells)), role))
    return tuple(spans)


def _film(steps: Sequence[Frame]) -> list[Line]:
    if not steps:
        return []
    lines: list[Line] = [(("Steps of this attempt", "strong"),), film(steps)]
    for number, step in enumerate(steps):
        again = f"  ×{step.executions}" if step.executions > 1 else ""
        lines.append(
            (
                (f"{_SHADES[number % len(_SHADES)]} ", "primary"),
                (f"{step.look.glyph} ", step.look.role),
                (f"{span(step.seconds):>6}  ", "muted"),
                (safe(step.label), "text"),
                (f"  {step.kind}{again}", "muted"),
            )
        )
    return [*lines, BLANK]


def _numbers(item: ItemState, glance: Glance) -> list[Line]:
    used, took = item.usage, glance.took_s(item)
    tokens = f"{amount(used.input_tokens)} in, {amount(used.output_tokens)} out" if used.input_tokens else ""
    changed = glance.lines.get(item.item.id)
    facts = (
        ("attempt", tries(item, glance) if item.attempt else "none yet"),
        ("took", span(took) if took is not None else ""),
        ("silent", span(glance.silence_s(item)) if item.status == "running" else ""),
        ("tokens", tokens),
        ("cost", f"${used.usd:,.2f}" if used.usd is not None else ""),
        ("check", f"{item.score:g} points" if item.score is not None else ""),
        ("lines", f"+{changed[0]} −{changed[1]}" if changed is not None else ""),
    )
    return [((f"{name:9}", "muted"), (value, "text")) for name, value in facts if value]


def _checks(envelopes: Iterable[Envelope]) -> list[Line]:
    """Returns what the rounds of checks found missing."""
    lines: list[Line] = []
    for envelope in envelopes:
        event = envelope.event
        if not isinstance(event, ValidationFinished):
            continue
        verdict: Span = ("passed", "success") if event.passed else (f"below {event.threshold:g}", "warning")
        lines.append(((f"round {event.round}  {event.score:g} points  ", "text"), verdict))
        lines += [((f"  ▹ {safe(gap)}", "text"),) for gap in event.missing[:_GAPS]]
        if event.message:
            lines.append(((f"  {safe(event.message)}", "error"),))
    return [(("Checks", "strong"),), *lines, BLANK] if lines else []


def _commits(item: ItemState, envelopes: Iterable[Envelope], zone: tzinfo | None) -> list[Line]:
    """Returns the commits that are known by name, and how many there are."""
    made = [envelope for envelope in envelopes if isinstance(envelope.event, StepCommitted)]
    if not item.commits and not made:
        return []
    total = f"  {plural(item.commits, 'commit')}" if item.commits else ""
    lines: list[Line] = [(("Commits", "strong"), (total, "muted"))]
    for envelope in made:
        if isinstance(envelope.event, StepCommitted):
            lines.append(((f"{clock(envelope.at, zone)}  ", "muted"), (safe(envelope.event.commit)[:10], "text")))
    if item.head:
        lines.append((("head     ", "muted"), (safe(item.head)[:10], "text")))
    return [*lines, BLANK]


def _left(item: ItemState) -> list[Line]:
    """Returns where that is which the item has changed and nobody has committed."""
    if not item.leftover:
        return []
    much = "it left other changes uncommitted" if item.commits else "it changed files and committed nothing"
    return [
        (("Left behind", "strong"), (f"  {much}", "warning")),
        (("kept as a patch, below 'artifacts' of the run's record:", "muted"),),
        ((f"  {safe(item.leftover)}", "text"),),
        ((f"to land such changes: {COMMITTING}", "muted"),),
        BLANK,
    ]


def _told(story: Sequence[Envelope], glance: Glance, zone: tzinfo | None) -> list[Line]:
    """Returns the story, the newest first."""
    lines: list[Line] = []
    for envelope in reversed(story):
        words, role = _of_steps(envelope)
        if not words and (said := describe(envelope, glance.state)) is not None:
            words, role = said.text, said.role
        if words:
            lines.append(((f"{clock(envelope.at, zone)}  ", "muted"), (words, role)))
        if len(lines) >= _STORY:
            break
    return [BLANK, (("Story", "strong"), ("  newest first", "muted")), *lines] if lines else []


def _of_steps(envelope: Envelope) -> tuple[str, Role]:
    """Returns the words for what the activity log of the whole run says less of, or nothing."""
    match envelope.event:
        case AgentStarted(attempt=attempt, slot=slot):
            return f"attempt {attempt} begins in worktree {slot}", "text"
        case StepStarted(label=label, execution=execution):
            again = f" again ({execution})" if execution > 1 else ""
            return f"step {safe(label)} begins{again}", "muted"
        case StepFinished(status=status, duration_s=seconds):
            return f"step {status} after {span(seconds)}", "muted"
        case StepRetryScheduled(execution=execution, message=message):
            return f"step tried again ({execution}): {safe(message)}", "warning"
        case _:
            return "", "muted"

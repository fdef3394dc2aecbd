"""What is told of one item in full: every attempt, why it failed, and where its leavings are."""

from datetime import datetime, tzinfo

from prodigy_tui.events.item_state import AttemptRecord, ItemState
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.looks import ITEM_LOOKS
from prodigy_tui.tui.model.text import agent_name, amount, clock, safe, span
from prodigy_tui.wording import plural

_TAIL_LINES = 60


def item_story(
    item_id: str, state: RunState, now: datetime, zone: tzinfo | None, *, again: str | None = None
) -> list[Line]:
    """Returns the detail page of an item; the newest attempt first, because it is the one asked about.

    `again`: what tries it again, by default the key for it; empty where nothing does.
    """
    item = state.items.get(item_id)
    if item is None:
        return [(("no such item at this moment", "muted"),)]
    look = ITEM_LOOKS[item.status]
    lines: list[Line] = [
        ((item_name(item), "strong"), (f"  {agent_name(item.position)}", "muted")),
        ((f"{look.glyph} {look.word}", look.role), (f"  {_standing(item, now, again)}", "muted")),
        BLANK,
    ]
    if item.failure is not None and item.status != "success":
        lines += [*_failure(item), BLANK]
    lines += [line for record in reversed(item.history) for line in _attempt(item, record, zone)]
    lines += [BLANK, *_leavings(item), *item_data(item)]
    return lines


def failure_tail(item: ItemState) -> list[str]:
    """Returns the last output that the events themselves hold of the newest failed attempt."""
    failures = [item.failure, *(record.failure for record in reversed(item.history))]
    tail = next((failure.tail for failure in failures if failure is not None and failure.tail), "")
    return tail.splitlines()[-_TAIL_LINES:]


def _standing(item: ItemState, now: datetime, again: str | None) -> str:
    parts = [plural(item.attempt, "attempt")]
    if item.ended_at is not None:
        parts.append(f"{span((now - item.ended_at).total_seconds())} ago")
    if item.status == "dead" and not item.eligible:
        parts.append("needs a person: a retry is not likely to help")
    elif item.status == "dead" and again != "":
        parts.append(f"{again or key('agent.retry')} tries it again")
    if item.discarded is not None:
        why = f": {safe(item.discarded.reason)}" if item.discarded.reason else ""
        parts.append(f"discarded by {safe(item.discarded.by)}{why}")
    tokens = item.usage.input_tokens + item.usage.output_tokens
    if tokens:
        parts.append(f"{amount(tokens)} tokens")
    if item.usage.usd is not None:
        parts.append(f"${item.usage.usd:,.2f}")
    return " · ".join(parts)


def _failure(item: ItemState) -> list[Line]:
    failure = item.failure
    if failure is None:
        return []
    where = f" in step {safe(failure.step)}" if failure.step else ""
    exit_code = f", exit code {failure.exit_code}" if failure.exit_code is not None else ""
    code = f"  {failure.code}" if failure.code else ""
    lines: list[Line] = [
        ((safe(failure.message), "error"),),
        ((f"{safe(failure.kind)}{where}{exit_code}{code}", "muted"),),
    ]
    tail = failure_tail(item)
    if tail:
        lines += [BLANK, *((("│ ", "muted"), (safe(text), "text")) for text in tail)]
    return lines


def _attempt(item: ItemState, record: AttemptRecord, zone: tzinfo | None) -> list[Line]:
    took = span((record.ended_at - record.started_at).total_seconds())
    failure = record.failure
    code = failure.exit_code if failure is not None else None
    ended = f"exit {code}" if code is not None else safe(record.outcome)
    head: Line = (
        (f"try {record.attempt}", "strong"),
        (f"  {clock(record.started_at, zone)}  {took:>5}  ", "muted"),
        (ended, "success" if record.outcome == "success" else "error"),
        (f"  {safe(failure.step, 60)}" if failure is not None and failure.step else "", "muted"),
    )
    lines = [head]
    if failure is not None and failure != item.failure:
        lines.append((("       ", "text"), (safe(failure.message), "text")))
    if record.leftover:
        lines.append((("       patch of what was not committed: ", "muted"), (safe(record.leftover), "text")))
    return lines


def _leavings(item: ItemState) -> list[Line]:
    named = (
        ("id", item.item.id if item.item.label not in ("", item.item.id) else ""),
        ("branch", item.branch),
        ("worktree", item.worktree),
        ("log", f"items/{item.item.safe_id}/{item.attempt}.log" if item.attempt else ""),
    )
    lines: list[Line] = [((f"{name:9}", "muted"), (safe(value), "text")) for name, value in named if value]
    if item.files:
        lines.append((("changed  ", "muted"), (plural(len(item.files), "file"), "text")))
        lines += [(("         ", "text"), (safe(path), "text")) for path in item.files[:10]]
    return lines


def item_data(item: ItemState) -> list[Line]:
    """Returns what an item is, below a blank line."""
    data = item.item.data
    if not isinstance(data, dict) or not data:
        return []
    pairs = [(safe(str(key), 40), safe(str(value), 400)) for key, value in list(data.items())[:20]]
    return [BLANK, (("item", "strong"),), *(((f"{key}: ", "muted"), (value, "text")) for key, value in pairs)]

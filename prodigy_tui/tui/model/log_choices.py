"""What a log can be opened of: steps of the one on show, attempts at its item, phases, other agents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.log_picture import LogPicture
from prodigy_tui.tui.model.log_source import moment_of
from prodigy_tui.tui.model.log_subject import Subject, at_work
from prodigy_tui.tui.model.looks import ITEM_LOOKS
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.text import agent_name, clock, safe

_STEPS = 200
"""Steps of one log that are listed."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A log, or a place in the present one."""

    row: Row | None = None
    attempt: int = 0
    line: int | None = None
    stream: str = ""
    """What belongs to no row: what was printed in the midst of merges."""


def choices(subject: Subject, picture: LogPicture, state: RunState, *, is_there: Callable[[str], bool]) -> list[Choice]:
    """Returns what can be opened, nearest first; `is_there` tells of a phase without state whether it has a log."""
    found: list[Choice] = []
    if picture.reading is not None:
        found += [Choice(line=number) for number, _ in picture.reading.commands()[:_STEPS]]
    row = subject.row
    item = state.items.get(row.id) if row is not None and row.kind == "item" else None
    if item is not None and item.attempt > 1:
        found += [Choice(row, attempt) for attempt in range(item.attempt, 0, -1)]
    busy = at_work(state)
    found += [Choice(Row("item", item_id)) for item_id in busy]
    found += [Choice(Row("phase", phase)) for phase in state.phases if phase != "merge"]
    found += [Choice(stream=name) for name in ("phases/verify", "phases/resolve") if is_there(name)]
    working = frozenset(busy)
    found += [
        Choice(Row("item", item_id))
        for item_id in state.order
        if item_id not in working and state.items[item_id].attempt
    ]
    return found


def matching(found: Sequence[Choice], words: str, line_of: Callable[[Choice], str]) -> list[Choice]:
    """Returns the choices whose lines hold all words; first those that hold them as they were typed."""
    wanted, phrase = words.casefold().split(), words.casefold().strip()
    lines = [(choice, line_of(choice).casefold()) for choice in found]
    hits = [(phrase not in line, choice) for choice, line in lines if all(word in line for word in wanted)]
    return [choice for _, choice in sorted(hits, key=lambda hit: hit[0])]


def choice_line(choice: Choice, picture: LogPicture, state: RunState, zone: tzinfo | None) -> Line:
    """Returns what the list says of a choice."""
    if choice.line is not None:
        moment = picture.moment(choice.line)
        at = clock(moment_of(moment // 1_000_000 * 1_000_000), zone) if moment else ""
        return (("step     ", "muted"), (f"{at:<9}", "muted"), (picture.text(choice.line), "primary"))
    row = choice.row
    item = state.items.get(row.id) if row is not None and row.kind == "item" else None
    if item is None:
        name = row.id if row is not None else choice.stream.rpartition("/")[2]
        return (("phase    ", "muted"), (safe(name), "text"))
    name = f"{agent_name(item.position)} {item_name(item)}"
    if choice.attempt:
        failures = {record.attempt: record.failure for record in item.history}
        failure = failures.get(choice.attempt) or (item.failure if choice.attempt == item.attempt else None)
        why = f"  {safe(failure.message)}" if failure is not None else ""
        return (("attempt  ", "muted"), (f"{name} · try {choice.attempt}", "text"), (why, "error"))
    look = ITEM_LOOKS[item.status]
    return (("agent    ", "muted"), (f"{look.glyph} ", look.role), (name, "text"), (f"  {look.word}", "muted"))

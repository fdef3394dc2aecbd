"""The line of an event, its time in front."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from prodigy_tui.cli.lines.items import item_line, pace_line, phase_line
from prodigy_tui.cli.lines.line import Line, line
from prodigy_tui.cli.lines.merges import merge_line
from prodigy_tui.cli.lines.runs import run_line
from prodigy_tui.cli.lines.steps import step_line
from prodigy_tui.cli.output import Painted
from prodigy_tui.events.schema import (
    CommitsSquashed,
    Envelope,
    KnownEvent,
    LeftoversCommitted,
    RunTidied,
    Unknown,
    WorktreeCreated,
    WorktreeLeft,
    WorktreeRemoved,
)


def line_of(envelope: Envelope, name: Callable[[str], str] = str) -> Line:
    """Returns the line of one event, its time in front; `name` says what people call the item of an id."""
    event = envelope.event
    item_id: str | None = getattr(event, "item_id", None)
    who = name(item_id) if item_id is not None else ""
    if isinstance(event, Unknown):
        said = Line(level=2, parts=(f"{event.type} (an event of a newer program)",))
    else:
        said = (
            run_line(event, who)
            or phase_line(event)
            or item_line(event, who)
            or step_line(event, who)
            or merge_line(event, who)
            or pace_line(event, name)
            or _other(event)
        )
    clock = _clock(envelope.at.replace(microsecond=0))
    return Line(level=said.level, parts=(Painted(clock, dim=True), *said.parts))


@lru_cache(maxsize=1)
def _clock(second: datetime) -> str:
    """Returns what clocks here say. Many events fall into one second, and it is half of what a line costs."""
    return f"{second.astimezone():%H:%M:%S}  "


def _other(event: KnownEvent) -> Line:
    match event:
        case WorktreeCreated():
            return line(f"worktree {event.name} at {event.path}", level=2)
        case WorktreeLeft():
            return line(Painted("warning", "yellow"), f": worktree {event.path} could not be removed: {event.message}")
        case WorktreeRemoved():
            return line(f"worktree {event.path} removed", level=2)
        case RunTidied():
            return line("what the run has left behind is removed", level=2)
        case CommitsSquashed():
            return line(f"{event.phase}: commits made into one each", level=1)
        case LeftoversCommitted():
            return line(f"uncommitted changes of the run committed at {event.commit[:9]}", level=1)
        case _:
            return line(type(event).__name__, level=2)

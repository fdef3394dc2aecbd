"""Places in a run's history as a person types them: `SEQ`, `+DURATION` after the start, or a time of day.

Also what the interface copies, `run ID @TIME`, and its `@TIME`: the first such time from the start of the run on.
"""

import re
from datetime import datetime, timedelta

from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.tui.model.jump import is_place, parse_jump, shared_place
from prodigy_tui.workflow.literals import parse_duration


class NoSuchMoment(ProdigyError):
    """What was typed names no place in the run."""


def parse_moment(text: str, timeline: Timeline) -> int:
    """Returns the cursor that `text` names, within the run.

    Raises:
        NoSuchMoment: it has none of the forms.
    """
    if not timeline.last_seq:
        return 0
    if text.isascii() and text.isdigit():
        return min(int(text), timeline.total)
    if is_place(text):
        return _as_shared(text, timeline)
    start = timeline.events[0].at
    at = _after_start(text, start) if text.startswith("+") else _time(text, start)
    if at is None:
        raise NoSuchMoment(f"{text!r} is no place in a run", hint="write an event's number, +1m30s, 12:04:05 or a date")
    return timeline.seq_at(at)


def _as_shared(text: str, timeline: Timeline) -> int:
    name, place = shared_place(text) or ("", text)
    run_id = timeline.state_at(1).run_id
    if not run_id.startswith(name):
        raise NoSuchMoment(f"that is a place in run {name!r}, and this is {run_id!r}", hint=f"replay {name} instead")
    start = timeline.events[0].at
    at = parse_jump(place, start, start, None)
    if isinstance(at, int):
        return min(at, timeline.total)
    if isinstance(at, datetime):
        return timeline.seq_at(at)
    raise NoSuchMoment(f"{text!r} is no place that can be gone to at once", hint="write @12:04:05, @+1m30s or @#611")


def _after_start(text: str, start: datetime) -> datetime | None:
    try:
        seconds = parse_duration(text[1:])
    except ValueError:
        return None
    return start + timedelta(seconds=seconds) if seconds is not None else None


def _time(text: str, start: datetime) -> datetime | None:
    """A time without date is that of the day on which the run began; without zone it is local."""
    if re.match(r"\d{1,2}:\d\d", text):
        text = f"{start.astimezone():%Y-%m-%d} {text if text[1] != ':' else f'0{text}'}"
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        return None

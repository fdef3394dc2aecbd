"""Places in time as people type them.

`@#611`, `@12:31`, `@12:31:37.204`, `@2026-03-14T12:31`, `@+5m`, `@-30s`; `@a044 failed` and `@merge` for the next
moment at which that is so; `run ID @12:31` for a place in one run, as copying gives it.
"""

import re
from datetime import datetime, timedelta, tzinfo
from typing import Final, TypeAlias

from msgspec import Struct

from prodigy_tui.events.item_state import ItemStatus
from prodigy_tui.events.marks import MarkKind

_SEQ = r"#(\d+)"
_TIME = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?"
_SHIFT = r"([+-])((?:\d+[smhd]?)+)"
_PART = r"(\d+)([smhd]?)"
_SHARED = r"(?i)run\s+(\S+)\s+@\s*(.+)"
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}

STATES: Final[dict[str, frozenset[ItemStatus]]] = {
    "queued": frozenset({"pending"}),
    "pending": frozenset({"pending"}),
    "running": frozenset({"running"}),
    "started": frozenset({"running"}),
    "waiting": frozenset({"waiting"}),
    "merging": frozenset({"merging"}),
    "failed": frozenset({"failed", "retrying", "dead"}),
    "retrying": frozenset({"retrying"}),
    "suspect": frozenset({"suspect"}),
    "done": frozenset({"success"}),
    "merged": frozenset({"success"}),
    "success": frozenset({"success"}),
    "dead": frozenset({"dead"}),
    "dead-lettered": frozenset({"dead"}),
    "skipped": frozenset({"skipped"}),
    "cancelled": frozenset({"cancelled"}),
}
"""Words for the state of an item."""
MARKS: Final[dict[str, tuple[MarkKind, ...]]] = {
    "failure": ("failure", "dead_letter"),
    "failed": ("failure", "dead_letter"),
    "problem": ("failure", "dead_letter"),
    "merge": ("merge",),
    "merged": ("merge",),
    "question": ("question",),
    "phase": ("phase",),
    "dead": ("dead_letter",),
    "dead-letter": ("dead_letter",),
}
"""Words for the marks of the run."""

HINT: Final = "a place in time is @#611, @12:31, @12:31:37, @+5m, @-30s, @a044 failed or @merge"


class Sought(Struct, frozen=True):
    """The next moment at which something is so: of one item, a state; of the run, a mark or a bookmark."""

    what: str
    item: str = ""


Jump: TypeAlias = int | datetime | Sought
"""Where to go: an event's `seq`, an instant, or what must be looked for."""


def shared_place(text: str) -> tuple[str, str] | None:
    """Returns run and place of what copying a position gives; `None` when it is none."""
    found = re.fullmatch(_SHARED, text.strip())
    return (found[1], found[2]) if found else None


def is_place(text: str) -> bool:
    """Whether a text is meant to be a place in time."""
    return text.lstrip().startswith("@") or shared_place(text) is not None


def parse_jump(text: str, now: datetime, start: datetime, zone: tzinfo | None) -> Jump | str:
    """Returns where to go, or what is wrong with the text.

    A time of day means the first such time from the start of the run on.
    """
    place = text.strip().removeprefix("@").strip()
    if found := re.fullmatch(_SEQ, place):
        return int(found[1]) if len(found[1]) < 16 else "a run has fewer events than that"
    if found := re.fullmatch(_SHIFT, place):
        return _shifted(now, found[1], found[2])
    if re.fullmatch(_TIME, place):
        return _time_of_day(place, start.astimezone(zone))
    if re.match(r"\d{4}-\d\d-\d\d", place):
        return _date(place, zone)
    return _sought(place)


def _shifted(now: datetime, sign: str, parts: str) -> datetime | str:
    seconds = sum(int(number) * _UNITS[unit] for number, unit in re.findall(_PART, parts))
    try:
        return now + timedelta(seconds=seconds if sign == "+" else -seconds)
    except OverflowError:
        return f"{sign}{parts} is out of all time"


def _time_of_day(text: str, start: datetime) -> datetime | str:
    found = re.fullmatch(_TIME, text)
    assert found is not None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return f"{text} is not a time of day"
    moment = start.replace(hour=hour, minute=minute, second=second, microsecond=int((found[4] or "").ljust(6, "0")))
    # As much as is not said still belongs to the run's beginning: the second, or with a fraction its last digit.
    unit = timedelta(microseconds=10 ** (6 - len(found[4]))) if found[4] else timedelta(seconds=1)
    return moment if moment + unit > start else moment + timedelta(days=1)


def _date(text: str, zone: tzinfo | None) -> datetime | str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return f"{text} is no date and time"
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone).astimezone(zone)


def _sought(place: str) -> Sought | str:
    words = place.split()
    match words:
        case []:
            return HINT
        case [what]:
            known = what.casefold() in MARKS or what.casefold() == "bookmark"
            return Sought(what=what.casefold()) if known else HINT
        case ["bookmark", *name]:
            return Sought(what="bookmark", item=" ".join(name))
        case ["phase", *name]:
            return Sought(what="phase", item=" ".join(name))
        case [*item, what] if what.casefold() in STATES:
            return Sought(what=what.casefold(), item=" ".join(item))
        case [*_, what]:
            return f"{what!r} is no state of an item: {', '.join(STATES)}"
    return HINT


def position_text(run_id: str, now: datetime, start: datetime, zone: tzinfo | None) -> str:
    """Returns a place in a run for others, which `shared_place` and `parse_jump` read again."""
    local = now.astimezone(zone)
    fraction = f"{local.microsecond:06d}"
    digits = fraction[:3] if fraction.endswith("000") else fraction
    time = f"{local:%H:%M:%S}.{digits}"
    if parse_jump(f"@{time}", now, start, zone) != now:
        time = f"{local:%Y-%m-%dT%H:%M:%S}.{digits}{local:%z}"
    return f"run {run_id} @{time}"

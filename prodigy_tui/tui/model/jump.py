"""Places in time as people type them: `@#611`, `@12:31`, `@12:31:37`, `@+5m`, `@-30s`."""

import re
from datetime import datetime, timedelta, tzinfo

_SEQ = re.compile(r"#(\d+)")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_SHIFT = re.compile(r"([+-])(\d+)([smh]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def parse_jump(text: str, now: datetime, start: datetime, zone: tzinfo | None) -> int | datetime | str:
    """Returns where to go: an event's `seq`, an instant, or what is wrong with the text.

    A time of day means the first such time from the start of the run on.
    """
    place = text.strip().removeprefix("@").strip()
    if found := _SEQ.fullmatch(place):
        return int(found[1])
    if found := _SHIFT.fullmatch(place):
        seconds = int(found[2]) * _UNITS[found[3]]
        return now + timedelta(seconds=seconds if found[1] == "+" else -seconds)
    if found := _TIME.fullmatch(place):
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        if hour > 23 or minute > 59 or second > 59:
            return f"{place} is not a time of day"
        local = start.astimezone(zone)
        moment = local.replace(hour=hour, minute=minute, second=second, microsecond=0)
        # The second in which the run began still belongs to it.
        return moment if moment + timedelta(seconds=1) > local else moment + timedelta(days=1)
    return "a place in time is @#611, @12:31, @12:31:37, @+5m or @-30s"

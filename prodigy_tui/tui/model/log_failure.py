"""Where in the log of a failed attempt the cause stands."""

from typing import Final

from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.log_picture import LogPicture
from prodigy_tui.tui.model.log_spans import ERROR

_LOOKED_AT: Final = 400
"""Lines before the end among which the cause is looked for."""


def has_failed(state: RunState, item_id: str, attempt: int) -> bool:
    """Whether an attempt at an item has failed; 0 means the last."""
    item = state.items.get(item_id)
    if item is None:
        return False
    wanted = attempt or item.attempt
    failures = [record.failure for record in item.history if record.attempt == wanted]
    if wanted == item.attempt and item.status in ("failed", "retrying", "dead"):
        failures.append(item.failure)
    # A conflict is no fault of the attempt: its log says nothing of it.
    return any(failure is not None and failure.kind != "merge" for failure in failures)


def failing_line(picture: LogPicture) -> int | None:
    """Returns the line that says first what went wrong in the last thing that was run; `None` for an empty log."""
    source, reading = picture.source, picture.reading
    if source.count <= source.first:
        return None
    first = max(source.first, source.count - _LOOKED_AT)
    if reading is not None:
        begun = [number for number, _ in reading.commands() if number >= first]
        first = begun[-1] + 1 if begun else first
    said = [(number, picture.text(number)) for number in range(first, source.count)]
    printed = [
        (number, text)
        for number, text in said
        if text.strip() and (reading is None or reading.kind_of(number, text) != "fail")
    ]
    for number, text in printed:
        if ERROR.match(text[:400]) is not None:
            return number
    return printed[-1][0] if printed else source.count - 1

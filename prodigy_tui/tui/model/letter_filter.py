"""Filters of the dead letter queue."""

from collections.abc import Callable
from datetime import datetime

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.tui.model.filter_parsing import parse_filter
from prodigy_tui.tui.model.filtering import Expressions, Filter, FilterWrong, Grammar
from prodigy_tui.tui.model.letter_subject import LETTER_FIELDS, LetterSubject
from prodigy_tui.tui.model.run import RunModel


def letter_filter(text: str, model: RunModel, expressions: Expressions | None) -> Filter:
    """Returns the filter that was typed.

    Raises:
        FilterWrong: it cannot be understood.
    """
    if not text.strip():
        return Filter()
    known = model.grammar(expressions)
    return parse_filter(text, Grammar(fields=LETTER_FIELDS, more=known.more, expressions=expressions))


def narrow(wanted: Filter, model: RunModel, now: Callable[[], datetime]) -> None:
    """Keeps only the letters that a filter admits, from now on.

    Raises:
        FilterWrong: a pattern of it takes too long; then nothing has changed.
    """
    if not wanted:
        model.patterns.narrow(None)
        return
    glance = model.glance(now())
    judged: dict[str, tuple[ItemState, bool]] = {}
    for item_id in model.state.dead_letters:
        item = model.state.items[item_id]
        judged[item_id] = item, wanted.admits(LetterSubject(item, glance))  # refused before anything has changed

    def admits(item: ItemState) -> bool:
        known = judged.pop(item.item.id, None)
        if known is not None and known[0] is item:
            return known[1]
        try:
            return wanted.admits(LetterSubject(item, model.glance(now())))
        except FilterWrong:
            return False

    model.patterns.narrow(admits)

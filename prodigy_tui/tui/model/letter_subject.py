"""A dead letter as what a filter looks at: an item, and how it failed."""

from typing import Final

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.tui.model.filtering import FieldKind
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.item_subject import ITEM_FIELDS, ItemSubject

LETTER_FIELDS: Final[dict[str, FieldKind]] = {
    **ITEM_FIELDS,
    "exit": "number",
    "code": "word",
    "eligible": "word",
    "tail": "text",
}
"""What can be asked of a dead letter besides its item's own data."""


class LetterSubject(ItemSubject):
    """One dead letter at a moment."""

    __slots__ = ()

    def __init__(self, item: ItemState, glance: Glance) -> None:
        super().__init__(item, glance)

    def value(self, name: str) -> object:
        failure = self._item.failure
        match name:
            case "exit":
                return failure.exit_code if failure is not None else None
            case "code":
                return failure.code if failure is not None else None
            case "tail":
                return failure.tail if failure is not None else None
            case "step":
                return failure.step if failure is not None and failure.step else self._item.step
            case "eligible":
                return "yes" if self._item.eligible else "no"
            case _:
                return super().value(name)

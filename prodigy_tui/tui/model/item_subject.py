"""A work item as what a filter looks at."""

from collections.abc import Mapping
from typing import Final

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.tui.model.filtering import FieldKind
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.looks import ITEM_LOOKS
from prodigy_tui.tui.model.text import agent_name

ITEM_FIELDS: Final[dict[str, FieldKind]] = {
    "state": "word",
    "agent": "word",
    "item": "text",
    "id": "text",
    "step": "text",
    "why": "text",
    "error": "text",
    "kind": "word",
    "file": "text",
    "branch": "text",
    "output": "text",
    "age": "time",
    "took": "time",
    "quiet": "time",
    "tries": "number",
    "failures": "number",
    "tokens": "number",
    "cost": "number",
    "commits": "number",
    "files": "number",
    "score": "number",
    "position": "number",
}
"""What can be asked of an item besides its own data."""


class ItemSubject:
    """One item at a moment."""

    __slots__ = ("_glance", "_item")

    def __init__(self, item: ItemState, glance: Glance) -> None:
        self._item = item
        self._glance = glance

    @property
    def text(self) -> str:
        item = self._item
        failure = item.failure.message if item.failure is not None else ""
        words = " ".join(self._words)
        known = (item.item.id, item.item.label, agent_name(item.position), words, item.step, item.waiting, failure)
        return "\n".join(known)

    @property
    def name(self) -> str:
        return self._item.item.label or self._item.item.id

    def value(self, name: str) -> object:
        if name not in ITEM_FIELDS:
            data = self._item.item.data
            return data.get(name.removeprefix("data.")) if isinstance(data, dict) else None
        return self._known(name)

    def document(self) -> Mapping[str, object]:
        """Returns the item's own fields as in a workflow's `filter`, and under `agent` what is known of its run."""
        data = self._item.item.data
        own = data if isinstance(data, dict) else {"item": data}
        known = {name: self._known(name) for name in ITEM_FIELDS if name not in ("state", "agent")}
        return {**own, "agent": {**known, "state": self._item.status, "name": agent_name(self._item.position)}}

    @property
    def _words(self) -> tuple[str, ...]:
        item = self._item
        look = ITEM_LOOKS[item.status]
        silent = ("stalled", "silent", "Z") if self._glance.is_stalled(item) else ()
        return (item.status, look.word, look.letter, *silent)

    def _known(self, name: str) -> object:
        item = self._item
        match name:
            case "state":
                return self._words
            case "agent":
                return agent_name(item.position)
            case "item":
                return (item.item.label, item.item.id)
            case "id":
                return item.item.id
            case "step":
                return item.step
            case "why":
                return item.waiting
            case "error":
                return item.failure.message if item.failure is not None else None
            case "kind":
                return item.failure.kind if item.failure is not None else None
            case "file":
                return item.files
            case "branch":
                return item.branch
            case "output":
                return item.output
            case _:
                return self._number(name)

    def _number(self, name: str) -> float | None:
        item, glance = self._item, self._glance
        match name:
            case "age":
                return glance.age_s(item)
            case "took":
                return glance.took_s(item)
            case "quiet":
                return glance.silence_s(item) if item.status == "running" else None
            case "tries":
                return item.attempt
            case "failures":
                return item.failures
            case "tokens":
                return item.usage.input_tokens + item.usage.output_tokens
            case "cost":
                return item.usage.usd
            case "commits":
                return item.commits
            case "files":
                return len(item.files)
            case "score":
                return item.score
            case _:
                return item.position

"""Items as people name them: their labels going out; ids, positions and labels coming in."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.schema import ItemsLoaded, KnownEvent, Unknown
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Item

_POSITION = re.compile(r"a(\d{1,9})")
_SUGGESTED = 3
_MOST_FILES = 1000
"""Of a folder that are looked at for a name that was meant."""


class NotTaken(ProdigyError):
    """The run does not do what was asked."""


class Names:
    """What the items of a run are called: by label, by id where the label is missing or shared with another item."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._labels = {item.id: item.label for item in items}
        self._bearers = Counter(self._labels.values())

    @classmethod
    def of(cls, state: RunState) -> "Names":
        """Returns the names of the items that a run has now."""
        return cls(state.items[item_id].item for item_id in state.order)

    def learn(self, event: KnownEvent | Unknown) -> None:
        """Takes in the items that `event` brings, if it brings any."""
        if isinstance(event, ItemsLoaded):
            self._labels |= {item.id: item.label for item in event.items}
            self._bearers = Counter(self._labels.values())

    def __call__(self, item_id: str) -> str:
        label = self._labels.get(item_id, "")
        return label if label and self._bearers[label] == 1 else item_id


def find_item(state: RunState, typed: str) -> str:
    """Returns the id of the item that `typed` names: its id, `a<position>` (counted from 0), or a label of one item.

    Raises:
        NotTaken: the run has no such item, or several.
    """
    if typed in state.items:
        return typed
    match = _POSITION.fullmatch(typed)
    if match is not None and int(match[1]) < len(state.order):
        return state.order[int(match[1])]
    labelled = [item_id for item_id in state.order if typed and state.items[item_id].item.label == typed]
    if len(labelled) > 1:
        raise NotTaken(f"{len(labelled)} items of run {state.run_id!r} are called {typed!r}", hint=_one_of(labelled))
    if not labelled:
        names = Names.of(state)
        hint = meant(typed, [names(item_id) for item_id in state.order]) or "it has no items"
        raise NotTaken(f"run {state.run_id!r} has no item {typed!r}", hint=hint)
    return labelled[0]


def _one_of(item_ids: list[str]) -> str:
    more = ", …" if len(item_ids) > _SUGGESTED else ""
    return f"say which by its id: {', '.join(map(repr, item_ids[:_SUGGESTED]))}{more}"


def file_meant(word: str, suffixes: Sequence[str] = (".yml", ".yaml", ".json")) -> str:
    """Returns the workflow file beside what `word` would be that may have been meant; empty where none is like it."""
    from prodigy_tui.workflow.suggest import near_misses

    path = Path(word)
    try:
        names = sorted(entry.name for entry in islice(path.parent.iterdir(), _MOST_FILES) if entry.suffix in suffixes)
    except (OSError, ValueError):  # no such folder, or nothing that can be the name of one
        return ""
    found = [name for name in names if Path(name).stem == path.name] or near_misses(path.name, names)
    return str(path.with_name(found[0])) if found else ""


def nearest(word: str, known: Iterable[str], limit: int = _SUGGESTED) -> list[str]:
    """Returns the words of `known` that are most like `word`, the best first."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    found = process.extract(word, list(known), scorer=DamerauLevenshtein.distance, limit=limit)
    return [name for name, _, _ in found]


def meant(word: str, known: Iterable[str]) -> str:
    """Returns the hint that names what `word` may have meant; empty when there is nothing to choose from."""
    names = nearest(word, known)
    if not names:
        return ""
    return f"the nearest {'is' if len(names) == 1 else 'are'} {', '.join(map(repr, names))}"

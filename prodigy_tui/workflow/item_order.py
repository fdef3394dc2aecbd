"""`sort_by` and `distinct` of a map (language 13.5)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from prodigy_tui.workflow.freeze import freeze, sort_rank
from prodigy_tui.workflow.item_errors import ItemsError
from prodigy_tui.workflow.item_paths import value_getter
from prodigy_tui.workflow.model import SortKey
from prodigy_tui.workflow.paths import ParsedPath, parse_path, whole_path

ItemsAt: TypeAlias = Sequence[Any] | Mapping[int, Any]
"""Items by their position in the input, all of them or some."""

_NULL = type(None)
_PLAIN = frozenset({str, int, float, _NULL})
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"\s+([A-Za-z]+)(?![A-Za-z0-9_.\[-])")
_DIRECTIONS = {"ASC": False, "ASCENDING": False, "DESC": True, "DESCENDING": True}


def parse_sort_by(value: str | Sequence[str]) -> tuple[SortKey, ...]:
    """Returns the keys of `sort_by`, a text or a list of keys.

    Raises:
        ItemsError: PT406.
    """
    texts = [value] if isinstance(value, str) else list(value)
    return tuple(key for text in texts for key in _parse_keys(text))


def parse_item_path(text: str) -> ParsedPath:
    """Returns a path into an item, for `distinct` and `id_field`.

    Raises:
        ItemsError: PT406.
    """
    path = whole_path(text.strip())
    if path is None or path.root.isdigit():
        raise ItemsError("PT406", f"'{text}' is not a path of an item")
    return path


def sort_positions(items: ItemsAt, positions: Sequence[int], keys: Sequence[SortKey]) -> list[int]:
    """Returns `positions` in the order of their items; one stable pass for each key, the last key first."""
    order = list(positions)
    for key in reversed(keys):
        get = value_getter(parse_item_path(key.path))
        values: dict[int, Any] = dict(zip(order, map(get, map(items.__getitem__, order)), strict=True))
        kinds = set(map(type, values.values()))
        present, missing = order, []
        if _NULL in kinds:
            kinds.discard(_NULL)
            present = [position for position in order if values[position] is not None]
            missing = [position for position in order if values[position] is None]
        if not (kinds <= {int, float} or kinds == {str}):
            values = {position: sort_rank(values[position]) for position in present}
        present.sort(key=values.__getitem__, reverse=key.descending)
        order = missing + present if key.nulls_first else present + missing
    return order


def distinct_positions(items: ItemsAt, positions: Sequence[int], paths: Sequence[str]) -> list[int]:
    """Returns the first position of each combination of values at `paths`; missing counts as null."""
    getters = [value_getter(parse_item_path(path)) for path in paths]
    seen: dict[Any, int] = {}
    for position in positions:
        item = items[position]
        seen.setdefault(tuple([_key(get(item)) for get in getters]), position)
    return list(seen.values())


def _key(value: Any) -> Any:
    # Texts and numbers are their own keys; most values are.
    return value if type(value) in _PLAIN else freeze(value)


def _parse_keys(text: str) -> list[SortKey]:
    keys = []
    position = 0
    while True:
        key, position = _parse_key(text, position)
        keys.append(key)
        if position == len(text):
            return keys
        if text[position] != ",":
            raise ItemsError(
                "PT406", f"unexpected '{text[position:].strip()}' behind the sort key '{key.path}'; write ASC or DESC"
            )
        position += 1


def _parse_key(text: str, start: int) -> tuple[SortKey, int]:
    position = _skip_space(text, start)
    has_minus = text.startswith("-", position)
    found = parse_path(text, position + 1 if has_minus else position)
    if found is None or found[0].root.isdigit():
        raise ItemsError("PT406", f"a sort key is missing in '{text}'" if text.strip() else "'sort_by' is empty")
    path, position = found
    words: list[str] = []
    while (word := _WORD.match(text, position)) and (_fits(words, word[1].upper())):
        words.append(word[1].upper())
        position = word.end()
    if words and words[-1] == "NULLS":
        raise ItemsError("PT406", f"'NULLS' needs 'FIRST' or 'LAST' in the sort key '{path}'")
    directions = [word for word in words if word in _DIRECTIONS]
    if has_minus and directions:
        raise ItemsError("PT406", f"the sort key '-{path} {directions[0]}' has two directions")
    descending = has_minus or any(_DIRECTIONS[word] for word in directions)
    return SortKey(path=str(path), descending=descending, nulls_first="FIRST" in words), _skip_space(text, position)


def _fits(words: list[str], word: str) -> bool:
    if word in _DIRECTIONS:
        return not words
    if word == "NULLS":
        return "NULLS" not in words
    return word in ("FIRST", "LAST") and bool(words) and words[-1] == "NULLS"


def _skip_space(text: str, start: int) -> int:
    found = _SPACE.match(text, start)
    return found.end() if found else start

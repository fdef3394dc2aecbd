"""What work items are called (language 13.4): stable ids, and the safe ids for branches, folders and files."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from prodigy_tui.ids import plain_safe_id, short_hash
from prodigy_tui.workflow.item_errors import ItemsError
from prodigy_tui.workflow.item_order import parse_item_path
from prodigy_tui.workflow.item_paths import value_getter
from prodigy_tui.workflow.rendering import canonical_json, is_scalar, render_data

_HASH_DIGITS = 12


def item_ids(items: Sequence[Any], id_field: str | None = None) -> list[str]:
    """Returns the id of each item, all different; `items` in the order of the input.

    Raises:
        ItemsError: PT505, `id_field` is missing in an item or the same in two.
    """
    if id_field is not None:
        return _ids_at(items, id_field)
    given = [_own_id(item) for item in items]
    times = Counter(name for name in given if name is not None)
    ids = []
    for item, name in zip(items, given, strict=True):
        if name is None:
            ids.append(hashlib.sha256(canonical_json(item).encode()).hexdigest()[:_HASH_DIGITS])
        elif times[name] > 1:
            ids.append(f"{name}-{short_hash(canonical_json(item))}")
        else:
            ids.append(name)
    return _numbered(ids)


def safe_ids(ids: Iterable[str]) -> dict[str, str]:
    """Returns the safe id of every id; equal ones, without regard to case, get their hash too."""
    plain = {text: plain_safe_id(text) for text in ids}
    times = Counter(name.casefold() for name in plain.values())
    return {
        text: name if name == text and times[name.casefold()] == 1 else f"{name}-{short_hash(text)}"
        for text, name in plain.items()
    }


def _ids_at(items: Sequence[Any], id_field: str) -> list[str]:
    get = value_getter(parse_item_path(id_field))
    positions: dict[str, int] = {}
    for position, item in enumerate(items, start=1):
        value = get(item)
        if value is None or not is_scalar(value) or value == "":
            raise ItemsError("PT505", f"item {position} has no scalar at id_field '{id_field}'")
        name = render_data(value)
        if name in positions:
            message = f"id_field '{id_field}' is '{name}' in the items {positions[name]} and {position}"
            raise ItemsError("PT505", message)
        positions[name] = position
    return list(positions)


def _own_id(item: Any) -> str | None:
    value = item.get("id") if isinstance(item, dict) else None
    return None if value is None or not is_scalar(value) or value == "" else render_data(value)


def _numbered(ids: list[str]) -> list[str]:
    """Adds `-2`, `-3`… to the ids of equal items."""
    taken = set(ids)
    seen: Counter[str] = Counter()
    numbered = []
    for name in ids:
        seen[name] += 1
        unique = name
        while seen[name] > 1 and (unique := f"{name}-{seen[name]}") in taken:
            seen[name] += 1
        taken.add(unique)
        numbered.append(unique)
    return numbered

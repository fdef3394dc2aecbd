"""What work items are called (language 13.4): stable ids, and the safe ids for branches, folders and files."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from prodigy_tui.ids import plain_safe_id, short_hash
from prodigy_tui.workflow.item_errors import ItemsError
from prodigy_tui.workflow.item_order import parse_item_path
from prodigy_tui.workflow.item_paths import value_getter
from prodigy_tui.workflow.rendering import is_scalar, render_data

_HASH_DIGITS = 12
_SHORT_HASH_DIGITS = 8
_LONGER_HASHES = (8, 16, 64)
"""Digits that are tried in turn until the safe ids of all items differ."""
_canonical = msgspec.json.Encoder(order="sorted").encode
_IS_SAFE = re.compile(r"[A-Za-z0-9_]{1,40}+")
"""Most ids need no work."""
_SHOWN_ITEMS = 5
_SHOWN_ID = 60


def item_ids(items: Sequence[Any], id_field: str | None = None, *, numbers: Sequence[int] | None = None) -> list[str]:
    """Returns the id of each item, all different.

    Args:
        items: In the order of the input.
        id_field: The path of the field whose values are the ids.
        numbers: What messages call the items; from 1 if not given.

    Raises:
        ItemsError: PT505, `id_field` is missing in an item or the same in two.
    """
    if id_field is not None:
        return _ids_at(items, id_field, range(1, len(items) + 1) if numbers is None else numbers)
    given = [_own_id(item) for item in items]
    times = Counter(name for name in given if name is not None)
    ids = []
    for item, name in zip(items, given, strict=True):
        if name is None:
            ids.append(hashlib.sha256(_canonical(item)).hexdigest()[:_HASH_DIGITS])
        elif times[name] > 1:
            ids.append(f"{name}-{hashlib.sha256(_canonical(item)).hexdigest()[:_SHORT_HASH_DIGITS]}")
        else:
            ids.append(name)
    return _numbered(ids)


def safe_ids(ids: Iterable[str]) -> dict[str, str]:
    """Returns the safe id of every id, all different without regard to case, whatever the order of `ids`."""
    plain = {text: text if _IS_SAFE.fullmatch(text) else plain_safe_id(text) for text in ids}
    times = Counter(name.lower() for name in plain.values())
    safe = {
        text: name if name == text and times[name.lower()] == 1 else f"{name}-{short_hash(text)}"
        for text, name in plain.items()
    }
    for digits in _LONGER_HASHES:
        if len({name.lower() for name in safe.values()}) == len(safe):
            break
        # Either an id is spelt like another one with its hash, or two hashes begin alike.
        safe |= {text: f"{plain[text]}-{_sha256(text)[:digits]}" for text in _clashes(safe)}
    return safe


def _clashes(safe: Mapping[str, str]) -> list[str]:
    times = Counter(name.lower() for name in safe.values())
    return [text for text, name in safe.items() if times[name.lower()] > 1]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _ids_at(items: Sequence[Any], id_field: str, numbers: Sequence[int]) -> list[str]:
    get = value_getter(parse_item_path(id_field))
    values = [get(item) for item in items]
    missing = [
        number
        for number, value in zip(numbers, values, strict=True)
        if value is None or value == "" or not is_scalar(value)
    ]
    if missing:
        words = "has" if len(missing) == 1 else "have"
        raise ItemsError("PT505", f"{_listed(missing)} of the input {words} no scalar at id_field '{id_field}'")
    names = [render_data(value) for value in values]
    times = Counter(names)
    twice = next((name for name in names if times[name] > 1), None)
    if twice is not None:
        same = [number for number, name in zip(numbers, names, strict=True) if name == twice]
        shown = twice if len(twice) <= _SHOWN_ID else twice[: _SHOWN_ID - 1] + "…"
        raise ItemsError("PT505", f"{_listed(same)} of the input have the same id_field '{id_field}': '{shown}'")
    return names


def _listed(numbers: Sequence[int]) -> str:
    """Returns `item 3`, `items 3 and 7`, `items 1, 2, 3 and 40 more`."""
    if len(numbers) == 1:
        return f"item {numbers[0]}"
    shown = [str(number) for number in numbers[:_SHOWN_ITEMS]]
    rest = len(numbers) - len(shown)
    last = f"{rest:,} more" if rest else shown.pop()
    return f"items {', '.join(shown)} and {last}"


def _own_id(item: Any) -> str | None:
    value = item.get("id") if isinstance(item, dict) else None
    if type(value) is str:  # as nearly all are
        return value or None
    return None if value is None or not is_scalar(value) or value == "" else render_data(value)


def _numbered(ids: list[str]) -> list[str]:
    """Adds `-2`, `-3`… to the ids of equal items."""
    taken = set(ids)
    if len(taken) == len(ids):
        return ids
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

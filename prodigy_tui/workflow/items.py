"""Work items of a map: from the data of its input to named items in order (language 13.3 to 13.5). Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from prodigy_tui.workflow.expr import (
    EvaluationError,
    Expression,
    ExpressionError,
    compile_filter,
    parse_expression,
)
from prodigy_tui.workflow.item_errors import ItemsError, ItemsWarning
from prodigy_tui.workflow.item_ids import item_ids, safe_ids
from prodigy_tui.workflow.item_order import ItemsAt, distinct_positions, parse_item_path, parse_sort_by, sort_positions
from prodigy_tui.workflow.item_paths import presence_getter
from prodigy_tui.workflow.item_reading import InputData, InputMeaning, classify_input, format_for, read_items
from prodigy_tui.workflow.json_data import gc_paused
from prodigy_tui.workflow.json_path import JsonPath, check_json_path, parse_json_path
from prodigy_tui.workflow.model import MapPhase
from prodigy_tui.workflow.paths import ParsedPath, quote_key
from prodigy_tui.workflow.variables import Scope

__all__ = [
    "InputData",
    "InputMeaning",
    "ItemsError",
    "ItemsWarning",
    "JsonPath",
    "Selection",
    "WorkItem",
    "check_json_path",
    "classify_input",
    "format_for",
    "item_ids",
    "parse_item_path",
    "parse_json_path",
    "parse_sort_by",
    "read_items",
    "safe_ids",
    "select",
    "select_streamed",
]

MAX_BEFORE: Final = 1_000_000
MAX_AFTER: Final = 100_000
MAX_ITEM_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 200
"""Levels of one item; what walks an item recurses."""

_SIMPLE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class WorkItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item to be worked on."""

    id: str
    data: Any
    index: int
    """Position among the selected items, from 0."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The items that will be worked on, in order."""

    items: tuple[WorkItem, ...]
    stages: Mapping[str, int]
    """Number of items after each stage, in the order of the stages."""
    warnings: tuple[ItemsWarning, ...] = ()


def select(map_phase: MapPhase, raw: Any, scope: Scope) -> Selection:
    """Returns the items of a map from the data of its input.

    Args:
        map_phase: The settings; late values are already numbers.
        raw: What `read_items` found, or the list of an inline input.
        scope: Variables for `filter`.

    Raises:
        ItemsError: PT401 to PT408, PT503, PT505 or PT506.
    """
    with _bounded():
        items, warnings = _select_raw(map_phase, raw)
        _check_count(len(items))
        positions, notes = _filter(map_phase, items, scope)
        return _ordered(map_phase, items, positions, len(items), warnings + notes)


def select_streamed(map_phase: MapPhase, items: Iterable[Any], scope: Scope) -> Selection:
    """As `select` of a list with these items, of which it holds none that `filter` drops.

    Raises:
        ItemsError: as `select`, but for another reason perhaps where there are several: later items were not looked at.
    """
    with _bounded():
        kept: dict[int, Any] = {}
        count, notes = _sift(map_phase, items, scope, kept)
        return _ordered(map_phase, kept, list(kept), count, notes)


@contextmanager
def _bounded() -> Iterator[None]:
    try:
        with gc_paused():
            yield
    except RecursionError as error:
        raise ItemsError("PT506", f"an item is nested deeper than {MAX_DEPTH} levels") from error


def _check_count(count: int) -> None:
    if count > MAX_BEFORE:
        raise ItemsError("PT506", f"the input has {count:,} items, at most {MAX_BEFORE:,} are possible")


def _ordered(
    map_phase: MapPhase, items: ItemsAt, positions: list[int], count: int, warnings: tuple[ItemsWarning, ...]
) -> Selection:
    """All stages behind the filter."""
    stages = {"json_path": count, "filter": len(positions)}
    if map_phase.distinct:
        positions = distinct_positions(items, positions, map_phase.distinct)
    stages["distinct"] = len(positions)
    positions = sort_positions(items, positions, map_phase.sort_by)
    stages["sort_by"] = len(positions)
    positions = positions[map_phase.offset :]
    stages["offset"] = len(positions)
    positions = positions[: map_phase.max_items]
    stages["max_items"] = len(positions)
    _check_limits(map_phase, items, positions)
    return Selection(items=_named(map_phase, items, positions), stages=stages, warnings=warnings)


def _select_raw(map_phase: MapPhase, raw: Any) -> tuple[list[Any], tuple[ItemsWarning, ...]]:
    """The stage `json_path`: which part of the input are the items. What is old about the path was said at load."""
    path = parse_json_path(map_phase.json_path or "")
    if path is None:
        return (raw, ()) if isinstance(raw, list) else ([raw], _hidden_list(raw))
    found = path.find(raw)
    if not found:
        return [], (ItemsWarning("PT504", f"json_path '{path.text}' selects nothing"),)
    if path.definite and isinstance(found[0], list) and map_phase.spread is not False:
        if map_phase.spread:
            return found[0], ()
        note = f"json_path '{path.text}' selects a list, whose elements are the items; 'spread: false' keeps it whole"
        return found[0], (ItemsWarning("PT903", note),)
    return found, ()


def _hidden_list(raw: Any) -> tuple[ItemsWarning, ...]:
    lists = [key for key, value in raw.items() if isinstance(value, list)] if isinstance(raw, dict) else []
    if len(lists) != 1:
        return ()
    key = lists[0]
    path = f"$.{key}[*]" if _SIMPLE_KEY.fullmatch(key) else f"${quote_key(key)}[*]"
    message = "the input is one object, so it is one item; for the list in it write "
    message += f"json_path: {path}" if key.isprintable() else "a json_path"
    return (ItemsWarning("PT504", message),)


def _filter(map_phase: MapPhase, items: Sequence[Any], scope: Scope) -> tuple[list[int], tuple[ItemsWarning, ...]]:
    condition = map_phase.filter
    if condition is None or isinstance(condition, bool):
        return ([] if condition is False else list(range(len(items)))), ()
    with _named_filter():
        expression = parse_expression(condition)
        test = compile_filter(expression, scope)
        kept = [position for position, item in enumerate(items) if test(item)]
    missing = [path for path, is_in in _mentioned(expression) if not any(map(is_in, items))] if items else []
    return kept, _missing_everywhere(missing)


def _sift(
    map_phase: MapPhase, items: Iterable[Any], scope: Scope, kept: dict[int, Any]
) -> tuple[int, tuple[ItemsWarning, ...]]:
    """As `_filter`, of items that are seen once: puts those that pass into `kept` and returns how many there were."""
    condition = map_phase.filter
    position = -1
    missing: list[tuple[ParsedPath, Callable[[Any], bool]]] = []
    with _named_filter():
        expression = parse_expression(condition) if isinstance(condition, str) else None
        test = compile_filter(expression, scope) if expression is not None else None
        if expression is not None:
            missing = _mentioned(expression)
        for position, item in enumerate(items):
            if position >= MAX_BEFORE:
                _check_count(position + 1)
            if missing:
                missing = [(path, is_in) for path, is_in in missing if not is_in(item)]
            if condition is not False and (test is None or test(item)):
                kept[position] = item
    return position + 1, _missing_everywhere([path for path, _ in missing])


@contextmanager
def _named_filter() -> Iterator[None]:
    """Says of an error that it is one of the filter."""
    try:
        yield
    except ExpressionError as error:
        raise ItemsError(error.code, f"filter, character {error.offset + 1}: {error.message}") from error
    except EvaluationError as error:
        raise ItemsError(error.code, f"filter: {error.message}") from error


def _mentioned(expression: Expression) -> list[tuple[ParsedPath, Callable[[Any], bool]]]:
    """Returns the paths of items in a filter, and what tells whether an item has them."""
    paths = dict.fromkeys(mention.path for mention in expression.mentions if mention.is_item_path)
    return [(path, presence_getter(path)) for path in paths]


def _missing_everywhere(paths: Sequence[ParsedPath]) -> tuple[ItemsWarning, ...]:
    """Warns of paths that no item has, which are misspelt more often than not."""
    return tuple(ItemsWarning("PT405", f"filter: no item has '{path}'") for path in paths)


def _check_limits(map_phase: MapPhase, items: ItemsAt, positions: Sequence[int]) -> None:
    count = len(positions)
    if count > MAX_AFTER:
        raise ItemsError("PT506", f"{count:,} items are left, at most {MAX_AFTER:,} are possible; use 'max_items'")
    if count < map_phase.min_items:
        left = "1 item is left" if count == 1 else f"{count:,} items are left"
        raise ItemsError("PT506", f"{left}, but 'min_items' is {map_phase.min_items:,}")
    encode = msgspec.json.Encoder().encode
    for position in positions:
        _check_item(items[position], position + 1, encode)


def _check_item(item: Any, number: int, encode: Callable[[Any], bytes]) -> None:
    try:
        encoded = encode(item)
    except UnicodeEncodeError as error:
        raise ItemsError("PT503", f"item {number} of the input holds text that is not UTF-8") from error
    except RecursionError as error:
        raise _too_deep(number) from error
    if len(encoded) > MAX_ITEM_BYTES:
        raise ItemsError("PT506", f"item {number} of the input is larger than 1 MiB")
    # Brackets are counted first, for only few items have enough of them to be nested deeply at all.
    if len(encoded) > 2 * MAX_DEPTH and encoded.count(b"[") + encoded.count(b"{") > MAX_DEPTH and _is_too_deep(item):
        raise _too_deep(number)


def _is_too_deep(item: Any) -> bool:
    level = [item]
    for _ in range(MAX_DEPTH + 1):
        level = [
            child
            for data in level
            if isinstance(data, list | dict)
            for child in (data.values() if isinstance(data, dict) else data)
            if isinstance(child, list | dict)
        ]
        if not level:
            return False
    return True


def _too_deep(number: int) -> ItemsError:
    return ItemsError("PT506", f"item {number} of the input is nested deeper than {MAX_DEPTH} levels")


def _named(map_phase: MapPhase, items: ItemsAt, positions: Sequence[int]) -> tuple[WorkItem, ...]:
    """Names are given in the order of the input, so that sorting does not change them."""
    in_input_order = sorted(positions)
    numbers = [position + 1 for position in in_input_order]
    names = item_ids([items[position] for position in in_input_order], map_phase.id_field, numbers=numbers)
    name_at = dict(zip(in_input_order, names, strict=True))
    return tuple(
        WorkItem(id=name_at[position], data=items[position], index=index) for index, position in enumerate(positions)
    )

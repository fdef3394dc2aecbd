"""P10: from the data of an input to the work items of a map.

The floor of the selection is the same filter and the same order, written in Python by hand; the whole selection counts
stages, checks the size of items and gives them names besides. The floor of the large array is `json.load`, which holds
all of it at once.
"""

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from prodigy_tui.engine.items.large_input import selected_from
from prodigy_tui.process import Masker
from prodigy_tui.workflow.expr import compile_filter, parse_expression
from prodigy_tui.workflow.item_order import sort_positions
from prodigy_tui.workflow.items import parse_sort_by, select
from prodigy_tui.workflow.model import ItemInput, MapPhase
from prodigy_tui.workflow.variables import Scope
from tests.benchmarks.data.apart import apart
from tests.benchmarks.engine.spent import Spent, medians, spent_here
from tests.benchmarks.figures import Figure

_ITEMS: Final = 100_000
_MANY_MIB: Final = 256
_PADDING: Final = "x" * 330
_FILTER: Final = "item.priority >= 3 && item.meta.lang == 'python'"


def selection(folder: Path, quick: bool) -> Iterator[Figure]:
    """A hundred thousand items in memory; then a file as large as an input may be."""
    items = _items(_ITEMS // 10 if quick else _ITEMS)
    scale = _ITEMS / len(items) / 1000
    phase = MapPhase(input=ItemInput(kind="list"), filter=_FILTER, sort_by=parse_sort_by("-priority, path"))
    sifted, ours, floor = list[Spent](), list[Spent](), list[Spent]()
    for _ in range(5):
        sifted.append(spent_here(lambda: _filtered_and_sorted(phase, items)))
        ours.append(spent_here(lambda: select(phase, items, Scope())))
        floor.append(spent_here(lambda: _by_hand(items)))
    by_hand = scale * medians(floor).cpu
    for what, spent, target in (("filter and sort", sifted, 0.2), ("the whole selection of", ours, math.inf)):
        taken = scale * medians(spent).cpu
        beside = f"{1000 * taken:.0f} by {1000 * by_hand:.0f} ms"
        yield Figure(goal="P10", what=f"{what} 100k items", value=taken, unit="s", target=target, beside=beside)
    yield from _large(folder / "large.json", _MANY_MIB // 16 if quick else _MANY_MIB)


def _large(file: Path, mib: int) -> Iterator[Figure]:
    count = _write(file, mib << 20)
    ours = apart(__name__, "selected", str(file))
    floor = apart(__name__, "loaded", str(file))
    if floor.found != count or ours.found != sum(_is_wanted(item) for item in _items(count)):
        raise SystemExit(f"error: {ours.found} items of {floor.found} were selected")
    beside = f"{ours.cpu_s:.2f} by {floor.cpu_s:.2f} s"
    yield Figure(goal="P10", what=f"few items of {mib} MiB", value=ours.cpu_s, unit="s", target=3, beside=beside)
    beside = f"{ours.peak_mb:.0f} by {floor.peak_mb:.0f} MB"
    yield Figure(goal="P10", what=f"memory for {mib} MiB", value=ours.peak_mb, unit="MB", target=100, beside=beside)


def selected(file: str) -> int:
    """Selects one item in a hundred of a file; returns how many there are."""
    phase = MapPhase(input=ItemInput(kind="file", text=file), filter="item.wanted", sort_by=parse_sort_by("-priority"))
    found = selected_from(Path(file), phase, Scope(), Masker())
    if found is None:
        raise SystemExit("error: the file was not read bit by bit")
    return len(found.items)


def loaded(file: str) -> int:
    """Loads all of a file."""
    with Path(file).open("rb") as opened:
        return len(json.load(opened))


def _filtered_and_sorted(phase: MapPhase, items: list[dict[str, Any]]) -> list[int]:
    test = compile_filter(parse_expression(_FILTER), Scope())
    return sort_positions(items, [position for position, item in enumerate(items) if test(item)], phase.sort_by)


def _by_hand(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = [item for item in items if item["priority"] >= 3 and item["meta"]["lang"] == "python"]
    kept.sort(key=lambda item: item["path"])
    kept.sort(key=lambda item: item["priority"], reverse=True)
    return kept


def _items(count: int) -> list[dict[str, Any]]:
    chance = random.Random(1)
    return [
        {
            "id": f"item-{number}",
            "path": f"src/part_{chance.randrange(count)}.py",
            "priority": chance.randrange(10),
            "wanted": number % 100 == 0,
            "meta": {"lang": "python" if number % 2 else "rust"},
        }
        for number in range(count)
    ]


def _is_wanted(item: dict[str, Any]) -> bool:
    return bool(item["wanted"])


def _write(file: Path, size: int) -> int:
    """Writes an array of about so many bytes; returns how many items are in it."""
    sample = json.dumps({**_items(1)[0], "id": "item-100000", "text": _PADDING})
    count = size // (len(sample) + 8)
    with file.open("w") as opened:
        opened.write("[")
        for number, item in enumerate(_items(count)):
            opened.write(("," if number else "") + json.dumps({**item, "text": _PADDING}))
        opened.write("]")
    return count

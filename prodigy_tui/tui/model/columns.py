"""The columns of the fleet list: which there are, and how a choice of them shares the width of the list."""

from collections.abc import Collection
from typing import Final, Literal, TypeAlias

from msgspec import Struct

ColumnName: TypeAlias = Literal[
    "agent", "item", "doing", "step", "age", "took", "quiet", "lines", "files", "tries", "tokens", "cost"
]


class Column(Struct, frozen=True, kw_only=True):
    """One column. `width` 0: it shares what the others leave."""

    name: ColumnName
    heading: str
    about: str
    width: int = 0


COLUMNS: Final[dict[ColumnName, Column]] = {
    column.name: column
    for column in (
        Column(name="agent", heading="agent", about="short name", width=7),
        Column(name="item", heading="item", about="what it works on"),
        Column(name="doing", heading="doing", about="what it does, or why it waits"),
        Column(name="step", heading="step", about="how far it is", width=7),
        Column(name="age", heading="age", about="since it began, or ended", width=7),
        Column(name="took", heading="took", about="duration of the attempt", width=7),
        Column(name="quiet", heading="quiet", about="since its last output", width=7),
        Column(name="lines", heading="± lines", about="lines added and removed", width=14),
        Column(name="files", heading="files", about="changed files", width=7),
        Column(name="tries", heading="tries", about="attempts", width=7),
        Column(name="tokens", heading="tokens", about="tokens used", width=8),
        Column(name="cost", heading="cost", about="what it cost", width=9),
    )
}
DEFAULT_COLUMNS: Final[tuple[ColumnName, ...]] = ("agent", "item", "doing", "step", "age", "tokens")
FEW_COLUMNS: Final[tuple[ColumnName, ...]] = ("agent", "item", "doing", "age")
"""All that a narrow terminal shows."""
ALWAYS: Final[ColumnName] = "item"
"""A list without it says nothing."""

_FIRST_TO_GO: Final[tuple[ColumnName, ...]] = (
    "tokens", "step", "cost", "lines", "files", "took", "quiet", "tries", "doing", "age", "agent",
)  # fmt: skip
"""What is there unasked gives way to what somebody has chosen; what a row is about goes last."""
_LEAST_ITEM: Final = 12
_SHORTEST_ITEM: Final = 9
"""As many as what waits for the run itself is named with."""
_LEAST_DOING: Final = 12
_LEAD: Final = 5
"""Mark, glyph, letter and blanks."""
_LONGEST_ITEM: Final = 60


class Layout(Struct, frozen=True, kw_only=True):
    """The columns of a list of a certain width with their cells, from left to right."""

    width: int
    cells: tuple[tuple[ColumnName, int], ...]

    def __getitem__(self, name: ColumnName) -> int:
        return next((cells for known, cells in self.cells if known == name), 0)


def lay_out(chosen: Collection[ColumnName], width: int, longest_name: int, *, kept: ColumnName | None = None) -> Layout:
    """Returns as many of the chosen columns as fit, always with the item; the least telling go first, `kept` last.

    No name of an item is longer than `longest_name`, so the column needs no more; what it does without, doing gets.
    """
    names = [name for name in COLUMNS if name in chosen or name in (ALWAYS, kept)]
    goes = iter([*(name for name in _FIRST_TO_GO if name != kept), *([kept] if kept is not None else [])])
    while (rest := _rest(names, width)) < _needed(names):
        gone = next(goes, None)
        if gone is None:
            break
        if gone in names:
            names.remove(gone)
    item = max(4, rest)
    doing = 0
    if "doing" in names:
        item = max(_SHORTEST_ITEM, min(rest * 11 // 20, longest_name, _LONGEST_ITEM))
        doing = rest - item - 1
    flexible = {"item": item, "doing": doing}
    return Layout(width=width, cells=tuple((name, COLUMNS[name].width or flexible[name]) for name in names))


def _rest(names: Collection[ColumnName], width: int) -> int:
    """Returns the cells that item and doing share."""
    return width - _LEAD - 1 - sum(COLUMNS[name].width for name in names)


def _needed(names: Collection[ColumnName]) -> int:
    return _LEAST_ITEM + (1 + _LEAST_DOING if "doing" in names else 0)

"""What one row of the fleet list says, and how it is drawn in given columns."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from prodigy_tui.tui.model.columns import COLUMNS, ColumnName, Layout
from prodigy_tui.tui.model.line import Line, Role, Span
from prodigy_tui.tui.model.line import cells as _cells
from prodigy_tui.tui.model.looks import Look
from prodigy_tui.tui.model.text import clip_name, fit

Values: TypeAlias = Mapping[ColumnName, str]

MARK: Final = "▌"
_HEAD: Final = Look(glyph="s", letter="t", word="", role="muted")


class Cells(Struct, frozen=True, kw_only=True):
    """What one row says."""

    look: Look
    name: str = ""
    item: str = ""
    detail: str = ""
    detail_role: Role = "text"
    values: Values = {}
    """What stands in the other columns."""
    joined: bool = False
    """Item and detail are one text over the whole width: a line that stands for several items."""


def heading(layout: Layout) -> Line:
    """Returns the line above the list that names the columns."""
    values = {name: column.heading for name, column in COLUMNS.items()}
    head = Cells(look=_HEAD, name="agent", item="item", detail="doing", values=values)
    text = "".join(text for text, _ in draw(head, layout))
    return ((fit("  st" + text[4:], layout.width), "muted"),)


def draw(cells: Cells, layout: Layout, *, marked: bool = False) -> Line:
    """Returns a row as a line of exactly the layout's width."""
    quiet = cells.look.role == "muted"
    text: Role = "muted" if quiet else "text"
    spans: list[Span] = [
        (MARK, "warning") if marked else (" ", "text"),
        (f"{cells.look.glyph} {cells.look.letter} ", cells.look.role),
    ]
    for name, width in layout.cells:
        if cells.joined and name != "agent":
            break
        match name:
            case "agent":
                spans.append((fit(cells.name, width - 1) + " ", text))
            case "item":
                spans.append((fit(clip_name(cells.item, width), width), "warning" if marked else text))
            case "doing":
                spans.append((" " + fit(cells.detail, width), "muted" if quiet else cells.detail_role))
            case _:
                spans.append((" " + fit(cells.values.get(name, ""), width - 1, right=True), "muted"))
    if cells.joined:
        room = layout.width - 1 - _cells(tuple(spans))
        spans += [(fit(f"{cells.item}  {cells.detail}" if cells.detail else cells.item, room), "muted")]
    spans.append((" ", text))
    return tuple(spans)

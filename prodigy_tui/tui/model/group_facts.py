"""What is said of a group of agents that one line of the fleet stands for."""

from itertools import islice
from typing import Final

from prodigy_tui.tui.model.cells import item_name, look_of, row_cells
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.rows import Row, Section
from prodigy_tui.tui.model.text import agent_name, fit
from prodigy_tui.wording import plural

_NAMED: Final = 20


def group_title(row: Row, section: Section | None, glance: Glance) -> str:
    """Returns what the group is called, with how many are in it."""
    cells = row_cells(row, glance, section)
    return f"group · {cells.name} {cells.item.partition(' → ')[0]}"  # the line names the key of the queue too


def group_lines(row: Row, section: Section | None, glance: Glance) -> list[Line]:
    """Returns that a group is selected and no agent, how to come to one, and who is first in it."""
    look = row_cells(row, glance, section).look
    number = len(section.keys) if section is not None else 0
    hidden = number - section.shown if section is not None else 0
    how = f"unfolds {plural(hidden, 'agent')}" if hidden else f"folds {plural(number, 'agent')}"
    lines: list[Line] = [
        ((f"{look.glyph} ", look.role), (group_title(row, section, glance), "strong"), (": no single agent", "muted")),
        ((f"{key('move.enter')} ", "key"), (how, "text")),
        BLANK,
    ]
    first = islice(section.item_ids(), _NAMED) if section is not None else ()
    for item in (glance.state.items[name] for name in first):
        sign = look_of(item, glance)
        lines.append(
            ((f"{sign.glyph} ", sign.role), (fit(agent_name(item.position), 7), "muted"), (item_name(item), "text"))
        )
    more = number - _NAMED
    return [*lines, ((f"  and {more:,} more", "muted"),)] if more > 0 else lines

"""A report, or a comparison, as text: lines made of spans with a role, for a terminal, a file or the interface."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from rich.cells import cell_len

from prodigy_tui.report.blocks import Cell, Facts, Foreign, Section, Table, Word, text_of
from prodigy_tui.report.compare import Comparison
from prodigy_tui.report.comparison_sections import comparison_sections
from prodigy_tui.report.foreign import clipped, visible
from prodigy_tui.report.lanes import LEGEND, lanes
from prodigy_tui.report.model import Report
from prodigy_tui.report.sections import sections
from prodigy_tui.report.words import amount, duration
from prodigy_tui.wording import plural

Role: TypeAlias = Literal["plain", "title", "dim", "good", "bad", "warn"]


class Span(NamedTuple):
    """A piece of a line."""

    text: str
    role: Role = "plain"


Line: TypeAlias = tuple[Span, ...]

LONGEST_CELL: Final = 48
ITEMS: Final = 20
LANE: Final = 72


def lines(report: Report, *, most_items: int = ITEMS) -> Iterator[Line]:
    """Yields the lines of a report."""
    for section in sections(report, most_items=most_items):
        yield from section_lines(section)
        if section.key == "pace":
            yield from _timeline(report)


def comparison_lines(comparison: Comparison, *, most_items: int = ITEMS) -> Iterator[Line]:
    """Yields the lines of a comparison."""
    for section in comparison_sections(comparison, most_items=most_items):
        yield from section_lines(section)


def section_lines(section: Section) -> Iterator[Line]:
    """Yields a title and what stands below it, with an empty line at the end."""
    yield (Span(section.title.upper(), "title"),)
    for part in section.parts:
        yield from _facts(part) if isinstance(part, Facts) else _table(part)
    yield ()


def _timeline(report: Report) -> Iterator[Line]:
    drawn = list(lanes(report.timeline, report.driven_s, LANE))
    if not drawn:
        return
    yield (Span("TIMELINE", "title"),)
    for slot, row in drawn:
        yield Span(f"  lane {slot:<3} "), Span(row)
    missing = len({attempt.slot for attempt in report.timeline}) - len(drawn)
    if missing:
        yield (Span(f"  and {plural(missing, 'lane')} more", "dim"),)
    end = duration(report.driven_s)
    yield (Span(f"{'':11}0s{end:>{LANE - 2}}", "dim"),)
    yield (Span(f"{'':11}{LEGEND}", "dim"),)
    yield ()


def _facts(facts: Facts) -> Iterator[Line]:
    width = max((len(name) for name, _ in facts.rows), default=0)
    for name, cell in facts.rows:
        yield Span(f"  {name:<{width}}  ", "dim"), _span(cell, None)


def _table(table: Table) -> Iterator[Line]:
    head: tuple[Span, ...] = tuple(Span(title, "dim") for title in table.head)
    rows = [head, *(tuple(_span(cell, LONGEST_CELL) for cell in row) for row in table.rows)]
    widths = [max(cell_len(row[column].text) for row in rows) for column in range(len(table.head))]
    for row in rows:
        yield _aligned(row, widths, table.numbers)
    if table.left_out:
        yield (Span(f"  and {amount(table.left_out)} more; HTML and JSON have them all", "dim"),)


def _aligned(row: Sequence[Span], widths: Sequence[int], numbers: Iterable[int]) -> Line:
    spans: list[Span] = []
    for column, span in enumerate(row):
        blank = " " * (widths[column] - cell_len(span.text))
        if column in numbers:
            spans += [Span(f"  {blank}"), span]
        else:
            spans += [Span("  "), span, Span(blank if column < len(row) - 1 else "")]
    return tuple(spans)


def _span(cell: Cell, longest: int | None) -> Span:
    match cell:
        case Word(text=text, mood=mood):
            return Span(text, mood)
        case Foreign(text=text):
            return Span(visible(text) if longest is None else clipped(text, longest))
        case _:
            return Span(text_of(cell))

"""A report, or a comparison, as Markdown (GitHub's kind), to be put into a ticket or a pull request.

Text that is not ours stands in code spans: nothing in there is markup, a link, or the mention of a person. A vertical
line would end the cell of a table even there, and whether a backslash before it can be trusted depends on the reader;
such text stands between `<code>` tags instead, with all that means something as character references.
"""

import re
from collections.abc import Iterator

from prodigy_tui.report.blocks import Cell, Facts, Foreign, Section, Table, text_of
from prodigy_tui.report.compare import Comparison
from prodigy_tui.report.comparison_sections import comparison_sections
from prodigy_tui.report.foreign import visible
from prodigy_tui.report.lanes import LEGEND, lanes
from prodigy_tui.report.model import Report
from prodigy_tui.report.sections import sections
from prodigy_tui.report.words import NOTHING, amount, duration

ITEMS = 100
_LANE = 80
_PUNCTUATION = re.compile(r"[^\w\s]|_|(?<=\s)\s")


def markdown(report: Report, *, most_items: int = ITEMS) -> str:
    """Returns the whole document."""
    return "\n".join([f"# Run {code(report.run_id)}", "", *_body(report, most_items)]).rstrip("\n") + "\n"


def comparison_markdown(comparison: Comparison, *, most_items: int = ITEMS) -> str:
    """Returns the whole document about two runs."""
    title = f"# {code(comparison.a.run_id)} and {code(comparison.b.run_id)}"
    body = [line for section in comparison_sections(comparison, most_items=most_items) for line in _section(section)]
    return "\n".join([title, "", *body]).rstrip("\n") + "\n"


def _body(report: Report, most_items: int) -> Iterator[str]:
    for section in sections(report, most_items=most_items):
        yield from _section(section)
        if section.key == "pace":
            yield from _timeline(report)


def _section(section: Section) -> Iterator[str]:
    if section.key not in ("run", "runs"):  # they stand below the title of the document
        yield f"## {section.title}"
        yield ""
    if section.about:
        yield section.about
        yield ""
    for part in section.parts:
        yield from _facts(part) if isinstance(part, Facts) else _table(part)
        yield ""


def _timeline(report: Report) -> Iterator[str]:
    drawn = list(lanes(report.timeline, report.driven_s, _LANE))
    if drawn:
        yield f"## Timeline of agents, {duration(report.driven_s)}"
        yield ""
        yield "```text"
        yield from (f"lane {slot:<3} {row}" for slot, row in drawn)
        yield LEGEND
        yield "```"
        yield ""


def _facts(facts: Facts) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    for name, cell in facts.rows:
        yield f"| {name} | {_cell(cell)} |"


def _table(table: Table) -> Iterator[str]:
    columns = range(len(table.head))
    yield f"| {' | '.join(table.head)} |"
    yield f"|{'|'.join('---:' if column in table.numbers else '---' for column in columns)}|"
    for row in table.rows:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"
    if table.left_out:
        yield ""
        yield f"{amount(table.left_out)} more are in the HTML and JSON of this report."


def _cell(cell: Cell) -> str:
    if isinstance(cell, Foreign):
        return code(cell.text)
    return text_of(cell).replace("*", "\\*").replace("<", "&lt;")


def code(text: str) -> str:
    """Returns text that is not ours as code in which nothing has a meaning."""
    shown = visible(text)
    if not shown.strip():
        return NOTHING
    if "|" in shown:
        return f"<code>{_PUNCTUATION.sub(lambda found: f'&#{ord(found[0])};', shown)}</code>"
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}" if longest else f"{fence}{shown}{fence}"

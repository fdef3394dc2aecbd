"""What pages in HTML have in common: the frame, tables, legends. All text is escaped here; nothing is trusted.

A page is one file. It loads nothing and runs nothing, and says so to the browser.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from prodigy_tui.report.blocks import Cell, Facts, Foreign, Section, Table, Word
from prodigy_tui.report.foreign import visible
from prodigy_tui.report.style import CSS
from prodigy_tui.report.words import amount

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_NARROW = 5
"""Columns of a table that does not need the whole width."""


def page(title: str, body: Iterable[str]) -> str:
    """Returns a whole file."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{safe(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def safe(text: str) -> str:
    """Returns text that stays text, between tags and within quotes."""
    return escape(visible(text))


def heading(section: Section) -> Iterator[str]:
    """Yields the title of a section and how to read it."""
    yield f"<h2>{safe(section.title)}</h2>"
    if section.about:
        yield f'<p class="about">{safe(section.about)}</p>'


def parts(section: Section) -> Iterator[str]:
    """Yields what stands below a section's title."""
    for part in section.parts:
        yield _facts(part) if isinstance(part, Facts) else _table(part)


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """Returns what colours mean: the class of each, and its meaning."""
    listed = "".join(f'<li><i class="{colour}"></i>{safe(name)}</li>' for colour, name in entries)
    return f'<ul class="legend">{listed}</ul>'


def card(figure: str, what: str) -> str:
    """Returns a figure that stands out."""
    return f'<div class="card"><b>{safe(figure)}</b><span>{safe(what)}</span></div>'


def _facts(facts: Facts) -> str:
    rows = "".join(f"<tr><td>{safe(name)}</td>{_cell(cell, number=False)}</tr>" for name, cell in facts.rows)
    return f'<table class="facts"><tbody>{rows}</tbody></table>'


def _table(table: Table) -> str:
    head = "".join(
        f"<th{_class('n') if column in table.numbers else ''}>{safe(title)}</th>"
        for column, title in enumerate(table.head)
    )
    rows = "".join(
        f"<tr>{''.join(_cell(cell, number=column in table.numbers) for column, cell in enumerate(row))}</tr>\n"
        for row in table.rows
    )
    more = f'<p class="about">and {amount(table.left_out)} more</p>' if table.left_out else ""
    small = _class("small") if len(table.head) <= _NARROW else ""
    return f'<div class="wide"><table{small}><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>{more}'


def _cell(cell: Cell, *, number: bool) -> str:
    match cell:
        case Foreign(text=text):
            return f'<td class="foreign">{safe(text)}</td>'
        case Word(text=text, mood=mood) if mood != "plain":
            return f'<td><span class="{mood}-text">{safe(text)}</span></td>'
        case Word(text=text):
            return f"<td>{safe(text)}</td>"
        case _:
            return f"<td{_class('n') if number else ''}>{safe(cell)}</td>"


def _class(name: str) -> str:
    return f' class="{name}"'

"""What is written of two runs side by side, in order; formats only decide how it looks."""

from collections.abc import Iterable, Iterator

from prodigy_tui.report.blocks import Cell, Facts, Foreign, Section, Table, Word
from prodigy_tui.report.compare import Comparison, Figure, ItemChange, ItemResult, Side, Verdict, files_differ
from prodigy_tui.report.words import NOTHING, UNKNOWN, amount, dollars, duration, moment, number, percent
from prodigy_tui.wording import plural

_VERDICTS: dict[Verdict, Word] = {
    "worse": Word("worse", "bad"),
    "better": Word("better", "good"),
    "other": Word("other", "warn"),
    "only_a": Word("only in A", "warn"),
    "only_b": Word("only in B", "warn"),
    "same": Word("same"),
}
"""In the order in which one looks at them."""
_ORDER = {verdict: place for place, verdict in enumerate(_VERDICTS)}
_FILES_SHOWN = 3


def comparison_sections(comparison: Comparison, *, most_items: int | None) -> Iterator[Section]:
    """Yields the parts of a comparison; of more items than `most_items` those that differ come first."""
    rows = (("A", _side(comparison.a)), ("B", _side(comparison.b)))
    yield Section(key="runs", title="Runs", parts=(Facts(rows=(*rows, *_verdict_facts(comparison))),))
    figures = tuple(_figure_row(figure) for figure in comparison.figures)
    head = ("figure", "A", "B", "B - A")
    yield Section(key="figures", title="Figures", parts=(Table(head=head, rows=figures, numbers=frozenset({1, 2, 3})),))
    if comparison.items:
        yield _items(comparison.items, most_items)


def _side(side: Side) -> Foreign:
    label = f" ({side.label})" if side.label else ""
    return Foreign(f"{side.run_id}{label}, {side.workflow}: {side.status} at event {side.seq}, {moment(side.until)}")


def _verdict_facts(comparison: Comparison) -> Iterator[tuple[str, Cell]]:
    told = comparison.verdicts
    counted = [
        f"{amount(getattr(told, verdict))} {word.text}" for verdict, word in _VERDICTS.items() if getattr(told, verdict)
    ]
    yield "items", ", ".join(counted) or "none"
    yield "changed files", f"differ in {plural(told.files_differ, 'item')}"


def _figure_row(figure: Figure) -> tuple[Cell, ...]:
    change = NOTHING if figure.change is None else _shown(figure, figure.change, sign=True)
    return figure.name, _shown(figure, figure.a), _shown(figure, figure.b), change


def _shown(figure: Figure, value: float | None, *, sign: bool = False) -> str:
    if value is None:
        return UNKNOWN if figure.unit in ("tokens", "usd") else NOTHING
    mark = ("-" if value < 0 else "+" if value > 0 else "±") if sign else ""
    size = abs(value) if sign else value
    match figure.unit:
        case "s":
            return mark + duration(size)
        case "items/min":
            return mark + number(size)
        case "share":
            return f"{mark}{size * 100:.1f} points" if sign else percent(size)
        case "usd":
            return mark + dollars(size)
        case _:
            return mark + amount(round(size))


def _items(items: Iterable[ItemChange], most: int | None) -> Section:
    ordered = sorted(items, key=lambda item: (_ORDER[item.verdict], not files_differ(item)))
    shown = ordered if most is None else ordered[:most]
    return Section(
        key="items",
        title="Items",
        parts=(
            Table(
                head=("item", "verdict", "A", "B", "work", "cost", "changed files"),
                rows=tuple(_item_row(item) for item in shown),
                numbers=frozenset({4, 5}),
                left_out=len(ordered) - len(shown),
            ),
        ),
    )


def _item_row(item: ItemChange) -> tuple[Cell, ...]:
    return (
        Foreign(item.label or item.item_id),
        _VERDICTS[item.verdict],
        _status(item.a),
        _status(item.b),
        NOTHING if item.work_change_s is None else _signed(item.work_change_s, duration(abs(item.work_change_s))),
        NOTHING if item.usd_change is None else _signed(item.usd_change, dollars(abs(item.usd_change))),
        _files(item),
    )


def _status(side: ItemResult | None) -> str:
    if side is None:
        return NOTHING
    return side.status if side.attempts < 2 else f"{side.status}, {side.attempts} attempts"


def _signed(value: float, size: str) -> str:
    return f"{'-' if value < 0 else '+' if value > 0 else '±'}{size}"


def _files(item: ItemChange) -> Cell:
    if item.a is None or item.b is None:
        return NOTHING
    told = [
        text for name, files in (("A", item.files_only_a), ("B", item.files_only_b)) if (text := _only(name, files))
    ]
    common = plural(item.files_in_both, "file")
    match item.contents:
        case "same" if item.files_in_both:
            told.append(f"{common} alike")
        case "different":
            told.append(f"{common} in both, not alike")
        case "unknown" if item.files_in_both:
            told.append(f"{common} in both")
    if not item.files_complete:
        told.append("and perhaps more")
    return Foreign("; ".join(told)) if told else "none"


def _only(name: str, files: tuple[str, ...]) -> str:
    if not files:
        return ""
    more = f" and {amount(len(files) - _FILES_SHOWN)} more" if len(files) > _FILES_SHOWN else ""
    return f"only {name}: {', '.join(files[:_FILES_SHOWN])}{more}"

"""Two runs, or one run at two moments, held against each other: figures, and item by item.

Items are the same when their ids are. What they changed is compared by the names of the files, as the record has them,
and by the files themselves where somebody can look into the repository.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal, TypeAlias

from prodigy_tui.events.frozen import Frozen
from prodigy_tui.report.model import ItemReport, Report

Blob: TypeAlias = str | None
"""What tells the content of a file from others; None: there is no such file."""
Look: TypeAlias = Callable[[str, str], Blob]
"""Returns the content of a file in a commit, by commit and path. Raises `LookupError` where the commit is not there."""

Verdict: TypeAlias = Literal["same", "better", "worse", "other", "only_a", "only_b"]
"""`better`: it succeeded in b only; `worse`: in a only; `other`: it came to something else that is neither."""
Unit: TypeAlias = Literal["s", "items", "items/min", "share", "tokens", "usd", "merges", "attempts"]
Contents: TypeAlias = Literal["same", "different", "unknown"]

FILES_NAMED = 200
"""Files of an attempt that its event names at most; where there are so many, more may have been left out."""


class Side(Frozen, frozen=True, kw_only=True):
    """One of the two."""

    run_id: str
    workflow: str
    label: str
    status: str
    seq: int
    """The last event that was taken in."""
    until: datetime | None
    """The moment up to which it is told."""


class Figure(Frozen, frozen=True, kw_only=True):
    """One figure of both; `None` where it is not known."""

    name: str
    unit: Unit
    a: float | None
    b: float | None
    change: float | None
    """`b` - `a`."""


class ItemResult(Frozen, frozen=True, kw_only=True):
    """What an item came to in one of the two."""

    status: str
    """As in a report; `merged` where its branch is part of the run."""
    attempts: int
    work_s: float
    tokens: int | None
    usd: float | None
    failure: str


class ItemChange(Frozen, frozen=True, kw_only=True):
    """One item in both."""

    item_id: str
    label: str
    verdict: Verdict
    a: ItemResult | None
    """None: it has no such item; likewise the next."""
    b: ItemResult | None
    work_change_s: float | None
    """Work in `b` - work in `a`; likewise the next. None where one of them is not known."""
    usd_change: float | None
    files_only_a: tuple[str, ...]
    files_only_b: tuple[str, ...]
    files_in_both: int
    files_complete: bool
    """False: so many files were changed that the record may not name them all."""
    contents: Contents
    """Whether the files that both changed came out the same; `unknown`: the repository could not be asked."""


class Verdicts(Frozen, frozen=True, kw_only=True):
    """How many items have each verdict."""

    same: int = 0
    better: int = 0
    worse: int = 0
    other: int = 0
    only_a: int = 0
    only_b: int = 0
    files_differ: int = 0
    """Items, whatever their verdict, that changed other files, or the same ones to something else."""


class Comparison(Frozen, frozen=True, kw_only=True):
    """Two reports held against each other."""

    a: Side
    b: Side
    figures: tuple[Figure, ...]
    verdicts: Verdicts
    items: tuple[ItemChange, ...]
    """In the order of `a`; then those that only `b` has."""


def compare(a: Report, b: Report, look: Look | None = None) -> Comparison:
    """Returns what differs between two runs, or two moments of one.

    Args:
        a: What is compared with.
        b: What is compared.
        look: A way to the files of commits.
    """
    of_a = {item.item_id: item for item in a.item_reports}
    of_b = {item.item_id: item for item in b.item_reports}
    items = tuple(_change(of_a.get(name), of_b.get(name), look) for name in {**of_a, **of_b})
    counted: Counter[str] = Counter(item.verdict for item in items)
    return Comparison(
        a=_side(a),
        b=_side(b),
        figures=tuple(_figures(a, b)),
        verdicts=Verdicts(**counted, files_differ=sum(1 for item in items if files_differ(item))),
        items=items,
    )


def files_differ(item: ItemChange) -> bool:
    """Tells whether an item that both have changed other files, or the same ones to something else."""
    if item.a is None or item.b is None:
        return False
    return bool(item.files_only_a or item.files_only_b) or item.contents == "different"


def _side(report: Report) -> Side:
    return Side(
        run_id=report.run_id,
        workflow=report.workflow,
        label=report.label,
        status=report.status,
        seq=report.seq,
        until=report.until,
    )


def _figures(a: Report, b: Report) -> Iterator[Figure]:
    def figure(name: str, unit: Unit, one: float | None, other: float | None) -> Figure:
        change = other - one if one is not None and other is not None else None
        return Figure(name=name, unit=unit, a=one, b=other, change=change)

    yield figure("driven time", "s", a.driven_s, b.driven_s)
    for name in ("total", "succeeded", "failed", "merged"):
        yield figure(f"items {name}", "items", getattr(a.items, name), getattr(b.items, name))
    yield figure("items per minute", "items/min", a.pace.items_per_minute, b.pace.items_per_minute)
    yield figure("success rate", "share", a.pace.success_rate, b.pace.success_rate)
    yield figure("retry rate", "share", a.pace.retry_rate, b.pace.retry_rate)
    yield figure("attempts", "attempts", a.pace.attempts, b.pace.attempts)
    yield figure("p50 of an attempt", "s", a.pace.attempt_times.p50_s, b.pace.attempt_times.p50_s)
    yield figure("p95 of an attempt", "s", a.pace.attempt_times.p95_s, b.pace.attempt_times.p95_s)
    yield figure("parallel efficiency", "share", a.parallel.efficiency, b.parallel.efficiency)
    yield figure("merge conflicts", "merges", a.merging.conflicts, b.merging.conflicts)
    yield figure(
        "tokens",
        "tokens",
        _tokens(a.spend.input_tokens, a.spend.output_tokens),
        _tokens(b.spend.input_tokens, b.spend.output_tokens),
    )
    yield figure("cost", "usd", a.spend.usd, b.spend.usd)


def _tokens(used: int | None, made: int | None) -> int | None:
    return None if used is None or made is None else used + made


def _change(a: ItemReport | None, b: ItemReport | None, look: Look | None) -> ItemChange:
    some = a or b
    assert some is not None, "an item is in one of them"
    side_a, side_b = _result(a), _result(b)
    files_a, files_b = set(a.files if a else ()), set(b.files if b else ())
    money = side_a is not None and side_b is not None and side_a.usd is not None and side_b.usd is not None
    return ItemChange(
        item_id=some.item_id,
        label=some.label,
        verdict=_verdict(side_a, side_b),
        a=side_a,
        b=side_b,
        work_change_s=side_b.work_s - side_a.work_s if side_a is not None and side_b is not None else None,
        usd_change=(side_b.usd or 0.0) - (side_a.usd or 0.0) if money and side_a and side_b else None,
        files_only_a=tuple(sorted(files_a - files_b)),
        files_only_b=tuple(sorted(files_b - files_a)),
        files_in_both=len(files_a & files_b),
        files_complete=max(len(files_a), len(files_b)) < FILES_NAMED,
        contents=_contents(a, b, sorted(files_a & files_b), look) if a is not None and b is not None else "unknown",
    )


def _result(item: ItemReport | None) -> ItemResult | None:
    if item is None:
        return None
    return ItemResult(
        status="merged" if item.merged and item.status == "success" else item.status,
        attempts=item.attempts,
        work_s=item.work_s,
        tokens=_tokens(item.spend.input_tokens, item.spend.output_tokens),
        usd=item.spend.usd,
        failure=item.failure,
    )


def _verdict(a: ItemResult | None, b: ItemResult | None) -> Verdict:
    if a is None or b is None:
        return "only_b" if a is None else "only_a"
    well = ("merged", "success")
    if (a.status in well) != (b.status in well):
        return "better" if b.status in well else "worse"
    return "same" if a.status == b.status else "other"


def _contents(a: ItemReport, b: ItemReport, files: list[str], look: Look | None) -> Contents:
    if not files:
        return "same" if not a.files and not b.files else "unknown"
    if a.head and a.head == b.head:
        return "same"
    if look is None or not a.head or not b.head:
        return "unknown"
    try:
        same = all(look(a.head, file) == look(b.head, file) for file in files)
    except LookupError:
        return "unknown"
    return "same" if same else "different"

"""What a written report says, in order; formats only decide how it looks."""

from collections.abc import Iterable, Iterator

from prodigy_tui.report.blocks import Cell, Facts, Foreign, Section, Table, Word, word
from prodigy_tui.report.figures import Merging, Spend
from prodigy_tui.report.model import ItemReport, Report
from prodigy_tui.report.words import (
    CAUSES,
    NOTHING,
    amount,
    cost,
    duration,
    moment,
    number,
    percent,
    tokens,
)
from prodigy_tui.wording import plural

ENDED_BADLY = frozenset({"dead", "failed", "suspect"})
"""Statuses of items that one wants to look at first."""


def sections(report: Report, *, most_items: int | None) -> Iterator[Section]:
    """Yields the parts of a report.

    Args:
        report: What is told.
        most_items: Rows of the list of items at most: failures first, then those with the most work. None: all of
            them, in their order.
    """
    yield Section(key="run", title="Run", parts=(Facts(rows=tuple(_run_facts(report))),))
    if report.where_time_went:
        yield _where_time_went(report)
    yield _phases(report)
    if report.items.total:
        yield Section(
            key="pace",
            title="Items and agents",
            about="Busy is an agent that does not wait for a person, its provider or the budget.",
            parts=(Facts(rows=tuple(_pace_facts(report))),),
        )
        yield Section(
            key="waits",
            title="Waiting and merging",
            about="Seconds of waiting are summed over all who waited at the same time.",
            parts=(Facts(rows=(*_wait_facts(report), *_merge_facts(report.merging))),),
        )
    if report.steps:
        yield _steps(report)
    if report.providers:
        yield _providers(report)
    if report.item_reports:
        yield _items(report, most_items)


def _run_facts(report: Report) -> Iterator[tuple[str, Cell]]:
    yield "run", Foreign(report.run_id)
    yield "workflow", Foreign(report.workflow)
    if report.label:
        yield "label", Foreign(report.label)
    yield "status", word(f"{report.status}, so far" if report.live else report.status)
    if report.message:
        yield "message", Foreign(report.message)
    yield "started", moment(report.started_at)
    yield ("ended", moment(report.ended_at)) if report.ended_at else ("up to", moment(report.until))
    yield "driven time", _driven(report)
    if report.items.total:
        yield "items", _items_line(report)
    yield "landing", word(report.landing) if report.landing is not None else NOTHING
    for told in report.shortfalls:
        yield "lacks", Word(text=told, mood="warn")
    yield "tokens", tokens(report.spend)
    yield "cost", cost(report.spend)
    if report.warnings:
        yield "warnings", amount(report.warnings)
    yield "bottleneck", Foreign(report.bottleneck.text) if report.bottleneck is not None else NOTHING


def _driven(report: Report) -> str:
    sessions = len(report.sessions)
    if sessions < 2:
        return duration(report.driven_s)
    return f"{duration(report.driven_s)} of {duration(report.wall_s)}, in {sessions} sessions"


def _items_line(report: Report) -> str:
    items = report.items
    told = {
        "succeeded": items.succeeded,
        "failed": items.failed,
        "skipped": items.skipped,
        "suspect": items.suspect,
        "cancelled": items.cancelled,
        "pending": items.pending,
    }
    return f"{amount(items.total)}: {', '.join(f'{amount(count)} {name}' for name, count in told.items() if count)}"


def _where_time_went(report: Report) -> Section:
    rows = tuple((CAUSES[one.cause], duration(one.seconds), percent(one.share)) for one in report.where_time_went)
    return Section(
        key="time",
        title="Where the time went",
        about="What the run was busy with, or held up by; together that is its driven time.",
        parts=(Table(head=("what", "time", "share"), rows=rows, numbers=frozenset({1, 2})),),
    )


def _phases(report: Report) -> Section:
    rows = tuple(
        (one.phase, word(one.status), duration(one.duration_s), percent(one.share), amount(one.starts))
        for one in report.phases
    )
    head = ("phase", "status", "time", "share", "starts")
    return Section(key="phases", title="Phases", parts=(Table(head=head, rows=rows, numbers=frozenset({2, 3, 4})),))


def _pace_facts(report: Report) -> Iterator[tuple[str, Cell]]:
    pace, parallel = report.pace, report.parallel
    yield "items per minute", number(pace.items_per_minute)
    yield "success rate", percent(pace.success_rate)
    yield "failure rate", percent(pace.failure_rate)
    yield "retry rate", f"{percent(pace.retry_rate)} of the items begun, {plural(pace.retries, 'retry', 'retries')}"
    attempts = plural(pace.attempts, "attempt")
    yield (
        "attempts",
        f"{attempts}, {amount(pace.failed_attempts)} failed, {amount(pace.interrupted_attempts)} cut short",
    )
    times = pace.attempt_times
    if times.count:
        yield (
            "time of an attempt",
            f"p50 {duration(times.p50_s)}, p95 {duration(times.p95_s)}, max {duration(times.max_s)}",
        )
    yield "slots", f"{amount(parallel.slots)}, at most {amount(parallel.peak)} at work at once"
    busy, there = duration(parallel.busy_s), duration(parallel.slot_s)
    yield "parallel efficiency", f"{percent(parallel.efficiency)}: {busy} busy of {there} of slots"


def _wait_facts(report: Report) -> Iterator[tuple[str, Cell]]:
    waits = report.waits
    yield "for a slot", f"{duration(waits.slot_s)}, {duration(waits.slot_mean_s)} an item"
    yield "for a provider's limit", duration(waits.quota_s)
    if waits.turn_s:
        yield "for a turn at a provider", duration(waits.turn_s)
    if waits.budget_s:
        yield "for the budget", duration(waits.budget_s)
    yield "for the merge queue", duration(waits.merge_queue_s)
    if waits.person_s:
        yield "for a person", duration(waits.person_s)
    if waits.breaker_s:
        yield "circuit breaker open", duration(waits.breaker_s)


def _merge_facts(merging: Merging) -> Iterator[tuple[str, Cell]]:
    yield "merges", f"{amount(merging.merged)} merged, {amount(merging.failed)} refused, in {duration(merging.merge_s)}"
    yield "merge conflicts", f"{amount(merging.conflicts)}, {amount(merging.resolved)} resolved"
    times = merging.verify_times
    took = f", p50 {duration(times.p50_s)}, max {duration(times.max_s)}" if times.count else ""
    yield "verify runs", f"{amount(merging.verify_runs)}, {amount(merging.verify_failed)} failed{took}"


def _steps(report: Report) -> Section:
    rows = tuple(
        (
            f"{step.phase} {step.path}",
            Foreign(step.label),
            step.kind.replace("_", " "),
            amount(step.times.count),
            amount(step.failed),
            duration(step.times.p50_s),
            duration(step.times.p95_s),
            duration(step.times.max_s),
            *_spend_cells(step.spend),
        )
        for step in report.steps
    )
    return Section(
        key="steps",
        title="Steps",
        about="From the start of a step to its end, without waiting for a provider or the budget.",
        parts=(
            Table(
                head=("where", "step", "kind", "runs", "failed", "p50", "p95", "max", "tokens", "cost"),
                rows=rows,
                numbers=frozenset(range(3, 10)),
            ),
        ),
    )


def _spend_cells(spend: Spend) -> tuple[str, str]:
    unused = not spend.calls and not spend.input_tokens and not spend.output_tokens
    return (NOTHING, NOTHING) if unused else (tokens(spend), cost(spend))


def _providers(report: Report) -> Section:
    rows = tuple(
        (
            Foreign(one.provider),
            amount(one.spend.calls),
            amount(one.spend.input_tokens),
            amount(one.spend.output_tokens),
            cost(one.spend),
            amount(one.limits),
        )
        for one in report.providers
    )
    head = ("provider", "reports", "tokens in", "tokens out", "cost", "limits")
    return Section(key="cost", title="Providers", parts=(Table(head=head, rows=rows, numbers=frozenset(range(1, 6))),))


def _items(report: Report, most: int | None) -> Section:
    shown: Iterable[ItemReport] = report.item_reports
    left_out = 0
    if most is not None and len(report.item_reports) > most:
        shown = sorted(report.item_reports, key=lambda item: (item.status not in ENDED_BADLY, -item.work_s))[:most]
        left_out = len(report.item_reports) - most
    return Section(
        key="items",
        title="Items",
        parts=(
            Table(
                head=("item", "status", "attempts", "work", "tokens", "cost", "files", "why"),
                rows=tuple(_item_row(item) for item in shown),
                numbers=frozenset(range(2, 7)),
                left_out=left_out,
            ),
        ),
    )


def _item_row(item: ItemReport) -> tuple[Cell, ...]:
    return (
        Foreign(item.label or item.item_id),
        _status(item),
        amount(item.attempts),
        duration(item.work_s) if item.attempts else NOTHING,
        *_spend_cells(item.spend),
        amount(len(item.files)),
        Foreign(item.failure) if item.failure else "",
    )


def _status(item: ItemReport) -> Word:
    return word("merged" if item.merged and item.status == "success" else item.status)

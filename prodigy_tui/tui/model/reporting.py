"""A report as lines: figures as bars and curves of characters, then tables; and two runs held against each other.

Lines are made for a width, whenever the report or the width is another; never for a frame.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from prodigy_tui.report.compare import Comparison
from prodigy_tui.report.comparison_sections import comparison_sections
from prodigy_tui.report.model import Progress, Report, StepTimes
from prodigy_tui.report.sections import sections
from prodigy_tui.report.text import Line as Told
from prodigy_tui.report.text import Role as Mood
from prodigy_tui.report.text import section_lines
from prodigy_tui.report.words import CAUSES, amount, cost, duration, number, percent, tokens, tokens_in_short
from prodigy_tui.tui.model.history import look_of
from prodigy_tui.tui.model.line import BLANK, Line, Role, Span, wrap
from prodigy_tui.tui.model.text import clip_name, fit, safe
from prodigy_tui.wording import plural

_BARS: Final = "▁▂▃▄▅▆▇█"
_CURVE_LINES: Final = 5
_LABEL: Final = 26
_INDENTED: Final = 60
"""Cells from which on there is room for the rows of tables to stand further in than titles."""
_STEPS: Final = 40
_ITEMS: Final = 200
_PHASE_SIGNS: Final[tuple[tuple[str, Role], ...]] = (
    ("█", "primary"), ("▓", "accent"), ("▒", "success"), ("░", "warning"), ("▞", "error"),
)  # fmt: skip
_ROLES: Final[dict[Mood, Role]] = {
    "plain": "text",
    "title": "strong",
    "dim": "muted",
    "good": "success",
    "bad": "error",
    "warn": "warning",
}
_WRITTEN: Final = frozenset({"items"})
"""Parts of the written report that are no pictures here."""


def report_lines(report: Report, width: int) -> list[Line]:
    """Returns a whole report."""
    if not report.seq:
        return [(("nothing has happened yet", "muted"),)]
    parts = (
        _head(report),
        _phases(report, width),
        _where_time_went(report, width),
        _curve(report, width),
        _pace(report),
        _steps(report.steps, width),
        _costs(report, width),
        _tables(report),
    )
    return [line for part in parts if (lines := list(part)) for line in (*lines, BLANK)]


def comparison_lines(comparison: Comparison, width: int) -> list[Line]:
    """Returns what differs between two runs, item by item; what is no table is broken into lines of `width` cells."""
    found: list[Line] = []
    for section in comparison_sections(comparison, most_items=None):
        for told in section_lines(section):
            line = taken_over(told)
            if width < _INDENTED and line and line[0][0].startswith("  "):
                line = ((line[0][0][2:], line[0][1]), *line[1:])
            found += wrap(line, width) if section.key == "runs" else [line]
    return found


def taken_over(line: Told) -> Line:
    """Returns a line of a written report as one of the screen."""
    return tuple((safe(piece.text), _ROLES[piece.role]) for piece in line)


def report_title(report: Report) -> Line:
    """Returns which run it is, for a frame."""
    glyph, role = look_of(report.status)
    so_far = ", so far" if report.live else ""
    return ((f"{glyph} {report.status}{so_far} ", role), (safe(report.label or report.run_id, 60), "strong"))


def _head(report: Report) -> Iterator[Line]:
    glyph, role = look_of(report.status)
    so_far = ", so far" if report.live else ""
    landing = f" · {report.landing.replace('_', ' ')}" if report.landing is not None else ""
    yield (
        (f"{glyph} {report.status}{so_far}{landing}", role),
        (f"  {safe(report.workflow, 80)}", "strong"),
        (f"  {safe(report.run_id)}", "muted"),
    )
    if report.message:
        yield ((safe(report.message, 400), "text"),)
    sessions = f" in {len(report.sessions)} sessions" if len(report.sessions) > 1 else ""
    nights = f" of {duration(report.wall_s)}" if report.wall_s > report.driven_s + 1 else ""
    figures = [
        f"{duration(report.driven_s)}{nights}{sessions}",
        f"cost {cost(report.spend)}",
        f"{tokens(report.spend)} tokens",
    ]
    items = report.items
    if items.total:
        figures.insert(1, f"{items.succeeded} of {plural(items.total, 'item')} succeeded, {items.failed} failed")
    yield ((" · ".join(figures), "text"),)
    if report.bottleneck is not None:
        yield (("bottleneck  ", "warning"), (safe(report.bottleneck.text, 600), "text"))


def _phases(report: Report, width: int) -> Iterator[Line]:
    """One bar for the driven time, a piece of it for each phase."""
    phases = [phase for phase in report.phases if phase.duration_s > 0]
    if not phases or report.driven_s <= 0:
        return
    yield (("Phases", "strong"),)
    spans: list[Span] = []
    used, room = 0, max(10, width - 4)
    for index, phase in enumerate(phases):
        sign, role = _PHASE_SIGNS[index % len(_PHASE_SIGNS)]
        cells = min(room - used, max(1, round((phase.share or 0.0) * room)))
        spans.append((sign * max(0, cells), role))
        used += max(0, cells)
    yield (*spans, ("·" * (room - used), "muted"))
    legend: list[Span] = []
    for index, phase in enumerate(phases):
        sign, role = _PHASE_SIGNS[index % len(_PHASE_SIGNS)]
        again = f", {phase.starts} times" if phase.starts > 1 else ""
        state = "" if phase.status in ("success", "succeeded", "ok") else f", {phase.status}"
        legend += [
            (f"{sign} ", role),
            (f"{phase.phase} {duration(phase.duration_s)} {percent(phase.share)}{again}{state}   ", "text"),
        ]
    yield tuple(legend)


def _where_time_went(report: Report, width: int) -> Iterator[Line]:
    if not report.where_time_went:
        return
    yield (("Where the time went", "strong"),)
    for share in report.where_time_went[:8]:
        yield _bar(
            CAUSES[share.cause], share.share, f"{duration(share.seconds):>7} {percent(share.share):>5}", width, "accent"
        )


def _curve(report: Report, width: int) -> Iterator[Line]:
    """Items that have come to an end, over time."""
    if not report.items.total or len(report.progress) < 2 or report.driven_s <= 0:
        return
    room = max(10, width - 12)
    samples = _sampled(report.progress, report.driven_s, room)
    top = max(report.items.total, 1)
    pace = f"  {number(report.pace.items_per_minute)} a minute" if report.pace.items_per_minute is not None else ""
    yield (
        ("Items over time", "strong"),
        (f"{pace}   █ succeeded  ▒ failed  most at once {report.parallel.peak}", "muted"),
    )
    for level in reversed(range(_CURVE_LINES)):
        label = f"{top:>5} " if level == _CURVE_LINES - 1 else f"{0:>5} " if level == 0 else "      "
        cells = [_cell(point.succeeded / top, (point.succeeded + point.failed) / top, level) for point in samples]
        yield ((label, "muted"), *_joined(cells))
    end = duration(report.driven_s)
    yield ((f"{'':6}0s{end:>{max(1, room - 2)}}", "muted"),)
    yield ((f"{'at work':>5} "[-8:], "muted"), *_spark([point.running for point in samples], width - 12))


def _sampled(points: Sequence[Progress], whole_s: float, room: int) -> list[Progress]:
    """Returns how things stood at the end of each of so many stretches of time."""
    samples: list[Progress] = []
    index = 0
    for column in range(room):
        until = whole_s * (column + 1) / room
        while index + 1 < len(points) and points[index + 1].at_s <= until:
            index += 1
        samples.append(points[index])
    return samples


def _cell(good: float, all_: float, level: int) -> Span:
    """Returns a cell of a column chart with `_CURVE_LINES` lines of eight steps each."""
    low = level / _CURVE_LINES
    share = (good - low) * _CURVE_LINES
    if share >= 1:
        return ("█", "success")
    over = (all_ - low) * _CURVE_LINES
    if share <= 0:
        return ("▒", "error") if over >= 0.5 else (" ", "muted")
    if over - share >= 0.5:
        return ("▒", "error")
    return (_BARS[min(7, int(share * 8))], "success")


def _joined(cells: Iterable[Span]) -> list[Span]:
    spans: list[Span] = []
    for text, role in cells:
        if spans and spans[-1][1] == role:
            spans[-1] = (spans[-1][0] + text, role)
        else:
            spans.append((text, role))
    return spans


def _spark(values: Sequence[int], room: int) -> list[Span]:
    top = max([1, *values])
    return [
        (
            "".join(_BARS[min(7, value * 8 // (top + 1))] if value else " " for value in values[: max(1, room)]),
            "primary",
        )
    ]


def _pace(report: Report) -> Iterator[Line]:
    if not report.items.total:
        return
    parallel, pace, waits, merging = report.parallel, report.pace, report.waits, report.merging
    yield (("Agents", "strong"),)
    yield (
        ("slots used ", "muted"),
        (percent(parallel.efficiency), "text"),
        (f" of {parallel.slots}, at most {parallel.peak} at once   ", "muted"),
        ("attempts ", "muted"),
        (f"{pace.attempts}", "text"),
        (f" ({pace.failed_attempts} failed, {pace.retries} retries)   ", "muted"),
        ("p50 ", "muted"),
        (duration(pace.attempt_times.p50_s), "text"),
        (" p95 ", "muted"),
        (duration(pace.attempt_times.p95_s), "text"),
        (" max ", "muted"),
        (duration(pace.attempt_times.max_s), "text"),
    )
    waited = (
        ("slot", waits.slot_s),
        ("provider", waits.quota_s + waits.turn_s),
        ("budget", waits.budget_s),
        ("merge queue", waits.merge_queue_s),
        ("a person", waits.person_s),
        ("circuit breaker", waits.breaker_s),
    )
    told = [f"{name} {duration(seconds)}" for name, seconds in waited if seconds > 0]
    yield (("waited for ", "muted"), (" · ".join(told) or "nothing", "text"))
    merges = f"{merging.merged} merged, {plural(merging.conflicts, 'conflict')}, {merging.resolved} resolved"
    verified = f", verified {merging.verify_runs} times ({merging.verify_failed} failed)" if merging.verify_runs else ""
    yield (("merges     ", "muted"), (f"{merges}{verified}", "text"))


def _steps(steps: Sequence[StepTimes], width: int) -> Iterator[Line]:
    """The spread of each step's times: up to p50, on to p95, on to the longest."""
    if not steps:
        return
    label = min(_LABEL, max(12, width // 4))
    room = max(8, width - label - 36)
    longest = max((step.times.max_s or 0.0 for step in steps), default=0.0)
    yield (
        ("Steps", "strong"),
        (f"{'':{max(1, label - 5)}}{'n':>5}{'p50':>8}{'p95':>8}{'max':>8}  {fit('█ p50 ▒ p95 ░ max', room)}", "muted"),
    )
    for step in steps[:_STEPS]:
        times = step.times
        failed: Role = "error" if step.failed else "text"
        yield (
            (fit(clip_name(safe(step.label or step.path, 300), label), label), failed),
            (
                f"{times.count:>5}{duration(times.p50_s):>8}{duration(times.p95_s):>8}{duration(times.max_s):>8}  ",
                "text",
            ),
            *_spread(times.p50_s or 0.0, times.p95_s or 0.0, times.max_s or 0.0, longest, room),
            (f" ✗{step.failed}" if step.failed else "", "error"),
        )


def _spread(p50: float, p95: float, longest: float, top: float, room: int) -> list[Span]:
    if top <= 0:
        return []
    ends = [min(room, max(1, round(value / top * room))) if value > 0 else 0 for value in (p50, p95, longest)]
    return [
        ("█" * ends[0], "primary"),
        ("▒" * max(0, ends[1] - ends[0]), "primary"),
        ("░" * max(0, ends[2] - max(ends[:2])), "muted"),
    ]


def _costs(report: Report, width: int) -> Iterator[Line]:
    """What was spent, by step and by provider; in dollars where a price is known, else in tokens."""
    by_money = report.spend.usd is not None and report.spend.usd > 0
    spent = [
        (f"{step.phase}: {step.label or step.path}", step.spend)
        for step in report.steps
        if (step.spend.usd if by_money else (step.spend.input_tokens or 0) + (step.spend.output_tokens or 0))
    ]
    providers = [(use.provider, use.spend, use.limits) for use in report.providers]
    if not spent and not providers:
        return
    value = {
        id(spend): (spend.usd or 0.0) if by_money else float((spend.input_tokens or 0) + (spend.output_tokens or 0))
        for _, spend in spent
    }
    whole = sum(value.values()) or 1.0
    yield (("Cost by step", "strong"),) if by_money else (("Tokens by step", "strong"),)
    for name, spend in sorted(spent, key=lambda one: -value[id(one[1])])[:12]:
        told = cost(spend) if by_money else tokens_in_short(spend)
        yield _bar(name, value[id(spend)] / whole, f"{told:>12}", width, "primary")
    for provider, spend, limits in providers:
        limited = f", {plural(limits, 'limit')}" if limits else ""
        yield (
            (fit(f"by {safe(provider, 60)}", _LABEL), "muted"),
            (f"{cost(spend)}, {tokens(spend)} tokens in {amount(spend.calls)} calls{limited}", "text"),
        )


def _bar(name: str, share: float, figure: str, width: int, role: Role) -> Line:
    label = min(38, max(14, width // 3))
    room = max(4, width - label - len(figure) - 6)
    full, rest = divmod(int(min(max(share, 0.0), 1.0) * room * 8), 8)
    bar = "█" * full + ("▏▎▍▌▋▊▉"[rest - 1] if rest else "")
    return ((fit(safe(name, 300), label) + " ", "text"), (bar.ljust(room), role), (f" {figure}", "muted"))


def _tables(report: Report) -> Iterator[Line]:
    """What the written report has besides."""
    for section in sections(report, most_items=_ITEMS):
        if section.key in _WRITTEN:
            yield from (taken_over(line) for line in section_lines(section))

"""Charts of a report as SVG. Colours are classes; the page's style sheet knows them, by day and night.

All drawings are `WIDTH` units wide and scale with the page. Foreign text only ever stands in `<title>`, escaped.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from prodigy_tui.report.foreign import visible
from prodigy_tui.report.model import Attempt, Progress, Report
from prodigy_tui.report.words import amount, dollars, duration, percent

WIDTH: Final = 1000
_LEFT, _RIGHT, _FOOT = 56, 34, 22
_MOST_POINTS: Final = 500
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


def bar(parts: Sequence[tuple[str, str, float]]) -> str:
    """Returns one bar divided by shares; a part is the class of its colour, what it is called, and its share."""
    drawn, left = [], 0.0
    for colour, name, share in parts:
        width = share * WIDTH
        title = f"<title>{_text(name)}: {percent(share)}</title>"
        drawn.append(f'<rect class="{colour}" x="{left:.1f}" y="0" width="{width:.1f}" height="28">{title}</rect>')
        if width > 60:
            drawn.append(
                f'<text class="on" x="{left + width / 2:.1f}" y="18" text-anchor="middle">{percent(share)}</text>'
            )
        left += width
    return _svg("bar", 28, drawn)


def items_over_time(report: Report) -> str:
    """Returns how many items were done, well and badly, at each moment; by the scale on the right, agents at work."""
    height = 240
    most, peak = max(1, report.items.total), max(1, report.parallel.peak)
    points = thinned(report.progress)
    base, top = height - _FOOT, 8

    def y(value: float, full: int = most) -> float:
        return base - value / full * (base - top)

    done = [(one.at_s, y(one.succeeded)) for one in points]
    both = [(one.at_s, y(one.succeeded + one.failed)) for one in points]
    running = [(one.at_s, y(one.running, peak)) for one in points]
    return _svg(
        "plot",
        height,
        [
            *_time_axis(report, base, top),
            *_value_axis([(y(value), amount(value)) for value in sorted({0, most // 2, most})]),
            f'<text class="axis agents" x="{WIDTH - _RIGHT + 6}" y="{top + 4}">{amount(peak)}</text>',
            f'<path class="bad" d="{_stairs(both, report.driven_s, base)}"/>',
            f'<path class="good" d="{_stairs(done, report.driven_s, base)}"/>',
            f'<path class="line agents" d="{_stairs(running, report.driven_s, None)}"/>',
        ],
    )


def spent_over_time(report: Report) -> str:
    """Returns what was spent up to each moment: money where prices are known, else tokens."""
    height = 180
    points = thinned(report.progress)
    in_money = report.spend.usd is not None and report.spend.usd > 0
    values = [(one.usd or 0.0) if in_money else float(one.tokens) for one in points]
    most = max(values, default=0.0)
    if most <= 0:
        return ""
    base, top = height - _FOOT, 8
    curve = [(one.at_s, base - value / most * (base - top)) for one, value in zip(points, values, strict=True)]
    labels = [
        (base - part * (base - top), dollars(most * part) if in_money else amount(round(most * part)))
        for part in (0, 0.5, 1)
    ]
    return _svg(
        "plot",
        height,
        [
            *_time_axis(report, base, top),
            *_value_axis([(at, label.removesuffix(" USD")) for at, label in labels]),
            f'<path class="spent" d="{_stairs(curve, report.driven_s, base)}"/>',
        ],
    )


def timeline(report: Report) -> str:
    """Returns a lane for each worktree with its agents as bars."""
    slots = sorted({attempt.slot for attempt in report.timeline})
    if not slots or report.driven_s <= 0:
        return ""
    lane = max(3.0, min(18.0, 480 / len(slots)))
    gap = lane * 0.15
    base = len(slots) * lane + 4
    rows = {slot: number * lane + 4 for number, slot in enumerate(slots)}
    names = {item.item_id: item.label or item.item_id for item in report.item_reports}
    every = max(1, -(-len(slots) // 24))
    drawn = [*_time_axis(report, base, 0)]
    for number, slot in enumerate(slots):
        if number % every == 0:
            drawn.append(
                f'<text class="axis" x="{_LEFT - 6}" y="{rows[slot] + lane * 0.7:.1f}" text-anchor="end">{slot}</text>'
            )
    for attempt in report.timeline:
        drawn.append(
            _attempt(
                attempt, names.get(attempt.item_id, attempt.item_id), report.driven_s, rows[attempt.slot], lane - gap
            )
        )
    return _svg("plot", base + _FOOT, drawn)


def _attempt(attempt: Attempt, name: str, whole_s: float, top: float, height: float) -> str:
    end_s = whole_s if attempt.ended_s is None else attempt.ended_s
    left, right = _x(attempt.started_s, whole_s), _x(end_s, whole_s)
    again = f", attempt {attempt.attempt}" if attempt.attempt > 1 else ""
    outcome = attempt.outcome.replace("_", " ")
    title = f"{name}{again}: {outcome}, {duration(end_s - attempt.started_s)}"
    return (
        f'<rect class="end-{attempt.outcome}" x="{left:.1f}" y="{top:.1f}" width="{max(0.8, right - left - 0.6):.1f}" '
        f'height="{height:.1f}" rx="1.5"><title>{_text(title)}</title></rect>'
    )


def thinned(points: Sequence[Progress]) -> Sequence[Progress]:
    """Returns so few points that they can be told apart; the last one is among them."""
    stride = -(-len(points) // _MOST_POINTS)
    return points if stride <= 1 else [*points[:-1:stride], points[-1]]


def _svg(kind: str, height: float, drawn: Sequence[str]) -> str:
    return f'<svg class="{kind}" viewBox="0 0 {WIDTH} {height:.0f}" role="img">{"".join(drawn)}</svg>'


def _text(text: str) -> str:
    return escape(visible(text))


def _x(seconds: float, whole_s: float) -> float:
    return _LEFT + (seconds / whole_s if whole_s else 0.0) * (WIDTH - _LEFT - _RIGHT)


def _stairs(points: Sequence[tuple[float, float]], whole_s: float, base: float | None) -> str:
    """Returns the path of a value that stays until the next point; down to `base` it is an area."""
    if not points:
        return ""
    moves = [f"M{_x(points[0][0], whole_s):.1f} {points[0][1]:.1f}"]
    for at_s, y in points[1:]:
        moves.append(f"H{_x(at_s, whole_s):.1f}V{y:.1f}")
    if base is not None:
        moves.append(f"V{base:.1f}H{_x(points[0][0], whole_s):.1f}Z")
    return "".join(moves)


def _time_axis(report: Report, base: float, top: float) -> Iterator[str]:
    """Yields the line below, moments on it, and where a process took the run up again."""
    whole = report.driven_s
    step = next((step for step in _STEPS if whole / step <= 8), 7 * _STEPS[-1])
    yield f'<path class="grid" d="M{_LEFT} {base:.1f}H{WIDTH - _RIGHT}"/>'
    at = 0.0
    while at <= whole:
        x = _x(at, whole)
        yield f'<path class="grid" d="M{x:.1f} {top:.1f}V{base:.1f}"/>'
        yield f'<text class="axis" x="{x:.1f}" y="{base + 15:.1f}" text-anchor="middle">{_tick(at)}</text>'
        at += step
    for session in report.sessions[1:]:
        x = _x(session.started_s, whole)
        title = f"taken up again {session.at:%Y-%m-%d %H:%M} UTC"
        yield f'<path class="session" d="M{x:.1f} {top:.1f}V{base:.1f}"><title>{title}</title></path>'


def _tick(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{f' {whole % 60}s' if whole % 60 else ''}"
    return f"{whole // 3600}h{f' {whole % 3600 // 60}m' if whole % 3600 else ''}"


def _value_axis(labels: Sequence[tuple[float, str]]) -> Iterator[str]:
    for y, label in labels:
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>'
        yield f'<text class="axis" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(label)}</text>'

"""A report, or a comparison, as a page in one file: opens offline, prints, and is readable with a thousand items."""

from collections.abc import Iterator, Sequence

from prodigy_tui.report.blocks import word
from prodigy_tui.report.charts import bar, items_over_time, spent_over_time, timeline
from prodigy_tui.report.compare import Comparison
from prodigy_tui.report.comparison_sections import comparison_sections
from prodigy_tui.report.model import Report
from prodigy_tui.report.page import card, heading, legend, page, parts, safe
from prodigy_tui.report.sections import sections
from prodigy_tui.report.words import CAUSES, UNKNOWN, amount, cost, duration, moment, number, percent, tokens_in_short

_COLOURS = 8
_LANES = "A lane for each worktree, which one agent at a time has; dashed where another process took the run up."
_ENDS = (
    ("k-good", "success"),
    ("k-bad", "failed"),
    ("k-warn", "not merged"),
    ("k-doubt", "suspect"),
    ("k-idle", "cut short"),
    ("k-calm", "at work"),
)


def html(report: Report) -> str:
    """Returns the whole file."""
    return page(f"{report.workflow}: {report.run_id}", _body(report))


def comparison_html(comparison: Comparison) -> str:
    """Returns the whole file about two runs."""
    return page(f"{comparison.a.run_id} and {comparison.b.run_id}", _comparison_body(comparison))


def _comparison_body(comparison: Comparison) -> Iterator[str]:
    told = comparison.verdicts
    yield f"<header><h1>{safe(comparison.a.workflow)}: two runs</h1>"
    yield f"<p>A {safe(comparison.a.run_id)} · B {safe(comparison.b.run_id)}</p></header>"
    yield '<div class="cards">'
    yield card(amount(told.better), "items better in B")
    yield card(amount(told.worse), "items worse in B")
    yield card(amount(told.same), "items with the same outcome")
    yield card(amount(told.files_differ), "items with other files")
    yield "</div>"
    for section in comparison_sections(comparison, most_items=None):
        yield from heading(section)
        yield from parts(section)


def _body(report: Report) -> Iterator[str]:
    yield from _header(report)
    for section in sections(report, most_items=None):
        yield from heading(section)
        yield from _drawing(section.key, report)
        yield from parts(section)
        if section.key == "pace" and (lanes := timeline(report)):
            yield "<h2>Timeline of agents</h2>"
            yield f'<p class="about">{_LANES}</p>'
            yield lanes
            yield legend(_ENDS)
    known = f"up to event {amount(report.seq)}, {moment(report.until)}"
    yield f"<footer>prodigy-tui · run {safe(report.run_id)} · {known}</footer>"


def _header(report: Report) -> Iterator[str]:
    status = word(report.status)
    so_far = ", so far" if report.live else ""
    badge = f'<span class="badge {status.mood}">{safe(status.text)}{so_far}</span>'
    yield "<header>"
    yield f"<h1>{safe(report.workflow or report.run_id)} {badge}</h1>"
    label = f" · {safe(report.label)}" if report.label else ""
    yield f"<p>{safe(report.run_id)}{label} · {moment(report.started_at)}</p>"
    yield "</header>"
    yield '<div class="cards">'
    if report.items.total:
        yield card(f"{amount(report.items.succeeded)} / {amount(report.items.total)}", "items succeeded")
        yield card(percent(report.pace.success_rate), "success rate")
        yield card(number(report.pace.items_per_minute), "items per minute")
        yield card(percent(report.parallel.efficiency), f"of {amount(report.parallel.slots)} slots busy")
    yield card(duration(report.driven_s), "driven time")
    figure = cost(report.spend).removesuffix(" USD")
    yield card(figure, "cost" if figure == UNKNOWN else "USD")
    yield card(tokens_in_short(report.spend), "tokens")
    yield "</div>"
    if report.bottleneck is not None:
        yield f'<p class="bottleneck"><b>Bottleneck</b>{safe(report.bottleneck.text)}</p>'


def _drawing(key: str, report: Report) -> Iterator[str]:
    match key:
        case "time":
            yield from _divided([(CAUSES[one.cause], one.share) for one in report.where_time_went])
        case "phases":
            yield from _divided([(one.phase, one.share or 0.0) for one in report.phases if one.share])
        case "pace" if report.driven_s > 0:
            yield items_over_time(report)
            yield legend((("k-good", "succeeded"), ("k-bad", "failed"), ("k-calm", "agents at work")))
        case "cost" if report.driven_s > 0 and (spent := spent_over_time(report)):
            yield spent
            yield legend((("k-calm", "USD so far" if report.spend.usd else "tokens so far"),))


def _divided(shares: Sequence[tuple[str, float]]) -> Iterator[str]:
    if not shares:
        return
    colours = [f"c{min(position, _COLOURS - 1)}" for position in range(len(shares))]
    named = [(colour, name, share) for colour, (name, share) in zip(colours, shares, strict=True)]
    yield bar(named)
    yield legend([(colour, f"{name} {percent(share)}") for colour, name, share in named])

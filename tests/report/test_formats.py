"""Reports in every format: what they say, and that foreign text stays text in them."""

import json
import re
from html.parser import HTMLParser

import msgspec
import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from prodigy_tui.events.schema import AgentFinished, Envelope, ItemDeadLettered, ItemsLoaded, RunStarted, StepStarted
from prodigy_tui.events.values import Failure, Item
from prodigy_tui.report.charts import thinned
from prodigy_tui.report.compare import Comparison, compare
from prodigy_tui.report.document import document
from prodigy_tui.report.html import comparison_html, html
from prodigy_tui.report.lanes import lanes
from prodigy_tui.report.markdown import code, comparison_markdown, markdown
from prodigy_tui.report.measure import measure
from prodigy_tui.report.model import Attempt, Progress, Report
from prodigy_tui.report.progress import Curve
from prodigy_tui.report.text import Line, comparison_lines, lines
from tests.support.make import make_run
from tests.support.rules import rule

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></svg><b>x",
    "| a | b |\n# title\n```\n![x](http://evil) @ada [y](javascript:z)",
    "`code` \\| `` ``` ``` <u>",
    "\x1b[31mred\x1b]0;title\x07\u202egnp.exe\u2028\u200b\ud800",
    "&amp;&#60;",
)


def text_of(shown: list[Line]) -> str:
    return "\n".join("".join(span.text for span in line) for line in shown)


def poisoned(text: str) -> list[Envelope]:
    """A run in which everything foreign says `text`."""
    envelopes = []
    for envelope in make_run(items=4, failing=[2], conflicting=[3]):
        event = envelope.event
        match event:
            case RunStarted():
                event = replace(event, workflow=text, label=text, run_id=text, target=text)
            case ItemsLoaded():
                items = tuple(Item(id=item.id, safe_id="x", data=text, label=text) for item in event.items)
                event = replace(event, items=items)
            case StepStarted():
                event = replace(event, label=text)
            case AgentFinished(failure=None):
                event = replace(event, files=(text,))
            case ItemDeadLettered():
                event = replace(event, failure=Failure(kind="exit", message=text, step=text))
        envelopes.append(replace(envelope, event=event))
    return envelopes


@pytest.fixture(scope="module")
def report() -> Report:
    return measure(make_run(items=6, failing=[2, 4], conflicting=[3], retried=[5]))


@rule("cli 8.4 formats", "cli 8.4 bottleneck", "cli 8.4 timeline")
def test_every_format_says_what_a_person_wants_to_know(report: Report) -> None:
    assert report.bottleneck is not None
    for written in (text_of(list(lines(report))), markdown(report), html(report)):
        for wanted in ("modernise-260314-092653-q7xk", "make the change", "item-5", "pytest -q failed", "0.0700 USD"):
            assert wanted in written
        assert "6: 3 succeeded, 3 failed" in written
        assert report.bottleneck.text.partition(",")[0] in written
        assert "imeline" in written or "TIMELINE" in written


class Page(HTMLParser):
    """Everything that a browser would meet."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page_of(text: str) -> Page:
    page = Page()
    page.feed(text)
    page.close()
    return page


@rule("cli 8.4 formats", "cli 8.4 html")
@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_is_text_in_a_page(text: str) -> None:
    known = page_of(html(measure(make_run(items=4, failing=[2], conflicting=[3]))))
    report = measure(poisoned(text))
    for written in (html(report), comparison_html(compare(report, report))):
        page = page_of(written)

        assert page.tags <= known.tags
        assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "href")]
        assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2028\u200b\ud800-\udfff]", written)
    if "<" in text and "\n" not in text:
        assert text in "".join(page_of(html(report)).texts)


@rule("cli 8.4 html")
def test_a_page_needs_nothing_from_elsewhere_and_runs_nothing(report: Report) -> None:
    written = html(report)

    assert "default-src &#x27;none&#x27;" in written or "default-src 'none'" in written
    assert not re.search(r"<script|<link|@import|url\(|https?://", written)
    assert "@media print" in written
    assert "prefers-color-scheme: dark" in written
    assert written.count("<svg") == 5


@rule("cli 8.4 formats")
@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_is_code_in_markdown(text: str) -> None:
    bad, good = measure(poisoned(text)), measure(poisoned("good"))
    for written, like in (
        (markdown(bad), markdown(good)),
        (comparison_markdown(compare(bad, good)), comparison_markdown(compare(good, good))),
    ):
        assert structure(written) == structure(like)
        assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2028\u200b\ud800-\udfff]", written)


def structure(text: str) -> list[str]:
    """The blocks that a reader of Markdown finds; what stands in a line may only be text and code."""
    found = []
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(text):
        found.append(token.type)
        for inner in token.children or ():
            tags = inner.type == "html_inline" and inner.content in ("<code>", "</code>")
            assert tags or inner.type in ("text", "code_inline", "softbreak"), inner
    return found


def test_code_is_as_short_as_it_can_be() -> None:
    assert code("src/a b.py") == "`src/a b.py`"
    assert code("a `` b") == "``` a `` b ```"
    assert code("a|b") == "<code>a&#124;b</code>"
    assert code(" ") == "–"


@rule("cli 8.4 formats")
@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_is_one_harmless_line_in_text(text: str) -> None:
    report = measure(poisoned(text))
    comparison = compare(report, report)

    for shown in (lines(report), comparison_lines(comparison)):
        for line in shown:
            assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u200b\ud800-\udfff]", text_of([line]))
    assert comparison_markdown(comparison)


def test_the_document_is_plain_data_with_times_and_rounded_figures(report: Report) -> None:
    plain = json.loads(json.dumps(document(report)))

    assert plain["started_at"] == "2026-03-14T09:26:53.250000Z"
    assert msgspec.convert(plain, Report).items == report.items
    assert plain["parallel"]["efficiency"] == 0.654762
    assert msgspec.convert(json.loads(json.dumps(document(compare(report, report)))), Comparison)


def test_a_thousand_items_stay_readable_where_only_lines_fit() -> None:
    report = measure(make_run(items=300, failing=range(10, 20), max_parallel=60))
    shown = text_of(list(lines(report)))

    assert "and 280 more" in shown
    assert "and 20 lanes more" in shown
    assert "item-19 " in shown  # what has failed comes first
    assert markdown(report).count("| `item-") == 100
    assert html(report).count('<td class="foreign">item-') == 300
    assert len(html(report)) < 400_000


def test_lanes_show_beginning_and_end_of_every_attempt() -> None:
    def attempt(number: int, slot: int, start: float, end: float | None, outcome: str) -> Attempt:
        return Attempt(
            item_id="i", attempt=number, slot=slot, started_s=start, ended_s=end, outcome=outcome
        )  # fmt: skip

    timeline = [
        attempt(1, 2, 0, 5, "success"),
        attempt(1, 1, 2, 4, "failed"),
        attempt(2, 1, 4, 6, "conflict"),
        attempt(1, 2, 6, None, "running"),
    ]

    assert list(lanes(timeline, 10.0, 10)) == [(1, "..[=[=!..."), (2, "[=====[==>")]
    assert list(lanes(timeline, 0.0, 10)) == []


def test_progress_is_thinned_out_and_keeps_both_ends() -> None:
    curve = Curve()
    for number in range(50_000):
        curve.add(Progress(at_s=float(number), succeeded=number, failed=0, running=1, tokens=0, usd=None))
    points = curve.points(60_000.0)

    assert len(points) < 2100
    assert (points[0].at_s, points[-1].at_s, points[-1].succeeded) == (0.0, 60_000.0, 49_999)
    assert [one.at_s for one in points] == sorted(one.at_s for one in points)
    assert thinned(points)[-1] is points[-1]

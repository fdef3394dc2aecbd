"""Reports and comparisons on their way out: measured from the record of a run, written in the format that is wanted."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from prodigy_tui.cli.forms import Wanted
from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.output import Painted, Part, harmless_lines
from prodigy_tui.cli.places import is_live
from prodigy_tui.clock import SystemClock
from prodigy_tui.events.evolve import InvalidTransition
from prodigy_tui.events.source import LogDamaged, read_events
from prodigy_tui.storage import RunFolder

if TYPE_CHECKING:
    from prodigy_tui.report.compare import Comparison
    from prodigy_tui.report.model import Report
    from prodigy_tui.report.text import Line, Role

_COLOURS: Final[dict["Role", str]] = {"good": "green", "bad": "red", "warn": "yellow"}


def measured(folder: RunFolder) -> "Report":
    """Returns the report of a run; of one that is under way, up to now.

    Raises:
        LogDamaged: the record cannot be read, makes no sense, or lacks its beginning.
    """
    from prodigy_tui.report.measure import measure

    live = is_live(folder)
    try:
        report = measure(read_events(folder.events), live=live, now=SystemClock().now())
    except InvalidTransition as error:
        raise LogDamaged(folder.events, error.envelope.seq, str(error)) from error
    if not report.run_id and not live:
        raise LogDamaged(folder.events, 1, "the event 'run_started' is missing")
    return replace(report, run_id=report.run_id or folder.run_id)


def figures_of(events: Path) -> "Callable[[int | None], Report]":
    """Returns what measures the run of a log up to an event, as things stood then; without one up to the last."""

    def measure_upto(upto: int | None) -> "Report":
        from prodigy_tui.report.measure import measure

        try:
            return measure(islice(read_events(events), upto), live=True)
        except InvalidTransition as error:
            raise LogDamaged(events, error.envelope.seq, str(error)) from error

    return measure_upto


def print_report(invocation: Invocation, report: "Report", wanted: Wanted) -> None:
    """Writes a report.

    Raises:
        FileUnwritable: the file that is wanted cannot be written.
    """
    from prodigy_tui.report.document import document
    from prodigy_tui.report.html import html
    from prodigy_tui.report.markdown import markdown
    from prodigy_tui.report.text import lines

    match wanted.form:
        case "json" if wanted.file is None:
            invocation.output.document("report", document(report))
        case "json":
            _written(invocation, wanted, invocation.output.document_text("report", document(report)) + "\n")
        case "html":
            _written(invocation, wanted, html(report))
        case "md":
            _written(invocation, wanted, markdown(report))
        case "text":
            _lines(invocation, wanted, lines(report))


def print_comparison(invocation: Invocation, comparison: "Comparison", wanted: Wanted) -> None:
    """Writes what differs between two runs.

    Raises:
        FileUnwritable: the file that is wanted cannot be written.
    """
    from prodigy_tui.report.document import document
    from prodigy_tui.report.html import comparison_html
    from prodigy_tui.report.markdown import comparison_markdown
    from prodigy_tui.report.text import comparison_lines

    match wanted.form:
        case "json" if wanted.file is None:
            invocation.output.document("runs-diff", document(comparison))
        case "json":
            _written(invocation, wanted, invocation.output.document_text("runs-diff", document(comparison)) + "\n")
        case "html":
            _written(invocation, wanted, comparison_html(comparison))
        case "md":
            _written(invocation, wanted, comparison_markdown(comparison))
        case "text":
            _lines(invocation, wanted, comparison_lines(comparison))


def _lines(invocation: Invocation, wanted: Wanted, shown: "Iterable[Line]") -> None:
    if wanted.file is not None:
        _written(invocation, wanted, "".join(f"{''.join(span.text for span in line).rstrip()}\n" for line in shown))
        return
    for line in shown:
        invocation.output.line(*_painted(line))


def _painted(line: "Line") -> Iterator[Part]:
    for text, role in line:
        if role == "plain":
            yield text
        else:
            yield Painted(text, _COLOURS.get(role), bold=role == "title", dim=role == "dim")


def _written(invocation: Invocation, wanted: Wanted, text: str) -> None:
    output = invocation.output
    if wanted.file is None:
        output.text(text.removesuffix("\n"))
        return
    from prodigy_tui.cli.letters.exporting import write_file

    write_file(invocation.cwd / wanted.file, harmless_lines(output.secrecy.text(text)))
    output.say(f"written to {wanted.file}")

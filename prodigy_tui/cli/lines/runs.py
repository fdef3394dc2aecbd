"""Lines of what concerns a run as a whole: its beginning and end, its limits, what it was asked."""

from prodigy_tui.cli.lines.line import Line, asker, line, status_word, value_text
from prodigy_tui.cli.output import Painted
from prodigy_tui.events.schema import (
    BudgetRaised,
    BudgetSet,
    DiskRecovered,
    DiskRefused,
    KnownEvent,
    LogRecovered,
    ParametersChanged,
    ResultsForgotten,
    RunFinished,
    RunResumed,
    RunStarted,
    SignalReceived,
    StopDecided,
    WarningRaised,
    WorkflowReplaced,
    WorkLost,
)
from prodigy_tui.wording import amount_of, bytes_of, plural, span


def run_line(event: KnownEvent, who: str) -> Line | None:
    """Returns what is said of an event of the run as a whole; None of another."""
    match event:
        case RunStarted():
            onto = f"on {event.target} at {event.base[:9]}"
            return line("run ", Painted(event.run_id, bold=True), f" of {event.workflow} {onto}")
        case RunResumed():
            return line("run taken up again")
        case WorkLost(message=message):
            return line(Painted("warning", "yellow"), f": {message}")
        case ResultsForgotten(steps=steps):
            told = ", ".join(f"{phase} {path}" for phase, paths in steps.items() for path in paths)
            return line(f"secret values are not recorded; steps that make them run again: {told}")
        case WorkflowReplaced():
            return line(f"the workflow is that of {event.file} from here on")
        case RunFinished():
            message = f": {event.message}" if event.message else ""
            word = Painted(f"landed on {event.landed}", "yellow") if event.landed else status_word(event.status)
            return line("run ", word, message)
        case StopDecided():
            code = f" ({event.code})" if event.code else ""
            return line(Painted("stopping", "yellow"), f": {event.message}{code}")
        case BudgetSet() | BudgetRaised():
            time = span(event.time_s) if event.time_s is not None else ""
            limits = ", ".join(text for text in (amount_of(event.usd, event.tokens or 0), time) if text)
            by = f" (by {event.by})" if isinstance(event, BudgetRaised) else ""
            return line(f"budget  {limits or 'as before'}{by}", level=0 if by else 1)
        case SignalReceived():
            words = (event.signal, who or None, event.number, event.answer)
            what = " ".join(str(word) for word in words if word is not None)
            return line("asked  ", Painted(what, bold=True), f", by {asker(event.source)}")
        case ParametersChanged(values=values):
            changed = ", ".join(f"{name} = {value_text(value)}" for name, value in values.items())
            return line("from now on  ", Painted(changed, bold=True))
        case WarningRaised():
            about = f"{who}: " if who else ""
            code = f" ({event.code})" if event.code else ""
            return line(Painted("warning", "yellow"), f": {about}{event.message}{code}")
        case DiskRefused():
            return line(Painted("paused", "yellow"), f": {event.message}{_room(event)}")
        case DiskRecovered():
            return line("the disk can be written again; the run goes on")
        case LogRecovered():
            return line(f"the record ended in half a line; {plural(event.dropped_bytes, 'byte')} dropped")
        case _:
            return None


def _room(event: DiskRefused) -> str:
    """What has to be so that a run goes on that the disk holds up."""
    if not event.needed:
        return "; it is tried again for some minutes"
    free = "" if event.free is None else f" ({bytes_of(event.free)} are free)"
    return f"; the run goes on by itself when there is room for {bytes_of(event.needed)} more{free}"

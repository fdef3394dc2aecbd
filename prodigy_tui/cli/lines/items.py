"""Lines of phases and items, and of how the map gets on."""

from collections.abc import Callable

from prodigy_tui.cli.lines.line import Line, line, status_word, why_of
from prodigy_tui.cli.output import Painted
from prodigy_tui.events.schema import (
    AgentContinued,
    AgentFinished,
    AgentInterrupted,
    AgentStarted,
    BreakerClosed,
    BreakerOpened,
    CanaryJudged,
    FailuresReported,
    ItemDeadLettered,
    ItemDiscarded,
    ItemRequeued,
    ItemSkipped,
    ItemsLoaded,
    KnownEvent,
    ParallelChanged,
    PassStarted,
    PhaseFinished,
    PhaseStarted,
    ReduceRequested,
    RetryScheduled,
)
from prodigy_tui.wording import plural, span


def phase_line(event: KnownEvent) -> Line | None:
    """Returns what is said of a phase; None of another event."""
    match event:
        case PhaseStarted():
            return line("phase ", Painted(event.phase, bold=True))
        case PassStarted(iteration=iteration, iterations=iterations, argument=argument):
            value = "" if argument is None else f", value {argument + 1}"
            return line("pass ", Painted(f"{iteration} of {iterations}{value}", bold=True))
        case PhaseFinished():
            message = f": {event.message}" if event.message else ""
            return line("phase ", Painted(event.phase, bold=True), " ", status_word(event.status), message)
        case ItemsLoaded():
            return line(plural(len(event.items), "item"))
        case _:
            return None


def item_line(event: KnownEvent, who: str) -> Line | None:
    """Returns what is said of an item; None of another event."""
    match event:
        case AgentStarted():
            again = f", attempt {event.attempt}" if event.attempt > 1 else ""
            return line(f"{who}: agent started{again}")
        case AgentFinished(outcome="success"):
            made = (
                f"{plural(event.commits, 'commit')}, {plural(len(event.files), 'file')}"
                if event.commits
                else "no change"
            )
            return line(f"{who}: ", status_word("ok"), f", {made}, {span(event.duration_s)}")
        case AgentFinished():
            return line(f"{who}: ", status_word(event.outcome), why_of(event.failure))
        case AgentInterrupted():
            return line(f"{who}: attempt {event.attempt} was ", status_word("interrupted"))
        case RetryScheduled():
            return line(f"{who}: starts again at {event.due.astimezone():%H:%M:%S}")
        case ItemDeadLettered():
            return line(f"{who}: ", Painted("to the dead letter queue", "red"))
        case ItemSkipped():
            return line(f"{who}: skipped after its failure")
        case ItemRequeued(from_attempt=attempt):
            files = "" if attempt is None else f", with the files of attempt {attempt}"
            return line(f"{who}: goes back to work{files}")
        case ItemDiscarded(reason=reason):
            return line(f"{who}: discarded for good{f': {reason}' if reason else ''}")
        case ReduceRequested():
            return line("reduce runs again after the map")
        case _:
            return None


def pace_line(event: KnownEvent, name: Callable[[str], str]) -> Line | None:
    """Returns what is said of how the map gets on as a whole; None of another event."""
    match event:
        case FailuresReported(item_ids=item_ids, total=total):
            more = f" and {total - len(item_ids)} more" if total > len(item_ids) else ""
            named = ", ".join(map(name, item_ids))
            return line(Painted(f"{plural(total, 'item')} failed", "red"), f": {named}{more}")
        case BreakerOpened():
            until = f"{event.until.astimezone():%H:%M:%S}"
            row = f" after {plural(event.failures, 'failure')} in a row" if event.failures > 1 else ""
            return line(Painted("circuit breaker open", "yellow"), f"{row}: no agent starts before {until}")
        case BreakerClosed():
            return line(Painted("circuit breaker closed", "green"), ": agents start as usual")
        case CanaryJudged(passed=passed, message=message):
            return line("canary ", Painted("passed", "green") if passed else Painted("refused", "red"), f": {message}")
        case ParallelChanged():
            return line(f"{plural(event.number, 'agent')} at once now: {event.reason}")
        case AgentContinued():
            return line(f"{name(event.item_id)}: goes on with the answer", level=1)
        case _:
            return None

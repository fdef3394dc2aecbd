"""Lines of steps, whoever they are of, and of what agents say and use in them."""

from prodigy_tui.cli.lines.line import Line, Parts, line, status_word, why_of
from prodigy_tui.cli.output import Painted
from prodigy_tui.events.evolve_merges import VERIFY
from prodigy_tui.events.evolve_resolutions import RESOLVE
from prodigy_tui.events.evolve_steps import ITERATION
from prodigy_tui.events.schema import (
    AgentMessage,
    BudgetAwaited,
    BudgetReserved,
    BudgetSettled,
    CalledRunFinished,
    CalledRunStarted,
    KnownEvent,
    ProviderLimited,
    StepCommitted,
    StepFinished,
    StepHeld,
    StepInterrupted,
    StepLetIn,
    StepRetryScheduled,
    StepStarted,
    UsageReported,
    ValidationFinished,
)
from prodigy_tui.wording import amount_of, span

_ABOUT_MERGES = {VERIFY: "verification", RESOLVE: "resolution"}
"""Whose steps those are whose paths begin so."""


def step_line(event: KnownEvent, who: str) -> Line | None:
    """Returns what is said of a step; None of another event."""
    path = getattr(event, "path", "")
    about = next((name for begin, name in _ABOUT_MERGES.items() if path.startswith(begin)), "")
    where = f"{who or about or getattr(event, 'phase', '')}: "
    match event:
        case StepStarted():
            again = f", try {event.execution}" if event.execution > 1 else ""
            one_of_many = event.item_id is not None or ITERATION in event.path or bool(about)
            return line(f"{where}step {event.label}{again}", level=1 if one_of_many else 0)
        case StepRetryScheduled():
            why = f": {event.message}" if event.message else ""
            at = f"{event.due.astimezone():%H:%M:%S}"
            return line(f"{where}step {event.path} starts again at {at}{why}", level=0 if event.item_id is None else 1)
        case ValidationFinished():
            level = 0 if event.item_id is None and not event.passed else 1
            return line(f"{where}check of step {event.path}: ", *_score(event), level=level)
        case StepFinished():
            level = 1 if event.item_id is not None or event.status == "ok" else 0
            why, took = why_of(event.failure), span(event.duration_s)
            return line(f"{where}step {event.path} ", status_word(event.status), f", {took}{why}", level=level)
        case StepInterrupted():
            return line(f"{where}step {event.path} ", status_word("interrupted"))
        case StepCommitted():
            return line(f"{where}step {event.path} committed {event.commit[:9]}", level=1)
        case AgentMessage():
            return line(f"{where}{event.kind}: {event.text}", level=2)
        case UsageReported(usage=usage):
            cost = "" if usage.usd is None else f", {usage.usd:.4f} USD"
            tokens = f"{usage.input_tokens} tokens in, {usage.output_tokens} out"
            return line(f"{where}{event.provider}: {tokens}{cost}", level=2)
        case ProviderLimited():
            until = f"{event.until.astimezone():%H:%M:%S}"
            return line(Painted(f"{event.provider} waits for its limit until {until}", "yellow"), f": {event.message}")
        case StepHeld():
            until = f" until {event.until.astimezone():%H:%M:%S}" if event.until is not None else ""
            why = f": {event.by} of {event.provider}{until}"
            # Of many agents that wait for one provider, the provider's own line says enough.
            level = 0 if event.item_id is None else 1
            return line(f"{where}step {event.path} ", status_word("waiting"), why, level=level)
        case StepLetIn():
            return line(f"{where}step {event.path} goes on", level=1)
        case BudgetAwaited():
            return line(f"{where}step {event.path} ", status_word("waiting"), f": {event.message}")
        case BudgetReserved():
            return line(f"{where}{amount_of(event.usd or None, event.tokens)} set aside", level=2)
        case BudgetSettled():
            return line(f"{where}nothing set aside any more", level=2)
        case CalledRunStarted():
            verb = "goes on with" if event.again else "calls"
            return line(f"{where}step {event.path} {verb} {event.workflow}: run ", Painted(event.run_id, bold=True))
        case CalledRunFinished():
            message = f": {event.message}" if event.message else ""
            # Its dead letters make it a failed run, and do not fail the step.
            word = Painted("ended", "yellow") if event.dead else status_word(event.status)
            return line("run ", Painted(event.run_id, bold=True), " ", word, message)
        case _:
            return None


def _score(event: ValidationFinished) -> Parts:
    if event.message:
        return Painted("invalid", "red"), f": {event.message}"
    missing = f", missing {', '.join(event.missing)}" if event.missing else ""
    points = f"{event.score:g} of {event.threshold:g} points"
    return Painted(points, "green" if event.passed else "yellow"), missing

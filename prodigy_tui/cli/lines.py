"""One line a person can read for every event: what a headless run says, and what `events` prints."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from prodigy_tui.cli.output import Painted, Part
from prodigy_tui.events.evolve_merges import VERIFY
from prodigy_tui.events.evolve_resolutions import RESOLVE
from prodigy_tui.events.evolve_steps import ITERATION
from prodigy_tui.events.schema import (
    AgentContinued,
    AgentFinished,
    AgentInterrupted,
    AgentMessage,
    AgentStarted,
    BreakerClosed,
    BreakerOpened,
    BudgetAwaited,
    BudgetRaised,
    BudgetReserved,
    BudgetSet,
    BudgetSettled,
    CalledRunFinished,
    CalledRunStarted,
    CanaryJudged,
    CandidateMade,
    CommitsSquashed,
    DiskRecovered,
    DiskRefused,
    Envelope,
    FailuresReported,
    GateAnswered,
    GateOpened,
    ItemDeadLettered,
    ItemDiscarded,
    ItemRequeued,
    ItemSkipped,
    ItemsLoaded,
    KnownEvent,
    LandingFinished,
    LandingStarted,
    LeftoversCommitted,
    LogRecovered,
    MergeFinished,
    MergeInterrupted,
    MergeStarted,
    ParallelChanged,
    ParametersChanged,
    PassStarted,
    PhaseFinished,
    PhaseStarted,
    ProviderLimited,
    ReduceRequested,
    ResolutionFinished,
    ResolutionStarted,
    ResultsForgotten,
    RetryScheduled,
    RunFinished,
    RunResumed,
    RunStarted,
    RunTidied,
    SignalReceived,
    StepCommitted,
    StepFinished,
    StepHeld,
    StepInterrupted,
    StepLetIn,
    StepRetryScheduled,
    StepStarted,
    StopDecided,
    Unknown,
    UsageReported,
    ValidationFinished,
    VerifyFinished,
    VerifyStarted,
    WarningRaised,
    WorkflowReplaced,
    WorkLost,
    WorktreeCreated,
    WorktreeLeft,
    WorktreeRemoved,
)
from prodigy_tui.events.values import Failure

Parts: TypeAlias = tuple[Part, ...]

_COLOURS = {
    "ok": "green",
    "success": "green",
    "succeeded": "green",
    "merged": "green",
    "landed": "green",
    "failed": "red",
    "dead": "red",
    "damaged": "red",
    "refused": "red",
    "conflict": "red",
    "stopped": "yellow",
    "waiting": "yellow",
    "unmerged": "yellow",
    "paused": "yellow",
    "interrupted": "yellow",
    "cancelled": "yellow",
    "tolerated": "yellow",
    "running": "cyan",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is said about one event."""

    level: int
    """0: always; 1: with `-v`; 2: with `-vv`."""
    parts: Parts


def status_word(status: str) -> Painted:
    """Returns a status in its colour."""
    return Painted(status, _COLOURS.get(status))


def span(seconds: float) -> str:
    """Returns a length of time as people say it: `0.4s`, `12s`, `3m05s`, `2h07m`."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"


def bytes_of(count: int) -> str:
    """Returns an amount of bytes as people say it: `512 B`, `3.4 KiB`, `12 MiB`."""
    amount, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"


def amount_of(usd: float | None, tokens: int) -> str:
    """Returns `1.50 USD, 2000 tokens`, without what there is none of."""
    parts = (f"{usd:.2f} USD" if usd is not None else "", f"{tokens} tokens" if tokens else "")
    return ", ".join(part for part in parts if part)


def plural(count: int, noun: str) -> str:
    """Returns `1 file`, `2 files`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def line_of(envelope: Envelope, name: Callable[[str], str] = str) -> Line:
    """Returns the line of one event, its time in front; `name` says what people call the item of an id."""
    event = envelope.event
    item_id: str | None = getattr(event, "item_id", None)
    who = name(item_id) if item_id is not None else ""
    if isinstance(event, Unknown):
        line = Line(level=2, parts=(f"{event.type} (an event of a newer program)",))
    else:
        line = (
            _run(event, who)
            or _phase(event)
            or _item(event, who)
            or _step(event, who)
            or _merge(event, who)
            or _pace(event, name)
            or _other(event)
        )
    clock = f"{envelope.at.astimezone():%H:%M:%S}  "
    return Line(level=line.level, parts=(Painted(clock, dim=True), *line.parts))


def _line(*parts: Part, level: int = 0) -> Line:
    return Line(level=level, parts=parts)


def _why(failure: Failure | None) -> str:
    if failure is None:
        return ""
    where = f" at {failure.step}" if failure.step else ""
    return f"{where}: {failure.message}"


def _run(event: KnownEvent, who: str) -> Line | None:
    match event:
        case RunStarted():
            onto = f"on {event.target} at {event.base[:9]}"
            return _line("run ", Painted(event.run_id, bold=True), f" of {event.workflow} {onto}")
        case RunResumed():
            return _line("run taken up again")
        case WorkLost(message=message):
            return _line(Painted("warning", "yellow"), f": {message}")
        case ResultsForgotten(steps=steps):
            told = ", ".join(f"{phase} {path}" for phase, paths in steps.items() for path in paths)
            return _line(f"secret values are not recorded; steps that make them run again: {told}")
        case WorkflowReplaced():
            return _line(f"the workflow is that of {event.file} from here on")
        case RunFinished():
            message = f": {event.message}" if event.message else ""
            return _line("run ", status_word(event.status), message)
        case StopDecided():
            code = f" ({event.code})" if event.code else ""
            return _line(Painted("stopping", "yellow"), f": {event.message}{code}")
        case BudgetSet() | BudgetRaised():
            time = span(event.time_s) if event.time_s is not None else ""
            limits = ", ".join(text for text in (amount_of(event.usd, event.tokens or 0), time) if text)
            by = f" (by {event.by})" if isinstance(event, BudgetRaised) else ""
            return _line(f"budget  {limits or 'as before'}{by}", level=0 if by else 1)
        case SignalReceived():
            words = (event.signal, who or None, event.number, event.answer)
            what = " ".join(str(word) for word in words if word is not None)
            return _line("signal ", Painted(what, bold=True), f" from {event.source}")
        case ParametersChanged(values=values):
            changed = ", ".join(f"{name} = {value_text(value)}" for name, value in values.items())
            return _line("from now on  ", Painted(changed, bold=True))
        case WarningRaised():
            about = f"{who}: " if who else ""
            code = f" ({event.code})" if event.code else ""
            return _line(Painted("warning", "yellow"), f": {about}{event.message}{code}")
        case DiskRefused():
            return _line(Painted("paused", "yellow"), f": {event.message}{_room(event)}")
        case DiskRecovered():
            return _line("the disk can be written again; the run goes on")
        case LogRecovered():
            return _line(f"the record ended in half a line; {plural(event.dropped_bytes, 'byte')} dropped")
        case _:
            return None


def _room(event: DiskRefused) -> str:
    """What has to be so that a run goes on that the disk holds up."""
    if not event.needed:
        return "; it is tried again for some minutes"
    free = "" if event.free is None else f" ({bytes_of(event.free)} are free)"
    return f"; the run goes on by itself when there is room for {bytes_of(event.needed)} more{free}"


def value_text(value: Any) -> str:
    """Returns a value as people write it: text as it is, all else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _phase(event: KnownEvent) -> Line | None:
    match event:
        case PhaseStarted():
            return _line("phase ", Painted(event.phase, bold=True))
        case PassStarted(iteration=iteration, iterations=iterations, argument=argument):
            value = "" if argument is None else f", value {argument + 1}"
            return _line("pass ", Painted(f"{iteration} of {iterations}{value}", bold=True))
        case PhaseFinished():
            message = f": {event.message}" if event.message else ""
            return _line("phase ", Painted(event.phase, bold=True), " ", status_word(event.status), message)
        case ItemsLoaded():
            return _line(plural(len(event.items), "item"))
        case _:
            return None


def _item(event: KnownEvent, who: str) -> Line | None:
    match event:
        case AgentStarted():
            again = f", attempt {event.attempt}" if event.attempt > 1 else ""
            return _line(f"{who}: agent started{again}")
        case AgentFinished(outcome="success"):
            made = (
                f"{plural(event.commits, 'commit')}, {plural(len(event.files), 'file')}"
                if event.commits
                else "no change"
            )
            return _line(f"{who}: ", status_word("ok"), f", {made}, {span(event.duration_s)}")
        case AgentFinished():
            return _line(f"{who}: ", status_word(event.outcome), _why(event.failure))
        case AgentInterrupted():
            return _line(f"{who}: attempt {event.attempt} was ", status_word("interrupted"))
        case RetryScheduled():
            return _line(f"{who}: starts again at {event.due.astimezone():%H:%M:%S}")
        case ItemDeadLettered():
            return _line(f"{who}: ", Painted("to the dead letter queue", "red"))
        case ItemSkipped():
            return _line(f"{who}: skipped after its failure")
        case ItemRequeued(from_attempt=attempt):
            files = "" if attempt is None else f", with the files of attempt {attempt}"
            return _line(f"{who}: goes back to work{files}")
        case ItemDiscarded(reason=reason):
            return _line(f"{who}: discarded for good{f': {reason}' if reason else ''}")
        case ReduceRequested():
            return _line("reduce runs again after the map")
        case _:
            return None


_ABOUT_MERGES = {VERIFY: "verification", RESOLVE: "resolution"}
"""Whose steps those are whose paths begin so."""


def _step(event: KnownEvent, who: str) -> Line | None:
    path = getattr(event, "path", "")
    about = next((name for begin, name in _ABOUT_MERGES.items() if path.startswith(begin)), "")
    where = f"{who or about or getattr(event, 'phase', '')}: "
    match event:
        case StepStarted():
            again = f", try {event.execution}" if event.execution > 1 else ""
            one_of_many = event.item_id is not None or ITERATION in event.path or bool(about)
            return _line(f"{where}step {event.label}{again}", level=1 if one_of_many else 0)
        case StepRetryScheduled():
            why = f": {event.message}" if event.message else ""
            at = f"{event.due.astimezone():%H:%M:%S}"
            return _line(f"{where}step {event.path} starts again at {at}{why}", level=0 if event.item_id is None else 1)
        case ValidationFinished():
            level = 0 if event.item_id is None and not event.passed else 1
            return _line(f"{where}check of step {event.path}: ", *_score(event), level=level)
        case StepFinished():
            level = 1 if event.item_id is not None or event.status == "ok" else 0
            why, took = _why(event.failure), span(event.duration_s)
            return _line(f"{where}step {event.path} ", status_word(event.status), f", {took}{why}", level=level)
        case StepInterrupted():
            return _line(f"{where}step {event.path} ", status_word("interrupted"))
        case StepCommitted():
            return _line(f"{where}step {event.path} committed {event.commit[:9]}", level=1)
        case AgentMessage():
            return _line(f"{where}{event.kind}: {event.text}", level=2)
        case UsageReported(usage=usage):
            cost = "" if usage.usd is None else f", {usage.usd:.4f} USD"
            tokens = f"{usage.input_tokens} tokens in, {usage.output_tokens} out"
            return _line(f"{where}{event.provider}: {tokens}{cost}", level=2)
        case ProviderLimited():
            until = f"{event.until.astimezone():%H:%M:%S}"
            return _line(Painted(f"{event.provider} waits for its limit until {until}", "yellow"), f": {event.message}")
        case StepHeld():
            until = f" until {event.until.astimezone():%H:%M:%S}" if event.until is not None else ""
            why = f": {event.by} of {event.provider}{until}"
            # Of many agents that wait for one provider, the provider's own line says enough.
            level = 0 if event.item_id is None else 1
            return _line(f"{where}step {event.path} ", status_word("waiting"), why, level=level)
        case StepLetIn():
            return _line(f"{where}step {event.path} goes on", level=1)
        case BudgetAwaited():
            return _line(f"{where}step {event.path} ", status_word("waiting"), f": {event.message}")
        case BudgetReserved():
            return _line(f"{where}{amount_of(event.usd or None, event.tokens)} set aside", level=2)
        case BudgetSettled():
            return _line(f"{where}nothing set aside any more", level=2)
        case CalledRunStarted():
            verb = "goes on with" if event.again else "calls"
            return _line(f"{where}step {event.path} {verb} {event.workflow}: run ", Painted(event.run_id, bold=True))
        case CalledRunFinished():
            message = f": {event.message}" if event.message else ""
            return _line("run ", Painted(event.run_id, bold=True), " ", status_word(event.status), message)
        case _:
            return None


def _score(event: ValidationFinished) -> Parts:
    if event.message:
        return Painted("invalid", "red"), f": {event.message}"
    missing = f", missing {', '.join(event.missing)}" if event.missing else ""
    points = f"{event.score:g} of {event.threshold:g} points"
    return Painted(points, "green" if event.passed else "yellow"), missing


_PURPOSES = {
    "base": "the run branch alone",
    "part": "a part of them",
    "again": "once more",
    "fix": "the step that mends",
    "fixed": "what that has made",
}
"""What is verified after a failure."""


def _verification(event: VerifyStarted | VerifyFinished) -> Line:
    if isinstance(event, VerifyStarted):
        number = len(event.item_ids)
        what = "the result of the run" if event.landing else f"{number} {'branch' if number == 1 else 'branches'}"
        if event.purpose in _PURPOSES:
            what = _PURPOSES[event.purpose] + (f" ({what})" if number and event.purpose == "part" else "")
        return _line(f"verifying {event.commit[:9]}: {what}", level=1)
    message = f": {event.message}" if event.message else ""
    batch = f", from now on {event.batch} at once" if event.batch else ""
    took = f" after {span(event.duration_s)}{batch}"
    level = 0 if event.status == "failed" else 1
    return _line(f"verification of {event.commit[:9]} ", status_word(event.status), took, message, level=level)


def _resolution(event: ResolutionStarted | ResolutionFinished, who: str) -> Line:
    of_conflict = event.purpose == "conflict"
    if isinstance(event, ResolutionStarted):
        paths = event.paths[:3]
        files = ", ".join(paths) + (f" and {len(event.paths) - 3} more" if len(event.paths) > 3 else "")
        again = f", try {event.attempt}" if event.attempt > 1 else ""
        if of_conflict:
            return _line(f"{who}: ", status_word("conflict"), f" in {files}, an agent works on it{again}")
        return _line(f"{who}: making {files} anew", level=1)
    what = "work on the conflict" if of_conflict else "making files anew"
    message = f": {event.message}" if event.message else ""
    level = 0 if of_conflict or event.status == "failed" else 1
    return _line(f"{who}: {what} ", status_word(event.status), f", {span(event.duration_s)}{message}", level=level)


def _merge(event: KnownEvent, who: str) -> Line | None:
    match event:
        case MergeStarted():
            return _line(f"{who}: merging", level=1)
        case MergeFinished(status="conflict"):
            return _line(f"{who}: ", status_word("conflict"), f" in {', '.join(event.conflicts)}")
        case MergeFinished(status="failed"):
            return _line(f"{who}: not merged", _why(event.failure))
        case MergeFinished(resolved_by=resolved_by):
            solved = f": {resolved_by}" if resolved_by else ""
            level = 0 if resolved_by else 1
            return _line(f"{who}: ", status_word(event.status), f", run branch at {event.tip[:9]}{solved}", level=level)
        case MergeInterrupted():
            return _line(f"{who}: merge was ", status_word("interrupted"))
        case VerifyStarted() | VerifyFinished():
            return _verification(event)
        case ResolutionStarted() | ResolutionFinished():
            return _resolution(event, who or "landing")
        case GateOpened():
            return _line(Painted("question", "yellow"), f": {event.question} ({' or '.join(event.options)})")
        case GateAnswered():
            return _line(f"answer: {event.answer}, by {event.by}")
        case CandidateMade(resolved_by=resolved_by):
            solved = f": {resolved_by}" if resolved_by else ""
            state = "verified, " if event.verified else ""
            shown = f"{state}{event.commit[:9]} onto {event.target} at {event.onto[:9]}{solved}"
            return _line(f"candidate {shown}", level=0 if resolved_by else 1)
        case LandingStarted():
            return _line(f"landing on {event.target}", level=1)
        case LandingFinished():
            message = f": {event.message}" if event.message else ""
            at = f" at {event.commit[:9]}" if event.status == "landed" else ""
            return _line(f"{event.target}: ", status_word(event.status), f"{at}{message}")
        case _:
            return None


def _pace(event: KnownEvent, name: Callable[[str], str]) -> Line | None:
    """How the map gets on as a whole."""
    match event:
        case FailuresReported(item_ids=item_ids, total=total):
            more = f" and {total - len(item_ids)} more" if total > len(item_ids) else ""
            named = ", ".join(map(name, item_ids))
            return _line(Painted(f"{plural(total, 'item')} failed", "red"), f": {named}{more}")
        case BreakerOpened():
            until = f"{event.until.astimezone():%H:%M:%S}"
            row = f" after {plural(event.failures, 'failure')} in a row" if event.failures > 1 else ""
            return _line(Painted("circuit breaker open", "yellow"), f"{row}: no agent starts before {until}")
        case BreakerClosed():
            return _line(Painted("circuit breaker closed", "green"), ": agents start as usual")
        case CanaryJudged(passed=passed, message=message):
            return _line("canary ", Painted("passed", "green") if passed else Painted("refused", "red"), f": {message}")
        case ParallelChanged():
            return _line(f"{plural(event.number, 'agent')} at once now: {event.reason}")
        case AgentContinued():
            return _line(f"{name(event.item_id)}: goes on with the answer", level=1)
        case _:
            return None


def _other(event: KnownEvent) -> Line:
    match event:
        case WorktreeCreated():
            return _line(f"worktree {event.name} at {event.path}", level=2)
        case WorktreeLeft():
            return _line(Painted("warning", "yellow"), f": worktree {event.path} could not be removed: {event.message}")
        case WorktreeRemoved():
            return _line(f"worktree {event.path} removed", level=2)
        case RunTidied():
            return _line("what the run has left behind is removed", level=2)
        case CommitsSquashed():
            return _line(f"{event.phase}: commits made into one each", level=1)
        case LeftoversCommitted():
            return _line(f"uncommitted changes of the run committed at {event.commit[:9]}", level=1)
        case _:
            return _line(type(event).__name__, level=2)

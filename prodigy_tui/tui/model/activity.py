"""Events as one line each: when, who, what. Chatter that says nothing alone has no line."""

from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from prodigy_tui.events import schema as ev
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.line import Role
from prodigy_tui.tui.model.text import agent_name, safe, span
from prodigy_tui.wording import first_of, merge_conflict, plural

_LONGEST = 300


class Activity(Struct, frozen=True, kw_only=True):
    """One line of the activity log."""

    seq: int
    at: datetime
    who: str
    text: str
    role: Role = "text"


def item_of(event: ev.KnownEvent | ev.Unknown) -> str | None:
    """Returns the item that an event is about."""
    return getattr(event, "item_id", None)


def describe(envelope: Envelope, state: RunState) -> Activity | None:
    """Returns the line for an event, or `None`; `state` knows the positions of the items."""
    told = _tell(envelope.event)
    if told is None:
        return None
    text, role = told
    item = state.items.get(item_of(envelope.event) or "")
    who = agent_name(item.position) if item is not None else getattr(envelope.event, "phase", None) or "run"
    return Activity(seq=envelope.seq, at=envelope.at, who=who, text=safe(text, _LONGEST), role=role)


def _tell(event: ev.KnownEvent | ev.Unknown) -> tuple[str, Role] | None:
    if isinstance(event, ev.AgentMessage | ev.AgentStarted | ev.AgentFinished | ev.AgentInterrupted):
        return _tell_agent(event)
    if isinstance(event, ev.StepFinished | ev.StepRetryScheduled | ev.ValidationFinished):
        return _tell_step(event)
    if isinstance(event, _OF_MERGES):
        return _tell_merge(event)
    if isinstance(event, _ItemEvent):
        return _tell_item(event)
    match event:
        case ev.RunStarted(workflow=workflow, target=target):
            return f"run of {workflow} begins from {target}", "strong"
        case ev.RunResumed():
            return "run taken up again", "strong"
        case ev.RunFinished(landed=target, message=message) if target:
            return _with(f"run landed on {target}", message), "warning"
        case ev.RunFinished(status=status, message=message):
            return f"run {status}" + (
                f": {message}" if message else ""
            ), "success" if status == "succeeded" else "error"
        case ev.PhaseStarted(phase=phase):
            return f"{phase} begins", "strong"
        case ev.PassStarted(iteration=iteration, iterations=iterations, argument=argument):
            return f"pass {iteration} of {iterations}" + (
                f", value {argument + 1}" if argument is not None else ""
            ), "strong"
        case ev.PhaseFinished(phase=phase, status=status, message=message):
            return f"{phase} {status}" + (
                f": {message}" if message else ""
            ), "error" if status == "failed" else "strong"
        case ev.CalledRunStarted(workflow=workflow, run_id=run_id, again=again):
            return f"{'goes on with' if again else 'calls'} {workflow}: run {run_id}", "strong"
        case ev.CalledRunFinished(run_id=run_id, status=status, message=message, dead=dead):
            return _with(f"run {run_id} {'ended' if dead else status}", message), "strong"
        case _:
            return _tell_surroundings(event)


def _tell_surroundings(event: ev.KnownEvent | ev.Unknown) -> tuple[str, Role] | None:
    """People, limits, warnings, the disk."""
    match event:
        case ev.SignalReceived():
            return f"asked: {_signal(event)}", "accent"
        case ev.GateOpened(question=question):
            return f"waits for you: {question}", "warning"
        case ev.GateAnswered(answer=answer, by=by):
            return f"{by} answers {answer}", "accent"
        case ev.ProviderLimited(provider=provider, message=message):
            return _with(f"{provider} is at its limit", message), "warning"
        case ev.WarningRaised(message=message):
            return f"warning: {message}", "warning"
        case ev.StopDecided(message=message):
            return f"stops: {message}", "error"
        case ev.DiskRefused(message=message):
            return f"holds still: {message}", "error"
        case ev.DiskRecovered():
            return "the disk can be written again", "success"
        case ev.LogRecovered(dropped_bytes=dropped):
            return f"event log recovered, {plural(dropped, 'byte')} of a torn line dropped", "warning"
        case _:
            return None


def _tell_agent(
    event: ev.AgentMessage | ev.AgentStarted | ev.AgentFinished | ev.AgentInterrupted,
) -> tuple[str, Role] | None:
    match event:
        case ev.AgentMessage(kind=kind, text=text):
            return (f"{kind}: {text}", "muted") if kind not in ("session", "result") else None
        case ev.AgentStarted(attempt=attempt):
            return ("begins" if attempt == 1 else f"begins attempt {attempt}"), "text"
        case ev.AgentFinished(outcome="success", commits=commits, duration_s=seconds):
            return f"finished with {plural(commits, 'commit')} in {span(seconds)}", "success"
        case ev.AgentFinished(outcome=outcome, failure=failure):
            return f"{outcome.upper()} {failure.message if failure else ''}".rstrip(), "error"
        case ev.AgentInterrupted():
            return "was interrupted", "warning"


def _tell_step(event: ev.StepFinished | ev.StepRetryScheduled | ev.ValidationFinished) -> tuple[str, Role] | None:
    match event:
        case ev.StepFinished(status="failed", failure=failure, path=path):
            return f"step {path} failed: {failure.message if failure else ''}", "error"
        case ev.StepRetryScheduled(path=path, execution=execution, message=message):
            return _with(f"step {path} waits for try {execution}", message), "warning"
        case ev.ValidationFinished(path=path, message=message) if message:
            return f"check of step {path} is invalid: {message}", "error"
        case ev.ValidationFinished(path=path, score=score, threshold=threshold, missing=missing):
            said = _with(f"check of step {path}: {score:g} of {threshold:g} points", ", ".join(missing))
            return said, "success" if event.passed else "warning"
        case _:
            return None


def _tell_resolution(event: ev.ResolutionStarted | ev.ResolutionFinished) -> tuple[str, Role] | None:
    match event:
        case ev.ResolutionStarted(purpose="conflict", paths=paths):
            return f"an agent works on the conflict in {first_of(paths)}", "warning"
        case ev.ResolutionFinished(purpose="conflict", status="ok"):
            return "the conflict is solved", "success"
        case ev.ResolutionFinished(status="failed", message=message):
            return message, "error"
        case _:
            return None


_OF_MERGES = (
    ev.MergeStarted
    | ev.MergeFinished
    | ev.ResolutionStarted
    | ev.ResolutionFinished
    | ev.VerifyFinished
    | ev.LandingStarted
    | ev.LandingFinished
)


def _tell_merge(
    event: ev.MergeStarted
    | ev.MergeFinished
    | ev.ResolutionStarted
    | ev.ResolutionFinished
    | ev.VerifyFinished
    | ev.LandingStarted
    | ev.LandingFinished,
) -> tuple[str, Role] | None:
    match event:
        case ev.MergeFinished(status="conflict", conflicts=paths, detail=detail):
            return merge_conflict(paths, detail), "error"
        case ev.MergeFinished(status="failed", failure=failure):
            return failure.message if failure is not None else "not merged", "error"
        case ev.MergeFinished(tip=tip):
            return f"merged, run branch at {tip[:7]}", "accent"
        case ev.LandingStarted(target=target):
            return f"landing on {target}", "accent"
        case ev.LandingFinished(status="landed", target=target, commit=commit):
            return f"landed on {target} as {commit[:7]}", "success"
        case ev.LandingFinished(status=status, message=message):
            return f"{status}: {message}", "warning"
        case ev.ResolutionStarted() | ev.ResolutionFinished():
            return _tell_resolution(event)
        case ev.VerifyFinished(status="failed", message=message):
            return _with(f"verification of {event.commit[:7]} failed", message), "warning"
        case _:
            return None


_ItemEvent: TypeAlias = (
    ev.ItemsLoaded
    | ev.RetryScheduled
    | ev.ItemSkipped
    | ev.ItemDeadLettered
    | ev.ItemRequeued
    | ev.ItemDiscarded
    | ev.ReduceRequested
    | ev.ParametersChanged
)


def _tell_item(event: _ItemEvent) -> tuple[str, Role] | None:
    match event:
        case ev.ItemsLoaded(items=items):
            return f"{plural(len(items), 'item')} to do", "strong"
        case ev.RetryScheduled():
            return "will be tried again", "warning"
        case ev.ItemSkipped():
            return "left out, by policy", "warning"
        case ev.ItemDeadLettered(failure=failure):
            return f"dead letter: {failure.message}", "error"
        case ev.ItemRequeued():
            return "goes back to work", "accent"
        case ev.ItemDiscarded(reason=reason):
            return _with("discarded for good", reason), "warning"
        case ev.ReduceRequested():
            return "reduce runs again after the map", "accent"
        case ev.ParametersChanged(values=values):
            return f"other values from now on: {', '.join(values)}", "accent"


def _with(text: str, message: str) -> str:
    return f"{text}: {message}" if message else text


def _signal(event: ev.SignalReceived) -> str:
    of = event.item_id or event.gate or (str(event.number) if event.number is not None else "")
    words = [event.signal, of, event.answer or "", f"({event.note})" if event.note else ""]
    return " ".join(word for word in words if word)

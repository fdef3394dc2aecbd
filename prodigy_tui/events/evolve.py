"""The fold: `evolve(state, envelope)` is the one function that makes a new state.

It never changes its input, knows no clock, and costs the same however many items a run has. An event that cannot follow
the ones before it raises `InvalidTransition`, and no state comes of it. What concerns single items is in
`evolve_items`, of phases, steps, questions and signals in modules of theirs; this one has the run's end and landing.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, get_args

from msgspec.structs import replace

from prodigy_tui.events.evolve_calls import CallEvent, call_taken_in, call_used, evolve_call, without_open_calls
from prodigy_tui.events.evolve_commits import CommitEvent, evolve_commit
from prodigy_tui.events.evolve_gates import GateEvent, evolve_gate
from prodigy_tui.events.evolve_held import HeldEnd, HeldEvent, evolve_held, no_longer_held
from prodigy_tui.events.evolve_items import (
    ItemEvent,
    evolve_item,
    evolve_item_step,
    evolve_message,
    evolve_messages,
    wait_for_budget,
    without_gate,
    without_question,
)
from prodigy_tui.events.evolve_landing import LandingEvent, evolve_landing
from prodigy_tui.events.evolve_letters import evolve_letter, reduce_anew
from prodigy_tui.events.evolve_merges import (
    MergeEvent,
    evolve_merge,
    evolve_verify_step,
    is_of_verification,
)
from prodigy_tui.events.evolve_pace import PaceEvent, evolve_pace, note_limit
from prodigy_tui.events.evolve_phases import evolve_phase, items_loaded, pass_started
from prodigy_tui.events.evolve_resolutions import (
    ResolutionEvent,
    evolve_resolution,
    evolve_resolution_step,
    is_of_resolution,
)
from prodigy_tui.events.evolve_resumed import evolve_resumed
from prodigy_tui.events.evolve_sessions import resumed, started
from prodigy_tui.events.evolve_signals import evolve_signal
from prodigy_tui.events.evolve_steps import StepEvent, evolve_run_step
from prodigy_tui.events.evolve_worktrees import UseEvent, evolve_use, evolve_worktree
from prodigy_tui.events.open_items import OpenItems
from prodigy_tui.events.pace import Stop
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentMessage,
    AgentStarted,
    BudgetRaised,
    BudgetSet,
    DiskRecovered,
    DiskRefused,
    Envelope,
    GateOpened,
    ItemDiscarded,
    ItemRequeued,
    ItemsLoaded,
    KnownEvent,
    LogRecovered,
    MergeFinished,
    MergeStarted,
    ParametersChanged,
    PassStarted,
    PhaseFinished,
    PhaseStarted,
    ProviderLimited,
    ReduceRequested,
    ResultsForgotten,
    RunFinished,
    RunResumed,
    RunStarted,
    RunTidied,
    SignalReceived,
    StepFinished,
    StepStarted,
    StopDecided,
    Unknown,
    UsageReported,
    WarningRaised,
    WorkflowReplaced,
    WorkLost,
    WorktreeCreated,
    WorktreeLeft,
    WorktreeRemoved,
)
from prodigy_tui.events.spending import (
    BudgetEvent,
    add_usage,
    evolve_spending,
    limit_spending,
    note_usage,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.told import Warned
from prodigy_tui.events.transition import InvalidTransition

__all__ = ["InvalidTransition", "evolve", "fold"]


def fold(envelopes: Iterable[Envelope], start: RunState | None = None) -> RunState:
    """Returns the state after `envelopes`, beginning from `start` or from nothing.

    Raises:
        InvalidTransition: one of them cannot follow.
    """
    state = start or RunState()
    messages: list[Envelope] = []
    opened: OpenItems | None = None
    for envelope in envelopes:
        kind = type(envelope.event)
        if kind is AgentMessage:
            messages.append(envelope)
            continue
        if messages:
            state = _after_messages(state, messages)
            messages = []
        if opened is None and kind in _OF_ONE_ITEM:
            opened = OpenItems(state.items)
            state = replace(state, items=opened)  # as good as one for these rules
        elif opened is not None and kind not in _OF_ONE_ITEM:
            state, opened = replace(state, items=opened.lasting()), None
        state = evolve(state, envelope)
    if messages:
        state = _after_messages(state, messages)
    return state if opened is None else replace(state, items=opened.lasting())


def _after_messages(state: RunState, messages: list[Envelope]) -> RunState:
    """Returns the state after messages that come one after another: at once where that makes no difference."""
    if len(messages) > 1 and state.last_at is not None and not _is_idle(state):
        after = evolve_messages(state, messages)
        if after is not None:
            return after
    for envelope in messages:
        state = evolve(state, envelope)
    return state


def evolve(state: RunState, envelope: Envelope) -> RunState:
    """Returns the state after one more event.

    Raises:
        InvalidTransition: the event cannot follow; `state` is as good as before.
    """
    event = envelope.event
    kind = type(event)
    if state.last_seq and envelope.seq != state.last_seq + 1:
        raise InvalidTransition(envelope, f"event {state.last_seq + 1} should come next")
    if isinstance(event, _HELD_ENDS):
        state = no_longer_held(state, event)
    changed = _RULES[kind](state, envelope, event)
    if kind in _NOTED:
        changed = _noted(state, changed, envelope)
    return replace(
        changed,
        last_seq=envelope.seq,
        last_at=envelope.at,
        status=_status(changed),
        idle_s=state.idle_s + _idle_s(state, envelope),
    )


def _used(state: RunState, envelope: Envelope, event: UsageReported) -> RunState:
    if event.item_id is None:
        changed = replace(state, usage=add_usage(state.usage, event.usage))
    else:
        changed = evolve_item(state, envelope, event)
    return call_used(replace(changed, spending=note_usage(state.spending, event)), event)


def _gate(state: RunState, envelope: Envelope, event: GateEvent) -> RunState:
    changed = evolve_gate(state, envelope, event)
    if isinstance(event, GateOpened) and event.kind == "budget":
        return replace(changed, spending=replace(state.spending, asked=event.gate))
    return changed


def _noted(before: RunState, state: RunState, envelope: Envelope) -> RunState:
    """Notes what an event means besides."""
    event = envelope.event
    if isinstance(event, ProviderLimited) and not event.again:
        return note_limit(state, before.limited.get(event.provider), envelope.at)
    if isinstance(event, UseEvent):
        return evolve_use(state, event)
    if not isinstance(event, StepFinished):
        return state
    if event.status == "tolerated":
        state = _tolerated(state, envelope, event)
    if event.item_id is None and event.status not in ("failed", "cancelled"):
        state = call_taken_in(state, event.phase, event.path)
    return state


def _step(state: RunState, envelope: Envelope, event: StepEvent) -> RunState:
    if event.item_id is not None:
        return evolve_item_step(state, envelope, event, event.item_id)
    if is_of_verification(event):
        return evolve_verify_step(state, envelope, event)
    if is_of_resolution(event):
        return evolve_resolution_step(state, envelope, event)
    return evolve_run_step(state, envelope, event)


def _idle_s(state: RunState, envelope: Envelope) -> float:
    """Returns the seconds before an event in which nobody drove the run, or all waited for a person or a provider."""
    if state.last_at is None or not (_is_idle(state) or type(envelope.event) is RunResumed):
        return 0.0
    return max(0.0, (envelope.at - state.last_at).total_seconds())  # another machine's clock may be behind


def _is_idle(state: RunState) -> bool:
    return state.ended_at is not None or state.status in ("paused", "waiting") or state.waits_for_provider


def _tolerated(state: RunState, envelope: Envelope, event: StepFinished) -> RunState:
    """A run that goes on after a failed step tells so in the end (language 4.3)."""
    failure = event.failure
    step = failure.step if failure is not None and failure.step else f"{event.phase} {event.path}"
    why = f": {failure.message}" if failure is not None else ""
    message = f"step '{step}' failed and was tolerated{why}"
    warned = Warned(seq=envelope.seq, message=message, item_id=event.item_id)
    return replace(
        state,
        tolerated=state.tolerated + 1,
        warnings=state.warnings.push_front(warned),
        warning_count=state.warning_count + 1,
    )


def _status(state: RunState) -> str:
    if state.ended_at is not None:
        return state.status
    at_rest = not state.counts.running and not state.counts.merging
    if state.gate is not None or state.spending.asked in state.gates or (state.gates and at_rest):
        return "waiting"
    return "paused" if state.paused or state.disk is not None else "running"


def _run_event(state: RunState, envelope: Envelope, event: KnownEvent) -> RunState:
    """The run's own events, one kind a branch."""
    match event:
        case RunStarted():
            return started(state, envelope, event)
        case RunResumed():
            return resumed(state, envelope, event)
        case WorkLost() | ResultsForgotten() | WorkflowReplaced():
            return evolve_resumed(state, envelope, event)
        case RunFinished(status=status, message=message, code=code, exit_code=exit_code):
            at = state.ended_at or envelope.at  # said again when somebody has discarded what was left of a run at rest
            ended = replace(state, status=status, message=message, code=code, exit_code=exit_code, ended_at=at)
            return without_question(ended)
        case SignalReceived():
            return evolve_signal(state, envelope, event)
        case StopDecided():
            decided = Stop(
                kind="policy",
                message=event.message,
                code=event.code,
                exit_code=event.exit_code,
                running=event.running,
            )
            return replace(_without_answered_budget(state), stop=_stronger(state.stop, decided))
        case ItemsLoaded():
            return items_loaded(state, envelope, event)
        case ItemRequeued() | ItemDiscarded() | ReduceRequested():
            return evolve_letter(state, envelope, event)
        case ParametersChanged(values=values):
            known = state.settings.parameters
            return replace(state, settings=replace(state.settings, parameters={**known, **values}))
        case PhaseStarted() | PhaseFinished():
            return reduce_anew(evolve_phase(state, envelope, event))
        case PassStarted():
            return without_open_calls(pass_started(state, envelope, event))
        case WorktreeCreated() | WorktreeRemoved() | WorktreeLeft() | RunTidied():
            return evolve_worktree(state, event)
        case WarningRaised(message=message, code=code, item_id=item_id):
            warned = Warned(seq=envelope.seq, message=message, code=code, item_id=item_id)
            return replace(state, warnings=state.warnings.push_front(warned), warning_count=state.warning_count + 1)
        case LogRecovered():
            return state
        case DiskRefused():
            return replace(state, disk=event)
        case DiskRecovered():
            return replace(state, disk=None)
        case _:
            return _unreachable(event)


_RANKS = {4: 0, 5: 1, 3: 2, 1: 3}
"""Exit codes of stops: where two apply, the one with the lower rank is told."""
_ENDING = ("drain", "cancel", "all")
"""How much of what is under way a stop ends; the later the more."""


def _stronger(known: Stop | None, decided: Stop) -> Stop:
    """Returns the stop that holds: the first one, unless a later one asks for more; it ends as much as any of them."""
    if known is None or known.kind in ("stop", "kill"):
        return known or decided
    told = min(known, decided, key=lambda stop: _RANKS.get(stop.exit_code, len(_RANKS)))
    return replace(told, running=max(known.running, decided.running, key=_ENDING.index))


def _unreachable(event: KnownEvent) -> RunState:
    """Events of items, steps and gates were taken out before; a new kind that nobody handles ends here."""
    raise TypeError(f"no rule for {type(event).__name__}")


def _budget(state: RunState, envelope: Envelope, event: BudgetEvent | BudgetSet | BudgetRaised) -> RunState:
    """What is set aside, who waits for it, and limits that a person has moved: no question about them is left."""
    if not isinstance(event, BudgetSet | BudgetRaised):
        return wait_for_budget(replace(state, spending=evolve_spending(state.spending, event)), envelope, event)
    asked = state.spending.asked
    raised = replace(state, spending=limit_spending(state.spending, event))
    return replace(without_gate(raised, asked), answers=state.answers.discard(asked))


def _without_answered_budget(state: RunState) -> RunState:
    """Returns the state in which a run that is taken up again would ask anew: an answer to stop was for this time."""
    asked = state.spending.asked
    if asked not in state.answers:
        return state
    return replace(state, answers=state.answers.discard(asked), spending=replace(state.spending, asked=""))


_Rule: TypeAlias = Callable[[RunState, Envelope, Any], RunState]
_FAMILIES: tuple[tuple[Any, _Rule], ...] = (
    (ItemEvent, evolve_item),
    (MergeEvent, evolve_merge),
    (ResolutionEvent, evolve_resolution),
    (StepEvent, _step),
    (BudgetEvent | BudgetSet | BudgetRaised, _budget),
    (GateEvent, _gate),
    (PaceEvent, evolve_pace),
    (CommitEvent, evolve_commit),
    (HeldEvent, lambda state, _, event: evolve_held(state, event)),
    (LandingEvent, lambda state, _, event: evolve_landing(state, event)),
    (CallEvent, evolve_call),
)
_RULES: dict[type, _Rule] = {
    **{kind: _run_event for kind in get_args(KnownEvent)},
    **{kind: rule for family, rule in _FAMILIES for kind in get_args(family)},
    UsageReported: _used,
    AgentMessage: evolve_message,
    Unknown: lambda state, *_: state,
}
"""What each kind of event does, found in one step: a log of a million events asks a million times."""
_OF_ONE_ITEM: frozenset[type] = frozenset(
    {AgentStarted, AgentFinished, MergeStarted, MergeFinished, StepStarted, StepFinished, UsageReported}
)
"""The most frequent events by far. Their rules put an item only when they have taken from the state before whatever
they want of it, so that it can be put in place while many are folded."""
_HELD_ENDS = get_args(HeldEnd)
_NOTED: frozenset[type] = frozenset({ProviderLimited, StepFinished, *get_args(UseEvent)})

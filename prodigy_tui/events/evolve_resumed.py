"""The part of the fold that concerns what is found and changed when a run is taken up: lost commits, an edited text."""

from typing import TypeAlias

from msgspec.structs import replace
from rpds import HashTrieMap, List, Queue

from prodigy_tui.events.evolve_items import advance, put, without_gate, without_landing
from prodigy_tui.events.evolve_phases import BEFORE_STEPS, reopened
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.phase_state import PhaseState
from prodigy_tui.events.schema import Envelope, ResultsForgotten, WorkflowReplaced, WorkLost
from prodigy_tui.events.state import RunState
from prodigy_tui.events.told import Warned
from prodigy_tui.events.transition import InvalidTransition

ResumeEvent: TypeAlias = WorkLost | ResultsForgotten | WorkflowReplaced

LOST = "lost"
"""The outcome of an attempt whose commits are gone."""


def evolve_resumed(state: RunState, envelope: Envelope, event: ResumeEvent) -> RunState:
    """Returns the state in which something is done again, or otherwise than before."""
    if isinstance(event, WorkLost):
        return _work_lost(state, envelope, event)
    if isinstance(event, ResultsForgotten):
        return _results_forgotten(state, event)
    return _workflow_replaced(state, event)


def _results_forgotten(state: RunState, event: ResultsForgotten) -> RunState:
    phases = state.phases
    for name, paths in event.steps.items():
        known = phases.get(name)
        if known is None:
            continue
        steps = known.steps
        for path in known.steps:
            if path.partition("/")[0] in paths:
                steps = steps.discard(path)
        status = "waiting" if known.status == "ok" else known.status
        phases = phases.insert(name, replace(known, steps=steps, status=status))
    return replace(state, phases=phases)


def _work_lost(state: RunState, envelope: Envelope, event: WorkLost) -> RunState:
    changed = replace(state, tip=event.tip)
    for item_id in event.to_merge:
        entry = _item(state, envelope, item_id, {"success"})
        waiting = replace(entry, status="merging", merged=False, ended_at=None, waiting="merge queue")
        changed = put(changed, entry, waiting)
    for item_id in event.to_redo:
        entry = _item(state, envelope, item_id, {"success", "merging", "suspect"})
        for name in entry.gates:
            changed = without_gate(changed, name)
        changed = put(changed, entry, _begun_anew(entry, envelope))
    redone = frozenset(event.to_redo)
    undone = sum(1 for one in (*event.to_merge, *event.to_redo) if state.items[one].merged)
    changed = replace(
        changed,
        merged=state.merged - undone,
        requeued=Queue([*state.requeued, *event.to_redo]),
        merge_queue=Queue([*event.to_merge, *(one for one in state.merge_queue if one not in redone)]),
        suspects=Queue([one for one in state.suspects if one not in redone]),
    )
    if undone or redone:
        changed = replace(changed, phases=reopened(changed.phases))
    for name in event.phases:
        known = changed.phases.get(name)
        if known is not None:
            again = replace(known, status="waiting", steps=HashTrieMap(), passing=None, to_squash=List())
            changed = replace(changed, phases=changed.phases.insert(name, again))
    warned = Warned(seq=envelope.seq, message=event.message)
    changed = replace(changed, warnings=state.warnings.push_front(warned), warning_count=state.warning_count + 1)
    return advance(without_landing(changed))


def _begun_anew(entry: ItemState, envelope: Envelope) -> ItemState:
    history = entry.history
    if history:
        history = (*history[:-1], replace(history[-1], outcome=LOST))
    return replace(
        entry,
        status="pending",
        failures=0,
        begun_at=None,
        repeatable=None,
        merged=False,
        gates=(),
        head="",
        commits=0,
        files=(),
        failure=None,
        ended_at=None,
        last_at=envelope.at,
        waiting="",
        step="",
        step_index=0,
        history=history,
    )


def _workflow_replaced(state: RunState, event: WorkflowReplaced) -> RunState:
    phases = state.phases
    for name, kept in event.kept.items():
        known = state.phases.get(name)
        if known is not None:
            phases = phases.insert(name, _cut(known, kept))
    settled = state.settled
    for path in event.unsettled:
        settled = settled.discard(path)
    changed = replace(
        state,
        workflow=event.workflow,
        file=event.file,
        text=event.text,
        digest=event.digest,
        target=event.target,
        outline=event.outline,
        sources=event.sources,
        settings=replace(state.settings, parameters=event.parameters),
        settled=settled,
        max_parallel=state.max_parallel if state.parallel_is_fixed else event.max_parallel or state.max_parallel,
        phases=phases,
        candidate=None,
    )
    return without_landing(changed) if phases != state.phases else changed


def _cut(phase: PhaseState, kept: int) -> PhaseState:
    """Returns a phase that goes on behind its first steps; calls before the first step stay where a step is kept."""
    steps = phase.steps
    for path in phase.steps:
        head = path.partition("/")[0]
        stays = int(head) < kept if head.isdigit() else head.startswith(BEFORE_STEPS) and kept > 0
        if not stays:
            steps = steps.discard(path)
    return replace(phase, status="waiting", steps=steps, message="", failure=None)


def _item(state: RunState, envelope: Envelope, item_id: str, legal: set[str]) -> ItemState:
    entry = state.items.get(item_id)
    if entry is None or entry.status not in legal:
        raise InvalidTransition(envelope, f"item {item_id!r} has nothing to lose")
    return entry

"""What is true of every state of every run."""

from datetime import datetime

from prodigy_tui.engine.decisions.budget import ROUNDING, committed
from prodigy_tui.events.holds import breaker_phase, canary_is_open
from prodigy_tui.events.item_state import FINAL, Counts
from prodigy_tui.events.schema import AgentContinued, AgentStarted, BudgetReserved, KnownEvent
from prodigy_tui.events.state import RunState


def check_invariants(state: RunState) -> None:
    """Fails with the law that a state breaks. Looks at every item, so it is for tests only."""
    entries = [state.items[item_id] for item_id in state.order]
    counted = {name: 0 for name in Counts.__struct_fields__}
    for entry in entries:
        counted[entry.status] += 1
    kept = {name: getattr(state.counts, name) for name in Counts.__struct_fields__}
    assert counted == kept, "counts agree with the items"
    left = [entry for entry in state.items.values() if entry.leftover]
    assert state.uncommitted.items == len(left), "who left something uncommitted is counted"
    assert state.uncommitted.without_commit == sum(not entry.commits for entry in left), "and who committed nothing"
    assert 0 <= state.after_reduce <= state.counts.success, "who came after reduce is done"
    running = {entry.item.id for entry in entries if entry.status in ("running", "waiting")}
    assert set(state.slots.values()) == running, "slots hold exactly the items that an agent carries"
    assert len(set(state.slots)) == len(running), "no two items share a slot"
    waiting = {entry.item.id for entry in entries if entry.status == "merging"}
    queued = set(state.merge_queue) | set(state.merges)
    assert waiting == queued, "who waits for a merge is in the merge queue"
    assert len(list(state.merge_queue)) == len(set(state.merge_queue)), "nobody is in the merge queue twice"
    failed = [entry.item.id for entry in entries if entry.status == "failed"]
    assert set(state.undecided) == set(failed), "every failure waits for its decision"
    dead = {entry.item.id for entry in entries if entry.status == "dead"}
    assert set(state.dead_letters) == dead, "the dead letter queue holds exactly the dead"
    out = {entry.item.id for entry in entries if entry.discarded is not None}
    assert set(state.discarded) == out, "who was discarded is known"
    assert all(state.items[one].status == "skipped" for one in out), "who was discarded stays out"
    assert state.merged == sum(entry.merged for entry in entries), "merged items are counted once"
    asked = {name for entry in entries for name in entry.gates if entry.status in ("waiting", "suspect")}
    assert asked <= set(state.gates), "what an item waits for can be answered"
    for entry in entries:
        if entry.status == "waiting":
            assert entry.gates or entry.item.id in set(state.continuing), "who waits has asked, or has its answer"
        if entry.status == "suspect":
            assert entry.gates or entry.item.id in set(state.suspects), "a suspect is asked about"
        if entry.status == "pending":
            given_out = entry.position < state.next_position
            assert not given_out or entry.item.id in set(state.requeued), "a waiting item can be found"
        if entry.merged:
            assert entry.status == "success", "what is merged is done"
        if entry.status not in ("running", "waiting"):
            assert entry.slot is None, "who does not work has no slot"
        assert len(entry.history) == entry.attempt - (entry.status in ("running", "waiting")), (
            "attempts have their ends"
        )
    _check_worktrees(state)
    _check_pace(state)
    _check_questions(state)
    _check_money(state)


def _check_worktrees(state: RunState) -> None:
    """Worktrees of failed items are out of use, and few are kept; the run's own is known."""
    own = [path for path, made in state.worktrees.items() if made.name == "run"]
    assert own == ([state.run_worktree] if state.run_worktree else []), "the run's own is known by name"
    kept = [state.agent_files[path] for path in state.kept]
    assert len({files.slot for files in kept}) == len(kept) <= state.settings.keep_failed, "few are kept"
    assert not {files.slot for files in kept} & set(state.slots), "nobody works where something is kept"
    for files in kept:
        entry = state.items[files.item_id]
        assert entry.status == "dead" and entry.attempt == files.attempt, "what is kept is of the last failure"


def _check_pace(state: RunState) -> None:
    """F and D, the canary and who is to be told, counted anew."""
    entries = [state.items[item_id] for item_id in state.order]
    given_up = [entry for entry in entries if entry.status in ("dead", "skipped") and not entry.set_aside]
    assert state.final_failures == len(given_up), "F counts the items whose last attempt failed"
    assert state.set_aside == sum(entry.set_aside for entry in entries), "who was skipped by a person is counted"
    retrying = {entry.item.id for entry in entries if entry.status == "retrying"}
    noted = {(cell.item_id, cell.due) for cell in state.retries.cells.values()}
    assert {(one, state.items[one].due) for one in retrying} <= noted, "who waits to start again is on the agenda"
    assert state.untold_count == len(state.untold), "who is not told of is counted"
    canary = state.canary
    if canary is None or canary.status == "passed":
        return
    first = entries[: canary.count]
    assert canary.done == sum(entry.status in FINAL for entry in first), "the canary counts who is done"
    assert canary.success == sum(entry.status == "success" for entry in first), "the canary counts successes"
    assert canary.cancelled == sum(entry.status == "cancelled" or entry.set_aside for entry in first), (
        "who was taken out"
    )
    assert not any(entry.attempt for entry in entries[canary.count :]), "nobody overtakes the canary"


def _check_questions(state: RunState) -> None:
    """Questions are known by their items, and nobody waits for what is over."""
    of_items = {name for name, gate in state.gates.items() if gate.item_id is not None and gate.kind != "suspect"}
    for name, gate in state.gates.items():
        entry = state.items.get(gate.item_id or "")
        if gate.kind == "suspect":
            assert entry is not None and entry.status == "suspect" and name in entry.gates, (
                "who is asked about is suspect"
            )
        elif name in of_items and state.ended_at is None and state.slots:
            assert entry is None or entry.status in ("running", "waiting", "pending"), "no question outlives its agent"
    assert (state.gate is None) or state.gate.gate in state.gates, "the question whether to land is one of all"
    assert set(state.suspects) == {
        one for one in state.order if state.items[one].status == "suspect" and not state.items[one].gates
    }, "each suspect is asked about once"
    continuing = list(state.continuing)
    assert len(continuing) == len(set(continuing)), "nobody goes on twice"
    assert all(state.items[one].status == "waiting" for one in continuing), "who goes on has waited"
    assert all(state.items[one].status in ("running", "waiting") for one in state.stopping_items), "who ends is at work"


def _check_money(state: RunState) -> None:
    """What items have used is part of what the run has, and nothing is set aside for who does not work."""
    used = [state.items[item_id].usage for item_id in state.order]
    assert sum(one.input_tokens for one in used) <= state.usage.input_tokens, "tokens of items are counted"
    assert sum(one.output_tokens for one in used) <= state.usage.output_tokens, "tokens of items are counted"
    assert sum(one.usd or 0.0 for one in used) <= (state.usage.usd or 0.0) + ROUNDING * (1 + len(used)), "and money"
    for one in state.spending.waiting.values():
        if one.item_id is not None and state.ended_at is None:
            assert state.items[one.item_id].status in ("running", "waiting"), "who waits for the budget is at work"


def check_step(before: RunState, after: RunState, event: KnownEvent, now: datetime) -> None:
    """Fails with the law that one event breaks, given the states around it."""
    if isinstance(event, BudgetReserved):
        _check_reserved(after)
    if not isinstance(event, AgentStarted | AgentContinued):
        return
    assert after.counts.running <= before.max_parallel, "no more agents at work than may be"
    if isinstance(event, AgentContinued):
        return
    assert before.stop is None, "nothing starts after a stop"
    assert not before.paused, "nothing starts while paused"
    phase = breaker_phase(before.breaker, now)
    assert phase != "open", "nothing starts while the breaker is open"
    assert phase != "half-open" or after.counts.running <= before.breaker.trials, "few start on trial"
    entry = before.items[event.item_id]
    assert event.slot not in before.slots, "nobody else has the worktree"
    assert before.canary is None or not canary_is_open(before) or entry.position < before.canary.count, "canary first"
    assert entry.due is None or entry.due <= now, "no retry starts before it is due"


def _check_reserved(after: RunState) -> None:
    """What is spent and set aside is within the limits that hold."""
    now, caps = committed(after), after.spending
    assert caps.usd is None or now.usd <= caps.usd + ROUNDING, "no start exceeds the budget in money"
    assert caps.tokens is None or now.tokens <= caps.tokens, "no start exceeds the budget in tokens"

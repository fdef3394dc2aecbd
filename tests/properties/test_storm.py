"""Many items (hundreds with `-m soak`) in every weather, from seeds: failures, timeouts, retries, conflicts, limits,
questions, people who interfere, processes that die. Everybody is accounted for, once, after every event.
"""

from random import Random

import pytest
from msgspec.structs import replace

from prodigy_tui.events.state import RunState
from prodigy_tui.workflow.model import (
    AgentTimeouts,
    AutoParallel,
    Budget,
    Canary,
    CircuitBreaker,
    ErrorCollection,
    ErrorPolicy,
    Retry,
    Verify,
    Workflow,
)
from tests.engine.test_scheduler import make_workflow
from tests.support.storm import Storm

SEEDS = 4
ITEMS = 120
WISHES = 60
"""How often somebody interferes, or the process dies, before there is peace."""

FAILING = 0.25


def stormy_workflow(seed: int) -> Workflow:
    """A map with what a policy can say; what stops it comes seldom enough for the run to get on."""
    chance = Random(seed)
    made = make_workflow(parallel=chance.randint(1, 10))
    policy = ErrorPolicy(
        on_item_failure=chance.choice(["dlq", "retry", "skip"]),
        continue_on_failure=True,
        max_failures=chance.choice([None, None, 60]),
        failure_threshold=chance.choice([None, 0.9]),
        on_stop=chance.choice(["drain", "cancel"]),
        error_collection=chance.choice([ErrorCollection(), ErrorCollection(mode="batched", size=7)]),
        circuit_breaker=chance.choice(
            [
                None,
                CircuitBreaker(
                    failure_threshold=4, success_threshold=2, timeout=5.0, half_open_requests=2, max_opens=3
                ),
            ]
        ),
    )
    phase = replace(
        made.map,
        auto_parallel=chance.choice([None, AutoParallel(min=1, start=2, max=8)]),
        canary=chance.choice(
            [None, Canary(count=5, gate=chance.choice(["approve", "auto", "steps"]), min_success=0.2)]
        ),
        retry=chance.choice([None, Retry(attempts=3, jitter=0.3), Retry(attempts=2, retry_budget=60.0)]),
        timeouts=AgentTimeouts(action=chance.choice([None, "retry", "dlq", "skip"])),
        timeout=chance.choice([None, 600.0]),
    )
    budget = chance.choice([None, Budget(usd=50.0), Budget(tokens=3000, on_exceed="pause")])
    verify = chance.choice([None, Verify(batch=4), Verify(auto_batch=True)])
    merge = replace(made.merge, agents=replace(made.merge.agents, verify=verify))
    return replace(made, map=phase, error_policy=policy, budget=budget, merge=merge)


def storm(seed: int, items: int) -> Storm:
    return Storm(
        stormy_workflow(seed),
        seed,
        items=items,
        failing=FAILING,
        conflicting=0.1,
        suspect=0.05,
        asking=0.1,
        limited=0.1,
        broken=0.01,
        attended=seed % 4 != 3,
    )


def check_process(state: RunState) -> None:
    """What is true whenever a process leaves the run."""
    counts = state.counts
    assert not counts.running and not counts.waiting
    exits = {"succeeded": {0}, "failed": {1}, "stopped": {1, 4, 5}, "waiting": {3}, "interrupted": {130}}
    assert state.exit_code in exits[state.status]
    assert not state.slots
    assert not state.held
    assert not state.spending.held
    assert not state.spending.waiting


def check_end(run: Storm) -> None:
    """Everybody is settled, and counted once."""
    state = run.state
    counts = state.counts
    assert counts.total == run.item_count
    assert counts.unfinished == 0
    assert counts.success + counts.dead + counts.skipped + counts.cancelled == run.item_count
    assert len(run.merges) == len(set(run.merges)), "nothing is merged twice"
    assert set(run.merges) == run.ledger.merged
    assert all(run.ledger.status[item_id] == "success" for item_id in run.merges)
    final = {one for one, entry in state.items.items() if entry.status in ("dead", "skipped") and not entry.set_aside}
    assert final == run.ledger.given_up
    for entry in state.items.values():
        assert len(entry.history) == entry.attempt, "every attempt has an end"
        assert entry.status != "dead" or entry.failure is not None, "who is dead has a reason"


def ride_out(run: Storm, wishes: int = WISHES) -> Storm:
    """Drives a run through the storm, and then in peace until everybody is settled."""
    while sum(run.wished.values()) < wishes:
        if run.weather().ended_at is not None:
            check_process(run.state)
            run.take_up()
    run.stormy, run.attended = 0.0, True
    run.take_up()
    for _ in range(run.item_count):
        if not run.weather().counts.unfinished:
            break
        check_process(run.state)
        run.take_up()
    check_process(run.state)
    check_end(run)
    return run


@pytest.mark.parametrize("seed", range(SEEDS))
def test_everybody_is_accounted_for_after_any_storm(seed: int) -> None:
    run = ride_out(storm(seed, ITEMS))

    assert sum(run.wished.values()) >= WISHES
    assert len(run.history) > ITEMS * 8, "it was a storm"


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [*range(SEEDS, 8), *range(100, 200)])
def test_everybody_of_five_hundred_is_accounted_for_after_any_storm(seed: int) -> None:
    ride_out(storm(seed, 500), wishes=100)

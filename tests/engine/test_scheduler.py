"""The scheduler on simulated runs: given what has happened, what should happen next."""

import pytest

from prodigy_tui.engine.decisions.actions import MergeItems, PrepareRun, Record, RunPhase, StartAgent
from prodigy_tui.engine.decisions.scheduler import next_actions
from prodigy_tui.events.schema import (
    AgentContinued,
    AgentFinished,
    GateAnswered,
    GateOpened,
    ItemRequeued,
    PhaseStarted,
    RunResumed,
    SignalReceived,
)
from prodigy_tui.workflow.model import (
    ErrorPolicy,
    ItemInput,
    MapPhase,
    MergePhase,
    PhaseSteps,
    ShellCommand,
    Step,
    Workflow,
)
from tests.support.rules import rule
from tests.support.simulate import Simulation

STEP = Step(command=ShellCommand(text="true"), label="true")


def make_workflow(*, parallel: int = 3, reduce: bool = True, land: bool = True, **policy: object) -> Workflow:
    return Workflow(
        name="w",
        kind="mapreduce",
        setup=PhaseSteps(steps=(STEP,)),
        map=MapPhase(input=ItemInput(kind="list"), agent_template=(STEP,), max_parallel=parallel),
        reduce=PhaseSteps(steps=(STEP,) if reduce else ()),
        merge=MergePhase(land=land),
        error_policy=ErrorPolicy(**policy),
    )


def actions_of(run: Simulation):
    return next_actions(run.workflow, run.state, run.busy.keys(), run.now)


def until(run: Simulation, reached) -> None:
    """Steps until `reached(state)`."""
    for _ in range(500):
        if reached(run.state):
            return
        run.step()
    raise AssertionError("never reached")


def test_a_new_run_first_gets_its_worktree():
    run = Simulation(make_workflow(), 1, items=3)

    assert actions_of(run) == (PrepareRun(),)


def test_setup_starts_when_the_worktree_is_there():
    run = Simulation(make_workflow(), 1, items=3)
    until(run, lambda state: state.worktrees)

    assert actions_of(run) == (Record(PhaseStarted(phase="setup")),)


def test_a_phase_under_way_is_not_asked_for_again():
    run = Simulation(make_workflow(), 1, items=3)
    until(run, lambda state: "setup" in state.phases)

    assert actions_of(run) == (RunPhase("setup"),)
    run.begin(RunPhase("setup"))
    assert actions_of(run) == ()


def test_agents_fill_the_slots_in_the_order_of_the_items():
    run = Simulation(make_workflow(parallel=2), 1, items=5)
    until(run, lambda state: state.items_loaded)

    assert actions_of(run) == (StartAgent("i0", 1, 1), StartAgent("i1", 1, 2))


def test_a_free_slot_is_filled_at_once_without_waiting_for_the_others():
    run = Simulation(make_workflow(parallel=2), 1, items=5)
    until(run, lambda state: len(state.slots) == 2)
    run.busy.pop(StartAgent("i1", 1, 2))
    run.record(AgentFinished(item_id="i1", attempt=1, outcome="success"))

    assert actions_of(run) == (StartAgent("i2", 1, 2),)


@rule("13.8 runs: slots")
def test_an_agent_that_waits_for_an_answer_keeps_its_worktree_and_gives_its_place_to_another():
    run = Simulation(make_workflow(parallel=1), 1, items=3)
    until(run, lambda state: len(state.slots) == 1)
    run.record(GateOpened(gate="g", kind="approve", question="?", options=("approve",), item_id="i0"))
    assert actions_of(run) == (StartAgent("i1", 1, 2),)
    run.begin(StartAgent("i1", 1, 2))

    run.record(GateAnswered(gate="g", answer="approve"))
    assert actions_of(run) == (), "its place is taken"
    run.busy.pop(StartAgent("i1", 1, 2))
    run.record(AgentFinished(item_id="i1", attempt=1, outcome="success"))
    assert actions_of(run) == (Record(AgentContinued(item_id="i0")),)
    run.record(AgentContinued(item_id="i0"))
    assert actions_of(run) == ()


def test_merges_go_one_at_a_time():
    run = Simulation(make_workflow(parallel=3), 1, items=3)
    until(run, lambda state: len(state.slots) == 3)
    for slot, item in enumerate(("i0", "i1"), 1):
        run.busy.pop(StartAgent(item, 1, slot))
        run.record(AgentFinished(item_id=item, attempt=1, outcome="success", head="h", commits=1))

    assert actions_of(run) == (MergeItems(("i0",)),)
    run.begin(MergeItems(("i0",)))
    assert actions_of(run) == ()


def test_finished_agents_that_wait_for_the_merge_queue_hold_back_new_ones():
    run = Simulation(make_workflow(parallel=1), 1, items=9)
    until(run, lambda state: len(state.slots) == 1)
    for number in range(3):
        run.busy.pop(StartAgent(f"i{number}", 1, 1))
        run.record(AgentFinished(item_id=f"i{number}", attempt=1, outcome="success", head="h", commits=1))
        if number < 2:
            run.begin(StartAgent(f"i{number + 1}", 1, 1))

    assert actions_of(run) == (MergeItems(("i0",)),)


def test_a_pause_lets_nothing_new_start():
    run = Simulation(make_workflow(parallel=2), 1, items=5)
    until(run, lambda state: state.items_loaded)
    run.record(SignalReceived(signal="pause"))

    assert actions_of(run) == ()
    run.record(SignalReceived(signal="resume"))
    assert len(actions_of(run)) == 2


def test_more_parallelism_has_effect_at_once():
    run = Simulation(make_workflow(parallel=1), 1, items=5)
    until(run, lambda state: len(state.slots) == 1)
    run.record(SignalReceived(signal="set-parallel", number=3))

    assert actions_of(run) == (StartAgent("i1", 1, 2), StartAgent("i2", 1, 3))


def test_a_drain_finishes_what_runs_and_leaves_the_rest():
    run = Simulation(make_workflow(parallel=2), 7, items=8, failing=0, conflicting=0)
    until(run, lambda state: len(state.slots) == 2)
    run.record(SignalReceived(signal="drain"))
    state = run.run()

    assert (state.status, state.counts.success, state.counts.pending) == ("stopped", 2, 6)


def test_a_stop_interrupts_what_runs_and_a_resumed_run_does_it_again():
    run = Simulation(make_workflow(parallel=2), 7, items=8, failing=0, conflicting=0)
    until(run, lambda state: state.counts.success == 3)
    run.record(SignalReceived(signal="stop"))
    stopped = run.run()
    assert (stopped.status, stopped.exit_code) == ("interrupted", 130)
    run.resume()
    state = run.run()

    assert state.counts.success == 8
    assert sorted(run.merges) == sorted(set(run.merges))


@pytest.mark.parametrize(
    ("policy", "failed"),
    [({"max_failures": 3}, 3), ({"continue_on_failure": False}, 1), ({"on_item_failure": "stop"}, 1)],
)
def test_the_error_policy_stops_the_giving_out_of_work(policy, failed):
    run = Simulation(make_workflow(parallel=1, **policy), 3, items=9, failing=1.0)
    state = run.run()

    assert (state.status, state.exit_code, state.code) == ("stopped", 1, "PT620")
    assert (state.counts.dead, state.counts.pending) == (failed, 9 - failed)
    assert "reduce" not in state.phases


def test_a_resumed_run_goes_on_after_a_stop_by_policy_until_the_next_failure():
    run = Simulation(make_workflow(parallel=1, max_failures=2), 3, items=9, failing=1.0)
    run.run()
    run.resume()
    state = run.run()

    assert (state.counts.dead, state.counts.pending) == (3, 6)


def test_retry_gives_an_item_three_attempts_then_dead_letters_it():
    run = Simulation(make_workflow(on_item_failure="retry"), 3, items=1, failing=1.0)
    state = run.run()

    assert (state.items["i0"].attempt, state.counts.dead, state.exit_code) == (3, 1, 1)


def test_skip_leaves_no_dead_letter_and_a_clean_exit():
    run = Simulation(make_workflow(on_item_failure="skip"), 3, items=4, failing=1.0)
    state = run.run()

    assert (state.counts.skipped, len(state.dead_letters), state.exit_code) == (4, 0, 0)


def test_no_items_skip_map_and_reduce_and_the_run_succeeds():
    run = Simulation(make_workflow(), 3, items=0)
    state = run.run()

    assert (state.phases["map"].status, state.phases["reduce"].status) == ("skipped", "skipped")
    assert state.status == "succeeded"


def test_reduce_is_left_out_when_nothing_succeeded():
    run = Simulation(make_workflow(), 3, items=3, failing=1.0)

    assert run.run().phases["reduce"].status == "skipped"


def test_a_dead_letter_retried_after_the_end_brings_the_run_back_and_asks_again():
    run = Simulation(make_workflow(), 3, items=2, failing=1.0, conflicting=0)
    run.run()
    run.failing = 0.0
    run.resume()
    run.record(ItemRequeued(item_id="i0"))
    state = run.run()

    assert (state.counts.success, state.counts.dead) == (1, 1)
    assert state.landing is not None
    assert state.phases["reduce"].status == "ok"


def test_an_item_stopped_by_a_person_is_not_started_again_by_itself():
    run = Simulation(make_workflow(parallel=2), 5, items=4, failing=0, conflicting=0)
    until(run, lambda state: len(state.slots) == 2)
    run.record(SignalReceived(signal="stop-item", item_id="i0"))
    run.record(SignalReceived(signal="stop-item", item_id="i3"))
    state = run.run()

    assert (state.counts.cancelled, state.counts.success) == (2, 2)


@pytest.mark.parametrize(("wish", "status"), [("stop-item", "cancelled"), ("skip", "skipped")])
def test_a_person_ends_an_agent_of_a_run_that_drains_and_it_does_not_start_again(wish, status):
    run = Simulation(make_workflow(parallel=2), 5, items=4, failing=0, conflicting=0)
    until(run, lambda state: len(state.slots) == 2)
    run.record(SignalReceived(signal="drain"))
    run.record(SignalReceived(signal=wish, item_id="i0"))
    run.run()
    run.resume()
    run.run()

    assert (run.state.items["i0"].status, run.state.items["i0"].attempt) == (status, 1)


def test_what_has_been_killed_is_not_stopped_more_gently():
    run = Simulation(make_workflow(parallel=2), 5, items=4)
    until(run, lambda state: len(state.slots) == 2)
    for signal in ("drain", "stop", "kill", "stop", "drain"):
        run.record(SignalReceived(signal=signal))

    assert run.state.stop.kind == "kill"


def test_a_workflow_that_never_lands_ends_unmerged_without_a_question():
    run = Simulation(make_workflow(land=False), 3, items=2, failing=0)
    state = run.run()

    assert state.landing is not None
    assert (state.landing.status, state.status) == ("unmerged", "succeeded")


def test_a_run_that_was_left_unmerged_lands_when_asked():
    run = Simulation(make_workflow(max_failures=1, parallel=1), 3, items=9, failing=0, conflicting=0)
    until(run, lambda state: state.counts.success == 1)
    run.failing = 1.0
    stopped = run.run()
    assert stopped.status == "stopped"
    run.record(RunResumed(version="1", merge="yes", landing_only=True))
    run.record(SignalReceived(signal="merge"))
    until(run, lambda state: state.gate is not None)
    run.record(GateAnswered(gate=run.state.gate.gate, answer="approve"))
    state = run.run()

    assert state.landing is not None
    assert state.landing.status == "landed"
    assert state.counts == stopped.counts

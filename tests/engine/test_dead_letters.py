"""Dead letters on their way: from the files of the failed attempt, with other parameters, out for good."""

import asyncio

import pytest

from prodigy_tui.clock import SystemClock
from prodigy_tui.engine.signals import decide_at_rest
from prodigy_tui.engine.upkeep.discarded import tidy_discarded
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.schema import (
    AgentStarted,
    ItemDiscarded,
    ItemRequeued,
    ParametersChanged,
    ReduceRequested,
    RunFinished,
    SignalReceived,
)
from prodigy_tui.workflow.load import Given
from tests.support.engine import retry
from tests.support.rules import rule

HALF_DONE = """
map:
  items: [a, b]
  max_parallel: 1
  agent_template:
    - "test -e ${item}.txt || { echo one > ${item}.txt; git add .; git commit -qm first; }"
    - "echo ${worker.attempt} >> ${item}.txt; echo ${worker.attempt} > new-${item}"
    - "cp ${item}.txt $OUTSIDE/seen-${item}"
    - "test ${item} = a || test -e $OUTSIDE/mended"
    - "git add . && git commit -qm second"
reduce: ["echo x >> $OUTSIDE/reduced; ls > $OUTSIDE/listed"]
"""


def keep(item_id: str) -> SignalReceived:
    return SignalReceived(signal="retry", item_id=item_id, keep_files=True)


async def half_done(lab, merge="no"):
    ran = await lab.run(HALF_DONE, merge=merge)
    (dead,) = ran.state.dead_letters
    return ran, dead


@rule("cli 8.1 retry files")
@pytest.mark.parametrize("merge", ["no", "yes"])
async def test_a_retry_goes_on_from_commits_and_changes_of_the_failed_attempt(lab, merge):
    ran, dead = await half_done(lab, merge)
    first = ran.item(dead).history[0]
    (lab.outside / "mended").touch()

    again = await lab.reopen(ran, keep(dead), merge="yes")

    start = again.of(AgentStarted)[-1]
    assert (start.base, start.start, start.patch) == (first.base, first.head, first.leftover)
    assert (lab.outside / "seen-b").read_text() == "one\n1\n2\n", "what was committed, and what was not"
    assert lab.repo.files()["b.txt"].split() == ["one", "1", "2"]
    assert lab.repo.files()["new-b"].split() == ["2"]
    assert again.item(dead).commits == 2, "what the first attempt has committed is merged as well"
    assert again.state.status == "succeeded"


@rule("cli 8.1 retry anew")
async def test_a_retry_begins_anew_unless_it_is_told_otherwise(lab):
    ran, dead = await half_done(lab)
    (lab.outside / "mended").touch()

    again = await lab.reopen(ran, *retry(dead), merge="yes")

    start = again.of(AgentStarted)[-1]
    assert (start.base, start.start, start.patch) == (ran.state.tip, "", None)
    assert (lab.outside / "seen-b").read_text() == "one\n2\n"


@rule("cli 8.1 retry files")
async def test_a_patch_that_has_gone_fails_the_attempt_and_says_so(lab):
    ran, dead = await half_done(lab)
    ran.folder.artifact(ran.item(dead).history[0].leftover).unlink()

    again = await lab.reopen(ran, keep(dead))

    assert again.item(dead).status == "dead"
    assert "left by an earlier attempt, cannot be applied" in again.item(dead).failure.message
    assert [event.from_attempt for event in again.of(ItemRequeued)] == [1]


@rule("cli 8.1 retry reduce")
async def test_reduce_sees_what_a_retry_has_brought_when_it_runs_again(lab):
    ran, dead = await half_done(lab, "yes")
    (lab.outside / "mended").touch()

    again = await lab.reopen(ran, *retry(dead), ReduceRequested(), merge="yes")

    assert (lab.outside / "reduced").read_text() == "x\nx\n"
    assert (lab.outside / "listed").read_text().split() == ["a.txt", "b.txt", "new-a", "new-b", "readme.txt"]
    assert (again.state.status, again.state.landing.status) == ("succeeded", "landed")


@rule("cli 8.1 retry reduce")
async def test_reduce_alone_runs_again_in_a_process_whose_run_has_ended_and_landed(lab):
    (lab.outside / "mended").touch()
    async with lab.live(HALF_DONE, merge="yes") as live:
        await live.until(lambda state: state.ended_at is not None)
        await live.driving
        live.session.decide(ReduceRequested(by="interface"))
        await live.until(lambda state: state.ended_at is None)
        live.driving = asyncio.create_task(live.session.run())
    ran = lab.ran(live)

    assert (lab.outside / "reduced").read_text() == "x\nx\n"
    assert (ran.state.status, ran.state.counts.success) == ("succeeded", 2)


PARAMETERS = """
parameters:
  depth: {type: integer, default: 1}
  token: {secret: true, required: false}
setup: ["echo ${depth} > $OUTSIDE/setup"]
map:
  items: [a]
  agent_template:
    - "test ${param.depth} = 2"
    - "echo ${depth} ${token:-none} > ${item}.txt; git add .; git commit -qm x"
reduce: ["echo ${depth} > $OUTSIDE/reduced"]
"""


@rule("cli 8.1 retry param")
async def test_parameters_change_for_what_runs_from_then_on_and_stay_changed(lab):
    ran = await lab.run(PARAMETERS)
    (dead,) = ran.state.dead_letters
    given = Given(params=(("depth", "2"), ("token", "s3cret-value")))

    again = await lab.reopen(ran, *retry(dead), given=given, may_change=True, merge="yes")
    later = await lab.reopen(again)

    assert lab.repo.files()["a.txt"].strip() == "2 s3cret-value"
    assert [event.values for event in again.of(ParametersChanged)] == [{"depth": 2}], "secrets are in no record"
    assert "s3cret-value" not in ran.folder.events.read_text()
    assert (lab.outside / "setup").read_text() == "1\n", "what has run has run"
    assert (lab.outside / "reduced").read_text() == "2\n"
    assert later.state.settings.parameters["depth"] == 2


@rule("cli 8.1 retry param")
@pytest.mark.parametrize("given", [("depth", "two"), ("dept", "2")])
async def test_a_value_that_cannot_be_is_refused_before_anything_happens(lab, given):
    ran = await lab.run(PARAMETERS)

    with pytest.raises(ProdigyError, match="dept"):
        await lab.reopen(ran, *retry(*ran.state.dead_letters), given=Given(params=(given,)), may_change=True)

    assert lab.repo.path.exists()


@rule("cli 8.1 retry live", "cli 8.1 retry param")
async def test_parameters_of_a_live_run_change_at_once(lab):
    text = """
    parameters: {depth: {type: integer, default: 1}, token: {secret: true, required: false}}
    map:
      items: [a, b]
      max_parallel: 1
      agent_template:
        - "test ${item} = a || while ! test -e $OUTSIDE/go; do sleep 0.02; done"
        - "test ${depth} = 2"
    """
    async with lab.live(text) as live:
        await live.until(lambda state: state.counts.dead == 1 and state.counts.running == 1)
        (dead,) = live.state.dead_letters
        for values in ({"depth": "x"}, {"token": "x"}, {"other": 1}):
            with pytest.raises(ProdigyError):
                live.session.require_parameters(values)
        live.session.decide(ParametersChanged(values={"depth": 2}, by="signal"))
        live.send("retry", dead)
        await live.until(lambda state: state.settings.parameters["depth"] == 2)
        (lab.outside / "go").touch()
    ran = lab.ran(live)

    assert (ran.state.status, ran.state.counts.success) == ("succeeded", 2)


@rule("cli 8.1 discard")
async def test_a_discard_while_the_run_is_at_work_takes_the_branch_at_its_end(lab):
    text = HALF_DONE.replace("test ${item} = a ||", "test ${item} = b &&").replace(
        '"git add . &&', '"while ! test -e $OUTSIDE/go; do sleep 0.02; done; git add . &&'
    )
    (lab.outside / "mended").touch()
    async with lab.live(text, merge="yes") as live:
        await live.until(lambda state: state.counts.dead == 1 and state.counts.running == 1)
        (dead,) = live.state.dead_letters
        live.session.decide(ItemDiscarded(item_id=dead, reason="no use", by="signal"))
        live.session.decide(ItemDiscarded(item_id=dead))
        await live.until(lambda state: state.warning_count == 1)
        live.send("retry", dead)
        await live.until(lambda state: state.warning_count == 2)
        (lab.outside / "go").touch()
    ran = lab.ran(live)

    assert (ran.state.status, ran.state.exit_code) == ("succeeded", 0)
    assert ran.state.message == "with warnings: 1 item discarded"
    assert "has been discarded" in ran.warnings()
    assert ran.branches() == []
    assert (ran.state.counts.success, ran.state.counts.skipped, ran.state.final_failures) == (1, 1, 1)


async def discard(ran, *item_ids):
    """What `dlq discard` does; returns the state and what had to stay."""
    decisions = [ItemDiscarded(item_id=item_id) for item_id in item_ids]
    state = await decide_at_rest(ran.folder, lambda _: decisions, clock=SystemClock())
    return state, await tidy_discarded(ran.folder, state, clock=SystemClock())


@rule("cli 8.1 discard", "cli 8.1 discard all")
async def test_a_discard_at_rest_takes_the_branch_at_once(lab):
    ran, dead = await half_done(lab)
    assert len(ran.branches()) == 2

    state, stays = await discard(ran, dead)

    assert (state.status, state.exit_code, stays) == ("succeeded", 0, ())
    assert ran.branches() == [state.run_branch]
    landed = await lab.reopen(ran, SignalReceived(signal="merge"), landing_only=True, merge="yes")
    assert landed.state.landing.status == "landed"


@rule("cli 8.1 discard")
async def test_a_branch_on_which_somebody_has_gone_on_stays(lab):
    ran, dead = await half_done(lab)
    branch = ran.item(dead).history[0].branch
    place = lab.folder / "by hand"
    lab.repo.git("worktree", "add", "-q", "-b", "mine", str(place), branch)
    commit = lab.repo.git("commit-tree", "-p", branch, "-m", "mended by hand", f"{branch}^{{tree}}").strip()
    lab.repo.git("update-ref", f"refs/heads/{branch}", commit)

    _, stays = await discard(ran, dead)

    assert branch in ran.branches()
    assert stays == (f"branch {branch} stays: it has commits that no attempt has made",)


@rule("cli 8.1 discard")
async def test_a_branch_that_somebody_has_checked_out_stays(lab):
    ran, dead = await half_done(lab)
    branch = ran.item(dead).history[0].branch
    place = lab.folder / "looking"
    lab.repo.git("worktree", "add", "-q", "--force", str(place), branch)

    _, stays = await discard(ran, dead)

    assert stays == (f"branch {branch} stays: it is checked out in {place}",)
    assert branch in ran.branches()


async def test_a_run_that_was_looked_at_after_its_end_takes_a_discard_too(lab):
    async with lab.live(HALF_DONE, merge="yes") as live:
        await live.driving
        (dead,) = live.state.dead_letters
        assert live.state.kept, "the files of the failed attempt are there to be looked at"
        live.session.decide(ItemDiscarded(item_id=dead))
        await live.until(lambda state: state.exit_code == 0)
    ran = lab.ran(live)

    assert (ran.state.status, len(ran.of(RunFinished))) == ("succeeded", 2)
    assert ran.branches() == []

"""A session as others use it: signals while it runs, taking a run up again, retries before and after landing."""

import asyncio
import time

import pytest

from prodigy_tui.engine.recorded import NotResumable
from prodigy_tui.engine.session import RunSession
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import AgentStarted, ItemRequeued, PhaseStarted, SignalReceived
from prodigy_tui.storage.lock import RunHeld
from tests.support.engine import MERGE, Lab, retry
from tests.support.rules import rule

WAITING = """
map:
  input: [a, b, c]
  max_parallel: {parallel}
  agent_template:
    - "touch $OUTSIDE/${{item}}; while ! test -e $OUTSIDE/go; do sleep 0.02; done"
    - "echo > ${{item}}.txt; git add --all; git commit -qm ${{item}}"
reduce: ["ls > list; git add --all; git commit -qm reduce"]
"""

STUBBORN = """
map:
  input: [a]
  agent_template: ["trap '' TERM INT; touch $OUTSIDE/a; while true; do sleep 0.02; done"]
"""

FLAKY = """
map:
  input: [a, b]
  agent_template:
    - "test ${item} = a || test -e $OUTSIDE/mended"
    - "echo > ${item}.txt; git add --all; git commit -qm ${item}"
reduce: ["echo x >> $OUTSIDE/reduced"]
"""


def running(count: int):
    return lambda state: len(state.slots) == count


async def both_at_work(lab: Lab, live, *names: str) -> None:
    for name in names:
        await live.until_file(lab.outside / name)


@rule("cli 8.7 stop")
async def test_stop_interrupts_everything_and_resume_goes_on(lab):
    async with lab.live(WAITING.format(parallel=2), merge="yes") as live:
        await both_at_work(lab, live, "a", "b")
        live.send("stop", source="SIGINT")
    ran = lab.ran(live)

    assert (ran.state.status, ran.state.exit_code, ran.state.landing) == ("interrupted", 130, None)
    assert set(ran.statuses().values()) == {"pending"}
    assert [record.outcome for record in ran.item(ran.state.order[0]).history] == ["interrupted"]
    (lab.outside / "go").touch()

    again = await lab.reopen(ran, merge="yes")

    assert (again.state.status, again.state.landing.status) == ("succeeded", "landed")
    assert lab.repo.read("list").split() == ["a.txt", "b.txt", "c.txt", "list", "readme.txt"]
    assert [again.state.items[item_id].attempt for item_id in again.state.order] == [2, 2, 1]


async def test_stop_in_a_phase_repeats_only_the_step_that_was_running(lab):
    text = """
    - {shell: "echo one >> $OUTSIDE/log; git commit -q --allow-empty -m one; echo said", capture: said, env: {E: left},
       temporary: false}
    - "echo two >> $OUTSIDE/log; touch $OUTSIDE/two; while ! test -e $OUTSIDE/go; do sleep 0.02; done"
    - "echo ${said} $E >> $OUTSIDE/log"
    """
    async with lab.live(text) as live:
        await live.until_file(lab.outside / "two")
        live.send("stop")
    ran = lab.ran(live)
    (lab.outside / "go").touch()

    again = await lab.reopen(ran, merge="yes")

    assert (again.state.status, again.state.landing.status) == ("succeeded", "landed")
    assert (lab.outside / "log").read_text() == "one\ntwo\ntwo\nsaid left\n"


@rule("cli 8.7 kill")
async def test_kill_does_not_wait_for_those_who_do_not_listen(lab):
    text = "- \"trap '' TERM; touch $OUTSIDE/deaf; while :; do sleep 0.1; done\"\n"
    async with lab.live(text) as live:
        await live.until_file(lab.outside / "deaf")
        live.send("stop")
        await live.until(lambda state: state.stop is not None)
        began = time.monotonic()
        live.send("kill")
    ran = lab.ran(live)

    assert ran.state.status == "interrupted"
    assert time.monotonic() - began < 5


@rule("cli 8.7 drain")
async def test_drain_lets_agents_finish_and_starts_no_more(lab):
    async with lab.live(WAITING.format(parallel=1)) as live:
        await both_at_work(lab, live, "a")
        live.send("drain")
        await live.until(lambda state: state.stop is not None)
        (lab.outside / "go").touch()
    ran = lab.ran(live)

    assert list(ran.statuses().values()) == ["success", "pending", "pending"]
    assert (ran.state.status, ran.state.phases["map"].status) == ("stopped", "interrupted")
    assert "a.txt" in ran.files()

    again = await lab.reopen(ran, merge="yes")
    assert (again.state.status, again.state.landing.status) == ("succeeded", "landed")


@rule("cli 8.7 pause")
async def test_pause_holds_new_agents_back_until_resume(lab):
    async with lab.live(WAITING.format(parallel=1)) as live:
        await both_at_work(lab, live, "a")
        live.send("pause")
        await live.until(lambda state: state.paused)
        (lab.outside / "go").touch()
        await live.until(lambda state: state.counts.success == 1)
        await asyncio.sleep(0.1)
        assert (live.state.status, live.state.counts.pending) == ("paused", 2)
        live.send("resume")
    ran = lab.ran(live)

    assert ran.state.status == "succeeded"


@rule("cli 8.7 set-parallel")
async def test_set_parallel_takes_effect_at_once(lab):
    async with lab.live(WAITING.format(parallel=1)) as live:
        await both_at_work(lab, live, "a")
        live.send("set-parallel", number=3)
        await both_at_work(lab, live, "b", "c")
        assert len(live.state.slots) == 3
        (lab.outside / "go").touch()
    ran = lab.ran(live)

    assert (ran.state.status, ran.state.max_parallel) == ("succeeded", 3)


async def test_item_that_a_person_skips_while_the_run_drains_stays_skipped(lab):
    async with lab.live(WAITING.format(parallel=2)) as live:
        await both_at_work(lab, live, "a", "b")
        a, b, c = live.state.order
        live.send("drain")
        live.send("skip", a)
        await live.until(lambda state: state.items[a].status == "skipped")
        (lab.outside / "go").touch()
    ran = lab.ran(live)

    assert ran.statuses() == {a: "skipped", b: "success", c: "pending"}
    assert ran.state.final_failures == 0


@rule("cli 8.7 items")
@pytest.mark.parametrize("asked_before", [False, True])
async def test_stop_item_at_once_leaves_no_grace(lab, asked_before):
    async with lab.live(STUBBORN) as live:
        await both_at_work(lab, live, "a")
        begun = time.monotonic()
        if asked_before:
            live.send("stop-item", live.state.order[0])
        live.send("stop-item", live.state.order[0], at_once=True)
    ran = lab.ran(live)

    assert list(ran.statuses().values()) == ["cancelled"]
    assert time.monotonic() - begun < 5


@rule("cli 8.7 items")
async def test_stop_item_ends_one_item_and_it_can_be_retried_in_the_same_run(lab):
    async with lab.live(WAITING.format(parallel=1)) as live:
        await both_at_work(lab, live, "a")
        a, b, c = live.state.order
        live.send("stop-item", a)
        await both_at_work(lab, live, "b")
        live.send("stop-item", c)
        await live.until(lambda state: state.items[c].status == "cancelled")
        live.send("retry", a)
        live.send("retry", b)
        live.send("retry", "no such item")
        await live.until(lambda state: state.warning_count == 2)
        (lab.outside / "go").touch()
    ran = lab.ran(live)

    assert ran.statuses() == {a: "success", b: "success", c: "cancelled"}
    assert [record.outcome for record in ran.item(a).history] == ["cancelled", "success"]
    assert (ran.state.status, ran.state.exit_code) == ("succeeded", 0)
    assert "is running" in ran.warnings()
    assert "is unknown" in ran.warnings()
    (requeued,) = [envelope for envelope in ran.envelopes if isinstance(envelope.event, ItemRequeued)]
    assert isinstance(ran.envelopes[requeued.cause - 1].event, SignalReceived)


async def test_a_dead_letter_retried_while_others_work_lands_with_them(lab):
    text = FLAKY.replace(
        '"test ${item} = a ||',
        '"test ${item} = b || while ! test -e $OUTSIDE/go; do sleep 0.02; done; test ${item} = a ||',
    )
    async with lab.live(text, merge="yes") as live:
        await live.until(lambda state: state.counts.dead == 1)
        (dead,) = live.state.dead_letters
        (lab.outside / "mended").touch()
        live.send("retry", dead)
        await live.until(lambda state: state.items[dead].status == "success")
        (lab.outside / "go").touch()
    ran = lab.ran(live)

    assert (ran.state.status, ran.state.exit_code) == ("succeeded", 0)
    assert sorted(lab.repo.files()) == ["a.txt", "b.txt", "readme.txt"]


async def test_a_dead_letter_retried_at_the_landing_question_lands_too(lab):
    async with lab.live(FLAKY, merge="ask", interactive=True) as live:
        await live.until(lambda state: state.gate is not None)
        (dead,) = live.state.dead_letters
        (lab.outside / "mended").touch()
        live.send("retry", dead)
        await live.until(lambda state: state.gate is None)
        await live.until(lambda state: state.gate is not None)
        live.send("answer", answer="approve")
    ran = lab.ran(live)

    assert sorted(lab.repo.files()) == ["a.txt", "b.txt", "readme.txt"]
    assert ran.state.status == "succeeded"


async def test_a_dead_letter_retried_while_the_run_lands_is_not_lost(lab):
    text = FLAKY + "merge: ['touch $OUTSIDE/merging; while ! test -e $OUTSIDE/go; do sleep 0.02; done']\n"
    async with lab.live(text, merge="yes") as live:
        await live.until_file(lab.outside / "merging")
        (dead,) = live.state.dead_letters
        (lab.outside / "mended").touch()
        live.send("retry", dead)
        await live.until(lambda state: state.items[dead].status == "pending")
        (lab.outside / "go").touch()
    ran = lab.ran(live)

    assert (ran.state.status, ran.item(dead).status) == ("succeeded", "success")
    assert sorted(lab.repo.files()) == ["a.txt", "b.txt", "readme.txt"]


@pytest.mark.parametrize("merge", ["yes", "no"])
async def test_a_dead_letter_retried_after_the_run_lands_again(lab, merge):
    ran = await lab.run(FLAKY, merge=merge)
    (dead,) = ran.state.dead_letters
    assert ran.state.exit_code == 1
    (lab.outside / "mended").touch()
    lab.repo.commit("x", "x")

    again = await lab.reopen(ran, *retry(dead), merge="yes")

    assert (again.state.status, again.state.landing.status) == ("succeeded", "landed")
    assert sorted(lab.repo.files()) == ["a.txt", "b.txt", "readme.txt", "x"]
    assert [event.attempt for event in again.of(AgentStarted) if event.item_id == dead] == [1, 2]
    if merge == "yes":
        assert "x" in lab.repo.files(again.of(AgentStarted)[-1].base), "from the target's present tip"
    assert (lab.outside / "reduced").read_text() == "x\n", "reduce runs again only when asked for"


async def test_a_retry_that_fails_again_stays_in_the_queue_with_both_attempts(lab):
    ran = await lab.run(FLAKY, merge="yes")
    (dead,) = ran.state.dead_letters

    again = await lab.reopen(ran, *retry(dead), merge="yes")

    assert (again.item(dead).status, len(again.item(dead).history), again.state.exit_code) == ("dead", 2, 1)
    assert again.state.landing.status == "landed"
    assert len(again.branches()) == 2


async def test_reduce_runs_after_a_retry_when_nothing_had_succeeded_before(lab):
    text = FLAKY.replace("[a, b]", "[b]")
    ran = await lab.run(text)
    assert not (lab.outside / "reduced").exists()
    (lab.outside / "mended").touch()

    await lab.reopen(ran, *retry(*ran.state.dead_letters), merge="yes")

    assert (lab.outside / "reduced").exists()


async def test_setup_that_failed_is_done_again_from_its_failed_step(lab):
    text = """
    setup: ["echo x >> $OUTSIDE/first", "test -e $OUTSIDE/mended", "echo '[1]' > in.json"]
    map: {input: in.json, agent_template: ["true"]}
    """
    ran = await lab.run(text, merge="yes")
    assert (ran.state.status, ran.state.exit_code, ran.state.landing) == ("failed", 1, None)
    assert "setup failed in step 'test -e $OUTSIDE/mended'" in ran.state.message
    (lab.outside / "mended").touch()

    again = await lab.reopen(ran, merge="yes")

    assert again.state.status == "succeeded"
    assert (lab.outside / "first").read_text() == "x\n"


@pytest.mark.parametrize("merge", ["yes", "no"])
async def test_taking_up_a_finished_run_does_nothing_again(lab, merge):
    ran = await lab.run(FLAKY.replace("[a, b]", "[a]"), merge=merge)
    again = await lab.reopen(ran, merge=merge)

    assert (again.state.status, again.state.landing.status) == ("succeeded", ran.state.landing.status)
    assert len(again.of(PhaseStarted)) == 2
    assert len(again.of(AgentStarted)) == 1


@pytest.mark.parametrize("at_rest", [True, False])
async def test_merging_a_run_that_has_ended_in_the_same_process(lab, at_rest):
    async with lab.live(FLAKY) as live:
        await live.until(lambda state: state.ended_at is not None)
        ended = live.state
        if at_rest:
            await live.driving
        live.session.take(MERGE)
        if at_rest:
            live.driving = asyncio.create_task(live.session.run())
        await live.until(lambda state: state.gate is not None)
        live.send("answer", answer="approve")
    ran = lab.ran(live)

    assert (ended.landing.status, ran.state.landing.status) == ("unmerged", "landed")


async def test_a_run_is_held_by_one_session(lab):
    async with lab.live(WAITING.format(parallel=1)) as live:
        await both_at_work(lab, live, "a")
        with pytest.raises(RunHeld):
            await RunSession.reopen(lab.services(Bus()), live.session.folder)
        (lab.outside / "go").touch()
    lab.ran(live)


async def test_a_run_without_a_beginning_or_of_another_version_is_refused(lab):
    ran = await lab.run("- echo hi\n")
    empty = lab.services(Bus()).home.run("empty")
    empty.create()
    with pytest.raises(NotResumable, match="no beginning"):
        await RunSession.reopen(lab.services(Bus()), empty)
    lines = ran.folder.events.read_bytes()
    ran.folder.events.write_bytes(lines.replace(b"- echo hi", b"- ech: hi"))
    for _ in range(2):
        with pytest.raises(NotResumable, match="cannot be read by this version"):
            await RunSession.reopen(lab.services(Bus()), ran.folder)


async def test_history_is_handed_over_and_the_bus_carries_what_follows(lab):
    ran = await lab.run(FLAKY)
    bus, heard, before = Bus(), [], []
    bus.subscribe(heard.append)
    session = await RunSession.reopen(lab.services(bus), ran.folder, history=before.extend)
    await session.run()
    await session.close()

    assert [envelope.seq for envelope in (*before, *heard)] == list(range(1, len(before) + len(heard) + 1))
    assert tuple(before) == ran.envelopes


async def test_worktrees_stay_when_asked_to(lab):
    async with lab.live(FLAKY, keep_worktrees=True) as live:
        pass

    assert {path.name for path in live.session.folder.worktrees.iterdir()} >= {"slot-1", "slot-2"}
    assert live.state.worktrees

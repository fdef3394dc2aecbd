"""Verification of agent merges (language 16.4) in whole runs: whom it blames, what it keeps, how it stops."""

from prodigy_tui.events.schema import (
    AgentFinished,
    BudgetRaised,
    MergeFinished,
    MergeInterrupted,
    VerifyFinished,
    VerifyStarted,
)
from tests.support.engine import Ran, retry
from tests.support.rules import rule

AGENTS = """
map:
  input: [a, b, c, d]
  max_parallel: 4
  agent_template:
    - "echo ${item} > ${item}.txt; git add --all && git commit -qm 'item ${item}'"
"""
WAIT = "while ! test -e $OUTSIDE/go; do sleep 0.01; done"
"""The first batch, mostly of one, is verified until all have finished, so that the others are one batch."""


async def all_at_once(lab, text: str, **options: object) -> Ran:
    """Drives a run in which four branches are verified in two batches at most."""
    async with lab.live(text, **options) as live:
        await live.until(lambda state: state.counts.merging == 4)
        (lab.outside / "go").touch()
    return lab.ran(live)


def data_of(ran: Ran, events: list) -> list[str]:
    return [ran.item(event.item_id).item.data for event in events]


def checks(ran: Ran) -> list[tuple[str, str, str]]:
    """What was verified, for what, and how that ended."""
    started = ran.of(VerifyStarted)
    ended = ran.of(VerifyFinished)
    return [
        ("".join(ran.item(one).item.data for one in begun.item_ids), begun.purpose, end.status)
        for begun, end in zip(started, ended, strict=True)
    ]


@rule("16.4 batch", "16.4 dropped", "16.4 clean")
async def test_a_batch_that_passes_is_verified_once_and_merged_in_the_order_of_finishing(lab):
    ran = await all_at_once(
        lab,
        f"""{AGENTS}
merge:
  agents:
    verify:
      batch: 8
      steps:
        - "{WAIT}; git status --porcelain; ls *.txt | wc -l; echo noise > noise.txt; git add noise.txt"
        - "git commit -qm noise; echo more > readme.txt; echo new ${{merge.file_list}}"
""",
    )

    order = data_of(ran, ran.of(AgentFinished))
    assert data_of(ran, ran.of(MergeFinished)) == order
    batches = [who for who, *_ in checks(ran)]
    assert (len(batches) <= 2, "".join(batches)) == (True, "".join(order))
    assert {(purpose, status) for _, purpose, status in checks(ran)} == {("candidate", "ok")}
    assert sorted(ran.files()) == ["a.txt", "b.txt", "c.txt", "d.txt", "readme.txt"]
    assert ran.files()["readme.txt"] == "hello"
    merges = ran.repo.git("log", "--first-parent", "--reverse", "--format=%P", f"{ran.state.base}..{ran.state.tip}")
    assert [len(parents.split()) for parents in merges.splitlines()] == [2] * 4
    log = ran.log("phases/verify").splitlines()
    assert [line for line in log if not line.startswith(("$", "──"))][-2:] == [
        "5",
        f"new {' '.join(f'{one}.txt' for one in sorted(batches[-1]))}",
    ]
    assert ", ".join(batches[-1]) in "\n".join(log)


@rule("16.4 bisect", "16.4 blamed")
async def test_the_later_one_of_two_that_fail_together_is_the_failed_item(lab):
    ran = await all_at_once(
        lab,
        f"""{AGENTS}
merge:
  agents:
    verify:
      batch: 8
      flaky_retries: 0
      steps: ["{WAIT}", "if test -e a.txt -a -e b.txt; then echo a and b; exit 1; fi"]
""",
    )

    order = data_of(ran, ran.of(AgentFinished))
    later = max("ab", key=order.index)
    (lost,) = [entry for entry in ran.state.items.values() if entry.status == "dead"]
    assert lost.item.data == later
    assert (lost.failure.kind, lost.failure.code) == ("merge", "PT642")
    assert lost.failure.message == (
        "verification failed: step 'if test -e a.txt -a -e b.txt; then echo a and b; exit 1; fi' failed: "
        "a and b (exit code 1)"
    )
    assert set(ran.branches()) == {ran.state.run_branch, lost.branch}
    assert sorted(ran.files()) == sorted({f"{one}.txt" for one in "abcd"} - {f"{later}.txt"} | {"readme.txt"})
    assert sum(purpose == "base" for _, purpose, _ in checks(ran)) == 1


@rule("16.4 flaky")
async def test_a_failure_that_does_not_come_again_is_nobodys_fault(lab):
    ran = await lab.run(
        f"""{AGENTS}
merge:
  agents:
    verify:
      batch: auto
      steps: ["seen=$OUTSIDE/$(git rev-parse HEAD^{{tree}}); test -e $seen || {{ touch $seen; exit 1; }}"]
"""
    )

    assert set(ran.statuses().values()) == {"success"}
    assert "failed, and passed when it ran again at the same commit" in ran.warnings()


@rule("16.4 base")
async def test_a_base_that_fails_by_itself_stops_the_run_and_nobody_is_blamed(lab):
    ran = await all_at_once(
        lab,
        f"""{AGENTS}
merge:
  agents:
    verify: {{batch: 8, steps: ["{WAIT}", "test -e $OUTSIDE/mended"]}}
""",
    )

    assert set(ran.statuses().values()) == {"merging"}
    assert (ran.state.status, ran.state.exit_code, ran.state.code) == ("stopped", 1, "PT643")
    assert "the run branch itself fails verification" in ran.state.message
    order = data_of(ran, ran.of(AgentFinished))
    assert [ran.item(one).item.data for one in ran.state.merge_queue] == order

    (lab.outside / "mended").touch()
    again = await lab.reopen(ran)

    assert set(again.statuses().values()) == {"success"}
    assert data_of(again, again.of(MergeFinished)) == order
    assert checks(again)[-1] == ("".join(order), "candidate", "ok")


@rule("16.4 fix")
async def test_the_step_that_mends_runs_once_for_a_branch_and_its_commits_count(lab):
    ran = await lab.run(
        """
map:
  input: [a, b]
  agent_template: ["echo ${item} > ${item}.txt; git add --all && git commit -qm ${item}"]
merge:
  agents:
    verify:
      flaky_retries: 0
      steps: ["if grep a *.txt; then echo no a; exit 1; fi", "if grep b *.txt; then exit 2; fi"]
      fix: "echo ${error.exit_code} ${error.step} >> $OUTSIDE/fix; echo A > a.txt; git commit -aqm mended"
"""
    )

    (lost,) = [entry for entry in ran.state.items.values() if entry.status == "dead"]
    assert (lost.item.data, lost.failure.code) == ("b", "PT642")
    assert ran.files()["a.txt"] == "A"
    assert ran.repo.git("log", "-1", "--format=%s", ran.state.tip) == "mended"
    fixes = (lab.outside / "fix").read_text().splitlines()
    assert sorted(line[:14] for line in fixes) == ["1 if grep a *.", "2 if grep b *."]
    assert [purpose for _, purpose, _ in checks(ran)].count("fix") == 2


@rule("16.4 verify timeout")
async def test_a_check_that_takes_too_long_has_failed(lab):
    ran = await lab.run(
        """
map:
  input: [a]
  agent_template: ["echo ${item} > ${item}.txt; git add --all && git commit -qm ${item}"]
merge:
  agents:
    verify: {flaky_retries: 0, timeout: 300ms, steps: ["test ! -e a.txt || sleep 60"]}
"""
    )

    (lost,) = ran.state.items.values()
    assert (lost.status, lost.failure.message) == ("dead", "verification failed: timed out after 0.3 s")


@rule("16.4 stop")
async def test_a_stop_in_the_midst_of_a_check_leaves_all_in_the_queue(lab):
    text = f"""{AGENTS}
merge:
  agents:
    verify: {{batch: 8, steps: ["touch $OUTSIDE/verifying; {WAIT}"]}}
"""
    async with lab.live(text) as live:
        await live.until(lambda state: state.counts.merging == 4)
        await live.until_file(lab.outside / "verifying")
        live.send("stop")
    ran = lab.ran(live)

    order = data_of(ran, ran.of(AgentFinished))
    assert (ran.state.status, ran.state.exit_code) == ("interrupted", 130)
    assert [ran.item(one).item.data for one in ran.state.merge_queue] == order
    ((batch, purpose, status),) = checks(ran)
    assert ("".join(order).startswith(batch), purpose, status) == (True, "candidate", "interrupted")
    assert data_of(ran, ran.of(MergeInterrupted)) == list(reversed(batch))

    (lab.outside / "go").touch()
    again = await lab.reopen(ran)

    assert data_of(again, again.of(MergeFinished)) == order
    assert len(again.files()) == 5


async def test_a_branch_that_was_blamed_is_retried_from_the_new_tip(lab):
    ran = await lab.run(
        """
map:
  input: [a]
  agent_template: ["echo ${item} > ${item}.txt; git add --all && git commit -qm ${item}"]
merge:
  agents: {verify: {flaky_retries: 0, steps: ["test ! -e a.txt -o -e $OUTSIDE/mended"]}}
"""
    )
    (dead,) = ran.state.dead_letters
    (lab.outside / "mended").touch()

    again = await lab.reopen(ran, *retry(dead), merge="yes")

    assert again.item(dead).status == "success"
    assert sorted(lab.repo.files()) == ["a.txt", "readme.txt"]


@rule("16.4 verify budget")
async def test_a_check_that_the_budget_refuses_blames_nobody(lab):
    ran = await lab.run(
        """
budget: {usd: 1, estimate: {usd: 2}}
map:
  input: [a]
  agent_template: ["echo ${item} > ${item}.txt; git add --all && git commit -qm ${item}"]
merge:
  agents:
    verify:
      - {agent: look, provider: scripted, agent_options: {script: [{match: look, do: [{say: fine}]}]}}
"""
    )

    assert (ran.state.status, ran.state.exit_code, ran.state.code) == ("stopped", 4, "PT630")
    assert list(ran.statuses().values()) == ["merging"]
    assert checks(ran) == [("a", "candidate", "interrupted")]

    again = await lab.reopen(ran, raised=BudgetRaised(usd=5.0, by="option"))

    assert list(again.statuses().values()) == ["success"]


@rule("16.4 verify late", "16.4 resolved")
async def test_what_an_agent_makes_of_a_conflict_is_verified_like_everything_else(lab):
    ran = await lab.run(
        """
setup:
  - shell: echo 2
    capture_output: most
map:
  input: [a, b]
  max_parallel: 2
  agent_template:
    - "touch $OUTSIDE/${item}; while ! test -e $OUTSIDE/a -a -e $OUTSIDE/b; do sleep 0.01; done"
    - "echo ${item} > both.txt; git add --all && git commit -qm ${item}"
merge:
  agents:
    conflict: {agent: {shell: "echo solved > both.txt; git add both.txt"}}
    verify: {batch: "${most}", flaky_retries: 0, steps: ["if grep solved both.txt; then exit 1; fi"]}
"""
    )

    assert sorted(ran.statuses().values()) == ["dead", "success"]
    (lost,) = [entry for entry in ran.state.items.values() if entry.status == "dead"]
    assert lost.failure.code == "PT642"
    assert ran.files()["both.txt"] in ("a", "b")
    assert dict(ran.state.settled.items()) == {"merge.agents.verify.batch": 2}


@rule("16.4 conflict: fail")
async def test_a_conflict_can_be_a_stop(lab):
    ran = await lab.run(
        """
map:
  input: [a, b]
  max_parallel: 2
  agent_template:
    - "touch $OUTSIDE/${item}; while ! test -e $OUTSIDE/a -a -e $OUTSIDE/b; do sleep 0.01; done"
    - "echo ${item} > both.txt; git add --all && git commit -qm ${item}"
merge: {agents: {conflict: fail}}
"""
    )

    assert sorted(ran.statuses().values()) == ["dead", "success"]
    assert (ran.state.status, ran.state.exit_code, ran.state.code) == ("waiting", 3, "PT640")

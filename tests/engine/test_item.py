"""Attempts at items in whole runs: worktrees, leftovers, what an agent may do to them, what becomes of failures."""

import pytest

from prodigy_tui.events.schema import AgentFinished, AgentStarted, MergeFinished, WorktreeCreated
from tests.support.clock import HurriedClock
from tests.support.engine import Lab
from tests.support.rules import rule

COMMIT = "git add --all && git commit -qm 'item ${item}'"


def items(*names: str, steps: str, parallel: int = 10, more: str = "") -> str:
    return f"map:\n  input: {list(names)}\n  max_parallel: {parallel}\n  agent_template:\n{steps}\n{more}"


@rule("13.6 runs: worktree")
async def test_every_item_works_in_a_clean_worktree_at_the_tip(lab):
    lab.repo.commit(".gitignore", "*.ignored\n")
    ran = await lab.run(
        items(
            *"abc",
            steps=f"""
    - "git status --porcelain --ignored; ls"
    - "echo ${{item}} > ${{item}}.txt; {COMMIT}; touch rest.ignored untracked; git branch --show-current"
""",
            parallel=1,
        ),
        merge="yes",
    )

    assert set(ran.statuses().values()) == {"success"}
    assert [event.base for event in ran.of(AgentStarted)] == [
        ran.state.base,
        *(event.tip for event in ran.of(MergeFinished)[:2]),
    ]
    logs = [ran.log(f"items/{ran.state.items[i].item.safe_id}/1") for i in ran.state.order]
    assert "a.txt" in logs[1]
    assert "b.txt" in logs[2]
    assert not any("??" in log.split("$ echo")[0] or "!!" in log.split("$ echo")[0] for log in logs)
    assert len(ran.of(WorktreeCreated)) == 2


@rule("7.4 runs: patch")
async def test_leftovers_of_a_success_are_a_patch_and_a_warning(lab):
    ran = await lab.run(
        items(
            "a", steps=f"    - \"echo in > in.txt; {COMMIT}; printf '\\\\0bin' > left.bin; echo more >> readme.txt\""
        ),
        merge="yes",
    )

    (entry,) = ran.state.items.values()
    patch = ran.artifact(entry.history[0].leftover)
    assert entry.status == "success"
    assert "PT612" in [warned.code for warned in ran.state.warnings]
    assert sorted(lab.repo.files()) == ["in.txt", "readme.txt"]
    (lab.outside / "patch").write_bytes(patch)
    lab.repo.git("apply", str(lab.outside / "patch"))
    assert (lab.repo.path / "left.bin").read_bytes() == b"\0bin"
    assert lab.repo.read("readme.txt") == "hello\nmore\n"


@rule("13.6 runs: failed attempt")
async def test_leftovers_of_a_failure_are_kept_with_its_branch(lab):
    ran = await lab.run(items("a", steps=f'    - "echo 1 > 1; {COMMIT}; echo 2 > 2; exit 3"'))

    (entry,) = ran.state.items.values()
    (record,) = entry.history
    assert (entry.status, record.outcome, record.failure.exit_code) == ("dead", "failed", 3)
    assert b"+2" in ran.artifact(record.leftover)
    assert lab.repo.files(record.branch)["1"] == "1"
    assert record.branch in ran.branches()
    assert ran.state.warning_count == 0


async def test_a_success_without_commits_needs_no_merge(lab):
    ran = await lab.run(items("a", steps="    - echo ${item}"), merge="yes")

    (entry,) = ran.state.items.values()
    assert (entry.status, entry.merged, ran.state.tip) == ("success", False, ran.state.base)
    assert ran.state.landing.status == "nothing"


@pytest.mark.parametrize(
    "deed",
    [
        "rm -rf $PWD",
        "rm -rf $PWD && touch $PWD",
        "rm .git",
        "rm .git && git init -q && git commit -q --allow-empty -m mine",
        "echo broken > .git",
        "echo gitdir: /nowhere > .git",
    ],
)
async def test_an_agent_that_destroys_its_worktree_fails_alone(lab, deed):
    ran = await lab.run(
        items(
            "bad",
            "good",
            steps=f"""
    - "test ${{item}} = good || ({deed})"
    - "echo ${{item}} > ${{item}}.txt; {COMMIT}"
""",
            parallel=1,
        ),
        merge="yes",
    )

    bad, good = (ran.state.items[item_id] for item_id in ran.state.order)
    assert (bad.status, bad.failure.kind) == ("dead", "worktree")
    assert (good.status, ran.state.landing.status) == ("success", "landed")
    assert sorted(lab.repo.files()) == ["good.txt", "readme.txt"]


@rule("7.1 runs: all commits")
async def test_an_agent_may_use_branches_of_its_own_and_all_its_commits_are_merged(lab):
    ran = await lab.run(
        items(
            "a",
            steps="""
    - "git checkout -q -b side && echo 1 > 1 && git add . && git commit -qm one"
    - "git checkout -q --detach && echo 2 > 2 && git add . && git commit -qm two && git branch -D side"
""",
        ),
        merge="yes",
    )

    assert sorted(lab.repo.files()) == ["1", "2", "readme.txt"]
    (entry,) = ran.state.items.values()
    assert (entry.commits, entry.files) == (2, ("1", "2"))


async def test_an_agent_that_leaves_a_merge_unfinished_does_not_disturb_the_next(lab):
    ran = await lab.run(
        items(
            "a",
            "b",
            steps=f"""
    - >-
      test ${{item}} = b || (git checkout -q -b x; echo x > readme.txt; git commit -qam x; git checkout -q -;
      echo y > readme.txt; git commit -qam y; git merge -q x; git branch -q -D x; true)
    - "test ${{item}} = a || (git status --porcelain > status; {COMMIT})"
""",
            parallel=1,
        ),
    )

    assert set(ran.statuses().values()) == {"success"}
    assert ran.files()["readme.txt"] == "y"
    assert ran.files()["status"] == "?? status"


async def test_a_process_that_an_agent_leaves_behind_is_ended(lab):
    ran = await lab.run(items("a", steps='    - "(setsid sleep 300 >/dev/null 2>&1 &) ; echo on"'))

    assert list(ran.statuses().values()) == ["success"]


@rule("13.6 runs: failed attempt")
async def test_commits_of_failed_attempts_do_not_reach_the_run(lab):
    ran = await lab.run(
        items(
            "a",
            steps=f"""
    - "echo ${{worker.attempt}} > t-${{worker.attempt}}; {COMMIT}"
    - "echo '${{worker.last_error}}' >> $OUTSIDE/errors"
    - "test ${{worker.attempt}} = 3 || (echo no luck >&2; exit 1)"
""",
            more="error_policy: {on_item_failure: retry}\n",
        ),
        merge="yes",
        clock=HurriedClock(10),
    )

    (entry,) = ran.state.items.values()
    assert [record.outcome for record in entry.history] == ["failed", "failed", "success"]
    assert sorted(lab.repo.files()) == ["readme.txt", "t-3"]
    assert (lab.outside / "errors").read_text() == "\nno luck\nno luck\n"
    began = [envelope.at for envelope in ran.envelopes if isinstance(envelope.event, AgentStarted)]
    ended = [envelope.at for envelope in ran.envelopes if isinstance(envelope.event, AgentFinished)]
    waits = [(b - e).total_seconds() for b, e in zip(began[1:], ended, strict=False)]
    assert waits[0] >= 1
    assert waits[1] >= 2


async def test_steps_on_item_failure_run_in_the_items_worktree_and_change_nothing(lab):
    ran = await lab.run(
        items(
            "a",
            "b",
            steps="""
    - {shell: "touch made-${item}; echo said; echo why >&2; test ${item} = b", name: check,
       on_failure: {shell: "echo other", strategy: cleanup}}
""",
            more="""
error_policy:
  on_item_failure:
    - "ls; echo ${error.message}, ${error.step}, ${error.output} >> $OUTSIDE/told"
    - "exit 1"
    - "touch $OUTSIDE/never"
""",
        )
    )

    assert sorted(ran.statuses().values()) == ["dead", "success"]
    dead = next(entry for entry in ran.state.items.values() if entry.status == "dead")
    assert dead.failure.message == "why"
    assert (lab.outside / "told").read_text() == "why, check, said\nwhy\n"
    assert not (lab.outside / "never").exists()
    assert ran.steps(dead.item.id) == {"0/r1.0": "ok", "0": "failed", "item/0": "ok", "item/1": "failed"}


@rule("13.7 runs: exit codes")
@pytest.mark.parametrize(
    ("policy", "statuses", "reduced", "exit_code"),
    [
        ("{}", ["dead", "dead", "success", "success"], True, 1),
        ("{on_item_failure: skip}", ["skipped", "skipped", "success", "success"], True, 0),
        ("{on_item_failure: stop}", ["dead", "pending", "pending", "pending"], False, 1),
        ("{continue_on_failure: false}", ["dead", "pending", "pending", "pending"], False, 1),
        ("{max_failures: 2}", ["dead", "dead", "pending", "pending"], False, 1),
        ("{max_failures: 2, on_item_failure: skip}", ["skipped", "skipped", "pending", "pending"], False, 1),
    ],
)
async def test_policies(lab: Lab, policy, statuses, reduced, exit_code):
    ran = await lab.run(
        items(
            *"abcd",
            steps=f'    - "test ${{item}} != a -a ${{item}} != b; "\n    - "echo > ${{item}}.txt; {COMMIT}"',
            more=f"reduce: [touch $OUTSIDE/reduced]\nerror_policy: {policy}\n",
            parallel=1,
        ),
        merge="yes",
    )

    assert list(ran.statuses().values()) == statuses
    assert (lab.outside / "reduced").exists() == reduced
    assert ran.state.exit_code == exit_code
    if reduced:
        assert sorted(lab.repo.files()) == ["c.txt", "d.txt", "readme.txt"]
    else:
        assert (ran.state.status, ran.state.landing) == ("stopped", None)
        assert ran.state.code == "PT620"
        assert lab.repo.head == ran.state.base


async def test_a_stopped_run_goes_on_when_it_is_resumed(lab):
    text = items(
        *"abc",
        steps=f'    - "test -e $OUTSIDE/mended"\n    - "echo > ${{item}}.txt; {COMMIT}"',
        more="error_policy: {on_item_failure: stop}\n",
        parallel=1,
    )
    ran = await lab.run(text)
    (lab.outside / "mended").touch()

    again = await lab.reopen(ran, merge="yes")

    assert list(again.statuses().values()) == ["dead", "success", "success"]
    assert (again.state.status, again.state.landing.status) == ("failed", "landed")


async def test_agents_that_run_when_the_policy_stops_finish_and_merge(lab):
    ran = await lab.run(
        items(
            "a",
            "b",
            "c",
            steps=f"""
    - "test ${{item}} != a || (while ! test -e $OUTSIDE/b; do sleep 0.02; done; exit 1)"
    - "touch $OUTSIDE/${{item}}; sleep 0.5; echo > ${{item}}.txt; {COMMIT}"
""",
            more="error_policy: {on_item_failure: stop}\n",
            parallel=2,
        ),
    )

    assert list(ran.statuses().values()) == ["dead", "success", "pending"]
    assert "b.txt" in ran.files()


async def test_a_retry_that_is_due_starts_while_others_still_work(lab):
    ran = await lab.run(
        items(
            "slow",
            "flaky",
            steps="""
    - "test ${item} = slow || test ${worker.attempt} = 2"
    - "test ${item} = flaky && touch $OUTSIDE/done || while ! test -e $OUTSIDE/done; do sleep 0.02; done"
""",
            more="error_policy: {on_item_failure: retry}\n",
        ),
        clock=HurriedClock(5),
    )

    assert set(ran.statuses().values()) == {"success"}

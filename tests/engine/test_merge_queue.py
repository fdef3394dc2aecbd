"""Agent merges (language 16.2) in whole runs: every commit once, conflicts to the dead letter queue."""

import threading

import pytest

from prodigy_tui.engine.merging import tip
from prodigy_tui.events.schema import MergeFinished, MergeStarted
from prodigy_tui.git import open_git
from prodigy_tui.git import run as git_run
from prodigy_tui.git.run import GitFailed
from tests.support.clock import HurriedClock
from tests.support.engine import retry
from tests.support.full_disk import FullDisk
from tests.support.git_versions import stays_open
from tests.support.rules import rule

COMMIT = "git add --all && git commit -qm 'item ${item}'"

CONFLICTING = f"""
map:
  input: [a, b]
  max_parallel: 2
  agent_template:
    - "touch $OUTSIDE/${{item}}; while ! test -e $OUTSIDE/a -a -e $OUTSIDE/b; do sleep 0.02; done"
    - "echo ${{item}} > readme.txt; echo > ${{item}}.txt; {COMMIT}"
"""


async def test_every_item_is_one_merge_commit_with_trailers(lab):
    ran = await lab.run(
        f"""
map:
  input: [a, b]
  agent_template: ["echo > ${{item}}.txt; {COMMIT}"]
""",
        merge="yes",
    )

    log = lab.repo.git(
        "log", "--first-parent", "--format=%s|%(trailers:key=Prodigy-Item,valueonly,separator=%x2C)", "main^2"
    )
    merges = [line for line in log.splitlines() if line.startswith("Merge")]
    assert len(merges) == 2
    assert {line.rpartition("|")[2] for line in merges} == set(ran.state.order)
    assert all(ran.item(item_id).merged for item_id in ran.state.order)
    assert ran.state.merged == 2
    trailers = lab.repo.git("log", "-1", "--format=%(trailers)", "main").split()
    assert trailers == ["Prodigy-Run:", ran.state.run_id]


async def test_of_two_items_that_change_a_line_the_second_is_dead_lettered(lab):
    ran = await lab.run(CONFLICTING, merge="yes")

    first, second = (event.item_id for event in ran.of(MergeFinished))
    won, lost = ran.item(first), ran.item(second)
    assert (won.status, lost.status) == ("success", "dead")
    assert (lost.failure.kind, lost.failure.code) == ("merge", "PT640")
    assert "readme.txt" in lost.failure.message
    assert lost.history[-1].outcome == "conflict"
    assert ran.branches() == [lost.branch]
    assert lab.repo.files(lost.branch)["readme.txt"] == lost.item.data
    assert lab.repo.files() == {"readme.txt": won.item.data, f"{won.item.data}.txt": ""}
    assert (ran.state.status, ran.state.exit_code, ran.state.landing.status) == ("failed", 1, "landed")


async def test_a_branch_without_a_commit_in_common_is_dead_lettered_with_that_reason(lab):
    ran = await lab.run(
        f"""
map:
  input: [{{id: a}}]
  agent_template: ["git checkout -q --orphan other; echo new > new.txt; {COMMIT}"]
""",
        merge="yes",
    )

    failure = ran.item("a").failure
    assert (failure.code, failure.message) == ("PT640", "merge conflict: the two histories have no commit in common")


async def test_a_conflict_that_is_retried_starts_from_the_new_tip(lab):
    ran = await lab.run(CONFLICTING, merge="yes")
    (dead,) = ran.state.dead_letters

    again = await lab.reopen(ran, *retry(dead), merge="yes")

    assert again.item(dead).status == "success"
    assert sorted(lab.repo.files()) == ["a.txt", "b.txt", "readme.txt"]
    assert lab.repo.read("readme.txt").strip() == again.item(dead).item.data
    assert again.branches() == []


async def test_a_conflict_is_retried_by_policy_in_a_fresh_worktree(lab):
    ran = await lab.run(CONFLICTING + "error_policy: {on_item_failure: retry}\n", merge="yes")

    assert set(ran.statuses().values()) == {"success"}
    assert sorted(len(entry.history) for entry in ran.state.items.values()) == [1, 2]
    assert sorted(lab.repo.files()) == ["a.txt", "b.txt", "readme.txt"]


@rule("16.2 one at a time", "16.2 order")
async def test_merges_are_one_at_a_time_in_the_order_of_finishing(lab):
    ran = await lab.run(
        f"""
map:
  input: {list(range(8))}
  max_parallel: 4
  agent_template: ["echo > ${{item}}.txt; {COMMIT}"]
"""
    )

    order = ran.of(MergeStarted | MergeFinished)
    assert [type(event) for event in order] == [MergeStarted, MergeFinished] * 8
    started = order[::2]
    assert [event.onto for event in started[1:]] == [event.tip for event in order[1::2]][:-1]
    assert len(ran.files()) == 9


@stays_open
async def test_clean_merges_of_a_run_take_no_process_each(lab, monkeypatch):
    started = list[str]()
    start = git_run.start_git

    def counted(command, **options):
        if threading.current_thread().name.startswith("merge"):
            started.append(" ".join(command))
        return start(command, **options)

    monkeypatch.setattr(git_run, "start_git", counted)
    monkeypatch.setattr(open_git, "start_git", counted)

    ran = await lab.run(
        f"""
map:
  input: {list(range(6))}
  max_parallel: 3
  agent_template: ["echo > ${{item}}.txt; {COMMIT}"]
""",
        merge="yes",
    )

    assert ran.state.merged == 6
    assert len(started) <= 8, started


@pytest.mark.parametrize("command", ["merge-tree", "update-ref"])
async def test_a_verified_merge_that_the_disk_had_no_room_for_is_made_up_for(lab, monkeypatch, command):
    disk = FullDisk(monkeypatch, lab.home.root)
    text = f"""
map:
  input: [a, b]
  max_parallel: 1
  agent_template: ["echo > ${{item}}.txt; {COMMIT}"]
merge: {{agents: {{verify: ["true"]}}}}
"""
    async with lab.live(text, clock=HurriedClock(20)) as live:
        await live.until(lambda state: state.merged == 1)
        disk.git.add(command)
    ran = lab.ran(live)

    assert disk.refused == 1
    assert set(ran.statuses().values()) == {"success"}
    assert len(ran.repo.git("log", "--first-parent", "--format=%H", f"{ran.state.base}..{ran.state.tip}").split()) == 2


async def test_a_run_worktree_that_disappears_while_agents_work_is_made_anew(lab):
    ran = await lab.run(
        f"""
map:
  input: [a, b]
  max_parallel: 1
  agent_template:
    - "echo > ${{item}}.txt; {COMMIT}"
    - "rm -rf $(dirname $PRODIGY_WORKTREE)/run"
reduce:
  - ls
""",
        merge="yes",
    )

    assert ran.state.status == "succeeded", ran.state.message
    assert ran.said("reduce")["0"].split() == ["a.txt", "b.txt", "readme.txt"]
    assert sorted(lab.repo.files()) == ["a.txt", "b.txt", "readme.txt"]


async def test_commits_of_setup_are_the_base_of_the_items_and_reduce_stands_on_all(lab):
    ran = await lab.run(
        f"""
setup:
  - "echo s > s.txt; git add s.txt; git commit -qm setup; echo u > untracked; echo x > a.txt"
map:
  input: [a, b]
  agent_template: ["cat s.txt; ls; echo ${{item}} > ${{item}}.txt; {COMMIT}"]
reduce:
  - "cat s.txt a.txt b.txt untracked; git add --all; git commit -qm reduce"
""",
        merge="yes",
    )

    assert ran.said("reduce")["0"] == "s\na\nb\nu"
    assert sorted(lab.repo.files()) == ["a.txt", "b.txt", "readme.txt", "s.txt", "untracked"]
    assert "PT612" in [warned.code for warned in ran.state.warnings]
    saved = next(path for path in ran.folder.artifacts.rglob("leftover.patch") if "items" not in path.parts)
    assert b"+x" in saved.read_bytes()


ATTRIBUTES = """
map:
  input: [attributes, a, b]
  max_parallel: 3
  agent_template:
    - "touch $OUTSIDE/${item}; while ! test -e $OUTSIDE/a -a -e $OUTSIDE/b; do sleep 0.02; done"
    - >-
      if test ${item} = attributes; then echo 'readme.txt merge=union' > .gitattributes;
      else sleep 0.5; echo ${item} >> readme.txt; fi; git add --all; git commit -qm x
"""


async def test_attributes_that_an_item_brings_steer_the_next_merge(lab):
    ran = await lab.run(ATTRIBUTES)

    assert set(ran.statuses().values()) == {"success"}
    assert sorted(ran.files()["readme.txt"].split()) == ["a", "b", "hello"]


async def test_they_do_so_too_when_the_process_died_before_the_worktree_had_followed(lab, monkeypatch):
    def died(*_: object) -> None:
        raise GitFailed("died")

    with monkeypatch.context() as once, pytest.raises(GitFailed):
        once.setattr(tip, "sync_run_worktree", died)
        async with lab.live(ATTRIBUTES) as live:
            pass

    async with lab.live_again(live.session.folder) as again:
        pass
    ran = lab.ran(again)

    assert set(ran.statuses().values()) == {"success"}
    assert sorted(ran.files()["readme.txt"].split()) == ["a", "b", "hello"]

"""What stays of agents' worktrees: those of failed items leave the pool, and the newest of them are kept."""

from pathlib import Path

from prodigy_tui.events.schema import ItemDiscarded
from tests.support.engine import MERGE, Lab, Ran, retry
from tests.support.gitrepo import GitRepo

FAILING = """
map:
  input: [{id: a}, {id: b}, {id: c}, {id: d}, {id: e}]
  max_parallel: 1
  agent_template:
    - shell: |
        echo ${item.id} > ${item.id}.txt
        test -e $OUTSIDE/fixed || test ${item.id} = c
"""


def kept(ran: Ran) -> dict[str, str]:
    """Item -> name of the worktree that still has its files."""
    return {ran.state.agent_files[path].item_id: Path(path).name for path in ran.state.kept}


def used(ran: Ran) -> dict[str, str]:
    """Item -> name of the worktree that its last attempt used."""
    return {item_id: Path(ran.item(item_id).worktree).name for item_id in ran.state.order}


async def test_the_worktree_of_a_failed_item_leaves_the_pool(lab: Lab):
    ran = await lab.run(FAILING)

    assert used(ran) == {"a": "slot-1", "b": "slot-2", "c": "slot-3", "d": "slot-3", "e": "slot-4"}
    assert kept(ran) == {"a": "slot-1", "b": "slot-2", "d": "slot-3", "e": "slot-4"}
    for item_id, name in kept(ran).items():
        files = {file.name for file in (ran.folder.worktrees / name).glob("*.txt")}
        assert files == {f"{item_id}.txt", "readme.txt"}


async def test_of_failed_items_the_newest_are_kept_and_the_others_live_on_as_branch_and_patch(lab: Lab):
    ran = await lab.run(FAILING, keep_failed=2)

    assert kept(ran) == {"d": "slot-3", "e": "slot-1"}, "the oldest goes back into the pool"
    assert {path.name for path in ran.folder.worktrees.iterdir()} - {".trash"} == {"slot-3", "slot-1"}
    for item_id in ("a", "b", "d", "e"):
        (record,) = ran.item(item_id).history
        assert record.branch in ran.branches()
        assert f"+{item_id}".encode() in ran.artifact(record.leftover)


async def test_none_is_kept_where_none_is_wanted(lab: Lab):
    ran = await lab.run(FAILING, keep_failed=0)

    assert set(used(ran).values()) == {"slot-1"}
    assert ran.state.worktrees.keys() == set()


async def test_every_agent_keeps_its_worktree_where_that_was_asked_for(lab: Lab):
    (lab.outside / "fixed").touch()
    ran = await lab.run(
        FAILING + '    - shell: git add . && git commit --quiet -m "${item.id}"\n', merge="yes", keep_worktrees=True
    )

    assert sorted(used(ran).values()) == [f"slot-{number}" for number in range(1, 6)]
    assert {path.name for path in ran.folder.worktrees.iterdir()} - {".trash"} == set(used(ran).values())
    for item_id, name in used(ran).items():
        assert (ran.folder.worktrees / name / f"{item_id}.txt").exists()
    assert ran.state.landing is not None and ran.state.landing.status == "landed"
    assert ran.branches() == [], "merged branches go, and nothing points at a branch that is gone"
    assert ran.repo.git("-C", str(ran.folder.worktrees / "slot-1"), "status", "--porcelain") == ""


async def test_the_worktree_of_an_item_that_succeeds_at_last_goes(lab: Lab):
    ran = await lab.run(FAILING)
    (lab.outside / "fixed").touch()

    again = await lab.reopen(ran, *retry("a", "b"))

    assert kept(again).keys() == {"d", "e"}
    landed = await lab.reopen(again, MERGE, merge="yes", landing_only=True)
    assert kept(landed).keys() == {"d", "e"}


async def test_an_attempt_that_is_repeated_keeps_nothing(lab: Lab):
    ran = await lab.run(
        FAILING.replace("  agent_template", "  retry: {attempts: 2, delay: 1ms, jitter: false}\n  agent_template")
    )

    assert all(ran.state.agent_files[path].attempt == 2 for path in ran.state.kept)
    assert len(ran.state.kept) == 4


async def test_an_unfinished_merge_in_the_run_worktree_keeps_no_run_from_its_end(lab: Lab):
    text = """
    setup: ["git merge -q --no-ff --no-commit $(git commit-tree 'HEAD^{tree}' -p HEAD -m side)"]
    map:
      input: [a, b]
      max_parallel: 1
      agent_template:
        - "test ${item} = a || test -e $OUTSIDE/fixed"
        - "echo > ${item}.txt && git add . && git commit -qm ${item}"
    error_policy: {on_item_failure: stop}
    """
    async with lab.live(text) as live:
        pass
    state, worktree = live.state, live.session.folder.worktrees / "run"
    told = "\n".join(warned.message for warned in state.warnings)

    assert state.status == "stopped"
    assert f"prodigy/{state.run_id}/run lacks what refs/prodigy/{state.run_id}/tip has: an unfinished merge" in told
    GitRepo(worktree).git("merge", "--abort")
    (lab.outside / "fixed").touch()
    async with lab.live_again(live.session.folder) as again:
        pass

    assert lab.repo.git("rev-parse", f"prodigy/{state.run_id}/run").strip() == again.state.tip
    assert "a.txt" in lab.repo.files(f"prodigy/{state.run_id}/run")


async def test_what_is_discarded_in_the_moment_in_which_the_run_ends_leaves_no_branch(lab: Lab):
    async with lab.live(FAILING.replace("[{id: a}, {id: b}, {id: c}, {id: d}, {id: e}]", "[{id: a}]")) as live:
        await live.until(lambda state: state.ended_at is not None)
        (dead,) = live.state.dead_letters
        live.session.decide(ItemDiscarded(item_id=dead))
        await live.until(lambda state: bool(state.discarded))
    ran = lab.ran(live)

    assert ran.repo.git("for-each-ref", f"refs/heads/prodigy/{ran.state.run_id}/item") == ""

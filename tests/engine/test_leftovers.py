"""`uncommitted` of a workflow: what becomes of changes that nobody committed (language 7.4)."""

import pytest

from prodigy_tui.events.schema import AgentFinished, LeftoversCommitted, PhaseFinished
from tests.support.rules import rule

COMMIT = "git add --all && git commit -qm more"


def agents(steps: str, policy: str = "", more: str = "") -> str:
    return f"{policy}\nmap:\n  input: [a]\n  agent_template:\n    - {steps}\n{more}"


def plain(steps: str, policy: str = "") -> str:
    return f"{policy}\nmode: standard\nsteps:\n  - {steps}\n"


def codes(ran) -> list[str | None]:
    return [warned.code for warned in ran.state.warnings]


@rule("7.4 runs: commit")
async def test_an_agents_leftovers_are_committed_and_merged(lab):
    lab.repo.commit(".gitignore", "*.log\n")
    deed = f'"echo 1 > one; {COMMIT}; echo 2 > two; echo 3 >> readme.txt; echo 4 > x.log"'
    ran = await lab.run(agents(deed, "uncommitted: commit"), merge="yes")

    (finished,) = ran.of(AgentFinished)
    item_id = ran.state.order[0]
    assert (finished.commits, finished.files, finished.leftover) == (2, ("one", "readme.txt", "two"), None)
    assert lab.repo.git("log", "-1", "--format=%s", finished.head) == f"Leftover changes of {item_id}"
    assert {"one", "two"} <= set(lab.repo.files())
    assert "x.log" not in lab.repo.files()
    assert codes(ran) == []


@rule("7.4 runs: commit")
async def test_the_id_of_an_item_is_one_line_of_a_message(lab):
    ran = await lab.run(
        """
uncommitted: commit
map:
  input: [{id: "--amend\\n\\nSigned-off-by: somebody", x: 1}]
  agent_template: [touch new]
"""
    )
    (finished,) = ran.of(AgentFinished)
    body = lab.repo.git("log", "-1", "--format=%B", finished.head)
    assert len(body.strip().splitlines()) == 1


@rule("7.4 runs: fail")
async def test_an_agents_leftovers_fail_it_and_are_kept(lab):
    ran = await lab.run(agents(f"\"echo 1 > one; {COMMIT}; echo 2 > 'two\\nlines'\"", "uncommitted: fail"), merge="yes")

    (entry,) = ran.state.items.values()
    assert (entry.status, entry.failure.code) == ("dead", "PT612")
    assert "two" in entry.failure.message
    assert b"+2" in ran.artifact(entry.history[0].leftover)
    assert "one" not in lab.repo.files()


@rule("7.4 runs: failed")
@pytest.mark.parametrize("policy", ["patch", "commit", "fail"])
async def test_a_failed_attempt_always_gets_the_patch(lab, policy):
    ran = await lab.run(agents('"echo 1 > one; exit 3"', f"uncommitted: {policy}"))

    (entry,) = ran.state.items.values()
    assert (entry.failure.kind, entry.failure.exit_code, entry.commits) == ("exit", 3, 0)
    assert b"+1" in ran.artifact(entry.history[0].leftover)


@rule("7.4 runs: commit")
async def test_leftovers_that_cannot_be_committed_fail_the_attempt(lab):
    deed = '"echo 1 > one; touch $(git rev-parse --git-dir)/index.lock"'
    ran = await lab.run(agents(deed, "uncommitted: commit"))

    (entry,) = ran.state.items.values()
    assert (entry.status, entry.failure.code) == ("dead", "PT612")
    assert "index is locked" in entry.failure.message
    assert b"+1" in ran.artifact(entry.history[0].leftover)


@rule("7.4 runs: patch")
async def test_a_runs_leftovers_are_a_patch_and_it_lands_without_them(lab):
    ran = await lab.run(plain(f'"echo 1 > one; {COMMIT}; echo 2 > two"'), merge="yes")

    assert ran.state.landing.status == "landed"
    assert set(lab.repo.files()) == {"readme.txt", "one"}
    assert codes(ran) == ["PT612"]
    assert b"+2" in ran.artifact("run/leftover.patch")


@rule("7.4 runs: commit")
@pytest.mark.parametrize("deed", [f"echo 1 > one; {COMMIT}; echo 2 > two", "echo 2 > two"])
async def test_a_runs_leftovers_are_committed_and_land(lab, deed):
    ran = await lab.run(plain(f'"{deed}"', "uncommitted: commit"), merge="yes")

    assert ran.state.landing.status == "landed"
    assert "two" in lab.repo.files()
    (event,) = ran.of(LeftoversCommitted)
    assert event.commit == ran.state.tip
    assert lab.repo.git("log", "-1", "--format=%s", event.commit) == f"Leftover changes of {ran.state.run_id}"
    assert codes(ran) == []


@rule("7.4 runs: fail")
async def test_a_runs_leftovers_fail_it_until_somebody_has_seen_to_them(lab):
    ran = await lab.run(plain(f'"echo 1 > one; {COMMIT}; echo 2 > two"', "uncommitted: fail"), merge="yes")

    assert (ran.state.status, ran.state.exit_code, ran.state.landing.status) == ("failed", 1, "unmerged")
    assert [e.failure.code for e in ran.of(PhaseFinished) if e.failure is not None] == ["PT612"]
    assert b"+2" in ran.artifact("run/leftover.patch")
    (ran.folder.worktrees / "run" / "two").unlink()

    ran = await lab.reopen(ran, merge="yes")

    assert (ran.state.status, ran.state.landing.status) == ("succeeded", "landed")


@rule("7.4 runs: not counted")
@pytest.mark.parametrize("policy", ["patch", "commit", "fail"])
async def test_files_that_the_maps_input_reads_do_not_count(lab, policy):
    ran = await lab.run(
        f"""
uncommitted: {policy}
setup: ["printf 'a\\nb\\n' > items.txt"]
map:
  input: items.txt
  agent_template: ["echo ${{item}} > items.txt; echo ${{item}} > ${{item}}; git add ${{item}}; git commit -qm x"]
""",
        merge="yes",
    )
    assert ran.state.landing.status == "landed"
    assert set(lab.repo.files()) == {"readme.txt", "a", "b"}
    assert codes(ran) == []

"""`conflict` (language 16.4) at work: stop, dead letter, or an agent that solves it in a worktree of its own."""

import asyncio
import json
from typing import Any

import pytest

from prodigy_tui.events.schema import (
    BudgetRaised,
    MergeFinished,
    MergeInterrupted,
    MergeStarted,
    ResolutionFinished,
    ResolutionStarted,
    UsageReported,
)
from tests.support.clashes import clash, two
from tests.support.engine import Lab, Ran, retry
from tests.support.rules import rule


def shell(text: str, **more: Any) -> dict[str, Any]:
    return {"agent": {"shell": text}, **more}


def failure(ran: Ran) -> tuple[str, str]:
    assert ran.item("b").status == "dead", ran.statuses()
    return ran.item("b").failure.code, ran.item("b").failure.message


# ----------------------------------------------------------------------------------------------------- fail and dlq


@rule("16.4 runs: dlq")
async def test_dlq_fails_the_item_and_keeps_its_branch(lab: Lab):
    ran = await lab.run(clash("dlq"))

    assert failure(ran) == ("PT640", "merge conflict in readme.txt")
    assert lab.repo.files(ran.item("b").branch)["readme.txt"] == "b"
    assert ran.files() == {"readme.txt": "a", "a.txt": "a"}


@rule("16.4 runs: fail")
async def test_fail_stops_the_run_for_a_person(lab: Lab):
    ran = await lab.run(clash("fail"))

    assert (ran.state.status, ran.state.exit_code, ran.state.code) == ("waiting", 3, "PT640")
    assert "readme.txt" in ran.state.message
    assert ran.statuses() == {"a": "success", "b": "dead"}
    assert lab.repo.files(ran.item("b").branch)["readme.txt"] == "b"

    again = await lab.reopen(ran, *retry("b"))
    assert set(again.statuses().values()) == {"success"}


# -------------------------------------------------------------------------------------------------------- the agent


@rule("16.4 runs: agent", "16.4 runs: agent variables")
async def test_an_agent_solves_the_conflict_in_a_worktree_of_its_own(lab: Lab):
    lab.environ["PRODIGY_ITEM"] = "not this"
    solve = (
        "printf '%s\\n' ${merge.conflicts} ${merge.source_branch} ${merge.target_branch} ${merge.path}"
        " ${item.id} $PRODIGY_WORK_ID $PRODIGY_ITEM_ID ${merge.commit_count} ${merge.file_list:lines} > $OUTSIDE/said;"
        " git rev-parse HEAD MERGE_HEAD > $OUTSIDE/heads; git status --short > $OUTSIDE/status;"
        " pwd >> $OUTSIDE/status; echo both > readme.txt"
    )

    ran = await lab.run(clash(shell(solve)))

    assert ran.statuses() == {"a": "success", "b": "success"}
    assert ran.files() == {"readme.txt": "both", "a.txt": "a", "b.txt": "b"}
    merged, started = ran.of(MergeFinished)[-1], ran.of(MergeStarted)[-1]
    assert lab.repo.git("show", "-s", "--format=%P", merged.tip) == f"{started.onto} {started.head}"
    trailers = lab.repo.git("show", "-s", "--format=%(trailers:only,unfold)", merged.tip).split("\n")
    assert "Prodigy-Item: b" in trailers
    place = str(ran.folder.worktrees / "resolve")
    said = (lab.outside / "said").read_text().splitlines()
    branch = ran.item("b").branch
    assert said == ["readme.txt", branch, ran.state.run_branch, place, "b", "b", "b", "1", "b.txt", "readme.txt"]
    assert (lab.outside / "heads").read_text().split() == [started.onto, started.head]
    assert (lab.outside / "status").read_text() == f"A  b.txt\nUU readme.txt\n{place}\n"
    (begun,), (ended,) = ran.of(ResolutionStarted), ran.of(ResolutionFinished)
    assert (begun.item_id, begun.purpose, begun.paths, ended.status) == ("b", "conflict", ("readme.txt",), "ok")
    assert "b: conflict in readme.txt" in ran.log("phases/resolve")
    assert ran.branches() == [ran.state.run_branch]


@rule("16.4 runs: agent")
async def test_what_the_agent_says_and_uses_is_told(lab: Lab):
    deeds = [
        {"usage": {"input_tokens": 10, "output_tokens": 5, "usd": 0.5}},
        {"say": "I join them"},
        {"write": {"path": "readme.txt", "content": "both\n"}},
        {"commit": "joined"},
    ]
    agent = {"agent": "solve ${merge.conflicts}"}
    defaults = {"provider": "scripted", "options": {"script": [{"match": "solve readme.txt", "do": deeds}]}}

    ran = await lab.run(clash(agent, agent_defaults=defaults))

    assert ran.statuses() == {"a": "success", "b": "success"}, ran.log("phases/resolve")
    assert ran.files()["readme.txt"] == "both"
    assert "I join them" in ran.log("phases/resolve")
    assert [event.usage.usd for event in ran.of(UsageReported)] == [0.5]
    assert ran.state.usage.input_tokens == 10
    merged = ran.of(MergeFinished)[-1].tip
    log = lab.repo.git("log", "--format=%s", f"{merged}^1..{merged}").splitlines()
    assert log == [f"Merge b into {ran.state.run_branch}", "item b"]


@rule("16.4 runs: unsolved")
@pytest.mark.parametrize(
    ("solve", "why"),
    [
        ("true", "readme.txt is still unmerged"),
        ("git add readme.txt", "conflict markers in readme.txt"),
        ("git merge --abort", "the merge was given up"),
        ("git checkout -qf ${merge.source_branch}^{} ", "the result does not contain the target"),
        ("echo x > readme.txt; exit 3", "exit code 3"),
        ("rm .git", "cannot be used"),
    ],
)
async def test_what_is_not_solved_goes_to_the_dead_letters(lab: Lab, solve: str, why: str):
    ran = await lab.run(clash(shell(solve)))

    code, message = failure(ran)
    assert code == "PT644"
    assert message.startswith("the conflict was not solved: ")
    assert why in message
    assert ran.of(ResolutionFinished)[-1].status == "failed"
    assert lab.repo.files(ran.item("b").branch)["readme.txt"] == "b"
    assert ran.files() == {"readme.txt": "a", "a.txt": "a"}


@rule("16.4 runs: attempts")
async def test_every_attempt_has_a_fresh_worktree(lab: Lab):
    solve = (
        "test ! -e untracked && test ! -e later.txt && git status --short | grep -q 'UU readme.txt' || exit 9;"
        " echo x >> $OUTSIDE/tries; touch untracked; echo l > later.txt; git add later.txt;"
        " test $(wc -l < $OUTSIDE/tries) -lt 3 || echo both > readme.txt; rm -f untracked"
    )
    ran = await lab.run(clash(shell(solve, attempts=3)))

    assert ran.statuses() == {"a": "success", "b": "success"}
    assert [event.attempt for event in ran.of(ResolutionStarted)] == [1, 2, 3]
    assert [event.status for event in ran.of(ResolutionFinished)] == ["failed", "failed", "ok"]
    assert ran.files()["later.txt"] == "l"
    assert "untracked" not in ran.files()


@rule("16.4 runs: timeout")
async def test_an_attempt_that_takes_too_long_is_ended(lab: Lab):
    ran = await lab.run(clash(shell("sleep 60", timeout="200ms")))

    code, message = failure(ran)
    assert (code, message) == ("PT644", "the conflict was not solved: timed out after 0.2 s")


@rule("16.5 runs: with an agent")
async def test_the_agent_gets_what_policies_leave_and_must_not_touch_what_is_forbidden(lab: Lab):
    lab.repo.commit("LICENSE", "free\n")
    policies = [{"path": "LICENSE", "policy": "forbid"}, {"path": "x", "policy": "theirs"}]
    steps = "echo {0} > x; echo {0} > readme.txt"
    solve = "cat x > $OUTSIDE/x; echo ${merge.conflicts} > $OUTSIDE/conflicts; echo both > readme.txt"

    def text(more: str = "") -> str:
        merge = {"policies": policies, "agents": {"conflict": shell(solve + more)}}
        return two(merge, steps.format("a"), steps.format("b"))

    ran = await lab.run(text())
    assert ran.statuses() == {"a": "success", "b": "success"}
    assert ran.files() == {"x": "b", "readme.txt": "both", "LICENSE": "free"}
    assert (lab.outside / "x").read_text() == "b\n"
    assert (lab.outside / "conflicts").read_text() == "readme.txt\n"

    ran = await lab.run(text("; echo mine > LICENSE"))
    assert failure(ran) == ("PT641", "changes forbidden file LICENSE")


@rule("16.5 runs: with an agent")
async def test_what_is_made_anew_is_made_of_the_solution(lab: Lab):
    policies = [{"path": "copy", "policy": "regenerate", "command": "cp readme.txt copy"}]
    steps = "echo {0} > readme.txt; echo {0} > copy"
    merge = {"policies": policies, "agents": {"conflict": shell("echo both > readme.txt")}}

    ran = await lab.run(two(merge, steps.format("a"), steps.format("b")))

    assert ran.files() == {"readme.txt": "both", "copy": "both"}
    assert [event.purpose for event in ran.of(ResolutionStarted)] == ["regenerate", "conflict", "regenerate"]


# ------------------------------------------------------------------------------------------------- stops and crashes


@rule("16.4 runs: stopped")
async def test_a_stop_ends_the_agent_and_a_resume_starts_it_anew(lab: Lab):
    solve = "echo x >> $OUTSIDE/tries; test -e $OUTSIDE/go || exec sleep 60; echo both > readme.txt"
    async with lab.live(clash(shell(solve))) as live:
        await live.until(lambda state: state.resolution is not None)
        await live.until_file(lab.outside / "tries")
        live.send("stop")
    ran = lab.ran(live)

    assert ran.state.status == "interrupted"
    assert ran.of(ResolutionFinished)[-1].status == "interrupted"
    assert [event.item_id for event in ran.of(MergeInterrupted)] == ["b"]
    assert ran.state.resolution is None

    (lab.outside / "go").touch()
    again = await lab.reopen(ran)
    assert again.statuses() == {"a": "success", "b": "success"}
    assert again.files()["readme.txt"] == "both"


# ---------------------------------------------------------------------------------------------------------- landing


@rule("16.4 runs: landing")
@pytest.mark.parametrize("solved", [True, False])
async def test_at_the_landing_the_agent_is_asked_too(lab: Lab, solved: bool):
    solve = "printf '%s\\n' ${merge.conflicts} ${merge.target_branch} ${merge.source_branch} > $OUTSIDE/said; "
    solve += "echo both > readme.txt" if solved else "true"
    wait = "touch $OUTSIDE/ready; while ! test -e $OUTSIDE/go; do sleep 0.02; done"
    steps = [f"echo run > readme.txt; git commit -qam run; {wait}"]
    text = json.dumps({"steps": steps, "merge": {"conflict": shell(solve)}})

    async with lab.live(text, merge="yes") as live:
        await live.until_file(lab.outside / "ready")
        await asyncio.to_thread(lab.repo.commit, "readme.txt", "target\n")
        (lab.outside / "go").touch()
    ran = lab.ran(live)

    assert (lab.outside / "said").read_text().split() == ["readme.txt", "main", ran.state.run_branch]
    assert ran.of(ResolutionStarted)[0].item_id is None
    if solved:
        assert ran.state.landing.status == "landed", ran.state.landing
        assert lab.repo.files() == {"readme.txt": "both"}
    else:
        assert ran.state.landing.status != "landed"
        assert "PT644" in ran.state.landing.message
        assert lab.repo.files() == {"readme.txt": "target"}


# ------------------------------------------------------------------------------------------------------------ budget


@rule("16.4 runs: agent")
async def test_an_agent_that_the_budget_does_not_allow_fails_nobody(lab: Lab):
    write = {"write": {"path": "readme.txt", "content": "both\n"}}
    deeds = [{"usage": {"input_tokens": 10, "output_tokens": 5}}, write, {"say": "done"}]
    defaults = {"provider": "scripted", "options": {"script": [{"match": "", "do": deeds}]}}
    budget = {"tokens": 10, "estimate": {"tokens": 20}}

    ran = await lab.run(clash({"agent": "solve"}, agent_defaults=defaults, budget=budget))

    assert (ran.state.status, ran.state.exit_code) == ("stopped", 4)
    assert ran.statuses() == {"a": "success", "b": "merging"}
    assert ran.of(ResolutionFinished)[-1].status == "interrupted"

    again = await lab.reopen(ran, raised=BudgetRaised(tokens=100, by="option"))
    assert again.statuses() == {"a": "success", "b": "success"}, again.log("phases/resolve")
    assert again.state.usage.input_tokens == 10

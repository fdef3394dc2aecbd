"""`policies` (language 16.5) at work: two branches that clash, in whole runs."""

import json
from typing import Any

import pytest

from prodigy_tui.events.schema import MergeFinished, MergeStarted, ResolutionFinished, ResolutionStarted
from tests.support.clashes import two
from tests.support.engine import Lab, Ran, retry
from tests.support.rules import rule


def policy(path: str, word: str, **more: str) -> dict[str, Any]:
    return {"policies": [{"path": path, "policy": word, **more}]}


def failure(ran: Ran, item: str = "b") -> tuple[str, str]:
    assert ran.item(item).status == "dead", ran.statuses()
    return ran.item(item).failure.code, ran.item(item).failure.message


@rule("16.5 runs: union")
async def test_union_keeps_the_lines_of_both_the_targets_first(lab: Lab):
    ran = await lab.run(
        two(policy("*.txt", "union"), "printf 'a\\nx\\n' > readme.txt", "printf 'x\\nb\\n' > readme.txt")
    )

    assert ran.statuses() == {"a": "success", "b": "success"}
    assert ran.files()["readme.txt"] == "a\nx\nb"


@rule("16.5 runs: sides")
@pytest.mark.parametrize(("word", "won"), [("ours", "a"), ("theirs", "b")])
async def test_ours_is_the_target_and_theirs_the_branch_that_comes(lab: Lab, word: str, won: str):
    a, b = "echo a > 'r e.txt'; echo a > mine; rm readme.txt", "echo b > 'r e.txt'; echo b > yours; echo b > readme.txt"
    ran = await lab.run(two(policy("**", word), a, b))

    assert ran.statuses() == {"a": "success", "b": "success"}
    rest = {"readme.txt": "b"} if word == "theirs" else {}
    assert ran.files() == {"r e.txt": won, "mine": "a", "yours": "b", **rest}
    last = ran.of(MergeFinished)[-1]
    started = ran.of(MergeStarted)[-1]
    assert lab.repo.git("show", "-s", "--format=%P", last.tip) == f"{started.onto} {started.head}"


@rule("16.5 first match")
async def test_the_first_policy_that_matches_counts_and_other_clashes_stay(lab: Lab):
    policies = [
        {"path": "x/*", "policy": "theirs"},
        {"path": "*.md", "policy": "ours"},
    ]
    steps = "mkdir x; echo {0} > x/a.md; echo {0} > b.md; echo {0} > c.txt"
    ran = await lab.run(two({"policies": policies}, steps.format("a"), steps.format("b")))

    assert failure(ran) == ("PT640", "merge conflict in c.txt")
    assert ran.of(MergeFinished)[-1].conflicts == ("c.txt",)

    ran = await lab.run(
        two({"policies": policies}, *(steps.format(one).replace("c.txt", f"{one}.txt") for one in "ab"))
    )
    assert ran.statuses() == {"a": "success", "b": "success"}
    assert (ran.files()["x/a.md"], ran.files()["b.md"]) == ("b", "a")


@rule("16.5 runs: forbid")
async def test_a_branch_that_changes_what_is_forbidden_is_not_merged(lab: Lab):
    lab.repo.commit("keys/-k ü", "k\n")
    steps = two(policy("keys/**", "forbid"), "echo a > a.txt", "echo b > 'keys/-k ü'; echo b > b.txt")

    ran = await lab.run(steps)

    assert failure(ran) == ("PT641", "changes forbidden file keys/-k ü")
    assert ran.item("b").history[-1].outcome == "failed"
    assert "b.txt" not in ran.files()
    assert ran.branches() == [ran.item("b").branch, ran.state.run_branch]


@rule("16.5 runs: forbid")
async def test_what_a_branch_took_back_or_only_the_target_changed_is_allowed(lab: Lab):
    b = "echo b > keep; git add keep; git commit -qm 1; rm keep; echo b > b.txt"
    ran = await lab.run(two(policy("keep", "forbid"), "echo a > a.txt", b))

    assert ran.statuses() == {"a": "success", "b": "success"}


@rule("16.5 runs: forbid")
async def test_a_run_that_changes_what_is_forbidden_does_not_land(lab: Lab):
    steps = ["echo x > LICENSE && git add -A && git commit -qm x"]
    text = json.dumps({"steps": steps, "merge": policy("LICENSE", "forbid")})

    ran = await lab.run(text, merge="yes")

    assert "PT641" in ran.state.landing.message
    assert lab.repo.files() == {"readme.txt": "hello"}


# ------------------------------------------------------------------------------------------------------ regenerate

SUM = "cat parts/* > sum.lock; echo junk > junk; echo junk > readme.txt"
PARTS = "mkdir -p parts; echo {0} > parts/{0}; cat parts/* > sum.lock"


@rule("16.5 runs: regenerate")
async def test_a_generated_file_is_made_anew_from_what_was_merged(lab: Lab):
    merge = policy("*.lock", "regenerate", command=SUM)
    ran = await lab.run(two(merge, PARTS.format("a"), PARTS.format("b")))

    assert ran.statuses() == {"a": "success", "b": "success"}
    assert ran.files()["sum.lock"] == "a\nb"
    assert ran.files()["readme.txt"] == "hello", "what else the command changes is dropped"
    assert "junk" not in ran.files()
    assert [event.item_id for event in ran.of(ResolutionStarted)] == ["a", "b"]
    assert {event.status for event in ran.of(ResolutionFinished)} == {"ok"}
    assert f"$ {SUM}" in ran.log("phases/resolve")
    merged = ran.of(MergeFinished)[-1].tip
    started = ran.of(MergeStarted)[-1]
    assert lab.repo.git("show", "-s", "--format=%P", merged) == f"{started.onto} {started.head}"


@rule("16.5 runs: regenerate")
async def test_a_command_sees_the_targets_version_and_runs_only_for_what_came_in(lab: Lab):
    lab.repo.commit("gen", "old\n")
    merge = policy("gen", "regenerate", command="cat gen >> seen; echo new >> gen; cp gen $OUTSIDE/gen")
    ran = await lab.run(two(merge, "echo a > a.txt", "echo theirs > gen"))

    assert [event.item_id for event in ran.of(ResolutionStarted)] == ["b"]
    assert ran.files()["gen"] == "old\nnew"


@rule("16.5 runs: regenerate")
async def test_a_command_that_fails_fails_the_item(lab: Lab):
    merge = policy("*.lock", "regenerate", command="echo broken; exit 3")
    ran = await lab.run(two(merge, "echo a > a.txt", "echo b > b.lock"))

    code, message = failure(ran)
    assert code == "PT640"
    assert message.startswith("cannot regenerate b.lock: ")
    assert ran.item("b").failure.tail == "broken"
    assert ran.of(ResolutionFinished)[-1].status == "failed"
    assert ran.of(MergeFinished)[-1].status == "failed"
    assert "b.lock" not in ran.files()

    again = await lab.reopen(ran, *retry("b"))
    assert again.item("b").status == "dead"


# --------------------------------------------------------------------------------------------------- what it works on


async def test_attributes_that_a_branch_brought_count_for_the_next(lab: Lab):
    a, b = "echo 'x.txt merge=union' > .gitattributes; echo a > x.txt", "echo b > x.txt"
    ran = await lab.run(two(policy("other", "ours"), a, b))

    assert ran.statuses() == {"a": "success", "b": "success"}
    assert ran.files()["x.txt"] == "a\nb"


async def test_names_of_files_stay_names(lab: Lab):
    names = ["a b", "-n", "$(touch pwned)", "ü\u202e", "line\nbreak", ":(top)x"]
    write = "\n".join(f"printf '%s\\n' $PRODIGY_WORK_ID > ./'{name}'" for name in names).replace("${", "$\\{")
    ran = await lab.run(two(policy("**", "theirs"), write.replace("$(", "$''("), write.replace("$(", "$''(")))

    assert ran.statuses() == {"a": "success", "b": "success"}
    assert set(ran.files()) >= {"a b", "-n", "ü\u202e", "line\nbreak", ":(top)x"}
    assert {content for path, content in ran.files().items() if path != "readme.txt"} == {"b"}

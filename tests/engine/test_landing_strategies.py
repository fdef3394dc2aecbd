"""Squash and rebase (language 16.1): what the target gets, and how a run knows that it has landed by other names."""

import shlex

import pytest

from prodigy_tui.events.merge_state import LandingWish
from prodigy_tui.events.schema import CandidateMade, LandingFinished, WarningRaised
from tests.support.engine import MERGE, retry
from tests.support.rules import rule

STRATEGIES = ("merge", "squash", "rebase")

MAP = """
map:
  input: [a, b, c]
  max_parallel: 1
  agent_template:
    - "test ${{item}} != b || test -e $OUTSIDE/mended"
    - "echo ${{item}} > ${{item}}.txt; git add --all; git commit -qm 'made ${{item}}'"
merge: {{strategy: {strategy}}}
"""
TWO = """
steps:
  - "echo made > made.txt; git add --all; git commit -qm 'first ü'"
  - "echo changed > readme.txt; git add --all; git commit -qm second"
merge: {{strategy: {strategy}{more}}}
"""


def text_of(strategy: str, more: str = "") -> str:
    return TWO.format(strategy=strategy, more=more and f", {more}")


def upon(lab, base: str) -> list[tuple[str, int]]:
    """What came upon `base`, oldest first: subject and number of parents."""
    lines = lab.repo.git("log", "--first-parent", "--reverse", "--format=%s|%P", f"{base}..main").splitlines()
    return [(line.rpartition("|")[0], len(line.rpartition("|")[2].split())) for line in lines]


@rule("16.1 runs: merge", "16.1 runs: squash", "16.1 runs: rebase", "16.1 runs: undo")
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_what_the_target_gets_and_the_way_back(lab, strategy):
    base = lab.repo.commit("other.txt", "x\n")
    tree = lab.repo.git("rev-parse", "HEAD^{tree}")
    ran = await lab.run(text_of(strategy), merge="yes")

    landing = ran.state.landing
    whole = f"Merge {ran.state.run_id}"
    expected = {"merge": [(whole, 2)], "squash": [(whole, 1)], "rebase": [("first ü", 1), ("second", 1)]}
    assert upon(lab, base) == expected[strategy]
    assert (landing.status, landing.commit, landing.source) == ("landed", lab.repo.head, ran.state.tip)
    assert lab.repo.status() == []
    assert (ran.branches(), lab.repo.git("for-each-ref", "refs/prodigy")) == ([], "")
    lab.repo.git(*shlex.split(landing.undo)[1:])
    assert (lab.repo.git("rev-parse", "HEAD^{tree}"), lab.repo.status()) == (tree, [])


@rule("16.1 runs: squash message")
async def test_a_squash_names_the_items_that_it_holds(lab):
    ran = await lab.run(MAP.format(strategy="squash"), merge="yes")

    body = lab.repo.git("log", "-1", "--format=%B").strip().splitlines()
    assert body == [f"Merge {ran.state.run_id} (2 items)", "", "- a", "- c", "", f"Prodigy-Run: {ran.state.run_id}"]


async def test_a_squash_of_a_plain_run_names_its_commits(lab):
    await lab.run(text_of("squash", "message: 'All of it'"), merge="yes")

    assert lab.repo.git("log", "-1", "--format=%B").startswith("All of it\n\n- first ü\n- second\n\nProdigy-Run: ")


@rule("16.1 runs: retry lands what is new")
@pytest.mark.parametrize("strategy", ["squash", "rebase"])
async def test_a_retry_after_landing_lands_only_what_is_new(lab, strategy):
    """Also when git has thrown away what the squash or rebase left behind."""
    ran = await lab.run(MAP.format(strategy=strategy), merge="yes")
    assert (ran.state.landing.status, ran.branches()) == (
        "landed",
        [ran.item(item).branch for item in ran.state.dead_letters],
    )
    lab.repo.git("reflog", "expire", "--expire=now", "--all")
    lab.repo.git("gc", "--quiet", "--prune=now")
    since = lab.repo.commit("since.txt", "x\n", "since")
    (lab.outside / "mended").touch()

    again = await lab.reopen(ran, *retry(*ran.state.dead_letters), merge="yes")

    assert (again.state.status, again.state.landing.status) == ("succeeded", "landed")
    whole = f"Merge {ran.state.run_id} (3 items)"
    expected = {"merge": [(whole, 2)], "squash": [(whole, 1)], "rebase": [("made b", 1)]}
    assert upon(lab, since) == expected[strategy]
    assert sorted(lab.repo.files()) == ["a.txt", "b.txt", "c.txt", "readme.txt", "since.txt"]
    if strategy == "squash":
        assert "- b\n\n" in lab.repo.git("log", "-1", "--format=%B")
        assert "- a\n" not in lab.repo.git("log", "-1", "--format=%B")
    assert again.branches() == []


async def test_landing_twice_lands_nothing_new(lab):
    ran = await lab.run(text_of("squash"), merge="yes")
    at = lab.repo.head

    again = await lab.reopen(ran, MERGE, merge="yes", landing_only=True)

    assert (lab.repo.head, again.state.landing.status, again.state.landing.commit) == (at, "landed", at)


async def test_a_run_that_came_by_hand_has_nothing_left_and_keeps_its_branch(lab):
    """Its commits are not on the target, whatever their content: nothing says that nobody needs them."""
    ran = await lab.run(text_of("rebase"))
    lab.repo.git("merge", "--quiet", "--squash", ran.state.run_branch)
    lab.repo.commit_staged("by hand")

    again = await lab.reopen(ran, MERGE, merge="yes", landing_only=True)

    assert (again.state.status, again.state.landing.status) == ("succeeded", "nothing")
    assert again.branches() == [ran.state.run_branch]


@rule("16.1 runs: wish")
async def test_a_person_may_want_another_branch_strategy_and_message(lab):
    lab.repo.git("branch", "release")
    ran = await lab.run(text_of("merge"))
    wish = MERGE.__class__(signal="merge", into="release", strategy="squash", message="For ${nobody}")

    again = await lab.reopen(ran, wish, merge="yes", landing_only=True)

    assert (again.state.landing.target, again.state.landing.strategy) == ("release", "squash")
    assert lab.repo.git("log", "-1", "--format=%s|%P", "release") == f"For ${{nobody}}|{lab.repo.oid('main')}"
    assert "made.txt" not in lab.repo.files("main")

    whole = await lab.reopen(again, MERGE, merge="yes", landing_only=True)

    assert (whole.state.landing.target, whole.state.landing.strategy) == ("main", "merge")
    assert "made.txt" in lab.repo.files("main")


async def test_a_conflict_of_a_rebase_names_the_commit(lab):
    ran = await lab.run(text_of("rebase"))
    lab.repo.commit("readme.txt", "theirs\n")

    again = await lab.reopen(ran, MERGE, merge="yes", landing_only=True)

    assert (again.state.exit_code, again.state.landing.status) == (3, "conflict")
    assert again.state.landing.message.endswith(f"commit {ran.state.tip[:9]} (second) does not apply")
    assert lab.repo.git("log", "-1", "--format=%s") == "change readme.txt"


async def test_a_landing_that_would_be_signed_by_hand_tells_that_it_is_not(lab):
    lab.repo.git("config", "commit.gpgSign", "true")
    ran = await lab.run(text_of("squash").replace("commit -qm", "commit --no-gpg-sign -qm"), merge="yes")

    assert ran.state.landing.status == "landed"
    assert "commit.gpgSign" in ran.warnings()


async def test_variables_of_the_message_count_what_is_new(lab):
    text = MAP.format(strategy="squash").replace(
        "merge: {", "merge: {message: '${merge.file_count} files, ${merge.commit_count} commits', "
    )
    ran = await lab.run(text, merge="yes")
    assert lab.repo.git("log", "-1", "--format=%s") == "2 files, 4 commits"
    (lab.outside / "mended").touch()

    await lab.reopen(ran, *retry(*ran.state.dead_letters), merge="yes")

    assert lab.repo.git("log", "-1", "--format=%s") == "1 files, 2 commits"


async def test_one_candidate_serves_as_long_as_nothing_moves(lab):
    ran = await lab.run(text_of("rebase"), merge="yes")

    assert [(made.strategy, made.verified) for made in ran.of(CandidateMade)] == [("rebase", True)]
    assert ran.of(CandidateMade)[0].commit == ran.of(LandingFinished)[0].commit
    assert ran.of(WarningRaised) == []


@rule("16.1 runs: answer terms")
async def test_who_lets_a_run_land_may_say_how(lab):
    base = lab.repo.head
    async with lab.live(text_of("merge"), merge="ask", interactive=True) as live:
        await live.until(lambda state: state.gate is not None)
        live.send("answer", gate=live.state.gate.gate, answer="approve", strategy="squash", message="As one")
    ran = lab.ran(live)

    assert (ran.state.landing.status, ran.state.landing.strategy) == ("landed", "squash")
    assert upon(lab, base) == [("As one", 1)]
    assert ran.state.wish == LandingWish(), "it holds for this landing"

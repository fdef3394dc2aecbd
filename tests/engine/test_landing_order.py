"""The order of landing (language 16.1): candidate, conflict, verification, question, merge steps, landing."""

import pytest

from prodigy_tui.events.schema import (
    CandidateMade,
    GateAnswered,
    GateOpened,
    LandingFinished,
    LandingStarted,
    PhaseStarted,
    VerifyFinished,
)
from tests.support.engine import MERGE
from tests.support.rules import rule

PLAIN = """
name: plain
steps:
  - "echo made > made.txt; echo changed > readme.txt; git add --all; git commit -qm made"
merge:
"""
ORDER = (CandidateMade, VerifyFinished, GateOpened, GateAnswered, PhaseStarted, LandingStarted, LandingFinished)
SOLVE = "conflict: {agent: {shell: 'echo x >> $OUTSIDE/asked; echo both > readme.txt'}}"


def with_merge(*lines: str) -> str:
    return PLAIN + "".join(f"  {line}\n" for line in lines)


def while_others_work(lab, text: str) -> str:
    """The same workflow, while somebody commits to the target what conflicts."""
    step = f'  - "cd {lab.repo.path} && echo theirs > readme.txt && git commit -qam theirs"\n'
    return text.replace("merge:\n", f"{step}merge:\n")


def order(ran) -> list[str]:
    """The events of the landing by name, in their order."""
    found = [e.event for e in ran.envelopes if isinstance(e.event, ORDER)]
    return [type(event).__name__ for event in found if getattr(event, "phase", "merge") in ("merge", None)]


def lines_of(lab, name: str) -> list[str]:
    file = lab.outside / name
    return file.read_text().split() if file.exists() else []


@rule("16.1 runs: order")
async def test_everything_comes_in_its_order(lab):
    ran = await lab.run(
        with_merge(
            "verify: ['test -e made.txt; echo verified >> $OUTSIDE/told']", "steps: ['echo step >> $OUTSIDE/told']"
        ),
        merge="yes",
    )

    assert ran.state.landing.status == "landed"
    assert lines_of(lab, "told") == ["verified", "step"]
    assert order(ran) == [
        "CandidateMade", "VerifyFinished", "CandidateMade", "GateOpened", "GateAnswered", "PhaseStarted",
        "LandingStarted", "LandingFinished",
    ]  # fmt: skip
    assert ran.of(LandingFinished)[0].commit == ran.of(VerifyFinished)[0].commit == lab.repo.head


@rule("16.1 runs: verify fails")
async def test_what_does_not_pass_does_not_land_and_lands_when_it_does(lab):
    before = lab.repo.head
    ran = await lab.run(with_merge("verify: {steps: ['test -e $OUTSIDE/mended'], flaky_retries: 0}"), merge="yes")

    assert (ran.state.status, ran.state.exit_code, ran.state.landing.status) == ("failed", 1, "unmerged")
    assert lab.repo.head == before
    assert ran.of(GateOpened) == []
    assert ran.files()["made.txt"] == "made"
    (lab.outside / "mended").touch()

    again = await lab.reopen(ran, MERGE, merge="yes", landing_only=True)

    assert (again.state.status, again.state.landing.status) == ("succeeded", "landed")
    assert len(again.of(CandidateMade)) == 2, "the candidate is the same, now it has passed"
    assert again.state.phases["merge"].status == "ok"


@rule("16.4 runs: landing base")
async def test_a_target_that_fails_by_itself_is_blamed_by_its_own_code(lab):
    ran = await lab.run(with_merge("verify: {steps: ['exit 3'], flaky_retries: 0}"), merge="yes")

    assert (ran.state.exit_code, ran.state.landing.status, ran.state.code) == (1, "unmerged", "PT643")


@rule("16.1 runs: fix")
@pytest.mark.parametrize("strategy", ["merge", "rebase"])
async def test_what_mends_the_candidate_lands_with_it(lab, strategy):
    base = lab.repo.head
    fix = "fix: {shell: 'echo fixed > fixed.txt; git add .; git commit -qm fix'}"
    ran = await lab.run(
        with_merge(
            f"verify: {{steps: ['test ! -e made.txt || test -e fixed.txt'], flaky_retries: 0, {fix}}}",
            f"strategy: {strategy}",
        ),
        merge="yes",
    )

    assert (ran.state.landing.status, lab.repo.read("fixed.txt")) == ("landed", "fixed\n")
    line = lab.repo.git("log", "--first-parent", "--reverse", "--format=%s", f"{base}..").splitlines()
    whole = f"Merge {ran.state.run_id}"
    assert line == {"merge": [whole], "squash": [whole], "rebase": ["made", "fix"]}[strategy]


@rule("16.3 runs: commits")
async def test_commits_of_merge_steps_are_verified_and_nobody_is_asked_again(lab):
    async with lab.live(
        with_merge(
            "verify: ['git rev-list --count HEAD >> $OUTSIDE/seen']",
            'steps: ["echo more > more.txt; git add --all; git commit -qm more"]',
        ),
        merge="ask",
        interactive=True,
    ) as live:
        await live.until(lambda state: state.gate is not None)
        assert lines_of(lab, "seen") == ["3"]
        live.send("answer", gate=live.state.gate.gate, answer="approve")
    ran = lab.ran(live)

    assert (ran.state.landing.status, len(ran.of(GateOpened)), lines_of(lab, "seen")) == ("landed", 1, ["3", "4"])
    assert "more.txt" in lab.repo.files()


@rule("16.1 runs: moved target")
async def test_a_target_that_moves_before_the_yes_is_verified_and_asked_about_anew(lab):
    async with lab.live(
        with_merge("verify: ['ls | wc -l >> $OUTSIDE/seen']", "steps: ['echo step >> $OUTSIDE/steps']"),
        merge="ask",
        interactive=True,
    ) as live:
        await live.until(lambda state: state.gate is not None)
        first = live.state.gate
        lab.repo.commit("x", "x")
        live.send("answer", gate=first.gate, answer="approve")
        await live.until(lambda state: state.gate is not None and state.gate.gate != first.gate)
        assert (lines_of(lab, "seen"), lines_of(lab, "steps")) == (["2", "3"], [])
        live.send("answer", gate=live.state.gate.gate, answer="approve")
    ran = lab.ran(live)

    assert (ran.state.landing.status, lines_of(lab, "seen"), lines_of(lab, "steps")) == ("landed", ["2", "3"], ["step"])


@rule("16.4 runs: landing agent")
@pytest.mark.parametrize("strategy", ["merge", "rebase"])
async def test_a_conflict_that_is_solved_lands_and_is_solved_once(lab, strategy):
    text = while_others_work(lab, with_merge(SOLVE, f"strategy: {strategy}"))
    async with lab.live(text, merge="ask", interactive=True) as live:
        await live.until(lambda state: state.gate is not None)
        assert live.state.gate.detail
        live.send("answer", gate=live.state.gate.gate, answer="approve")
    ran = lab.ran(live)

    assert (ran.state.landing.status, lab.repo.read("readme.txt")) == ("landed", "both\n")
    assert lab.repo.read("made.txt") == "made\n"
    assert lines_of(lab, "asked") == ["x"]
    parents = lab.repo.git("show", "-s", "--format=%P").split()
    assert (len(parents), lab.repo.git("log", "-1", "--format=%s", parents[0])) == (
        (2 if strategy == "merge" else 1), "theirs"
    )  # fmt: skip


@rule("16.4 runs: landing agent fails")
async def test_a_conflict_that_is_not_solved_leaves_the_run_unmerged(lab):
    ran = await lab.run(with_merge("conflict: {agent: {shell: 'true'}}"))
    lab.repo.commit("readme.txt", "theirs\n")

    again = await lab.reopen(ran, MERGE, merge="yes", landing_only=True)

    assert (again.state.exit_code, again.state.landing.status) == (3, "conflict")
    assert "PT644" in again.state.landing.message
    assert lab.repo.read("readme.txt") == "theirs\n"


async def test_nobody_works_for_a_landing_that_nobody_wants(lab):
    ran = await lab.run(while_others_work(lab, with_merge(SOLVE, "verify: ['touch $OUTSIDE/verified']")))

    assert (ran.state.exit_code, ran.state.landing.status) == (0, "unmerged")
    assert (lines_of(lab, "asked"), (lab.outside / "verified").exists()) == ([], False)


@rule("16.1 runs: unmerged")
async def test_a_conflict_is_told_but_no_failure_where_nobody_said_yes(lab):
    ran = await lab.run(while_others_work(lab, PLAIN).replace("merge:\n", ""))

    assert (ran.state.status, ran.state.exit_code, ran.state.landing.status) == ("succeeded", 0, "unmerged")
    assert "main conflicts with the run in readme.txt" in ran.state.landing.message


@rule("16.5 runs: landing policies")
async def test_a_policy_settles_a_conflict_of_the_landing(lab):
    ran = await lab.run(with_merge("policies: [{path: readme.txt, policy: theirs}]"))
    lab.repo.commit("readme.txt", "theirs\n")

    again = await lab.reopen(ran, MERGE, merge="yes", landing_only=True)

    assert (again.state.landing.status, lab.repo.read("readme.txt")) == ("landed", "changed\n")

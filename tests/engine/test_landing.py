"""Landing (language 16.1, 16.3): all or nothing, nothing of the user's is lost, merge steps decide."""

import shlex

import pytest

from prodigy_tui.events.schema import GateOpened, LandingFinished, LandingStarted, PhaseStarted, VerifyFinished
from tests.support.engine import MERGE, retry
from tests.support.rules import rule

PLAIN = """
name: plain
steps:
  - "echo made > made.txt; echo changed > readme.txt; git add --all; git commit -qm made"
"""


def with_merge(merge: str, steps: str = PLAIN) -> str:
    return f"{steps}merge: {merge}\n"


@rule("16.1 runs: merge", "B.5 runs: engine merge")
async def test_the_target_gets_one_merge_commit_and_the_undo_works(lab):
    before, tree = lab.repo.head, lab.repo.git("rev-parse", "HEAD^{tree}")
    ran = await lab.run(PLAIN, merge="yes")

    landing = ran.state.landing
    assert (landing.status, landing.commit) == ("landed", lab.repo.head)
    assert lab.repo.git("rev-list", "--parents", "-1", "HEAD").split()[1] == before
    assert lab.repo.read("made.txt") == "made\n"
    assert lab.repo.status() == []
    lab.repo.git(*shlex.split(landing.undo)[1:])
    assert (lab.repo.git("rev-parse", "HEAD^{tree}"), lab.repo.status()) == (tree, [])


@rule("16.1 runs: in the way")
async def test_local_changes_in_the_way_refuse_the_landing_and_lose_nothing(lab):
    lab.repo.write("readme.txt", "mine\n")
    before = lab.repo.head
    ran = await lab.run(PLAIN, merge="yes")

    assert (ran.state.status, ran.state.exit_code) == ("waiting", 3)
    assert (ran.state.landing.status, ran.state.landing.paths) == ("refused", ("readme.txt",))
    assert (lab.repo.head, lab.repo.read("readme.txt")) == (before, "mine\n")
    assert ran.files()["made.txt"] == "made"

    lab.repo.git("checkout", "readme.txt")
    again = await lab.reopen(ran, merge="yes", landing_only=True)

    assert (again.state.status, again.state.landing.status) == ("succeeded", "landed")
    assert lab.repo.read("readme.txt") == "changed\n"


async def test_local_changes_elsewhere_stay_as_they_are(lab):
    lab.repo.commit("other.txt", "x\n")
    lab.repo.write("other.txt", "mine\n")
    lab.repo.write("new.txt", "new\n")
    lab.repo.git("add", "new.txt")
    ran = await lab.run(PLAIN, merge="yes")

    assert ran.state.landing.status == "landed"
    assert (lab.repo.read("other.txt"), lab.repo.read("new.txt")) == ("mine\n", "new\n")
    assert sorted(lab.repo.status()) == [" M other.txt", "A  new.txt"]


@pytest.mark.parametrize("path", ["made.txt", "made.txt/below"])
async def test_an_untracked_file_in_the_way_refuses_too(lab, path):
    lab.repo.write(path, "precious\n")
    ran = await lab.run(PLAIN, merge="yes")

    assert (ran.state.exit_code, ran.state.landing.status) == (3, "refused")
    assert lab.repo.read(path) == "precious\n"


@rule("16.1 runs: yes moved")
async def test_a_target_that_moved_meanwhile_gets_a_new_candidate(lab):
    ran = await lab.run(
        with_merge(f"{{steps: ['cd {lab.repo.path} && echo x > x && git add x && git commit -qm moved']}}"), merge="yes"
    )

    assert ran.state.landing.status == "landed"
    assert sorted(lab.repo.files()) == ["made.txt", "readme.txt", "x"]
    assert lab.repo.git("log", "-1", "--format=%s", "HEAD^1") == "moved"


@rule("16.1 runs: moved conflict")
async def test_a_target_that_moved_into_a_conflict_refuses(lab):
    ran = await lab.run(
        with_merge(f"{{steps: ['cd {lab.repo.path} && echo x > readme.txt && git commit -qam moved']}}"), merge="yes"
    )

    assert (ran.state.exit_code, ran.state.landing.status) == (3, "conflict")
    assert ran.state.landing.paths == ("readme.txt",)
    assert ran.state.landing.worktree == str(lab.repo.path), "where a person can merge it"
    assert lab.repo.git("log", "-1", "--format=%s") == "moved"
    assert lab.repo.status() == []
    assert ran.files()["made.txt"] == "made"


async def test_a_person_is_asked_again_when_the_target_has_moved_since(lab):
    async with lab.live(PLAIN, merge="ask", interactive=True) as live:
        await live.until(lambda state: state.gate is not None)
        first = live.state.gate
        lab.repo.commit("x", "x")
        live.send("answer", gate=first.gate, answer="approve")
        await live.until(lambda state: state.gate is not None and state.gate.gate != first.gate)
        assert live.state.gate.onto == lab.repo.head
        live.send("answer", gate=live.state.gate.gate, answer="approve")
    ran = lab.ran(live)

    assert len(ran.of(GateOpened)) == 2
    assert ran.state.landing.status == "landed"


async def test_a_person_may_say_later(lab):
    async with lab.live(PLAIN, merge="ask", interactive=True) as live:
        await live.until(lambda state: state.gate is not None)
        assert (live.state.status, live.state.gate.files, live.state.gate.commits) == ("waiting", 2, 1)
        live.send("answer", gate="landing-other", answer="approve")
        live.send("answer", answer="maybe")
        live.send("answer", gate=live.state.gate.gate, answer="later")
    ran = lab.ran(live)

    assert (ran.state.status, ran.state.exit_code, ran.state.landing.status) == ("succeeded", 0, "unmerged")
    assert "not open any more" in ran.warnings()
    assert "'maybe' is no answer" in ran.warnings()


@pytest.mark.parametrize("mode", ["no", "ask"])
async def test_without_a_yes_the_run_branch_holds_everything_and_lands_later(lab, mode):
    before = lab.repo.head
    ran = await lab.run(PLAIN, merge=mode)

    assert (ran.state.status, ran.state.exit_code, ran.state.landing.status) == ("succeeded", 0, "unmerged")
    assert lab.repo.head == before
    assert lab.repo.files(ran.state.run_branch)["made.txt"] == "made"

    again = await lab.reopen(ran, MERGE, merge="yes", landing_only=True)

    assert (again.state.status, again.state.landing.status) == ("succeeded", "landed")
    assert lab.repo.read("made.txt") == "made\n"


async def test_landing_later_onto_a_target_that_went_on(lab):
    ran = await lab.run(PLAIN)
    lab.repo.commit("x", "x")

    again = await lab.reopen(ran, MERGE, merge="yes", landing_only=True)

    assert again.state.landing.status == "landed"
    assert sorted(lab.repo.files()) == ["made.txt", "readme.txt", "x"]


@rule("16.1 runs: by hand")
async def test_a_run_that_was_merged_by_hand_has_nothing_left_to_land(lab):
    ran = await lab.run(PLAIN)
    lab.repo.git("merge", "-q", ran.state.run_branch)

    again = await lab.reopen(ran, MERGE, merge="yes", landing_only=True)

    assert (again.state.status, again.state.landing.status) == ("succeeded", "nothing")


@rule("16.1 runs: land")
async def test_land_false_never_lands_unless_asked(lab):
    ran = await lab.run(with_merge("{land: false}"), merge="yes")
    assert ran.state.landing.status == "unmerged"

    again = await lab.reopen(ran, MERGE, merge="yes", landing_only=True)
    assert again.state.landing.status == "landed"


@rule("16.1 runs: target")
async def test_another_target_lands_without_its_checkout(lab):
    lab.repo.git("branch", "stable")
    ran = await lab.run(with_merge("{target: stable}"), merge="yes")
    missing = await lab.run(with_merge("{target: gone}"), merge="yes")

    assert ran.state.landing.status == "landed"
    assert lab.repo.files("stable")["made.txt"] == "made"
    assert "made.txt" not in lab.repo.files("main")
    assert (missing.state.exit_code, missing.state.landing.status) == (3, "refused")


@rule("16.1 runs: message")
async def test_the_message_of_the_merge(lab):
    ran = await lab.run(with_merge('{message: "Land ${run.id} of ${workflow.name}"}'), merge="yes")
    assert lab.repo.git("log", "-1", "--format=%s") == f"Land {ran.state.run_id} of plain"


async def test_a_message_that_has_no_value_refuses_the_landing(lab):
    broken = await lab.run(with_merge('{message: "${env.NO_SUCH_THING}"}'), merge="yes")

    assert (broken.state.exit_code, broken.state.landing.status) == (3, "refused")
    assert "merge.message" in broken.state.landing.message


async def test_nothing_to_land_is_a_success(lab):
    ran = await lab.run("- echo hi\n", merge="yes")

    assert (ran.state.status, ran.state.landing.status, ran.of(GateOpened)) == ("succeeded", "nothing", [])


@rule("16.3 runs: variables")
async def test_merge_steps_see_the_run_and_may_commit(lab):
    lab.repo.commit("old.txt", "x")
    ran = await lab.run(
        """
steps:
  - "echo made > made.txt; git rm -q old.txt; git add --all; git commit -qm 'it''s made'"
merge:
  - >-
    printf '%s\\n' ${merge.source_branch} ${merge.target_branch} ${merge.commit_count} ${merge.file_count}
    ${merge.session_id} ${merge.file_list} ${merge.target_path} ${merge.commits[0].message}
    ${merge.modified_files[1].modification_type} ${merge.worktree} > $OUTSIDE/told
  - {shell: "echo more > more.txt; git add --all; git commit -qm more", commit_required: true}
""",
        merge="yes",
    )

    assert (lab.outside / "told").read_text().splitlines() == [
        ran.state.run_branch, "main", "1", "2", ran.state.run_id, "made.txt", "old.txt", str(lab.repo.path),
        "its made", "deleted", "run",
    ]  # fmt: skip
    assert sorted(lab.repo.files()) == ["made.txt", "more.txt", "readme.txt"]
    assert len(ran.of(GateOpened)) == 1


@rule("4.1 runs: failed", "16.3 runs: fail")
async def test_a_merge_step_that_fails_keeps_everything_from_landing(lab):
    before = lab.repo.head
    ran = await lab.run(with_merge("['test -e $OUTSIDE/mended', 'touch $OUTSIDE/after']"), merge="yes")

    assert (ran.state.status, ran.state.exit_code, ran.state.landing.status) == ("failed", 1, "unmerged")
    assert lab.repo.head == before
    assert not (lab.outside / "after").exists()
    (lab.outside / "mended").touch()

    again = await lab.reopen(ran, merge="yes")

    assert (again.state.status, again.state.landing.status) == ("succeeded", "landed")
    assert (lab.outside / "after").exists()


@rule("16.3 runs: own merge")
async def test_merge_steps_may_land_by_themselves(lab):
    ran = await lab.run(
        with_merge('["cd ${merge.target_path} && git merge -q --no-edit ${merge.source_branch}"]'), merge="yes"
    )

    assert (ran.state.status, ran.state.landing.status) == ("succeeded", "landed")
    assert (lab.repo.read("made.txt"), ran.of(LandingStarted)) == ("made\n", [])


@rule("16.3 runs: unfinished")
@pytest.mark.parametrize("where", ["${merge.target_path}", "${merge.path}"])
async def test_an_unfinished_merge_is_an_error_and_nothing_lands(lab, where):
    lab.repo.branch("side")
    lab.repo.commit("readme.txt", "theirs\n")
    lab.repo.checkout("main")
    lab.repo.commit("readme.txt", "ours\n")
    made = 'steps: ["echo > made; git add made; git commit -qm x"]\n'
    ran = await lab.run(with_merge(f'["cd {where} && git merge side || true"]', made), merge="yes")

    assert (ran.state.exit_code, ran.state.landing.status) == (1, "unmerged")
    assert "PT644" in ran.state.landing.message
    lab.repo.git("merge", "--abort", ok=(0, 128))


async def test_merge_steps_run_again_for_what_a_retry_brings(lab):
    ran = await lab.run(
        """
map:
  input: [a, b]
  agent_template:
    - "test ${item} = a || test -e $OUTSIDE/mended"
    - "echo > ${item}.txt; git add --all; git commit -qm ${item}"
merge:
  - "ls >> $OUTSIDE/checked"
""",
        merge="yes",
    )
    assert ran.state.landing.status == "landed"
    (lab.outside / "mended").touch()
    (dead,) = ran.state.dead_letters

    again = await lab.reopen(ran, *retry(dead), merge="yes")

    assert (lab.outside / "checked").read_text() == "a.txt\nreadme.txt\na.txt\nb.txt\nreadme.txt\n"
    assert sorted(lab.repo.files()) == ["a.txt", "b.txt", "readme.txt"]
    assert [event.phase for event in again.of(PhaseStarted)].count("merge") == 2


async def test_merge_steps_run_again_when_landing_was_refused_after_them(lab):
    lab.repo.write("readme.txt", "mine\n")
    ran = await lab.run(with_merge("['echo x >> $OUTSIDE/checked']"), merge="yes")
    assert ran.state.landing.status == "refused"
    lab.repo.git("checkout", "readme.txt")

    again = await lab.reopen(ran, MERGE, merge="yes", landing_only=True)

    assert again.state.landing.status == "landed"
    assert (lab.outside / "checked").read_text() == "x\nx\n"


@rule("16.1 runs: failed")
async def test_a_failed_run_lands_only_when_a_person_asks_for_exactly_that(lab):
    ran = await lab.run(PLAIN + '  - "exit 3"\n', merge="yes")
    assert (ran.state.status, ran.state.landing) == ("failed", None)

    again = await lab.reopen(ran, MERGE, merge="yes", landing_only=True)

    assert (again.state.status, again.state.landing.status) == ("failed", "landed")
    assert lab.repo.read("made.txt") == "made\n"


async def test_a_run_that_landed_in_part_lands_the_rest_when_it_is_resumed(lab):
    text = """
map:
  input: [a, b]
  max_parallel: 1
  agent_template:
    - "test ${item} = a || test -e $OUTSIDE/mended"
    - "echo > ${item}.txt; git add --all; git commit -qm ${item}"
reduce: ["echo > reduced; git add --all; git commit -qm reduce"]
error_policy: {on_item_failure: stop}
"""
    ran = await lab.run(text)
    part = await lab.reopen(ran, MERGE, merge="yes", landing_only=True)
    assert (part.state.status, sorted(lab.repo.files())) == ("failed", ["a.txt", "readme.txt"])
    (lab.outside / "mended").touch()

    whole = await lab.reopen(part, *retry(*part.state.dead_letters), merge="yes")

    assert (whole.state.status, whole.state.landing.status) == ("succeeded", "landed")
    assert sorted(lab.repo.files()) == ["a.txt", "b.txt", "readme.txt", "reduced"]
    assert len([event for event in whole.of(LandingFinished) if event.status == "landed"]) == 2


async def test_a_run_branch_that_the_user_deleted_is_no_loss(lab):
    ran = await lab.run(
        "map: {input: [a], agent_template: ['echo > a; git add a; git commit -qm a']}\nreduce: ['git branch -m gone']\n"
    )

    assert lab.repo.files(ran.state.run_branch).keys() == {"a", "readme.txt"}
    lab.repo.git("branch", "-D", "gone")


@rule("16.1 runs: timeout")
async def test_the_time_of_the_landing_holds_for_its_verification_too(lab):
    before = lab.repo.head
    ran = await lab.run(with_merge("{timeout: 1s, verify: ['sleep 60'], steps: ['true']}"), merge="yes")

    assert (ran.state.status, ran.state.landing.status) == ("failed", "unmerged")
    failure = ran.state.phases["merge"].failure
    assert (failure.kind, failure.message) == ("timeout", "merge timed out after 1 s")
    assert [event.status for event in ran.of(VerifyFinished)] == ["interrupted"]
    assert lab.repo.head == before

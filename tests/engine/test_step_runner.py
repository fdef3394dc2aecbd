"""Fields that every step has: `when`, `commit_required`, `working_dir`, leaving its mark in the log."""

import pytest

from prodigy_tui.events.schema import StepFinished, StepStarted
from tests.support.rules import rule


@rule("5.3 when at work")
async def test_conditions(lab):
    ran = await lab.run("""
    - {shell: "echo 5", capture: n, capture_format: number}
    - {shell: "echo big", when: "${n} > 3 && last.success"}
    - {shell: "echo small; touch $OUTSIDE/never", when: "${n} < 3", id: small}
    - {shell: "echo after ${last.output}", when: "${small.output} == null"}
    - {shell: "echo never", when: "nothing == 'x' && unknown"}
    """)

    assert list(ran.steps().values()) == ["ok", "ok", "skipped", "ok", "skipped"]
    assert ran.said()["3"] == "after big"


@rule("5.3 when at work")
async def test_a_condition_that_cannot_be_evaluated_fails_the_step(lab):
    lab.environ["PATTERN"] = "["
    ran = await lab.run("""- {shell: "touch $OUTSIDE/never", when: "'abc' =~ env.PATTERN"}""")

    failure = ran.state.phases["steps"].steps["0"].failure
    assert (failure.kind, failure.code) == ("interpolation", "PT403")
    assert not (lab.outside / "never").exists()


@rule("7.1 runs: required")
async def test_commit_required_holds_for_every_kind_and_every_round(lab):
    ran = await lab.run("""
    - {shell: "git commit -q --allow-empty -m x", commit_required: true}
    - {write_file: {path: a, content: x}, commit_required: true, on_failure: true}
    - shell: "touch $OUTSIDE/tried; true"
      commit_required: true
      on_failure: {shell: "echo ${error.kind} >> $OUTSIDE/kinds", max_attempts: 2, fail_workflow: false}
    - {shell: "exit 4", commit_required: true, on_failure: "echo ${error.kind} ${error.exit_code} >> $OUTSIDE/kinds"}
    """)

    steps = {path: status for path, status in ran.steps().items() if "/" not in path}
    assert steps == {"0": "ok", "1": "tolerated", "2": "tolerated", "3": "recovered"}
    assert (lab.outside / "kinds").read_text() == "no_commit\nexit 4\n"
    failure = ran.state.phases["steps"].steps["1"].failure
    assert (failure.kind, failure.code) == ("no_commit", "PT610")


@rule("5.3 working_dir at work")
async def test_working_dir(lab):
    lab.repo.commit("sub/deep/x", "x")
    lab.environ["HOME"] = str(lab.outside)
    (lab.outside / "home").mkdir()
    ran = await lab.run(
        """
    - {shell: "echo sub", capture: where}
    - {shell: "ls", working_dir: "${where}/deep"}
    - {shell: "pwd", working_dir: "~/home"}
    """,
        allow_outside=(str(lab.outside),),
    )

    assert ran.said() == {"0": "sub", "1": "x", "2": str(lab.outside / "home")}


@rule("5.3 working_dir at work")
@rule("19 paths")
@pytest.mark.parametrize(
    ("folder", "code"),
    [("..", "PT801"), ("/", "PT801"), ("~", "PT801"), ("link", "PT801"), ("missing", "PT802"), ("readme.txt", "PT802")],
)
async def test_a_working_dir_that_is_outside_or_not_there_fails_the_step(lab, folder, code):
    (lab.repo.path / "link").symlink_to(lab.outside)
    lab.repo.git("add", "link")
    lab.repo.commit_staged("link")

    ran = await lab.run(f"- {{shell: touch here, working_dir: {folder!r}}}\n")

    assert ran.state.phases["steps"].steps["0"].failure.code == code
    assert list(lab.outside.iterdir()) == []


async def test_events_tell_where_in_the_log_a_step_stands(lab):
    ran = await lab.run("- echo one\n- echo two\n")

    started, ended = ran.of(StepStarted), ran.of(StepFinished)
    log = ran.log("phases/steps").encode()
    assert [log[a.log_offset : b.log_offset] for a, b in zip(started, ended, strict=True)] == [
        b"$ echo one\none\n",
        b"$ echo two\ntwo\n",
    ]
    assert all(event.exit_code == 0 and event.duration_s >= 0 for event in ended)


@rule("6.8 runs: phase")
async def test_a_phase_timeout_ends_the_phase(lab):
    ran = await lab.run("""
    setup: {steps: ["echo begun", "sleep 300"], timeout: 1}
    map:
      input: [a]
      agent_template: ["touch $OUTSIDE/never"]
    """)

    assert (ran.state.status, ran.state.exit_code) == ("failed", 1)
    assert ran.state.phases["setup"].message == "setup failed: setup timed out after 1 s"
    assert "map" not in ran.state.phases


async def test_a_worktree_that_a_step_deletes_fails_the_phase_and_a_resume_goes_on(lab):
    ran = await lab.run("""
    - {shell: "git commit -q --allow-empty -m kept"}
    - {shell: "test -e $OUTSIDE/once || { touch $OUTSIDE/once; rm -rf $PWD; }"}
    - {shell: "cat readme.txt"}
    """)
    assert ran.state.status == "failed"
    assert "worktree" in ran.state.message

    again = await lab.reopen(ran, merge="yes")

    assert again.state.status == "succeeded", again.state.message
    assert again.said()["2"] == "hello"


async def test_the_log_tells_commands_output_and_why_a_step_failed_each_on_lines_of_their_own(lab):
    ran = await lab.run("""
    - printf done
    - {shell: "printf half; exit 3"}
    """)

    assert ran.log("phases/steps").splitlines() == [
        "$ printf done",
        "done",
        "$ printf half; exit 3",
        "half",
        "fail  exit code 3",
    ]


@rule("8.5 step is data", "8.5 step")
async def test_the_name_of_a_step_stays_literal_in_shell_text(lab):
    ran = await lab.run("""
    - {shell: 'echo "$((1))" ${step.name} | wc -l; echo ${step.index}'}
    - {shell: 'echo ${step.name} ${step.index}', name: 'a; echo "b"'}
    """)

    assert ran.said()["0"] == "1\n0"
    assert ran.said()["1"] == 'a; echo "b" 1'


@rule("8.1 labels")
async def test_the_name_of_a_step_is_filled_in_when_it_starts(lab):
    ran = await lab.run("""
    - {shell: "printf 'x\\ny;z'", capture: found}
    - {shell: 'echo ${step.name}; echo "$PRODIGY_STEP"', name: 'Fix ${found} for $$5'}
    - {shell: "true", name: "Fix ${last.output:-all}", when: false}
    """)

    assert ran.said()["1"] == "Fix x y;z for $$5\nFix x y;z for $$5"
    assert [event.label for event in ran.of(StepStarted)][1] == "Fix x y;z for $$5"


@rule("8.1 labels")
async def test_the_name_of_a_step_may_name_a_variable_that_a_command_makes_for_it(lab):
    ran = await lab.run("""
    env: {V: {command: "echo seen", cache: false}}
    steps: [{shell: "echo ${step.name}", name: "$V ${W}", env: {W: {command: "echo own"}}}]
    """)

    assert ran.said()["0"] == "seen own"


@rule("8.1 labels")
async def test_a_name_without_a_value_for_its_reference_fails_the_step(lab):
    ran = await lab.run("""
    - {shell: "true", id: skipped, when: false}
    - {shell: "touch $OUTSIDE/never", name: "Fix ${skipped.output}"}
    """)

    assert ran.state.phases["steps"].steps["1"].failure.code == "PT301"
    assert not (lab.outside / "never").exists()

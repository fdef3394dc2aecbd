"""Language 4.3, 4.4: what one execution of a step does, in which order, and for which steps."""

from tests.support.rules import rule


@rule("4.3 tolerated")
async def test_what_is_tolerated_is_a_warning_of_the_run(lab):
    ran = await lab.run("""
    - {shell: "echo broken; exit 3", name: lint, continue_on_error: true}
    - shell: "false"
      on_failure: {shell: "true", strategy: cleanup, fail_workflow: false}
    """)

    assert ran.state.status == "succeeded"
    assert ran.state.tolerated == 2
    assert ran.state.message == "with warnings: 2 failed steps tolerated"
    assert ran.warnings().splitlines() == [
        "step 'false' failed and was tolerated: exit code 1",
        "step 'lint' failed and was tolerated: broken",
    ]


@rule("4.4 skipped")
async def test_a_step_that_is_left_out_changes_nothing(lab):
    ran = await lab.run("""
    - {shell: "echo kept", capture: text}
    - shell: "echo other"
      when: false
      capture: text
      on_failure: "touch $OUTSIDE/never"
      on_success: "touch $OUTSIDE/never"
      on_exit_code: {0: "touch $OUTSIDE/never"}
      validate: "touch $OUTSIDE/never"
    - echo ${text} ${last.output}
    """)

    assert ran.said()["2"] == "kept kept"
    assert not (lab.outside / "never").exists()


@rule("4.4 points")
async def test_what_one_execution_does_has_an_order(lab):
    ran = await lab.run("""
    - shell: "echo changed > f.txt; echo text"
      capture: text
      auto_commit: true
      commit_required: true
      outputs: {page: {file_pattern: "*.txt"}}
      step_validate: "echo 1 $(git log --format=%s -1) ${text} ${page} >> $OUTSIDE/seen"
      validate: "echo 2 >> $OUTSIDE/seen"
      on_success: "echo 4 >> $OUTSIDE/seen"
      on_exit_code: {0: "echo 3 >> $OUTSIDE/seen"}
      name: change
    """)

    assert ran.steps()["0"] == "ok"
    assert (lab.outside / "seen").read_text() == "1 Auto-commit: change text f.txt\n2\n3\n4\n"


@rule("4.4 composite")
async def test_the_fields_of_a_step_that_holds_steps_apply_to_the_whole(lab):
    ran = await lab.run("""
    - foreach: [1, 2]
      do: "echo ${item} >> $OUTSIDE/tries; test ${item} = 1 -o -e repaired"
      retry: {attempts: 2, initial_delay: 0}
      on_failure: {shell: "echo ${error.kind} >> $OUTSIDE/tries; touch repaired", max_attempts: 2, fail_workflow: true}
    - {foreach: [1], do: "sleep 60", timeout: 0.2, on_failure: "echo ${error.kind} ${error.exit_code}"}
    """)

    assert ran.steps()["0"] == "recovered"
    assert (lab.outside / "tries").read_text().split() == ["1", "2", "1", "2", "exit", "1", "2"]
    assert ran.said()["1"] == "timeout 124"

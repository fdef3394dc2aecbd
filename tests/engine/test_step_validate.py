"""Language 14.6 in whole runs: `step_validate`, commands that must pass before a step counts."""

import pytest

from prodigy_tui.events.schema import StepStarted
from tests.support.rules import rule


def failure(ran, path="0"):
    return ran.state.phases["steps"].steps[path].failure


@rule("14.6 step_validate at work")
@pytest.mark.parametrize(
    ("checks", "status"),
    [
        ("'true'", "ok"),
        ("'false'", "failed"),
        ("['true', 'true']", "ok"),
        ("['true', 'false']", "failed"),
        ("[{command: 'exit 3', expect_exit_code: 3}]", "ok"),
        ("[{command: 'true', expect_exit_code: 3}]", "failed"),
        ("[{command: 'echo 12 passed', expect_output: '[0-9]+ passed'}]", "ok"),
        ("[{command: 'echo 12 failed', expect_output: '[0-9]+ passed'}]", "failed"),
        ("[{command: 'echo oops >&2; exit 3', expect_exit_code: 3, expect_output: oops}]", "ok"),
        ("{commands: ['true', 'false'], success_criteria: any}", "ok"),
        ("{commands: ['false', 'false'], success_criteria: any}", "failed"),
        ("{commands: ['true', 'false', 'true'], success_criteria: {at_least: 2}}", "ok"),
        ("{commands: ['true', 'false', 'false'], success_criteria: {at_least: 2}}", "failed"),
        ("{commands: ['true', 'false'], success_criteria: all}", "failed"),
    ],
)
async def test_commands_that_must_pass(lab, checks, status):
    ran = await lab.run(f"- shell: 'true'\n  step_validate: {checks}\n")

    assert ran.steps()["0"] == status
    if status == "failed":
        assert (failure(ran).kind, failure(ran).exit_code) == ("validation", 0)


@rule("14.6 step_validate at work")
async def test_all_commands_run_and_the_message_names_those_that_failed(lab):
    ran = await lab.run("""
    - shell: "true"
      step_validate: ["exit 3", {command: "echo x; touch $OUTSIDE/ran", expect_output: y}]
    """)

    assert (lab.outside / "ran").exists()
    assert failure(ran).message == (
        "0 of 2 checks passed, 2 must: 'exit 3' ended with exit code 3, not 0; "
        "'echo x; touch $OUTSIDE/ran' said nothing that 'y' matches"
    )


@rule("14.6 step_validate at work")
async def test_a_command_that_could_not_run_passes_no_expectation(lab):
    ran = await lab.run("""
    - {shell: "true", id: gone, when: false}
    - {shell: "true", step_validate: [{command: "echo ${gone.output}", expect_exit_code: 1}]}
    """)

    assert ran.steps()["1"] == "failed"


@rule("14.6 step_validate at work")
async def test_the_commands_are_repeated(lab):
    ran = await lab.run("""
    - shell: "true"
      step_validate:
        commands: ["echo x >> $OUTSIDE/n; test $(wc -l < $OUTSIDE/n) -ge 3"]
        max_attempts: 4
        retry_delay: 0.05
    """)

    assert ran.steps()["0"] == "ok"
    assert (lab.outside / "n").read_text() == "x\n" * 3
    assert len([event for event in ran.of(StepStarted) if event.path == "0"]) == 1, "the step itself is not"


@rule("14.6 step_validate at work", "14.1 validation_timeout")
async def test_a_round_of_commands_is_limited(lab):
    ran = await lab.run("- {shell: 'true', step_validate: ['true', sleep 60], validation_timeout: 0.2}\n")

    assert failure(ran).message == "the checks timed out after 0.2 s"


@rule("14.6 ignore at work", "14.6 first", "4.3 tolerated")
async def test_failed_commands_can_be_tolerated_and_the_check_comes_behind_them(lab):
    ran = await lab.run("""
    - shell: "echo mine"
      step_validate: "echo first >> $OUTSIDE/order; false"
      ignore_validation_failure: true
      validate: "echo second >> $OUTSIDE/order"
    - echo ${last.output}
    - {shell: "true", step_validate: "false", validate: "touch $OUTSIDE/never"}
    """)

    assert {path: status for path, status in ran.steps().items() if "/" not in path} == {
        "0": "tolerated",
        "1": "ok",
        "2": "failed",
    }
    assert (lab.outside / "order").read_text() == "first\nsecond\n"
    assert ran.said()["1"] == "mine"
    assert not (lab.outside / "never").exists()


@rule("14.6 commands")
async def test_texts_of_commands_are_read_as_steps(lab):
    script = [{"match": "^/look", "do": [{"say": "12 passed"}]}]
    ran = await lab.run(
        """
    agent_defaults: {provider: claude}
    steps:
      - shell: "true"
        step_validate: [{command: "/look", expect_output: passed}, {command: "true", command_type: shell}]
    """,
        provider="scripted",
        script=script,
    )

    assert ran.steps()["0"] == "ok"

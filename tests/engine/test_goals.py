"""`goal_seek` at work (language 14.6)."""

# ruff: noqa: E501 - the workflows are the tests

import pytest

from tests.support.rules import rule

GOAL = """
- shell: "echo 0 > score"
- goal_seek:
    shell: 'echo "$(( $(cat score) + 40 ))" > score; echo "try [${{validation.score}}] [${{validation.gaps}}] [${{validation.whatever}}]" | tee -a $OUTSIDE/tries'
    validate: {{shell: 'echo "{{\\"score\\": $(cat score), \\"whatever\\": \\"w\\", \\"gaps\\": [\\"g\\"]}}"'}}
    {options}
  id: goal
- echo "${{goal.status}} ${{validation.score}} ${{validation.passed}} ${{goal.output}}"
"""


def tries(lab):
    return (lab.outside / "tries").read_text().splitlines()


@rule("14.6 goal runs", "14.6 goal cleared")
async def test_a_goal_is_sought_until_its_score_is_reached(lab):
    ran = await lab.run(
        "- {validate: {shell: 'echo ''{\"score\": 1}'''  , threshold: 1}}\n" + GOAL.format(options="threshold: 80")
    )

    assert ran.state.status == "succeeded", ran.state.message
    assert tries(lab) == ["try [] [] []", 'try [40] [["g"]] [w]']
    assert ran.said()["3"] == 'ok 80 true try [40] [["g"]] [w]', "the output is that of the last execution"


@rule("14.6 goal incomplete")
@pytest.mark.parametrize(
    ("options", "status", "count"),
    [
        pytest.param("{threshold: 100, max_attempts: 2}", "failed", 2, id="max_attempts is the number of tries"),
        pytest.param("{threshold: 100, max_attempts: 1}", "failed", 1, id="one try"),
        pytest.param("{max_attempts: 2, fail_on_incomplete: false}", "tolerated", 2, id="fail_on_incomplete"),
        pytest.param("{max_attempts: 9, until: 'validation.score >= 40'}", "ok", 1, id="until"),
    ],
)
async def test_a_goal_that_is_not_reached(lab, options, status, count):
    ran = await lab.run(GOAL.format(options=options.strip("{}").replace(", ", "\n    ")))

    assert ran.steps()["1"] == status, ran.state.message
    assert len(tries(lab)) == count
    if status == "failed":
        assert ran.state.phases["steps"].steps["1"].failure.kind == "validation"


@rule("14.6 goal patience")
async def test_patience_ends_it_without_a_better_score(lab):
    ran = await lab.run("""
    - goal_seek:
        shell: "echo x >> $OUTSIDE/tries"
        validate: {shell: 'echo ''{"score": 50}'''}
        max_attempts: 9
        patience: 2
    """)

    assert ran.steps()["0"] == "failed"
    assert len(tries(lab)) == 3


@rule("14.6 goal timeout")
async def test_the_limit_holds_for_the_whole(lab):
    ran = await lab.run("""
    - goal_seek: {shell: "sleep 0.4", validate: {shell: "false"}, max_attempts: 9, timeout: 1s}
    """)

    failure = ran.state.phases["steps"].steps["0"].failure
    assert (failure.kind, failure.exit_code) == ("timeout", 124)


@rule("14.6 goal failure")
async def test_a_first_execution_that_fails_fails_the_step_and_a_later_one_uses_up_its_attempt(lab):
    ran = await lab.run("""
    - {goal_seek: {shell: "exit 5", validate: "true"}, on_failure: "echo ${error.exit_code}"}
    - goal_seek:
        steps: ["echo x >> $OUTSIDE/tries", "test $(wc -l < $OUTSIDE/tries) != 2"]
        validate: "test $(wc -l < $OUTSIDE/tries) -ge 3"
    """)

    assert (ran.steps()["0"], ran.said()["0"]) == ("recovered", "5")
    assert ran.steps()["1"] == "ok", ran.state.message
    assert len(tries(lab)) == 3

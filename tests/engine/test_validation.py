"""Language 14 in whole runs: checks, what is done below the score, and what later steps know of it."""

import json

import pytest

from prodigy_tui.clock import SystemClock
from prodigy_tui.engine.signals import record_at_rest
from prodigy_tui.events.schema import GateOpened, SignalReceived, ValidationFinished, WarningRaised
from tests.support.rules import rule


def scores(ran):
    """The rounds of all checks: score, and whether it passed."""
    return [(event.score, event.passed) for event in ran.of(ValidationFinished)]


def failure(ran, path="0"):
    return ran.state.phases["steps"].steps[path].failure


@rule("14.2 shell", "14.5 event")
@pytest.mark.parametrize(
    ("check", "score", "status"),
    [
        ("'true'", 100, "ok"),
        ("exit 3", 0, "failed"),
        ("{shell: 'kill -9 $$'}", 0, "failed"),
        ('"echo \'{\\"score\\": 100}\'; exit 3"', 100, "ok"),
        ('"echo start; echo \'{\\"score\\": 80}\'"', 80, "failed"),
        ("{shell: 'echo ''{\"score\": 80}''', threshold: 80}", 80, "ok"),
        ("{shell: 'echo ''{\"score\": 0.8}''', threshold: 0.8}", 80, "ok"),
        ("{shell: 'echo ''{\"complete\": false, \"score\": 90}''', threshold: 80}", 90, "failed"),
    ],
)
async def test_shell_checks(lab, check, score, status):
    ran = await lab.run(f"- shell: 'true'\n  validate: {check}\n")

    assert ran.steps()["0"] == status
    assert scores(ran) == [(score, status == "ok")]


@rule("14.2 agent", "14.2 invalid")
@pytest.mark.parametrize(
    ("say", "status", "code"),
    [
        ('I looked.\n```json\n{"score": 100}\n```\n', "ok", None),
        ("fine\n{'score': 100}", "failed", "PT520"),
        ('{"score": 40, "missing": ["tests"]}', "failed", None),
    ],
)
async def test_agent_checks(lab, say, status, code):
    script = json.dumps([{"do": [{"say": say}]}])
    ran = await lab.run(f"""
    - shell: "true"
      validate: {{agent: {{prompt: look, provider: scripted, options: {{script: {script}}}}}}}
    """)

    assert ran.steps()["0"] == status
    if status == "failed":
        assert (failure(ran).kind, failure(ran).code) == ("validation", code)


@rule("14.2 agent", "14.2 timeout")
async def test_an_agent_that_fails_has_no_result(lab):
    script = json.dumps([{"do": [{"say": '{"score": 100}'}, {"fail": "broken"}]}])
    ran = await lab.run(f"""
    - shell: "true"
      validate: {{agent: {{prompt: look, provider: scripted, options: {{script: {script}}}}}}}
    """)

    assert failure(ran).code == "PT520"
    assert "the check could not run" in failure(ran).message


@rule("14.2 steps")
@pytest.mark.parametrize(
    ("steps", "score", "message"),
    [
        ("['true', 'true']", 100, None),
        ("['echo 5', 'echo ''{\"score\": 40}''']", 40, "the check found 40 of the 100 points needed"),
        ("['echo ''{\"score\": 100}''; exit 2', 'touch $OUTSIDE/never']", 0, "of the check failed: {"),
        ("[{shell: 'true', when: false}]", 0, "no step of the check ran"),
        ("[{shell: 'echo ''{\"score\": 100}'''}, {shell: 'false', when: false}]", 100, None),
        ("[{write_file: {path: x, content: y}}]", 100, None),
        ("[{shell: 'exit 3', continue_on_error: true}]", 0, "the check found 0 of"),
    ],
)
async def test_checks_of_several_steps(lab, steps, score, message):
    ran = await lab.run(f"""
    - shell: "true"
      validate: {steps}
    """)

    assert scores(ran)[0][0] == score
    assert not (lab.outside / "never").exists()
    if message is None:
        assert ran.steps()["0"] == "ok"
    else:
        assert message in failure(ran).message


@rule("14.2 result_file")
@pytest.mark.parametrize(
    ("check", "score", "message"),
    [
        ("shell: 'cat new.json > r.json', result_file: r.json", 70, "found 70"),
        ("shell: 'cat new.json > r.json; false', result_file: '${name}.json'", 70, "found 70"),
        ("shell: 'true', result_file: r.json", 0, "has not written the result file"),
        ("shell: 'touch -d 2001-01-01 r.json', result_file: r.json", 55, "found 55"),
        ("shell: 'true', result_file: missing.json", 0, "there is no result file 'missing.json'"),
        ("shell: 'echo x > r.json', result_file: r.json", 0, "is not JSON"),
        ("shell: 'rm r.json; mkfifo r.json', result_file: r.json", 0, "is no plain file"),
        ("shell: 'rm r.json; mkdir r.json', result_file: r.json", 0, "is no plain file"),
        ("shell: 'ln -sf /etc/passwd r.json', result_file: r.json", 0, "leaves the worktree"),
        ("result_file: r.json", 55, "found 55"),
    ],
)
async def test_result_files(lab, check, score, message):
    lab.repo.commit("r.json", '{"score": 55}')
    lab.repo.commit("new.json", '{"score": 70}')
    ran = await lab.run(f"""
    vars: {{name: r}}
    steps: [{{shell: "true", validate: {{{check}}}}}]
    """)

    assert scores(ran) == [(score, False)]
    assert message in failure(ran).message
    assert (failure(ran).code == "PT520") is (score == 0)


@rule("14.2 schema")
@pytest.mark.parametrize(
    ("schema", "code", "message"),
    [
        ("{type: object, required: [score, files]}", "PT521", "'files' is a required property"),
        ("{properties: {score: {maximum: 50}}}", "PT521", "$.score: 60 is greater than the maximum of 50"),
        ("schema.json", "PT521", "'why' is a required property"),
        ("{type: nonsense}", "PT520", "is no JSON Schema"),
        ("{$ref: 'http://127.0.0.1:1/x'}", "PT520", "cannot be resolved"),
        ("{properties: {score: {pattern: '('}}}", "PT520", "is no JSON Schema"),
        ("missing.json", "PT520", "there is no JSON Schema 'missing.json'"),
        ("readme.txt", "PT520", "is not JSON"),
        ("{properties: {score: {type: number}}}", None, "found 60"),
    ],
)
async def test_what_is_not_as_expected_is_invalid(lab, schema, code, message):
    lab.repo.commit("schema.json", '{"required": ["why"]}')
    ran = await lab.run(f"""
    - shell: "true"
      validate: {{shell: "echo '{{\\"score\\": 60}}'", expected_schema: {schema}}}
    """)

    assert failure(ran).code == code
    assert message in failure(ran).message


@rule("14.2 schema")
async def test_without_a_result_there_is_nothing_as_expected(lab):
    ran = await lab.run("- {shell: 'true', validate: {shell: 'true', expected_schema: {type: object}}}\n")

    assert failure(ran).code == "PT521"


@rule("14.2 timeout", "14.1 validation_timeout")
@pytest.mark.parametrize(
    "fields", ["validate: {shell: sleep 60, timeout: 0.2}", "validate: sleep 60, validation_timeout: 0.2"]
)
async def test_a_check_that_takes_too_long_is_invalid(lab, fields):
    ran = await lab.run(f"- {{shell: 'true', {fields}}}\n")

    assert (failure(ran).code, failure(ran).message) == ("PT520", "the check timed out after 0.2 s")


@rule("14.2 timeout")
async def test_a_check_that_cannot_be_filled_in_is_invalid(lab):
    ran = await lab.run("""
    - {shell: "true", id: gone, when: false}
    - {shell: "true", validate: "echo ${gone.output}"}
    - {shell: "true", validate: {result_file: "${gone.output}"}}
    """)

    assert failure(ran, "1").code == "PT520"


@rule("14.4 loop", "14.5 fields", "14.5 event", "14.5 references")
async def test_on_incomplete_runs_until_the_score_is_reached(lab):
    ran = await lab.run("""
    - shell: echo begun
      name: build
      validate:
        shell: >-
          n=$(cat done 2>/dev/null | wc -l);
          echo "{\\"score\\": $((40 + 30 * n)), \\"missing\\": [\\"a\\", \\"b\\"], \\"left\\": $n}"
        on_incomplete:
          shell: >-
            echo x >> done; echo ${validation.attempt_number}/${validation.max_attempts} ${validation.score}
            ${validation.missing_count} "${validation.missing}" ${validation.left} ${step.name} >> $OUTSIDE/repairs
          max_attempts: 5
    - echo ${validation.score} ${validation.passed} ${validation.attempt_number} ${last.output}
    """)

    assert ran.state.status == "succeeded"
    assert scores(ran) == [(40, False), (70, False), (100, True)]
    assert [event.round for event in ran.of(ValidationFinished)] == [1, 2, 3]
    assert ran.of(ValidationFinished)[0].missing == ("a", "b")
    assert (lab.outside / "repairs").read_text() == "1/5 40 2 a, b 0 build\n2/5 70 2 a, b 1 build\n"
    assert ran.said()["1"] == "100 true 2 begun"
    assert list(ran.steps()) == ["0/v0.0", "0/i1.0", "0/v1.0", "0/i2.0", "0/v2.0", "0", "1"]
    assert ran.state.phases["steps"].steps["0"].score == 100


@rule("14.4 loop", "14.4 end", "14.4 failed handler")
@pytest.mark.parametrize(
    ("options", "status", "repairs"),
    [
        ("shell: 'echo x >> $OUTSIDE/r'", "failed", 2),
        ("shell: 'echo x >> $OUTSIDE/r', max_attempts: 3", "failed", 3),
        ("shell: 'echo x >> $OUTSIDE/r', fail_workflow: false", "tolerated", 2),
        ("shell: 'echo x >> $OUTSIDE/r; false'", "failed", 2),
        ("shell: 'echo x >> $OUTSIDE/r; false', fail_workflow: false", "tolerated", 2),
        ("shell: 'echo x >> $OUTSIDE/r; false', handler_failure_fatal: true, fail_workflow: false", "failed", 1),
        ("steps: ['echo x >> $OUTSIDE/r', 'false', 'echo x >> $OUTSIDE/r'], max_attempts: 1", "failed", 1),
        ("max_attempts: 2", "failed", 0),
        ("fail_workflow: false", "tolerated", 0),
    ],
)
async def test_what_missing_the_score_means_in_the_end(lab, options, status, repairs):
    (lab.outside / "r").touch()
    ran = await lab.run(f"- {{shell: 'true', validate: {{shell: 'false', on_incomplete: {{{options}}}}}}}\n")

    assert ran.steps()["0"] == status
    assert (lab.outside / "r").read_text() == "x\n" * repairs
    assert failure(ran).kind == "validation"


@rule("14.2 invalid", "14.4 loop")
async def test_an_invalid_result_does_not_end_the_rounds(lab):
    script = json.dumps([{"match": "look", "do": [{"say": "fine!"}]}])
    ran = await lab.run(f"""
    - shell: "true"
      validate:
        agent: {{prompt: look, provider: scripted, options: {{script: {script}}}}}
        on_incomplete: "echo ${{validation.status}} ${{validation.error}} >> $OUTSIDE/r"
    """)

    assert (lab.outside / "r").read_text() == "failed the agent's answer holds no result\n" * 2
    assert ran.steps()["0"] == "failed"


@rule("14.4 timeout")
async def test_the_timeout_of_on_incomplete_limits_one_run_of_its_steps(lab):
    ran = await lab.run("""
    - shell: "true"
      validate:
        shell: "test -e $OUTSIDE/r"
        on_incomplete: {steps: ["touch $OUTSIDE/r", "sleep 60", "touch $OUTSIDE/never"], timeout: 0.5}
    """)

    assert ran.steps()["0"] == "ok"
    assert not (lab.outside / "never").exists()


@rule("14.4 without")
@pytest.mark.parametrize(("flag", "status"), [("true", "failed"), ("false", "tolerated")])
async def test_without_on_incomplete(lab, flag, status):
    ran = await lab.run(f"- {{shell: echo mine, id: a, validate: {{shell: 'false', fail_workflow: {flag}}}}}\n")

    assert ran.steps()["0"] == status


@rule("14.4 prompt")
@pytest.mark.parametrize(("answer", "status"), [("approve", "tolerated"), ("deny", "failed")])
async def test_a_person_decides_whether_it_is_good_enough(lab, answer, status):
    text = """
    - shell: "true"
      validate:
        shell: "echo '{\\"score\\": 90}'"
        on_incomplete: {shell: "true", max_attempts: 1, prompt: "Is ${validation.score} enough?"}
    """
    async with lab.live(text, interactive=True) as live:
        await live.until(lambda state: len(state.gates) > 0)
        (gate,) = live.state.gates.values()
        assert (gate.kind, gate.question, gate.options) == ("incomplete", "Is 90 enough?", ("approve", "deny"))
        live.send("answer", gate=gate.gate, answer=answer)

    assert lab.ran(live).steps()["0"] == status


@rule("14.4 prompt")
async def test_yes_answers_with_the_default_which_is_no(lab):
    ran = await lab.run(
        "- {shell: 'true', validate: {shell: 'false', on_incomplete: {shell: 'true', prompt: enough?}}}\n", yes=True
    )

    assert ran.steps()["0"] == "failed"
    assert len(ran.of(GateOpened)) == 1


@rule("14.1 alone", "14.5 visible")
async def test_a_step_may_be_nothing_but_its_check(lab):
    ran = await lab.run("""
    - {validate: "echo '{\\"score\\": 100, \\"note\\": \\"well\\"}'", name: look}
    - echo ${validation.note}
    - {validate: {shell: "false", on_incomplete: {shell: "true", fail_workflow: false}}}
    - {validate: [{shell: "false"}], on_failure: "echo ${error.kind}"}
    """)

    assert {path: status for path, status in ran.steps().items() if "/" not in path} == {
        "0": "ok",
        "1": "ok",
        "2": "tolerated",
        "3": "recovered",
    }
    assert ran.said()["1"] == "well"
    assert ran.said()["3"] == "validation"


@rule("14.1 sees", "12.5 validation")
async def test_a_check_sees_the_step_its_folder_and_its_environment(lab):
    lab.repo.commit("sub/here.txt", "x")
    ran = await lab.run("""
    - shell: 'echo made; echo "[${PRODIGY_VALIDATION:-no}]" >> $OUTSIDE/flags'
      name: make
      working_dir: sub
      env: {WHO: me}
      capture: text
      validate:
        shell: >-
          echo "[$PRODIGY_VALIDATION]" >> $OUTSIDE/flags;
          echo ${text} ${last.output} ${step.name} $WHO $(ls) >> $OUTSIDE/seen; test -e $OUTSIDE/repaired
        on_incomplete: 'echo "[${PRODIGY_VALIDATION:-no}]" >> $OUTSIDE/flags; ls >> $OUTSIDE/repaired; echo made'
      step_validate: 'echo "[$PRODIGY_VALIDATION]" >> $OUTSIDE/flags'
    """)

    assert ran.steps()["0"] == "ok"
    assert (lab.outside / "seen").read_text() == "made made make me here.txt\n" * 2
    assert (lab.outside / "repaired").read_text() == "here.txt\n"
    assert (lab.outside / "flags").read_text().split() == ["[no]", "[true]", "[true]", "[no]", "[true]"]


@rule("14.1 sees")
async def test_a_check_does_not_run_after_a_failure_and_is_not_what_the_step_said(lab):
    ran = await lab.run("""
    - {shell: "false", validate: "touch $OUTSIDE/never", continue_on_error: true}
    - {shell: "echo mine", id: a, validate: "echo the checks"}
    - echo ${last.output} ${shell.output} ${a.output}
    """)

    assert not (lab.outside / "never").exists()
    assert ran.said()["2"] == "mine mine mine"


@rule("14.1 skip at work")
async def test_checks_can_be_left_out(lab):
    ran = await lab.run(
        "- {shell: 'true', validate: 'false', step_validate: 'false', skip_validation: true}\n"
        "- {shell: 'true', validate: 'false', skip_validation: '${v}', env: {v: 'true'}}\n"
    )

    assert ran.of(ValidationFinished) == []
    assert set(ran.steps().values()) == {"ok"}


@rule("14.5 fields")
async def test_every_field_of_a_check(lab):
    result = {"score": 0.5, "gaps": {"x": 1}, "implemented": ["i"], "missing": ["m", "n"], "own": {"deep": 7}}
    check = f"printf '%s' '{json.dumps(result)}'"
    names = "completion completion_percentage score status passed threshold implemented missing_count gaps gap_count"
    fields = [*names.split(), "attempt_number", "max_attempts", "error", "own.deep", "result.gaps.x"]
    ran = await lab.run(f"""
    - {{shell: "true", validate: {{shell: {json.dumps(check)}, fail_workflow: false}}}}
    - printf '%s|' "${{validation.missing}}" {" ".join(f"${{validation.{field}}}" for field in fields)}
    - {{shell: "echo ${{validation.output}}"}}
    - {{shell: "echo ${{validation.result}}"}}
    """)

    said = ran.said()
    assert said["1"] == 'm, n|50|50|50|incomplete|false|100|i|2|{"x":1}|1|0|0||7|1|'
    assert said["2"] == json.dumps(result)
    assert json.loads(said["3"]) == result


@rule("14.5 visible")
async def test_fields_are_there_and_empty_before_the_first_round_is_over(lab):
    ran = await lab.run("""
    - validate: "echo ${validation.attempt_number} ${validation.score} ${validation.missing_count} > $OUTSIDE/first"
    """)

    assert ran.steps()["0"] == "ok"
    assert (lab.outside / "first").read_text() == "0  0\n"


@rule("14.5 visible")
async def test_a_resumed_run_knows_the_last_check(lab):
    ran = await lab.run("""
    - {shell: "true", validate: {shell: "echo '{\\"score\\": 70, \\"gaps\\": [1]}'", threshold: 70}}
    - {shell: "test -e $OUTSIDE/on"}
    - echo ${validation.score} ${validation.gaps}
    """)
    assert ran.state.status == "failed"
    (lab.outside / "on").touch()

    again = await lab.reopen(ran)

    assert again.said()["2"] == "70 [1]"
    assert len(again.of(ValidationFinished)) == 1, "a finished step is not checked again"


@rule("14.5 visible", "6.4 kinds")
async def test_handlers_know_what_the_check_found(lab):
    ran = await lab.run("""
    - shell: "echo works"
      validate: "echo '{\\"score\\": 10, \\"missing\\": [\\"all\\"]}'"
      on_failure: "echo ${error.kind} ${error.exit_code} ${validation.missing} ${error.message}"
    """)

    assert ran.said()["0"] == "validation 0 all the check found 10 of the 100 points needed: missing all"


@rule("14.4 loop")
async def test_checks_work_in_agents(lab):
    ran = await lab.run("""
    map:
      input: [a]
      agent_template:
        - shell: "echo ${item} > f.txt; git add .; git commit -qm x"
          validate: {shell: "test -e repaired", on_incomplete: "touch repaired; git add .; git commit -qm y"}
        - "test ${validation.score} = 100"
    """)

    assert list(ran.statuses().values()) == ["success"]
    assert [entry.score for entry in ran.state.items.values()] == [100]
    assert [event.item_id is not None for event in ran.of(ValidationFinished)] == [True, True]


@rule("14.1 keys")
async def test_late_values_of_checks_are_known_when_their_step_starts(lab):
    ran = await lab.run("""
    - {shell: echo 70, capture: wanted}
    - shell: "true"
      validate:
        shell: "echo '{\\"score\\": 70}'; echo x >> $OUTSIDE/n"
        threshold: "${wanted}"
    - shell: "true"
      validate: {shell: "echo x >> $OUTSIDE/m; false", on_incomplete: {shell: "true", max_attempts: "${tries}"}}
      env: {tries: 3}
      on_failure: true
    """)

    assert ran.steps()["1"] == "ok"
    assert (lab.outside / "m").read_text() == "x\n" * 4


@rule("14.4 prompt")
async def test_without_anybody_to_ask_the_run_waits_and_a_later_answer_counts(lab):
    ran = await lab.run("""
    - shell: "echo x >> $OUTSIDE/tries"
      validate: {shell: "false", on_incomplete: {shell: "true", max_attempts: 1, prompt: Good enough?}}
    - echo on
    """)
    assert (ran.state.status, ran.state.exit_code) == ("waiting", 3)
    (gate,) = ran.state.gates.values()

    approved = SignalReceived(signal="answer", gate=gate.gate, answer="approve")
    await record_at_rest(ran.folder, lambda _: approved, clock=SystemClock())
    again = await lab.reopen(ran)

    assert again.state.status == "succeeded", again.state.message
    assert again.steps()["0"] == "tolerated"
    assert (lab.outside / "tries").read_text() == "x\nx\n", "a step that was under way begins anew"


@rule("14.2 shell", "B.5 failing check")
async def test_a_failing_command_whose_result_counts_is_a_warning(lab):
    ran = await lab.run("""
    - shell: "true"
      name: build
      validate: {shell: "echo '{\\"score\\": 70}'; exit 4", on_incomplete: {fail_workflow: false}}
    """)

    told = [event.message for event in ran.of(WarningRaised) if event.code == "PT903"]
    assert told == ["the check of step 'build' ended with exit code 4, but what counts is its result"]
    assert len(scores(ran)) == 3


@rule("14.5 fields")
async def test_what_a_check_says_is_data_wherever_it_goes(lab):
    evil = '$(touch $OUTSIDE/PWNED) `id` "; touch PWNED #\x1b[31m'
    lab.repo.commit("r.json", json.dumps({"score": 10, "missing": [evil], "x": evil}))
    ran = await lab.run("""
    - shell: "true"
      validate:
        shell: cat r.json
        on_incomplete: {shell: "echo ${validation.missing} ${validation.x} > seen", fail_workflow: false}
    - test -e PWNED -o -e $OUTSIDE/PWNED || echo "safe ${validation.x}"
    """)

    assert ran.said()["1"] == f"safe {evil}"
    assert "\x1b" not in ran.of(ValidationFinished)[0].missing[0]

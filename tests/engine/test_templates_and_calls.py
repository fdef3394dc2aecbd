"""`use` and `workflow` at work: what enters, what comes back, what a failure means (language 15.4, 15.5)."""

# ruff: noqa: E501 - the workflows are the tests

import pytest

from tests.support.rules import rule


@rule("15.4 runs", "15.4 runs visible", "15.4 runs captures")
async def test_a_template_sees_its_parameters_and_its_captures_stay(lab):
    ran = await lab.run("""
    vars: {who: vars}
    templates:
      greet:
        parameters: {who: {type: string}, times: {type: integer, default: 2}, list: {type: array, default: []}}
        steps:
          - {shell: "echo hello ${who} ${param.who} ${times} ${list:json}", capture: greeting, id: greeter}
    steps:
      - {shell: "echo world", capture: w}
      - {use: greet, with: {who: "${w}!", list: ["${w}", 1]}, id: used}
      - echo ${who}, ${greeting}, ${greeter.output}, ${used.output}, ${last.output}
    """)

    assert ran.state.status == "succeeded", ran.state.message
    greeting = 'hello world! world! 2 ["world",1]'
    assert ran.said()["2"] == f"vars, {greeting}, {greeting}, {greeting}, {greeting}"


@rule("15.4 runs failure")
async def test_a_failing_inner_step_fails_the_use_step_which_has_a_handler_of_its_own(lab):
    ran = await lab.run("""
    templates:
      t: ["true", {shell: "exit 4", name: inner}, "touch $OUTSIDE/never"]
    steps:
      - {use: t, on_failure: "echo ${error.kind} ${error.exit_code} ${error.message}"}
      - use: t
    """)

    assert ran.steps()["0"] == "recovered"
    assert ran.said()["0"] == "exit 4 'inner': exit code 4"
    failure = ran.state.phases["steps"].steps["1"].failure
    assert (failure.kind, failure.exit_code, failure.message) == ("exit", 4, "'inner': exit code 4")
    assert not (lab.outside / "never").exists()


@rule("15.4 runs trust", "9.1 data through with")
async def test_data_stays_data_in_a_template(lab):
    lab.environ["EVIL"] = "$(touch $OUTSIDE/PWNED); 'x"
    ran = await lab.run("""
    templates:
      t:
        parameters: {a: {}, b: {}}
        steps: ['printf "%s\\n" ${a} ${b.x} ${param.a}']
    steps:
      - {shell: 'printf %s "$EVIL"', capture: evil}
      - {use: t, with: {a: "${evil}", b: {x: "<${evil}>"}}}
    """)

    evil = lab.environ["EVIL"]
    assert ran.said()["1"] == f"{evil}\n<{evil}>\n{evil}", ran.state.message
    assert not (lab.outside / "PWNED").exists()


@rule("15.6 runs types")
@pytest.mark.parametrize(
    ("spec", "value", "code"),
    [
        ("{type: integer}", "${word}", "PT703"),
        ("{type: string, enum: [a, b]}", "${word}", "PT703"),
        ("{type: string, max_length: 2}", "${word}", "PT703"),
    ],
)
async def test_values_known_only_at_run_time_are_checked_then(lab, spec, value, code):
    ran = await lab.run(f"""
    templates:
      t:
        parameters: {{p: {spec}}}
        steps: ["echo never"]
    steps:
      - {{shell: "echo word", capture: word}}
      - {{use: t, with: {{p: "{value}"}}}}
    """)

    failure = ran.state.phases["steps"].steps["1"].failure
    assert (failure.kind, failure.code) == ("interpolation", code)


@rule("15.4 runs resume")
async def test_what_a_template_has_captured_is_there_after_a_resume(lab):
    ran = await lab.run("""
    templates:
      t: [{shell: "echo x >> $OUTSIDE/ran; echo said", capture: inside, id: one}]
    steps:
      - use: t
      - {shell: "test -e $OUTSIDE/go"}
      - echo ${inside} ${one.output}
    """)
    (lab.outside / "go").touch()
    again = await lab.reopen(ran)

    assert again.said()["2"] == "said said", again.state.message
    assert (lab.outside / "ran").read_text() == "x\n"


CALL = """
workflows:
  sub:
    parameters: {name: {type: string}, count: {type: integer, default: 1}}
    env: {OWN: "own-${name}", BOTH: callee}
    vars: {v: theirs}
    steps:
      - shell: 'echo "$OWN $BOTH $CALLER ${v} ${name} ${count:json} ${workflow.name} [$mine]"'
        capture: text
      - {shell: "echo '{\\"a\\": [1, 2]}'", capture: data, capture_format: json}
      - {shell: "echo 'made=here' >> $PRODIGY_OUTPUT"}
env: {CALLER: caller, BOTH: caller}
vars: {v: ours}
"""


@rule("15.5 runs", "15.5 runs variables", "15.5 runs outputs", "15.5 runs env")
async def test_a_call_has_variables_of_its_own(lab):
    ran = await lab.run(
        CALL
        + """
steps:
  - {shell: "echo captured", capture: mine}
  - {workflow: sub, with: {name: "${mine}", count: "3"}, outputs: [text, data, made], id: call}
  - echo "${call.text}|${call.data.a[1]}|${call.made}|${call.output}|${v}|${text:-none}"
"""
    )

    assert ran.state.status == "succeeded", ran.state.message
    assert ran.said()["2"].splitlines()[-1] == ("own-captured callee caller theirs captured 3 sub []|2|here||ours|none")


@rule("15.5 runs name")
@pytest.mark.parametrize(
    ("step", "reference"),
    [
        ("{workflow: sub, with: {name: n}, outputs: [text]}", "sub.text"),
        ("{workflow: sub, name: other, with: {name: n}, outputs: [text]}", "other.text"),
        ("{workflow: {source: sub, with: {name: n}, outputs: [text]}, id: third}", "third.text"),
        ("{workflow: {name: sub, inputs: {name: n}, outputs: [text]}}", "sub.text"),
        ("{workflow: '${which}', id: late, with: {name: n}, outputs: [text]}", "late.text"),
    ],
)
async def test_results_are_found_below_the_id_or_the_name(lab, step, reference):
    ran = await lab.run(
        CALL
        + f"""
steps:
  - {{shell: "echo sub", capture: which}}
  - {step}
  - echo ${{{reference}}}
"""
    )

    assert ran.said()["2"].startswith("own-n callee caller theirs n"), ran.state.message


@rule("15.5 runs env")
async def test_nothing_that_the_caller_exported_reaches_the_called_environment(lab):
    ran = await lab.run("""
    workflows: {sub: {steps: ['echo "[$cap][$SET][$ONE][${env.ONE}]"']}}
    vars: {SET: x}
    steps:
      - {shell: "echo x", capture: cap}
      - {workflow: sub, env: {ONE: step}}
    """)

    assert ran.said()["1"] == "[][][step][step]", ran.state.message


@rule("15.5 runs trust")
async def test_data_in_the_environment_of_the_caller_stays_data(lab):
    lab.environ["EVIL"] = "$(touch $OUTSIDE/PWNED)"
    ran = await lab.run("""
    workflows:
      sub:
        env: {COPY: "<${D}>"}
        parameters: {p: {type: string}}
        steps: ['printf "%s\\n" ${env.D} ${COPY} ${p}']
    env: {D: {command: 'printf %s "$EVIL"'}}
    steps:
      - {shell: 'printf %s "$EVIL"', capture: evil}
      - {workflow: sub, with: {p: "${evil}"}}
    """)

    evil = lab.environ["EVIL"]
    assert ran.said()["1"] == f"{evil}\n<{evil}>\n{evil}", ran.state.message
    assert not (lab.outside / "PWNED").exists()


@rule("15.5 runs failure", "15.5 runs continue")
async def test_a_failing_call(lab):
    ran = await lab.run("""
    workflows: {sub: {steps: [{shell: "exit 3", name: inner}]}}
    steps:
      - {workflow: {source: sub, continue_on_error: true}}
      - {workflow: sub, continue_on_error: true}
      - {workflow: sub}
    """)

    assert list(ran.steps().values())[-1] == "failed"
    assert (ran.steps()["0"], ran.steps()["1"]) == ("tolerated", "tolerated")
    failure = ran.state.phases["steps"].steps["2"].failure
    assert (failure.exit_code, failure.message) == (3, "'inner': exit code 3")


@rule("15.5 runs limits")
@pytest.mark.parametrize(
    "call", ["{workflow: {source: sub, timeout: 1}}", "{workflow: sub, timeout: 1}", "{workflow: limited}"]
)
async def test_limits_of_a_call(lab, call):
    ran = await lab.run(f"""
    workflows:
      sub: {{steps: [sleep 30]}}
      limited: {{timeout: 1, steps: [sleep 30]}}
    steps: [{call}]
    """)

    assert ran.state.phases["steps"].steps["0"].failure.kind == "timeout"


@rule("15.5 runs folder")
async def test_the_folder_of_a_call(lab):
    lab.repo.commit("sub/x", "")
    ran = await lab.run("""
    workflows: {sub: {steps: ['basename "$PWD"']}}
    steps:
      - {workflow: {source: sub, working_dir: sub}}
      - {workflow: sub, working_dir: sub}
    """)

    assert ran.said() == {"0": "sub", "1": "sub"}, ran.state.message


@rule("15.5 runs missing")
async def test_an_output_that_was_not_made_is_a_failure(lab):
    ran = await lab.run("""
    workflows: {sub: {steps: ["true"]}}
    steps: [{workflow: sub, outputs: [nothing]}]
    """)

    failure = ran.state.phases["steps"].steps["0"].failure
    assert (failure.kind, failure.code) == ("missing_output", "PT513")


@rule("15.5 runs whole")
async def test_a_called_workflow_has_passes_templates_calls_and_sub_workflows_of_its_own(lab):
    ran = await lab.run("""
    workflows:
      deep: {steps: ["echo deep >> $OUTSIDE/ran"]}
      before: {steps: ["echo before >> $OUTSIDE/ran"]}
      sub:
        max_iterations: 3
        sub_workflows: {before: {}}
        templates: {t: ["echo ${workflow.iteration} $ITERATION >> $OUTSIDE/ran"]}
        steps:
          - use: t
          - {workflow: deep}
          - {shell: "git commit -q --allow-empty -m x", when: "${workflow.iteration} == 1"}
    steps: [{workflow: sub}]
    """)

    assert ran.state.status == "succeeded", ran.state.message
    assert (lab.outside / "ran").read_text() == "before\n1 1\ndeep\n2 2\ndeep\n"


@rule("15.5 runs late")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("calls/sub.yml", None),
        ("calls/sub", None),
        ("none.yml", "PT705"),
        ("bad.yml", "PT110"),
        ("/etc/x.yml", "PT801"),
        ("https://x/y.yml", "PT705"),
    ],
)
async def test_a_path_that_is_known_only_when_it_is_called(lab, name, code):
    (lab.folder / "calls").mkdir()
    (lab.folder / "calls/sub.yml").write_text(
        "parameters: {p: {type: string}}\nworkflows: {deeper: {steps: [echo deep]}}\n"
        "steps: ['echo ${p}', {workflow: deeper}]\n"
    )
    (lab.folder / "bad.yml").write_text("steps: [{shel: x}]\n")
    ran = await lab.run(f"""
    - {{shell: "echo {name}", capture: name}}
    - {{workflow: "${{name}}", with: {{p: x}}, id: call}}
    """)

    if code is None:
        assert ran.said()["1"] == "deep", ran.state.message
    else:
        assert ran.state.phases["steps"].steps["1"].failure.code == code


@rule("15.5 runs item")
async def test_the_item_of_an_agent_is_not_visible_in_a_call(lab):
    lab.environ["item"] = "of the process"
    ran = await lab.run("""
    workflows: {sub: {parameters: {p: {}}, steps: ['echo "${p.k} ${PRODIGY_PHASE}"', {shell: cat, stdin: "${FILE:-no alias}"}]}}
    map:
      input: [{k: v, path: x}]
      agent_template: [{workflow: sub, with: {p: "${item}"}}]
    """)

    assert ran.item(ran.state.order[0]).output == "no alias", ran.state.message


@rule("15.4 runs secret")
async def test_secret_parameters_of_templates_and_calls_are_never_shown(lab):
    lab.environ["TOKEN"] = "tok-1234567890-secret"
    ran = await lab.run("""
    secrets: {TOKEN: TOKEN}
    templates:
      t:
        parameters: {key: {type: string, secret: true}}
        steps: ['test "${key}" = "$OUTSIDE_TOKEN" && echo "same: ${key}"']
    workflows:
      w:
        parameters: {key: {type: string, secret: true}}
        steps: ['echo "called: ${key}" > $OUTSIDE/called; echo "called: ${key}"']
    steps:
      - {use: t, with: {key: "${TOKEN:raw}"}, env: {OUTSIDE_TOKEN: "${TOKEN}"}}
      - {workflow: w, with: {key: "${TOKEN:raw}"}}
    """)

    assert ran.state.status == "succeeded", ran.state.message
    assert ran.said() == {"0": "same: ***", "0/u.0": "same: ***", "1": "called: ***"}
    assert (lab.outside / "called").read_text() == "called: tok-1234567890-secret\n"
    assert "tok-1234567890-secret" not in ran.folder.events.read_text("utf-8")

"""What the commands and fields of language 5 do at work, as far as no other file of this folder has it."""

# ruff: noqa: E501 - the workflows are the tests

import pytest

from prodigy_tui.events.schema import GateOpened
from tests.support.rules import rule

INSIDE = {
    "loop": "steps: [{foreach: [1], do: STEP, FIELDS}]",
    "template": "templates: {t: {steps: [STEP]}}\nsteps: [{use: t, FIELDS}]",
    "call": "workflows: {t: {steps: [STEP]}}\nsteps: [{workflow: t, FIELDS}]",
    "goal": "steps: [{goal_seek: {steps: [STEP], validate: 'true'}, FIELDS}]",
    "loop in a template": "templates: {t: {steps: [{foreach: [1], do: STEP}]}}\nsteps: [{use: t, FIELDS}]",
    "repair in a loop": "steps: [{foreach: [1], do: {shell: exit 1, on_failure: {steps: [STEP], strategy: fallback}}, FIELDS}]",
}


def inside(kind, step, fields):
    return INSIDE[kind].replace("STEP", step).replace("FIELDS", fields) + "\n"


@rule("5.3 runs: clear_env inside")
@pytest.mark.parametrize("kind", INSIDE)
async def test_a_cleared_environment_is_that_of_the_steps_inside(lab, kind):
    lab.environ["FOREIGN"] = "foreign"
    step = "{shell: 'echo \"[$FOREIGN][$OF_RUN][$OWN]\" >> SEEN'}".replace("SEEN", f"{lab.outside}/seen")
    ran = await lab.run("env: {OF_RUN: run}\n" + inside(kind, step, "clear_env: true, env: {OWN: own}"))

    assert ran.state.status == "succeeded", ran.state.message
    assert (lab.outside / "seen").read_text() == "[][][own]\n"


@rule("5.3 runs: clear_env inside")
async def test_a_called_workflow_keeps_its_own_variables_in_a_cleared_environment(lab):
    lab.environ["FOREIGN"] = "foreign"
    ran = await lab.run("""
    workflows: {t: {env: {ITS: its}, steps: ["echo [$FOREIGN][$OWN][$ITS]"]}}
    steps: [{workflow: t, clear_env: true, env: {OWN: own}}]
    """)

    assert ran.said()["0"] == "[][own][its]"


@rule("5.3 runs: clear_env inside")
async def test_a_step_that_only_checks_has_its_environment_in_the_check(lab):
    lab.environ["FOREIGN"] = "foreign"
    ran = await lab.run("""
    - {validate: 'test -z "$FOREIGN" && test "$OWN" = own', clear_env: true, env: {OWN: own}}
    - {shell: "true", validate: 'test -n "$FOREIGN"', clear_env: true}
    """)

    assert ran.state.status == "succeeded", ran.state.message


@rule("6.8 runs: idle inside")
@pytest.mark.parametrize("kind", INSIDE)
async def test_silence_inside_ends_the_step_that_allows_none(lab, kind):
    ran = await lab.run(inside(kind, "{shell: sleep 60, idle_timeout: 50s}", "idle_timeout: 0.3s"))

    assert ran.state.status == "failed"
    assert "no output for 0.3 s" in ran.log("phases/steps")


@rule("6.8 runs: inner limit")
async def test_a_limit_inside_is_cut_to_the_rest_of_the_one_around(lab):
    ran = await lab.run("""
    - {foreach: [1], do: {shell: "echo said; sleep 60", timeout: 1h}, timeout: 0.4s, id: loop, on_failure: true}
    - {shell: "sleep 60", timeout: 0.2s, on_failure: {shell: "echo ${error.kind} ${error.exit_code}", strategy: fallback}}
    """)

    failure = ran.state.phases["steps"].steps["0"].failure
    assert (failure.kind, failure.exit_code) == ("timeout", 124)
    assert ran.said()["1"] == "timeout 124"
    assert "said" in ran.log("phases/steps"), "what was said before the end is kept"


@rule("5.2 runs: analyze")
async def test_analyze_does_nothing(lab):
    ran = await lab.run("- {analyze: {max: 1}, id: a}\n- echo [${a.output}] ${a.success} ${a.exit_code}\n")

    assert ran.said()["1"] == "[] true 0"


@rule("5.5 runs: output")
async def test_what_is_known_of_an_agent(lab):
    ran = await lab.run(
        """
        - {claude: /look, id: c}
        - >-
          echo "${claude.output}|${agent.output}|${c.output}|${agent.exit_code}|${agent.success}|${agent.cost_usd}|${agent.tokens}"
        - {shell: 'test -n "${agent.session_id}" && test -n "${agent.duration}"'}
        - {agent: other, provider: scripted, agent_options: {script: [{do: [{say: from the options}]}]}}
        - echo "${claude.output}|${agent.output}"
        """,
        provider="scripted",
        script=[{"match": "/look", "do": [{"say": "seen"}]}, {"do": [{"say": "other"}]}],
    )

    assert ran.state.status == "succeeded", ran.state.message
    assert ran.said()["1"] == "seen|seen|seen|0|true||", "what is not known is null"
    assert ran.said()["4"] == "seen|other", "claude.* is that of steps written claude"


@rule("5.3 runs: agent fields")
async def test_provider_and_options_may_stand_beside_the_prompt(lab):
    ran = await lab.run("- {agent: hello, provider: scripted, agent_options: {script: [{do: [{say: mine}]}]}}\n")

    assert ran.said()["0"] == "mine"


@rule("5.8 runs show")
@pytest.mark.parametrize(
    ("show", "detail"), [("output", "hello"), ("files", "added f +1 -0"), ("diff", "added f +1 -0")]
)
async def test_what_a_question_shows(lab, show, detail):
    ran = await lab.run(
        f"""
        - echo hello | tee f; git add f; git commit -qm f
        - {{approve: {{question: "Go on?", show: {show}}}}}
        """,
        yes=True,
    )

    (gate,) = (event for event in ran.of(GateOpened) if event.kind == "approve")
    assert (gate.show, gate.detail) == (show, detail)
    if show != "output":
        assert (gate.onto, gate.head) == (ran.state.base, ran.state.tip)


FAILS = {
    "setup": ("setup: [BAD, LATER]\nmap: {input: [a], agent_template: [LATER]}\nreduce: [LATER]", "setup failed"),
    "agent": ("map: {input: [a], agent_template: [BAD, LATER]}", "1 item is in the dead letter queue"),
    "reduce": ("map: {input: [a], agent_template: ['true']}\nreduce: [BAD, LATER]", "reduce failed"),
    "steps": ("steps: [BAD, LATER]\nmerge: [LATER]", "steps failed"),
    "merge": (
        "steps: ['git commit -q --allow-empty -m x; echo > f; git add f; git commit -qm f']\nmerge: [BAD, LATER]",
        "merge step",
    ),
    "loop": ("steps: [{foreach: [1, 2], do: [BAD, LATER]}, LATER]", "item 1 of 2"),
    "template": ("templates: {t: {steps: [BAD, LATER]}}\nsteps: [{use: t}, LATER]", "steps failed"),
    "called": ("workflows: {t: {steps: [BAD, LATER]}}\nsteps: [{workflow: t}, LATER]", "steps failed"),
    "check": ("steps: [{shell: 'true', validate: {steps: [BAD, LATER]}}, LATER]", "of the check failed"),
    "handler": (
        "steps: [{shell: exit 4, on_failure: {steps: [BAD, LATER], strategy: fallback}}, LATER]",
        "steps failed",
    ),
    "sub-workflow": ("workflows: {t: {steps: [BAD, LATER]}}\nsub_workflows: {t: {}}\nsteps: [LATER]", "steps failed"),
}


@rule("4.1 runs: failed")
@pytest.mark.parametrize("context", FAILS)
async def test_what_a_failed_step_means(lab, context):
    text, message = FAILS[context]
    before = lab.repo.git("rev-parse", "HEAD")
    ran = await lab.run(text.replace("BAD", "exit 3").replace("LATER", "touch $OUTSIDE/later") + "\n", merge="yes")

    assert (ran.state.status, ran.state.exit_code) == ("failed", 1)
    assert message in ran.state.message
    assert list(lab.outside.iterdir()) == [], "nothing behind a failed step runs"
    assert lab.repo.git("rev-parse", "HEAD") == before, "nothing lands"


@rule("4.2 runs: order")
async def test_a_run_goes_through_its_phases_in_order(lab):
    note = "{shell: 'echo NAME >> $OUTSIDE/order'}"

    def noted(name):
        return note.replace("NAME", name)

    mapped = await lab.run(
        f"workflows: {{sub: {{steps: [{noted('sub')}]}}}}\nsub_workflows: {{sub: {{}}}}\nsetup: [{noted('setup')}]\n"
        f"map: {{input: [a, b], canary: {{count: 1, gate: {{steps: [{noted('gate')}]}}}}, agent_template: ['echo ${{item}} >> $OUTSIDE/order; echo > ${{item}}; git add .; git commit -qm ${{item}}']}}\n"
        f"reduce: [{noted('reduce')}]\nmerge: [{noted('merge')}]\n",
        merge="yes",
    )

    assert mapped.state.status == "succeeded", mapped.state.message
    assert (lab.outside / "order").read_text().split() == ["sub", "setup", "a", "gate", "b", "reduce", "merge"]


@rule("13.6 runs: captures")
async def test_captures_pass_between_the_steps_of_one_agent_only(lab):
    ran = await lab.run("""
    map:
      input: [a, b]
      max_parallel: 1
      agent_template:
        - {shell: "echo of-${item}", capture: word, when: "item == 'a'"}
        - echo ${item} ${word:-nothing} >> $OUTSIDE/seen
    """)

    assert ran.state.status == "succeeded", ran.state.message
    assert sorted((lab.outside / "seen").read_text().splitlines()) == ["a of-a", "b nothing"]


@rule("3.1 late environment")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            'vars: {t: 0.2s}\nenv: {A: {command: "sleep 60; echo x", timeout: "${t}", default: late}}\nsteps: ["echo $A"]',
            "late",
            id="timeout",
        ),
        pytest.param(
            'vars: {t: 0.2s}\nsteps: [{shell: "echo $A", env: {A: {command: "sleep 60; echo x", timeout: "${t}", default: late}}}]',
            "late",
            id="timeout of a step's",
        ),
        pytest.param(
            'vars: {t: no}\nenv: {A: {command: "echo x >> $OUTSIDE/n; wc -l < $OUTSIDE/n", cache: "${t}"}}\nsteps: ["true", "echo $A"]',
            "2",
            id="cache",
        ),
        pytest.param('vars: {t: false}\ninherit: "${t}"\nsteps: ["echo [$FOREIGN]"]', "[]", id="inherit"),
        pytest.param('env: {T: "false"}\ninherit: "${T}"\nsteps: ["echo [$FOREIGN]"]', "[]", id="of a variable"),
        pytest.param(
            'vars: {t: false}\nenv_files: [{path: none.env, required: "${t}"}]\nsteps: ["echo on"]', "on", id="required"
        ),
    ],
)
async def test_late_values_of_the_environment(lab, text, said):
    lab.environ["FOREIGN"] = "foreign"
    ran = await lab.run(f"{text}\n")

    assert ran.state.status == "succeeded", ran.state.message
    assert list(ran.said().values())[-1] == said


@rule("3.1 late environment")
async def test_a_late_value_of_the_environment_that_cannot_be_taken_prevents_the_start(lab):
    with pytest.raises(Exception, match="nothing was started") as caught:
        await lab.run('vars: {t: maybe}\ninherit: "${t}"\nsteps: ["true"]\n')

    assert [problem.code for problem in caught.value.problems] == ["PT105"]


@rule("7.2 runs: parallel")
@pytest.mark.parametrize(
    "text",
    [
        "vars: {n: 2}\nsteps: [{foreach: [1, 2], parallel: '${n}', do: STEP}]",
        "workflows: {t: {steps: [STEP]}}\nsteps: [{foreach: [1, 2], parallel: 2, do: {workflow: t}}]",
        "workflows: {t: {steps: [STEP]}}\nsteps: [{foreach: [1, 2], parallel: 2, do: {foreach: [1], do: {workflow: t}}}]",
    ],
)
@pytest.mark.parametrize("field", ["auto_commit: true", "commit_required: true"])
async def test_iterations_that_run_at_once_cannot_commit(lab, text, field):
    ran = await lab.run(text.replace("STEP", f"{{shell: 'touch $OUTSIDE/ran', {field}}}") + "\n")

    assert ran.state.phases["steps"].steps["0"].failure.code == "PT208"
    assert list(lab.outside.iterdir()) == []


@rule("7.2 runs: parallel")
async def test_iterations_of_a_late_number_of_one_may_commit(lab):
    ran = await lab.run("""
    vars: {n: 1}
    steps: [{foreach: [1, 2], parallel: "${n}", do: {shell: "echo > ${item}", auto_commit: true}}]
    """)

    assert ran.state.status == "succeeded", ran.state.message

"""The variables of `env` (language 12.1): how they are written, what they are made of, what a step adds."""

from prodigy_tui.engine.variables.environment import overlay
from prodigy_tui.events.schema import StepFinished
from tests.support.rules import rule


@rule("12.1 static", "12.1 any order")
async def test_entries_refer_to_each_other_in_any_order(lab):
    ran = await lab.run("""
    env: {A: "${B}!", B: "$C", C: 1.10, D: "${env.A}?", F: yes}
    steps: ['echo "$A $B $C $D $F"']
    """)

    assert ran.said()["0"] == "1.10! 1.10 1.10 1.10!? yes"


@rule("12.1 parameters")
async def test_values_may_refer_to_vars_and_positional_values(lab):
    ran = await lab.run(
        """
    vars: {name: world, deep: {er: 2}}
    env: {A: "hello ${name} ${vars.deep.er} $1 ${ARG_2}"}
    steps: ['echo "$A"']
    """,
        arguments=("one", "two"),
    )

    assert ran.said()["0"] == "hello world 2 one two"


@rule("8.5 names of a run")
async def test_the_env_of_a_run_knows_its_names_and_its_worktree(lab):
    lab.repo.commit("bin/tool", "#!/bin/sh\necho found\n")
    ran = await lab.run("""
    env:
      PATH: "${PROJECT_ROOT}/bin:${PATH}"
      RUN: "${run.id} ${workflow.id} ${run.branch} ${workflow.name} ${workflow.iteration} ${ITERATION}"
      PLACES: "${run.worktree} ${WORKTREE}"
      PRINTED: {command: 'printf %s ${run.id}'}
    steps:
      - 'chmod +x bin/tool; tool; echo "$PATH"'
      - 'echo "$RUN"; echo "$PLACES"; echo "$PRINTED"'
    """)

    run_id, worktree = ran.state.run_id, ran.folder.worktrees / "run"
    found, path = ran.said()["0"].splitlines()
    assert (found, path.split(":")[0]) == ("found", f"{worktree}/bin")
    names, places, printed = ran.said()["1"].splitlines()
    assert names.split() == [run_id, run_id, f"prodigy/{run_id}/run", ran.state.workflow, "1", "1"]
    assert places == f"{worktree} {worktree}"
    assert printed == run_id


@rule("8.2 computed in env")
async def test_values_of_the_env_of_a_run_may_be_computed(lab):
    lab.repo.commit("version", "1.2")
    ran = await lab.run("""
    env:
      V: "v${file:version}"
      SAID: "${cmd:echo x >> $OUTSIDE/count; cat version}!"
      ID: "${uuid}"
    steps: ['echo "$V $SAID"; printf %s "$ID" | wc -c', 'echo "$ID"', 'echo "$ID"']
    """)

    assert ran.said()["0"].split() == ["v1.2", "1.2!", "36"]
    assert ran.said()["1"] == ran.said()["2"]
    assert (lab.outside / "count").read_text() == "x\n"


@rule("8.2 computed in env")
async def test_a_computed_value_of_the_env_that_fails_fails_the_step(lab):
    ran = await lab.run("""
    env: {A: "${cmd:exit 3}"}
    steps: ['true']
    """)

    failure = ran.state.phases["steps"].steps["0"].failure
    assert failure.code == "PT301"
    assert "cmd:exit 3" in failure.message


@rule("12.1 own name")
async def test_the_own_name_means_the_outer_value_in_env_profile_and_step(lab):
    lab.environ["X"] = "process"
    ran = await lab.run("""
    env: {X: "env:${X}", NEW: "[${NEW}]"}
    profiles: {p: {X: "profile:${X}"}}
    profile: p
    steps:
      - {shell: 'echo "$X $NEW"', env: {X: "step:${X}"}}
    """)

    assert ran.said()["0"] == "step:profile:env:process []"


@rule("12.1 dynamic", "12.1 dynamic once", "12.1 dynamic sees")
async def test_a_command_runs_once_in_the_runs_worktree_and_sees_the_other_variables(lab):
    lab.environ["TOKEN_OF_MINE"] = "hunter2-hunter2"
    ran = await lab.run("""
    env:
      D: {command: 'echo x >> "$OUTSIDE/count"; pwd; echo "$S ${S} $E"; echo'}
      S: static
      E: "${TOKEN}"
      USES: "<${D}>"
    secrets: {TOKEN: TOKEN_OF_MINE}
    steps:
      - 'printf %s "$D" > "$OUTSIDE/one"'
      - 'printf %s "$USES" > "$OUTSIDE/two"'
    """)

    one = (lab.outside / "one").read_text()
    assert one == f"{ran.folder.worktrees / 'run'}\nstatic static hunter2-hunter2\n"
    assert (lab.outside / "two").read_text() == f"<{one}>"
    assert (lab.outside / "count").read_text() == "x\n"


@rule("12.1 dynamic uncached")
async def test_without_cache_a_command_runs_before_every_step_that_runs_and_no_other(lab):
    ran = await lab.run("""
    env:
      N: {command: 'echo x >> "$OUTSIDE/count"; wc -l < "$OUTSIDE/count" | tr -d " "', cache: false}
      USES: "n=${N}"
    steps:
      - 'echo $N $USES'
      - {shell: 'echo never', when: false}
      - {shell: 'echo $N; exit 1', on_failure: [{shell: 'echo $N'}]}
      - 'echo $N'
    """)

    said = ran.said()
    assert (said["0"], said["3"]) == ("1 n=1", "4")
    assert "\n2\n" in ran.log("phases/steps")
    assert "\n3\n" in ran.log("phases/steps")


@rule("12.1 dynamic default", "12.1 dynamic failure", "12.1 dynamic timeout")
async def test_a_command_that_fails_has_a_default_or_fails_the_step(lab):
    ran = await lab.run("""
    env: {A: {command: "exit 3", default: "${B}!"}, B: b, C: {command: "sleep 60", timeout: 100ms, default: late}}
    steps:
      - 'echo $A $C'
      - {shell: 'echo never', env: {D: {command: "echo why >&2; exit 3"}}, on_failure: 'echo "${error.message}"'}
    """)

    assert ran.said()["0"] == "b! late"
    assert ran.said()["1"] == "PT320: the command of the variable 'D' failed: exit code 3: why"


@rule("12.1 dynamic failure")
async def test_a_failed_command_of_the_run_fails_its_steps(lab):
    ran = await lab.run("""
    env: {A: {command: "exit 3"}}
    steps: ['echo $A']
    """)

    failure = ran.of(StepFinished)[-1].failure
    assert (failure.code, ran.state.status) == ("PT320", "failed")


@rule("12.1 conditional", "12.1 missing branch")
async def test_conditions_choose_a_text_or_none(lab):
    lab.environ |= {"SWITCH": "on", "GONE": "inherited"}
    ran = await lab.run("""
    env:
      A: {condition: SWITCH == "on", when_true: "yes ${B}", when_false: no}
      B: b
      C: {condition: false, when_true: x, when_false: "${A}"}
      GONE: {condition: SWITCH == "off", when_true: x}
    steps: ['echo "$A|$C|${GONE-unset}"']
    """)

    assert ran.said()["0"] == "yes b|yes b|unset"


@rule("12.1 null")
def test_null_removes():
    assert overlay({"A": "1", "B": "2"}, {"A": None}, {"C": "3"}) == {"B": "2", "C": "3"}


@rule("19 data in shell text")
async def test_data_from_a_command_is_quoted(lab):
    ran = await lab.run("""
    env: {D: {command: "echo '$(touch hacked) x'"}, E: "<${D}>"}
    steps: ['printf "%s|" ${D} ${E} ${env.D}; ls']
    """)

    assert ran.said()["0"] == "$(touch hacked) x|<$(touch hacked) x>|$(touch hacked) x|readme.txt"


@rule("12.1 any order", "12.1 own name")
async def test_the_variables_of_a_step_refer_to_each_other(lab):
    ran = await lab.run("""
    env: {T: outer}
    steps:
      - shell: "echo $S $R $T ${env.S}"
        env: {S: "${env.T}", R: "${T}", T: "${env.T}-inner"}
    """)

    assert ran.said()["0"] == "outer-inner outer-inner outer-inner outer-inner"


@rule("5.3 runs: env")
async def test_env_of_a_step_is_its_own_unless_it_is_not_temporary(lab):
    lab.environ["WHERE"] = "process"
    ran = await lab.run("""
    - {shell: "echo $WHERE", env: {WHERE: one}}
    - {shell: "echo $WHERE", env: {WHERE: "two and ${WHERE}"}, temporary: false}
    - {shell: "echo $WHERE ${WHERE}", env: {WHERE: "three and ${WHERE}"}}
    - {shell: "echo $WHERE ${WHERE}"}
    - {shell: "true", env: {WHERE: null}, temporary: false}
    - {shell: "echo [${WHERE-unset}]; printenv WHERE", on_failure: true}
    """)

    assert list(ran.said().values())[:4] == [
        "one",
        "two and process",
        "three and two and process three and two and process",
        "two and process two and process",
    ]
    assert "[unset]" in ran.said()["5"]


@rule("6.2 handler folder")
async def test_a_handler_has_the_env_of_the_failing_step(lab):
    ran = await lab.run("""
    - {shell: "exit 1", env: {A: "a", B: {command: "echo b"}}, on_failure: {shell: 'echo "$A$B$C"', env: {C: "${A}c"}}}
    """)

    assert ran.said()["0"] == "abac"


async def test_an_environment_without_value_fails_the_step_that_needs_it(lab):
    ran = await lab.run("""
    - {shell: "echo x", capture: cap, when: false}
    - {shell: "echo never", env: {X: "${cap}"}, on_failure: "echo rescued ${error.kind}"}
    """)

    assert ran.said()["1"] == "rescued interpolation"

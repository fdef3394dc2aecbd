"""The environment of steps (language 12): where values come from, who wins, what every process gets."""

import asyncio

import pytest

from prodigy_tui.engine.recorded import NotResumable
from prodigy_tui.engine.variables.environment import overlay, process_environment
from prodigy_tui.engine.variables.secrets import EnvironmentRejected
from prodigy_tui.events.schema import StepFinished
from tests.support.rules import rule

# ------------------------------------------------------------------------------------------------------- 12.1 values


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


async def test_a_profile_changes_what_others_are_made_of(lab):
    ran = await lab.run("""
    env: {HOST: dev, URL: "http://${HOST}"}
    profiles: {prod: {HOST: example.org}}
    profile: prod
    steps: ['echo "$URL"']
    """)

    assert ran.said()["0"] == "http://example.org"


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


@rule("12.1 secret form", "12.1 secret made of")
async def test_secrets_in_env_of_every_form(lab):
    (lab.folder / "key.txt").write_text("\n  file-secret-1 \n")
    lab.environ["MINE"] = "env-secret-1"
    ran = await lab.run("""
    env:
      A: {secret: true, value: "${env:MINE}-more"}
      B: {secret: true, command: "echo command-secret-1"}
      C: {secret: true, provider: file, key: key.txt}
      D: {secret: true, provider: env, key: MINE}
      E: "user:${D}"
    steps:
      - 'printf "%s|" "$A" "$B" "$C" "$D" "$E" "${E}" > "$OUTSIDE/all"; echo "$A $B $C $D $E"'
      - {shell: 'printf %s "$F" > "$OUTSIDE/step"; echo "$F"', env: {F: {secret: true, command: "echo step-secret-1"}}}
    """)

    everything = "env-secret-1-more|command-secret-1|file-secret-1|env-secret-1|user:env-secret-1|user:env-secret-1|"
    assert (lab.outside / "all").read_text() == everything
    assert (lab.outside / "step").read_text() == "step-secret-1"
    assert ran.said() == {"0": "*** *** *** *** user:***", "1": "***"}


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


# ------------------------------------------------------------------------------------------------- 12.2 files, profiles


@rule("12.2 files", "12.2 formats", "12.2 references", "12.4 files in order", "12.2 dotenv")
async def test_files_in_three_formats_the_last_one_wins(lab):
    (lab.folder / "a.env").write_text("A=1\nB='${A} $(x)'\nexport C=c # c\n")
    (lab.folder / "b-prod.json").write_text('{"A": "2", "D": 1.10, "HOME": null}')
    (lab.folder / "c.txt").write_text("A: 3\nE: yes\n")
    ran = await lab.run(
        """
    env_files: [a.env, "b-$1.json", {path: c.txt, format: yaml}, missing.env, {path: gone, required: false}]
    env: {F: "${A}${D}", D: "d${D}"}
    steps: ['echo "$A $B $C $D $E $F [${HOME-unset}] ${env.E}"']
    """,
        arguments=("prod",),
    )

    assert ran.said()["0"] == "3 ${A} $(x) c d1.10 yes 3d1.10 [unset] yes"
    assert [warned.code for warned in ran.state.warnings] == ["PT321", "PT321"]
    assert "the file of variables 'missing.env' cannot be read: No such file or directory" in ran.warnings()


@rule("12.2 required", "12.2 malformed")
async def test_a_required_file_that_is_missing_or_malformed_prevents_the_start(lab):
    (lab.folder / "bad.env").write_text("A=1\nnot a line\n\nB='open\n")
    with pytest.raises(EnvironmentRejected) as raised:
        await lab.run("""
        env_files: [{path: gone.env}, bad.env]
        steps: [a]
        """)

    assert raised.value.unsaid == (
        "work.yml:2:20: error PT321 at env_files[0].path: the file of variables 'gone.env' cannot be read: "
        "No such file or directory",
        "bad.env:2:1: error PT321: it has no form 'KEY=value'",
        "bad.env:4:1: error PT321: its value does not end with the closing '",
    )
    assert list(lab.home.runs()) == []


@pytest.mark.parametrize(
    ("environ", "given", "expected"),
    [({}, None, "top"), ({"PRODIGY_PROFILE": "envd"}, None, "envd"), ({"PRODIGY_PROFILE": "envd"}, "flag", "flag")],
)
@rule("12.2 active", "12.2 profiles")
async def test_the_active_profile(lab, environ, given, expected):
    (lab.folder / "p.env").write_text("FROM=file\nWHICH=file\n")
    lab.environ |= environ
    ran = await lab.run(
        """
    profiles:
      top: {WHICH: top, description: flat}
      envd: {WHICH: envd}
      flag: {env: {WHICH: flag}, env_files: p.env, description: nested}
    profile: top
    env: {WHICH: none, FROM: env}
    steps: ['echo "$WHICH $FROM ${run.profile} $active_profile"']
    """,
        profile=given,
    )

    assert ran.said()["0"] == f"{expected} {'file' if given else 'env'} {expected} {expected}"
    assert ran.state.settings.profile == expected


@rule("12.2 unknown")
async def test_an_unknown_profile_prevents_the_start(lab):
    with pytest.raises(EnvironmentRejected) as raised:
        await lab.run("profiles: {a: {X: 1}}\nsteps: [a]\n", profile="b")

    assert raised.value.unsaid == ("work.yml:1:11: error PT322 at profiles: there is no profile 'b'; there are a",)


# --------------------------------------------------------------------------------------------------- 12.3 secrets


@rule("12.3 variable", "12.3 file", "12.3 command", "12.3 left for the shell")
async def test_secrets_from_everywhere(lab):
    lab.environ |= {"ONE": "secret-one", "HOME": str(lab.folder)}
    (lab.folder / "s.txt").write_text("  secret-file\n\n")
    ran = await lab.run("""
    secrets:
      A: ONE
      B: "${env:ONE}"
      C: "${ONE}"
      D: {provider: env, key: ONE}
      E: {provider: file, key: "~/s.txt"}
      F: {provider: command, command: "echo '  ghp_0123456789012345678901234567890123456  '"}
    steps: ['printf "%s|" "$A" "${B}" "$C" "$D" "${env.E}" "$F" > "$OUTSIDE/all"; echo ${A} "${E}" "$F"']
    """)

    token = "ghp_0123456789012345678901234567890123456"
    assert (lab.outside / "all").read_text() == f"secret-one|secret-one|secret-one|secret-one|secret-file|{token}|"
    assert ran.said()["0"] == "*** *** ***"


@rule("12.3 all missing")
async def test_all_missing_secrets_are_listed_and_nothing_starts(lab):
    with pytest.raises(EnvironmentRejected) as raised:
        await lab.run("""
        env: {V: {secret: true, value: "${NOT_SET_AT_ALL}"}, W: {secret: true, command: "echo no >&2; exit 4"}}
        secrets:
          A: NOT_THERE
          B: {provider: file, key: no.txt}
          C: {provider: command, command: "exit 3"}
        steps: [{shell: 'touch "$OUTSIDE/started"', env: {X: {secret: true, provider: env, key: NEITHER}}}]
        """)

    assert [line.split(": ", 2)[2] for line in raised.value.unsaid] == [
        "the secret 'W' is missing: its command failed: exit code 4: no",
        "the secret 'A' is missing: the variable 'NOT_THERE' is not set",
        "the secret 'B' is missing: the file 'no.txt' cannot be read: No such file or directory",
        "the secret 'C' is missing: its command failed: exit code 3",
        "the secret 'V' is missing: unknown variable 'NOT_SET_AT_ALL'",
        "the secret 'X' is missing: the variable 'NEITHER' is not set",
    ]
    assert list(lab.home.runs()) == []


@rule("12.1 any order", "12.1 own name")
async def test_the_variables_of_a_step_refer_to_each_other(lab):
    ran = await lab.run("""
    env: {T: outer}
    steps:
      - shell: "echo $S $R $T ${env.S}"
        env: {S: "${env.T}", R: "${T}", T: "${env.T}-inner"}
    """)

    assert ran.said()["0"] == "outer-inner outer-inner outer-inner outer-inner"


@rule("12.3 short")
async def test_a_short_secret_is_not_masked_and_said_so(lab):
    lab.environ["PIN"] = "123"
    ran = await lab.run("secrets: {A: PIN}\nsteps: ['echo $A']\n")

    assert ran.said()["0"] == "123"
    assert [(w.code, w.message) for w in ran.state.warnings] == [
        ("PT331", "the secret 'A' has fewer than 4 characters and is not masked")
    ]


@rule("12.3 not in text")
async def test_what_holds_a_secret_under_another_name_is_not_put_into_text(lab):
    lab.environ["OTHER_NAME"] = "secret-value-1"
    ran = await lab.run("""
    secrets: {A: OTHER_NAME}
    steps:
      - {write_file: {path: x, content: "${OTHER_NAME}"}, on_failure: 'echo "${error.message}"'}
      - {write_file: {path: x, content: "${env.OTHER_NAME}"}, on_failure: 'echo "${error.message}"'}
      - {shell: 'cat', stdin: "${A:raw}"}
    """)

    assert ran.said()["0"].startswith("PT301")
    assert ran.said()["1"].startswith("PT301")
    assert ran.said()["2"] == "***"


@rule("B.4 step env wins")
async def test_the_env_of_a_step_wins_over_a_secret(lab):
    lab.environ["ONE"] = "secret-one"
    ran = await lab.run("""
    secrets: {A: ONE}
    steps:
      - {shell: 'echo $A ${A}', env: {A: plain}}
    """)

    assert ran.said()["0"] == "plain plain"


# ----------------------------------------------------------------------------------------------------- 12.4 precedence


@rule("12.4 agent marks")
def test_what_misleads_git_or_marks_an_agents_children_does_not_pass():
    environ = {"PATH": "/bin", "GIT_DIR": "/x", "GIT_INDEX_FILE": "/y", "CLAUDECODE": "1", "GIT_SSH_COMMAND": "ssh"}

    assert process_environment(environ) == {"PATH": "/bin", "GIT_SSH_COMMAND": "ssh"}


@rule("12.4 order", "12.5 wins")
async def test_precedence_from_the_process_to_prodigy_itself(lab):
    names = ["P", "F", "E", "R", "S", "X", "T"]
    lab.environ |= dict.fromkeys(names, "process") | {"SECRET": "secret-value"}
    (lab.folder / "f.env").write_text("".join(f"{name}=file\n" for name in names[1:]))
    ran = await lab.run("""
    env_files: f.env
    env: {E: env, R: env, S: env, X: env, T: env}
    profiles: {p: {R: profile, S: profile, X: profile, T: profile}}
    profile: p
    secrets: {S: SECRET}
    steps:
      - {shell: "echo captured", capture: X}
      - {shell: "echo captured", capture: T}
      - shell: 'echo "$P $F $E $R $S $X $T|${E} ${R} ${X} ${T}|$PRODIGY_PHASE ${env.X}"'
        env: {T: step, PRODIGY_PHASE: mine}
    """)

    assert ran.said()["2"] == "process file env profile *** captured step|env profile captured step|steps profile"


@rule("12.4 inherit")
async def test_without_inheritance_a_few_variables_are_left(lab):
    lab.environ |= {"LEAK": "x", "LC_ALL": "C", "TZ": "UTC", "SSH_AUTH_SOCK": "/s", "USER": "me"}
    ran = await lab.run("""
    inherit: false
    env: {TAKEN: "${LEAK}"}
    steps: ["env | cut -d= -f1 | sort", 'echo "$TAKEN"']
    """)

    names = set(ran.said()["0"].split())
    assert {"PATH", "HOME", "LC_ALL", "TZ", "SSH_AUTH_SOCK", "USER", "TAKEN"} <= names
    assert not names & {"LEAK", "OUTSIDE", "PRODIGY_HOME"}
    assert ran.said()["1"] == "x"


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


@rule("5.3 runs: env")
async def test_clear_env_leaves_next_to_nothing(lab):
    lab.environ |= {"SECRETIVE": "x", "LANG": "C.UTF-8", "TMPDIR": "/tmp"}
    ran = await lab.run("""
    env: {ALSO: x}
    steps:
      - {shell: "echo 1", capture: cap}
      - {shell: "env | cut -d= -f1 | sort", clear_env: true, env: {OWN: y}}
    """)

    names = set(ran.said()["1"].split())
    assert not names & {"SECRETIVE", "ALSO", "cap"}
    assert {"PATH", "HOME", "TMPDIR", "LANG", "OWN", "PRODIGY_RUN_ID"} <= names
    assert all(
        name.startswith(("PRODIGY_", "GIT_")) for name in names - {"PATH", "HOME", "TMPDIR", "LANG", "OWN", "PWD"}
    )


@rule("6.2 handler folder")
async def test_a_handler_has_the_env_of_the_failing_step(lab):
    ran = await lab.run("""
    - {shell: "exit 1", env: {A: "a", B: {command: "echo b"}}, on_failure: {shell: 'echo "$A$B$C"', env: {C: "${A}c"}}}
    """)

    assert ran.said()["0"] == "abac"


# ------------------------------------------------------------------------------------------------------- 12.5 processes


@rule("12.5 run", "12.5 arg")
async def test_what_every_process_is_told(lab):
    ran = await lab.run(
        """
    - shell: "env | grep ^PRODIGY_ | sort"
      name: the step
    """,
        arguments=("value",),
    )

    told = dict(line.split("=", 1) for line in ran.said()["0"].splitlines())
    mark = told.pop("PRODIGY_AGENT_ID")
    assert mark.startswith(f"{ran.state.run_id}:steps:")
    assert told.pop("PRODIGY_HOME", None) is not None
    assert told.pop("PRODIGY_OUTPUT", None)
    assert told == {
        "PRODIGY_RUN_ID": ran.state.run_id,
        "PRODIGY_PHASE": "steps",
        "PRODIGY_STEP": "the step",
        "PRODIGY_ATTEMPT": "1",
        "PRODIGY_WORKTREE": str(ran.folder.worktrees / "run"),
        "PRODIGY_AUTOMATION": "true",
        "PRODIGY_ARG": "value",
    }


@rule("12.5 item", "12.5 item fields", "12.5 work")
async def test_what_the_processes_of_an_item_are_told(lab):
    ran = await lab.run("""
    map:
      input: [{id: x, path: "a b", deep: {er: [1, null]}, "odd-key": true, none: null}]
      agent_template:
        - {shell: "env | grep ^PRODIGY_ | sort > told; cat $PRODIGY_WORK_FILE > work; git add . && git commit -qm x"}
        - shell: >-
            echo ${item.path} "${item.deep.er:json}" ${item_id} ${item_index} ${item_total}
            ${worker.id} ${worker.attempt} "[${worker.last_error}]"
    """)

    told = dict(line.split("=", 1) for line in ran.files()["told"].splitlines())
    assert told["PRODIGY_ITEM"] == '{"id":"x","path":"a b","deep":{"er":[1,null]},"odd-key":true,"none":null}'
    assert told["PRODIGY_ITEM"] == ran.files()["work"]
    assert (told["PRODIGY_ITEM_PATH"], told["PRODIGY_ITEM_DEEP_ER"], told["PRODIGY_ITEM_ODD_KEY"]) == (
        "a b",
        "[1,null]",
        "true",
    )
    assert (told["PRODIGY_WORK_ID"], told["PRODIGY_WORK_INDEX"], told["PRODIGY_WORK_TOTAL"]) == ("x", "0", "1")
    assert told["PRODIGY_PHASE"] == "map"
    assert ran.item("x").output == "a b [1,null] x 0 1 1 1 []"


@rule("12.5 scalar item")
async def test_a_scalar_item_is_a_value(lab):
    ran = await lab.run("""
    map: {input: [one], agent_template: ['echo "$PRODIGY_ITEM_VALUE $PRODIGY_ITEM"']}
    """)

    assert [item.output for item in ran.state.items.values()] == ['one "one"']


@rule("12.5 exported", "12.5 too long")
async def test_names_are_exported_and_those_that_are_too_long_are_not(lab):
    ran = await lab.run("""
    vars: {small: [1, 2], "not-a-name": 1}
    steps:
      - {shell: "head -c 140000 /dev/zero | tr '\\\\0' x", capture: big}
      - {shell: 'echo "$small $cap ${big:length}"', capture: cap}
      - {shell: 'echo "$cap"; env | grep -c "^big=" || true'}
      - {shell: 'echo "$big"', on_failure: 'echo "${error.message}"'}
    """)

    assert ran.said()["1"].strip().endswith("140000")
    assert ran.said()["2"].splitlines()[-1] == "0"
    assert "PT301" in ran.said()["3"]
    assert [w.message for w in ran.state.warnings if w.code == "PT512"] == [
        "'big' is too long for an environment variable and is not exported"
    ]


async def test_an_environment_without_value_fails_the_step_that_needs_it(lab):
    ran = await lab.run("""
    - {shell: "echo x", capture: cap, when: false}
    - {shell: "echo never", env: {X: "${cap}"}, on_failure: "echo rescued ${error.kind}"}
    """)

    assert ran.said()["1"] == "rescued interpolation"


@rule("12.3 resume")
async def test_on_resume_secrets_are_resolved_again(lab):
    lab.environ["ONE"] = "secret-one"
    ran = await lab.run("""
    secrets: {A: ONE}
    env: {D: {command: 'echo "d-$A"'}}
    steps:
      - 'echo first'
      - 'printf "%s %s" "$A" "$D" > "$OUTSIDE/seen"; test -e "$OUTSIDE/go"'
    """)
    assert ran.state.status == "failed"
    (lab.outside / "go").touch()
    lab.environ["ONE"] = "secret-two"

    again = await lab.reopen(ran)

    assert again.state.status == "succeeded"
    assert await asyncio.to_thread((lab.outside / "seen").read_text) == "secret-two d-secret-two"


@rule("12.3 resume", "12.3 all missing")
async def test_a_run_whose_secret_is_gone_is_not_resumed(lab):
    lab.environ["ONE"] = "secret-one"
    ran = await lab.run("secrets: {A: ONE}\nsteps: ['false']\n")
    del lab.environ["ONE"]

    with pytest.raises(EnvironmentRejected, match=r"work\.yml has 1 error"):
        await lab.reopen(ran)


@rule("12.3 resume")
async def test_a_secret_that_stands_in_the_workflow_itself_is_not_recorded_so_it_is_not_resumed(lab):
    ran = await lab.run("""
    env: {A: {secret: true, value: literal-secret-1}}
    steps: ['echo "$A"; exit 1']
    """)
    assert "literal-secret-1" not in ran.state.text

    with pytest.raises(NotResumable, match="the value of a secret stands in the workflow itself"):
        await lab.reopen(ran)


@rule("12.2 active")
async def test_a_resumed_run_keeps_the_profile_of_its_start(lab):
    ran = await lab.run("""
    profiles: {a: {X: a}, b: {X: b}}
    steps: ['printf "%s" "$X-$PRODIGY_PROFILE" > "$OUTSIDE/seen"; test -e "$OUTSIDE/go"']
    env: {X: none}
    """)
    (lab.outside / "go").touch()
    lab.environ["PRODIGY_PROFILE"] = "b"

    await lab.reopen(ran)

    assert await asyncio.to_thread((lab.outside / "seen").read_text) == "none-b"

"""What every process of a run finds in its environment, and what wins there (language 12.4, 12.5)."""

from prodigy_tui.engine.variables.environment import process_environment
from tests.support.rules import rule


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

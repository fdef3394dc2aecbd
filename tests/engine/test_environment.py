"""The environment of steps (language 12.1, 12.4, 12.5): who wins, what is removed, what every process gets."""

import pytest

from prodigy_tui.engine.environment import EnvironmentCycle, overlay, process_environment, resolve_env
from prodigy_tui.workflow.variables import Scope


def resolved(texts, outer=None):
    outer = outer or {}
    return resolve_env(texts, lambda names: Scope(names=[names], environment=outer), outer)


def test_entries_refer_to_each_other_in_any_order():
    assert resolved({"A": "${B}!", "B": "$C", "C": "c"}) == {"A": "c!", "B": "c", "C": "c"}


def test_the_own_name_means_the_outer_value():
    assert resolved({"PATH": "/x:${PATH}"}, {"PATH": "/bin"}) == {"PATH": "/x:/bin"}
    assert resolved({"NEW": "[${NEW}]"}) == {"NEW": "[]"}


def test_a_circle_is_refused_by_name():
    with pytest.raises(EnvironmentCycle, match="A → B → A"):
        resolved({"A": "${B}", "B": "${A}"})


def test_null_removes():
    assert overlay({"A": "1", "B": "2"}, {"A": None}, {"C": "3"}) == {"B": "2", "C": "3"}


def test_what_misleads_git_or_marks_an_agents_children_does_not_pass():
    environ = {"PATH": "/bin", "GIT_DIR": "/x", "GIT_INDEX_FILE": "/y", "CLAUDECODE": "1", "GIT_SSH_COMMAND": "ssh"}

    assert process_environment(environ) == {"PATH": "/bin", "GIT_SSH_COMMAND": "ssh"}


async def test_precedence_from_the_process_to_the_step(lab):
    lab.environ |= {"A": "process", "B": "process", "C": "process", "D": "process"}
    ran = await lab.run("""
    env: {B: workflow, C: workflow, D: workflow, GONE: null, HOME: null, FROM: "${A}/${env.A}"}
    steps:
      - {shell: "echo captured", capture: C}
      - shell: "echo $A $B $C $D ${A:-left} ${B} ${C} ${D} ${env.D} $FROM [${HOME-unset}]"
        env: {D: "step ${C}"}
    """)

    by_name = "process workflow captured step captured"
    assert ran.said()["1"] == f"{by_name} {by_name} step captured process/process [unset]"


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


async def test_what_every_process_is_told(lab):
    ran = await lab.run("""
    - shell: "env | grep ^PRODIGY_ | sort"
      name: the step
    """)

    told = dict(line.split("=", 1) for line in ran.said()["0"].splitlines())
    mark = told.pop("PRODIGY_AGENT_ID")
    assert mark.startswith(f"{ran.state.run_id}:steps:")
    assert told.pop("PRODIGY_HOME", None) is not None
    assert told == {
        "PRODIGY_RUN_ID": ran.state.run_id,
        "PRODIGY_PHASE": "steps",
        "PRODIGY_STEP": "the step",
        "PRODIGY_ATTEMPT": "1",
        "PRODIGY_WORKTREE": str(ran.folder.worktrees / "run"),
        "PRODIGY_AUTOMATION": "true",
    }


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


async def test_an_environment_without_value_fails_the_step_that_needs_it(lab):
    ran = await lab.run("""
    - {shell: "echo x", capture: cap, when: false}
    - {shell: "echo never", env: {X: "${cap}"}, on_failure: "echo rescued ${error.kind}"}
    """)

    assert ran.said()["1"] == "rescued interpolation"

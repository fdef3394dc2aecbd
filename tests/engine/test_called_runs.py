"""Steps that call a workflow with a map: a run of its own in the caller's worktree (language 4.1, 15.5)."""

# ruff: noqa: E501 - the workflows are the tests

import pytest
from rpds import HashTrieMap

from prodigy_tui.events.schema import StepFinished
from tests.engine.called_runs import called, folder_of, nothing_left_of
from tests.support.rules import rule

FAN = """
workflows:
  fan:
    parameters: {words: {type: array, default: [x]}, list: {type: path, default: items.json}}
    vars: {own: theirs}
    setup:
      - {shell: "echo setup of ${workflow.name}", capture: begun}
    map:
      input: "${list}"
      agent_template:
        - shell: "test ${item} != bad && echo ${item} > ${item}.txt && git add ${item}.txt && git commit -qm ${item}"
          commit_required: true
    reduce:
      - {shell: "ls *.txt | tr '\\\\n' ' '", capture: files}
      - {shell: "echo ${words[0]} ${map.successful} of ${map.total} ${own}", capture: told, id: last_one}
"""


@rule("15.5 map runs", "15.5 map worktree", "15.5 map outputs")
async def test_it_runs_in_the_same_worktree_with_variables_of_its_own(lab):
    ran = await lab.run(
        FAN
        + """
vars: {own: ours}
steps:
  - echo '["a", "b", "c"]' > items.json
  - {workflow: fan, with: {words: [said]}, outputs: [told, files, begun], id: call}
  - {shell: "test -e a.txt -a -e items.json && echo '${call.told}|${call.files}|${call.begun}|${call.output}|${own}'"}
""",
        merge="yes",
    )

    assert ran.state.status == "succeeded", (ran.state.message, ran.log("phases/steps"))
    said = "said 3 of 3 theirs"
    assert ran.said()["2"] == f"{said}|a.txt b.txt c.txt readme.txt |setup of fan|{said}|ours"
    child = called(ran)
    assert (child.status, child.caller.run_id, child.caller.path) == ("succeeded", ran.state.run_id, "1")
    assert ran.state.landing.status == "landed"
    assert sorted(lab.repo.files("main")) == ["a.txt", "b.txt", "c.txt", "readme.txt"]
    assert nothing_left_of(ran)
    log = ran.log("phases/steps")
    assert "ok    a\n" in log and "done  3 of 3 items\n" in log


@rule("15.5 map dead")
async def test_dead_letters_are_a_warning_and_do_not_fail_the_step(lab):
    ran = await lab.run(
        FAN
        + """
steps:
  - echo '["a", "bad"]' > items.json
  - {workflow: fan, outputs: [told]}
"""
    )

    assert ran.state.status == "succeeded", ran.state.message
    assert ran.said()["1"] == "x 1 of 2 theirs"
    assert "1 of 2 items of 'fan' are in the dead letter queue" in ran.warnings()
    (call,) = ran.state.calls.values()
    assert (call.status, call.dead) == ("failed", 1)
    assert not ran.state.open_calls


@rule("15.5 map failure", "15.5 map resume")
async def test_a_phase_that_fails_fails_the_step_and_a_resumed_run_goes_on_with_it(lab):
    ran = await lab.run("""
    workflows:
      fan:
        map:
          input: [a, b]
          agent_template: ["echo ran >> $OUTSIDE/ran; echo ${item} > ${item}.txt; git add .; git commit -qm ${item}"]
        reduce: [{shell: "test -e $OUTSIDE/go", name: gate}, {shell: ls a.txt b.txt, capture: listed}]
    steps: [{workflow: fan, outputs: [listed]}, "test -e b.txt && echo ${fan.listed}"]
    """)

    assert ran.state.status == "failed"
    failure = ran.state.phases["steps"].steps["0"].failure
    assert (failure.kind, failure.exit_code, failure.message) == ("exit", 1, "'gate': exit code 1")
    (lab.outside / "go").touch()
    again = await lab.reopen(ran)

    assert again.state.status == "succeeded", again.state.message
    assert again.said()["1"] == "a.txt\nb.txt"
    assert (lab.outside / "ran").read_text() == "ran\nran\n", "no item was done again"
    assert len(again.state.calls) == 1
    assert nothing_left_of(again)


@rule("15.5 map retry")
async def test_a_retry_begins_anew_and_what_is_left_of_the_first_goes(lab):
    ran = await lab.run("""
    workflows:
      fan:
        map:
          input: [a]
          agent_template: ["date +%N >> ${item}.txt; git add .; git commit -qm ${item}"]
        reduce: ["test -e $OUTSIDE/tried || { touch $OUTSIDE/tried; exit 1; }"]
    steps: [{workflow: fan, retry: {attempts: 2, initial_delay: 10ms}}]
    """)

    assert ran.state.status == "succeeded", ran.state.message
    assert [call.status for call in sorted(ran.state.calls.values(), key=lambda call: call.number)] == [
        "failed",
        "succeeded",
    ]
    assert called(ran, 1).worktrees == called(ran, 2).worktrees == HashTrieMap()
    assert nothing_left_of(ran, 2)


@rule("15.5 map continue")
async def test_a_failure_that_is_tolerated_leaves_nothing_behind_but_what_was_merged(lab):
    ran = await lab.run("""
    workflows:
      fan:
        map:
          input: [a]
          agent_template: ["echo ${item} > ${item}.txt; git add .; git commit -qm ${item}"]
        reduce: ["false"]
    steps: [{workflow: fan, continue_on_error: true}, "true"]
    """)

    assert ran.steps()["0"] == "tolerated"
    assert called(ran).worktrees == HashTrieMap()
    assert ran.repo.git("for-each-ref", f"refs/prodigy/{ran.state.run_id}.1") == ""


@rule("15.5 map item", "4.1 map only there")
@pytest.mark.parametrize(
    "where",
    [
        "map: {input: [1], agent_template: [{workflow: plain}]}",
        "steps: [{foreach: [1], do: [{workflow: plain}]}]",
        "steps: [{shell: 'false', on_failure: {workflow: plain}}]",
    ],
)
async def test_it_is_refused_where_it_cannot_be_also_through_a_plain_workflow(lab, where):
    ran = await lab.run(
        f"""
workflows:
  fan: {{map: {{input: [a], agent_template: ["true"]}}}}
  plain: {{steps: [{{workflow: fan}}]}}
{where}
"""
    )

    assert "PT211" in str([event.failure for event in ran.of(StepFinished)])
    assert not ran.state.calls


@rule("15.5 map nested", "15.5 map everywhere")
async def test_mapreduce_calls_mapreduce_in_setup_and_reduce_and_through_plain_ones(lab):
    ran = await lab.run("""
    workflows:
      leaf:
        parameters: {name: {type: string}}
        map:
          input: ["1", "2"]
          agent_template: ["echo x > ${name}${item}.txt; git add .; git commit -qm ${item}"]
        reduce: [{shell: "ls ${name}*.txt | wc -l", capture: count}]
      middle:
        parameters: {name: {type: string}}
        setup: [{workflow: leaf, with: {name: "${name}"}, outputs: [count], id: inner}, {shell: "echo ${inner.count}", capture: count}]
        map: {input: [z], agent_template: ["ls ${param.name}1.txt"]}
      plain: {steps: [{workflow: middle, with: {name: p}, outputs: [count]}, {shell: "echo ${middle.count}", capture: count}]}
    setup: [{workflow: leaf, with: {name: s}, outputs: [count]}]
    map: {input: [m], agent_template: ["ls s1.txt s2.txt"]}
    reduce:
      - {workflow: plain, outputs: [count]}
      - echo ${leaf.count} ${plain.count}
    """)

    assert ran.state.status == "succeeded", (ran.state.message, ran.log("phases/reduce"))
    assert ran.said("reduce")["1"] == "2 2"
    assert [call.run_id.removeprefix(ran.state.run_id) for call in ran.state.calls.values()] == [".1", ".2"] or len(
        ran.state.calls
    ) == 2
    inner = called(ran, 2)
    assert list(inner.calls) == [f"{ran.state.run_id}.2.1"]
    assert all(nothing_left_of(ran, number) for number in ("1", "2", "2.1"))


@rule("15.5 map sub")
async def test_sub_workflows_with_a_map_also_beside_each_other(lab):
    ran = await lab.run("""
    workflows:
      fan:
        parameters: {name: {type: string}}
        map:
          input: ["1", "2"]
          agent_template: ["echo x > ${name}${item}.txt; git add .; git commit -qm ${item}"]
        reduce: [{shell: "ls ${name}*.txt | wc -l", capture: count}]
    sub_workflows:
      - {name: one, source: fan, with: {name: o}, outputs: [count]}
      - {name: two, source: fan, with: {name: t}, outputs: [count], parallel: true}
      - {name: three, source: fan, with: {name: h}, outputs: [count], parallel: true}
    steps: ["echo ${one.count} ${two.count} ${three.count} $(ls *.txt | wc -l)"]
    """)

    assert ran.state.status == "succeeded", (ran.state.message, ran.log("phases/steps"))
    assert ran.said()["0"] == "2 2 2 7"
    assert all(nothing_left_of(ran, number) for number in (1, 2, 3))


@rule("15.5 map folder")
async def test_the_folder_of_a_call_holds_for_agents_too(lab):
    lab.repo.commit("sub/x", "")
    ran = await lab.run("""
    workflows:
      fan:
        setup: ['basename "$PWD" >> $OUTSIDE/where']
        map: {input: [a], agent_template: ['basename "$PWD" >> $OUTSIDE/where']}
        reduce: ['basename "$PWD" >> $OUTSIDE/where']
    steps: [{workflow: {source: fan, working_dir: sub}}]
    """)

    assert ran.state.status == "succeeded", ran.state.message
    assert (lab.outside / "where").read_text() == "sub\nsub\nsub\n"


@rule("15.5 map trust", "15.5 map env")
async def test_data_stays_data_and_the_callers_environment_lies_below(lab):
    lab.environ["EVIL"] = "$(touch $OUTSIDE/PWNED); 'x"
    ran = await lab.run("""
    workflows:
      fan:
        parameters: {p: {type: string}}
        env: {OWN: "own", BOTH: callee}
        map:
          input: [a]
          agent_template: ['printf "%s|%s\\n" ${p} ${param.p} >> $OUTSIDE/said']
        reduce: ['printf "%s %s %s %s\\n" ${p} "$OWN" "$BOTH" "$CALLER" >> $OUTSIDE/said']
    env: {CALLER: caller, BOTH: caller}
    steps:
      - {shell: 'printf %s "$EVIL"', capture: evil}
      - {workflow: fan, with: {p: "${evil}"}}
    """)

    evil = lab.environ["EVIL"]
    assert ran.state.status == "succeeded", ran.state.message
    assert (lab.outside / "said").read_text() == f"{evil}|{evil}\n{evil} own callee caller\n"
    assert not (lab.outside / "PWNED").exists()


@rule("15.5 map late")
async def test_a_workflow_found_late_goes_on_as_it_was_begun(lab):
    file = lab.folder / "fan.yml"
    file.write_text(
        "map: {input: [a], agent_template: ['true']}\n"
        "reduce: ['test -e $OUTSIDE/go', {shell: echo as it was, capture: told}]\n"
    )
    ran = await lab.run("""
    - {shell: echo fan.yml, capture: name}
    - {workflow: "${name}", id: call, outputs: [told]}
    - echo ${call.told}
    """)
    assert ran.state.status == "failed"
    file.unlink()
    (lab.outside / "go").touch()
    again = await lab.reopen(ran)

    assert again.said()["2"] == "as it was", again.state.message


@rule("15.5 map secret")
async def test_secret_parameters_are_in_no_text(lab):
    lab.environ["TOKEN"] = "tok-1234567890-secret"
    ran = await lab.run("""
    secrets: {TOKEN: TOKEN}
    workflows:
      fan:
        parameters: {key: {type: string, secret: true}}
        map: {input: [a], agent_template: ['echo "${key}" > $OUTSIDE/agent; echo "agent ${key}"']}
        reduce: [{shell: 'echo "got ${key}"', capture: got}]
    steps:
      - {workflow: fan, with: {key: "${TOKEN:raw}"}, outputs: [got]}
      - echo "${fan.got}"
    """)

    assert ran.said()["1"] == "got ***", ran.state.message
    assert (lab.outside / "agent").read_text() == "tok-1234567890-secret\n"
    for folder in (ran.folder, folder_of(ran)):
        for file in [folder.events, *folder.output.rglob("*.log")]:
            assert "tok-1234567890-secret" not in file.read_text("utf-8"), file

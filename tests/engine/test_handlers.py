"""Language 6.2: what a failure means once its handler has run, in whole runs."""

import pytest

from prodigy_tui.engine.decisions.handlers import HandlerRun, settle
from prodigy_tui.events.schema import StepStarted
from prodigy_tui.workflow.model import Handler
from tests.support.rules import rule

OK, FAILED, ABSENT = HandlerRun.OK, HandlerRun.FAILED, HandlerRun.ABSENT


@rule("6.2 table")
@pytest.mark.parametrize(
    ("strategy", "last", "unset", "true", "false"),
    [
        ("recovery", OK, "failed", "failed", "tolerated"),
        ("recovery", FAILED, "failed", "failed", "tolerated"),
        ("recovery", ABSENT, "failed", "failed", "tolerated"),
        ("fallback", OK, "recovered", "recovered", "recovered"),
        ("custom", OK, "recovered", "recovered", "recovered"),
        ("fallback", FAILED, "failed", "failed", "tolerated"),
        ("custom", FAILED, "failed", "failed", "tolerated"),
        ("cleanup", OK, "failed", "failed", "tolerated"),
        ("cleanup", FAILED, "failed", "failed", "tolerated"),
    ],
)
def test_the_table_of_the_language(strategy, last, unset, true, false):
    found = [settle(Handler(strategy=strategy, fail_workflow=said), last) for said in (None, True, False)]

    assert found == [unset, true, false]


@rule("6.2 rounds at work")
@rule("6.2 handler absent")
@pytest.mark.parametrize("fail_workflow", [None, True, False])
@pytest.mark.parametrize("strategy", ["recovery", "fallback", "custom", "cleanup"])
def test_a_handler_that_is_left_out_changes_nothing(strategy, fail_workflow):
    assert settle(Handler(strategy=strategy, fail_workflow=fail_workflow), HandlerRun.LEFT_OUT) == "failed"


@rule("6.2 rounds at work")
async def test_rounds_go_on_until_the_step_works(lab):
    ran = await lab.run("""
    - shell: "echo round >> $OUTSIDE/rounds; test $(wc -l < $OUTSIDE/rounds) -ge 3"
      on_failure: {shell: "echo repair ${error.attempt} of ${error.max_attempts} >> $OUTSIDE/repairs", max_attempts: 4}
    """)

    assert ran.state.status == "succeeded"
    assert ran.steps() == {"0/r1.0": "ok", "0/r2.0": "ok", "0": "recovered"}
    assert (lab.outside / "repairs").read_text() == "repair 1 of 4\nrepair 2 of 4\n"


async def test_n_rounds_have_one_handler_run_less_and_then_fail(lab):
    ran = await lab.run("""
    - shell: "echo x >> $OUTSIDE/rounds; false"
      on_failure: {shell: "echo x >> $OUTSIDE/repairs", max_attempts: 3}
    """)

    assert ran.state.status == "failed"
    assert (lab.outside / "rounds").read_text() == "x\n" * 3
    assert (lab.outside / "repairs").read_text() == "x\n" * 2


@rule("6.2 table", "6.2 real code")
async def test_an_agent_that_repairs_gets_the_step_run_again(lab):
    ran = await lab.run("""
    - shell: cat fixed.txt
      on_failure:
        agent: {prompt: "fix ${error.output}", provider: scripted, options: {script: [
          {match: "fix .*No such file", do: [{write: {path: fixed.txt, content: mended}}, {say: done}]}]}}
    """)

    assert ran.steps() == {"0/r1.0": "ok", "0": "recovered"}
    assert ran.said()["0"] == "mended"


async def test_a_fallback_replaces_what_the_step_said(lab):
    ran = await lab.run("""
    - shell: "echo broken; exit 3"
      id: fetch
      capture: text
      on_failure: [{shell: "echo one"}, {shell: "echo cached; echo err >&2"}]
    - shell: "echo ${text} ${fetch.output} ${fetch.stderr} ${fetch.exit_code} ${fetch.success} ${last.output}"
    """)

    assert ran.steps()["0"] == "recovered"
    assert ran.said()["1"] == "cached cached err 3 true cached"


async def test_a_tolerated_failure_keeps_what_the_step_said(lab):
    ran = await lab.run("""
    - shell: "echo mine; exit 3"
      id: a
      on_failure: {shell: "echo handlers; false", fail_workflow: false}
    - shell: "echo ${a.output} ${last.output} ${last.exit_code} ${a.success}"
    - {shell: "exit 9", continue_on_error: true}
    - {shell: "exit 9", on_failure: {fail_workflow: false}}
    """)

    assert ran.state.status == "succeeded"
    assert {path: status for path, status in ran.steps().items() if "/" not in path} == {
        "0": "tolerated",
        "1": "ok",
        "2": "tolerated",
        "3": "tolerated",
    }
    assert ran.said()["1"] == "mine mine 3 false"


@rule("6.2 handler stops")
async def test_cleanup_never_repairs(lab):
    ran = await lab.run("""
    - {shell: "false", on_failure: {shell: "touch $OUTSIDE/clean", strategy: cleanup}}
    """)

    assert ran.state.status == "failed"
    assert (lab.outside / "clean").exists()


@rule("6.2 handler stops")
async def test_a_handler_stops_at_its_first_failed_step_and_the_rounds_go_on(lab):
    ran = await lab.run("""
    - shell: "echo x >> $OUTSIDE/rounds; test $(wc -l < $OUTSIDE/rounds) -ge 2"
      on_failure: {steps: ["false", "touch $OUTSIDE/never"], max_attempts: 2}
    """)

    assert ran.steps()["0"] == "recovered"
    assert not (lab.outside / "never").exists()


async def test_a_fatal_handler_failure_ends_the_rounds_whatever_fail_workflow_says(lab):
    ran = await lab.run("""
    - shell: "echo x >> $OUTSIDE/rounds; false"
      on_failure: {shell: "false", max_attempts: 5, handler_failure_fatal: true, fail_workflow: false}
    """)

    assert ran.state.status == "failed"
    assert (lab.outside / "rounds").read_text() == "x\n"


@rule("6.2 handler absent")
@pytest.mark.parametrize(
    "handler",
    [
        '{shell: "touch $OUTSIDE/ran", when: "${error.exit_code} == 4"}',
        '{steps: [{shell: "touch $OUTSIDE/ran", when: false}], fail_workflow: false}',
        '{fail_workflow: false, when: "${error.exit_code} == 4"}',
        '{max_attempts: 3, when: "${error.exit_code} == 4"}',
    ],
)
async def test_a_handler_that_does_not_apply_leaves_the_failure_standing(lab, handler):
    ran = await lab.run(f"""
    - shell: "echo x >> $OUTSIDE/rounds; exit 3"
      on_failure: {handler}
    """)

    assert ran.steps()["0"] == "failed"
    assert (lab.outside / "rounds").read_text() == "x\n"
    assert not (lab.outside / "ran").exists()


async def test_rounds_without_steps_run_the_step_again(lab):
    ran = await lab.run("""
    - shell: "echo x >> $OUTSIDE/rounds; test $(wc -l < $OUTSIDE/rounds) -ge 3"
      on_failure: {max_attempts: 3}
    """)

    assert ran.steps() == {"0": "recovered"}


async def test_a_timeout_limits_all_steps_of_a_handler_together(lab):
    ran = await lab.run("""
    - shell: "false"
      on_failure: {steps: ["sleep 0.2", "sleep 300"], timeout: 0.5, fail_workflow: false}
    - shell: echo on
    """)

    assert ran.steps()["0"] == "tolerated"
    assert ran.said()["1"] == "on"
    assert "handler timed out after 0.5 s" in ran.log("phases/steps")


async def test_handlers_run_in_the_folder_and_environment_of_the_failing_step(lab):
    lab.repo.commit("sub/here.txt", "x")
    ran = await lab.run("""
    - shell: "false"
      working_dir: sub
      env: {WHO: "the ${workflow.name} step", BOTH: step}
      on_failure:
        - shell: "ls; echo $WHO ${WHO} $BOTH; false"
          env: {BOTH: "handler of ${BOTH}"}
          on_failure: {shell: "ls; echo $WHO $BOTH", env: {WHO: "still ${WHO}"}}
    """)

    assert ran.said()["0"] == "here.txt\nstill the work step handler of step"


@rule("6.2 handler folder")
async def test_a_handler_can_make_the_folder_that_was_missing(lab):
    ran = await lab.run("""
    - shell: pwd
      working_dir: made
      on_failure: {shell: "echo ${error.message} >> $OUTSIDE/why; mkdir made", strategy: recovery}
    - shell: pwd
      working_dir: never
      on_failure: [pwd, {shell: "pwd", working_dir: made}]
    """)

    root = ran.state.phases["steps"].steps["0"].result.stdout.removesuffix("/made")
    assert ran.steps()["0"] == "recovered"
    assert (lab.outside / "why").read_text() == "path 'made' is no folder\n"
    assert ran.said()["1"] == f"{root}/made"
    assert f"\n{root}\n" in ran.log("phases/steps")


@rule("6.2 handler folder")
async def test_a_handler_runs_in_the_folder_that_its_step_ran_in_whatever_the_texts_mean_now(lab):
    lab.repo.commit("sub/here.txt", "x")
    ran = await lab.run("""
    - echo sub
    - {shell: "echo elsewhere; exit 1", working_dir: "${last.output}", on_failure: "ls"}
    - {shell: "cd .. && rm -r sub; exit 1", working_dir: sub, on_failure: "ls readme.txt"}
    """)

    assert ran.said()["1"] == "here.txt"
    assert ran.said()["2"] == "readme.txt"


@rule("6.2 every context")
@rule("6.2 handler folder")
async def test_a_handler_never_follows_its_step_out_of_the_worktree(lab):
    lab.repo.commit("sub/here.txt", "x")
    ran = await lab.run("""
    - shell: "cd .. && rm -r sub && ln -s $OUTSIDE sub; exit 1"
      working_dir: sub
      on_failure: "touch there"
    """)

    assert ran.steps()["0"] == "failed"
    assert list(lab.outside.iterdir()) == []


@rule("6.2 every context")
async def test_a_step_that_could_not_be_interpolated_is_handled_too(lab):
    ran = await lab.run("""
    - {shell: "true", capture: text, when: false}
    - {shell: "echo before"}
    - shell: "echo ${text}"
      on_failure: {shell: "echo ${error.kind} ${error.exit_code} '[${error.output}]'"}
    """)

    assert ran.steps()["2"] == "recovered"
    assert ran.said()["2"] == "interpolation 1 []"


async def test_handlers_work_for_every_kind_of_step_in_every_context(lab):
    ran = await lab.run("""
    setup:
      - {write_file: {path: a/b/c, content: x}, on_failure: "echo '[1]' > items.json"}
    map:
      input: items.json
      agent_template:
        - agent: {prompt: p, provider: scripted, options: {script: [{do: [{fail: broken}]}]}}
          on_failure: "echo ${error.message} > ${item}.txt && git add . && git commit -qm x"
    reduce:
      - {shell: "cat missing", on_failure: "cat 1.txt"}
    """)

    assert ran.state.status == "succeeded"
    assert ran.said("reduce") == {"0": "broken"}


async def test_an_item_fails_when_the_workflow_would(lab):
    ran = await lab.run("""
    map:
      input: [a, b]
      agent_template:
        - {shell: "test ${item} = a", id: try, on_failure: {shell: "true", max_attempts: 2, fail_workflow: true}}
    """)

    assert sorted(ran.statuses().values()) == ["dead", "success"]


@rule("6.1 capture at work")
async def test_the_names_of_a_handler_get_what_it_said_and_keep_it(lab):
    ran = await lab.run("""
    - shell: "exit 1"
      on_failure: {steps: [echo one, echo two], capture: {how: true}}
    - {shell: "exit 7", on_exit_code: {7: {shell: "echo seven", capture: {code: true}}}}
    - {shell: "test -e $OUTSIDE/on"}
    - echo ${how} ${code}
    """)
    assert ran.state.status == "failed"
    (lab.outside / "on").touch()

    again = await lab.reopen(ran)

    assert again.said()["3"] == "one\ntwo seven"


@rule("6.2 rounds at work")
async def test_rounds_are_seen_as_executions(lab):
    ran = await lab.run("- {shell: 'test $PRODIGY_ATTEMPT = 3', on_failure: {max_attempts: 3, fail_workflow: true}}\n")

    assert [event.execution for event in ran.of(StepStarted)] == [1, 2, 3]


@rule("6.2 every context")
async def test_handlers_may_be_eight_deep(lab):
    text = "echo ${error.exit_code} > $OUTSIDE/deep"
    for depth in range(8):
        text = f"{{shell: exit {10 + depth}, on_failure: {text if depth else repr(text)}}}"
    ran = await lab.run(f"- {text}\n")

    assert ran.steps()["0"] == "recovered"
    assert (lab.outside / "deep").read_text() == "10\n"

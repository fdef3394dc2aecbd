"""Language 6.2 to 6.4: what a failure means once its handler has run, in whole runs."""

import pytest

from prodigy_tui.engine.decisions.handlers import HandlerRun, entry_of, settle
from prodigy_tui.events.schema import StepStarted
from prodigy_tui.workflow.model import ExitCodeHandler, Handler
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


async def test_handlers_know_the_failure(lab):
    ran = await lab.run("""
    - shell: "echo out; echo 'why it failed' >&2; exit 5"
      name: unlucky
      capture: text
      on_failure:
        - shell: >-
            printf '%s,' ${error.message} ${error.stdout} ${error.stderr} ${error.exit_code} ${error.step}
            ${error.kind} ${test.exit_code} ${test.attempt} ${text.exit_code} ${shell.exit_code}
        - shell: echo ${shell.exit_code} ${handler.output}
    """)

    assert ran.said()["0"] == "0 why it failed,out,why it failed,5,unlucky,exit,5,1,5,5,"


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


async def test_errors_of_nested_handlers_are_those_of_the_inner_step(lab):
    ran = await lab.run("""
    - shell: "exit 3"
      on_failure:
        - shell: "exit 4"
          on_failure: {shell: "echo ${error.exit_code}"}
        - shell: "echo ${handler.output} ${error.exit_code}"
    """)

    assert ran.steps() == {"0/r1.0/r1.0": "ok", "0/r1.0": "recovered", "0/r1.1": "ok", "0": "recovered"}
    assert ran.said()["0"] == "4 3"


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


@rule("4.3 tolerated")
async def test_what_is_tolerated_is_a_warning_of_the_run(lab):
    ran = await lab.run("""
    - {shell: "echo broken; exit 3", name: lint, continue_on_error: true}
    - shell: "false"
      on_failure: {shell: "true", strategy: cleanup, fail_workflow: false}
    """)

    assert ran.state.status == "succeeded"
    assert ran.state.tolerated == 2
    assert ran.state.message == "with warnings: 2 failed steps tolerated"
    assert ran.warnings().splitlines() == [
        "step 'false' failed and was tolerated: exit code 1",
        "step 'lint' failed and was tolerated: broken",
    ]


@rule("4.4 skipped")
async def test_a_step_that_is_left_out_changes_nothing(lab):
    ran = await lab.run("""
    - {shell: "echo kept", capture: text}
    - shell: "echo other"
      when: false
      capture: text
      on_failure: "touch $OUTSIDE/never"
      on_success: "touch $OUTSIDE/never"
      on_exit_code: {0: "touch $OUTSIDE/never"}
      validate: "touch $OUTSIDE/never"
    - echo ${text} ${last.output}
    """)

    assert ran.said()["2"] == "kept kept"
    assert not (lab.outside / "never").exists()


@rule("4.4 points")
async def test_what_one_execution_does_has_an_order(lab):
    ran = await lab.run("""
    - shell: "echo changed > f.txt; echo text"
      capture: text
      auto_commit: true
      commit_required: true
      outputs: {page: {file_pattern: "*.txt"}}
      step_validate: "echo 1 $(git log --format=%s -1) ${text} ${page} >> $OUTSIDE/seen"
      validate: "echo 2 >> $OUTSIDE/seen"
      on_success: "echo 4 >> $OUTSIDE/seen"
      on_exit_code: {0: "echo 3 >> $OUTSIDE/seen"}
      name: change
    """)

    assert ran.steps()["0"] == "ok"
    assert (lab.outside / "seen").read_text() == "1 Auto-commit: change text f.txt\n2\n3\n4\n"


@rule("4.4 composite")
async def test_the_fields_of_a_step_that_holds_steps_apply_to_the_whole(lab):
    ran = await lab.run("""
    - foreach: [1, 2]
      do: "echo ${item} >> $OUTSIDE/tries; test ${item} = 1 -o -e repaired"
      retry: {attempts: 2, initial_delay: 0}
      on_failure: {shell: "echo ${error.kind} >> $OUTSIDE/tries; touch repaired", max_attempts: 2, fail_workflow: true}
    - {foreach: [1], do: "sleep 60", timeout: 0.2, on_failure: "echo ${error.kind} ${error.exit_code}"}
    """)

    assert ran.steps()["0"] == "recovered"
    assert (lab.outside / "tries").read_text().split() == ["1", "2", "1", "2", "exit", "1", "2"]
    assert ran.said()["1"] == "timeout 124"


def entry(text):
    """An entry of `on_exit_code` by its key."""
    if text == "nonzero":
        return ExitCodeHandler(nonzero=True)
    if "-" in text:
        first, last = text.split("-")
        return ExitCodeHandler(ranges=((int(first), int(last)),))
    return ExitCodeHandler(codes=tuple(int(code) for code in text.split(",")))


@rule("6.3 choice")
@pytest.mark.parametrize(
    ("code", "chosen"), [(0, "0"), (1, "nonzero"), (2, "2-5"), (3, "3,7"), (5, "2-5"), (7, "3,7"), (124, "nonzero")]
)
def test_a_listed_code_beats_a_range_and_a_range_any_other_failure(code, chosen):
    entries = tuple(entry(text) for text in ("nonzero", "2-5", "3,7", "0"))

    assert entry_of(entries, code) == entry(chosen)
    assert entry_of((entry("nonzero"),), 0) is None
    assert entry_of((entry("1"),), code) == (entry("1") if code == 1 else None)


@rule("6.3 choice", "6.3 instead")
@pytest.mark.parametrize(
    ("step", "status", "said"),
    [
        ("shell: exit 3", "recovered", "listed"),
        ("shell: exit 4", "recovered", "range"),
        ("shell: exit 9", "recovered", "any"),
        ("shell: sleep 60, timeout: 0.1", "recovered", "timeout"),
        ("shell: exit 5", "failed", None),
        ("shell: exit 6", "tolerated", ""),
        ("shell: 'true', commit_required: true", "recovered", "no code"),
        ("shell: kill -9 $$", "recovered", "any"),
    ],
)
async def test_the_entry_of_the_exit_code_is_there_instead_of_the_handler(lab, step, status, said):
    codes = "nonzero: echo any, 3: echo listed, 2-4: echo range, 5: false, 6: true, 124: echo timeout"
    ran = await lab.run(f"- {{{step}, on_exit_code: {{{codes}}}, on_failure: echo no code}}\n")

    assert ran.steps()["0"] == status
    assert ran.said().get("0") == said


@rule("6.3 instead", "6.2 rounds at work")
async def test_the_code_of_the_first_round_chooses(lab):
    ran = await lab.run("""
    - shell: "exit $((2 + $PRODIGY_ATTEMPT))"
      on_exit_code:
        3: {shell: "echo three >> $OUTSIDE/handled", max_attempts: 3, fail_workflow: true}
        4: {shell: "echo four >> $OUTSIDE/handled", fail_workflow: false}
      on_failure: {shell: "echo failure >> $OUTSIDE/handled"}
    """)

    assert ran.steps()["0"] == "failed"
    assert (lab.outside / "handled").read_text() == "three\nthree\n"


@rule("6.3 on_success at work", "6.3 code 0")
@pytest.mark.parametrize(
    ("fields", "status", "order"),
    [
        ("on_success: 'echo s >> $OUTSIDE/o'", "ok", "s"),
        ("on_success: ['echo s >> $OUTSIDE/o', 'echo t >> $OUTSIDE/o']", "ok", "s t"),
        ("on_success: 'echo s >> $OUTSIDE/o', on_exit_code: {0: 'echo 0 >> $OUTSIDE/o'}", "ok", "0 s"),
        ("on_exit_code: {'0-3': 'echo 0 >> $OUTSIDE/o'}", "ok", "0"),
        ("on_exit_code: {nonzero: 'echo 0 >> $OUTSIDE/o'}", "ok", ""),
        ("on_success: 'false'", "failed", ""),
        ("on_success: {steps: ['sleep 60'], timeout: 0.2}", "failed", ""),
        ("on_exit_code: {0: 'false'}, on_success: 'echo s >> $OUTSIDE/o'", "failed", ""),
        ("on_exit_code: {0: {shell: 'false', fail_workflow: false}}", "tolerated", ""),
        ("on_exit_code: {0: {shell: 'false', when: false}}, on_success: 'echo s >> $OUTSIDE/o'", "ok", "s"),
        ("on_success: {shell: 'false', when: false}", "ok", ""),
        ("on_success: 'false', on_failure: 'echo handler >> $OUTSIDE/o'", "failed", ""),
    ],
)
async def test_what_follows_a_success(lab, fields, status, order):
    (lab.outside / "o").touch()
    ran = await lab.run(f"- {{shell: echo mine, {fields}}}\n")

    assert ran.steps()["0"] == status
    assert (lab.outside / "o").read_text().split() == order.split()
    if status == "failed":
        assert ran.state.phases["steps"].steps["0"].failure.kind == "handler"


@rule("6.3 on_success at work", "6.4 step")
async def test_on_success_follows_a_repair_and_is_not_what_the_step_said(lab):
    ran = await lab.run("""
    - {shell: "false", on_failure: "echo mended", on_success: "echo ${last.output} ${step.name} > $OUTSIDE/s", name: n}
    - {shell: "exit 3", continue_on_error: true, on_success: "touch $OUTSIDE/never"}
    - {shell: "echo mine", on_success: "echo other"}
    - echo ${last.output}
    """)

    assert (lab.outside / "s").read_text() == "mended n\n"
    assert not (lab.outside / "never").exists()
    assert ran.said()["3"] == "mine"


@rule("6.4 message")
@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("shell: 'echo out; printf \"first\\nlast  \\n\\n\" >&2; exit 3'", "last"),
        ("shell: 'echo out; echo; exit 3'", "out"),
        ("shell: exit 3", "exit code 3"),
        ("shell: kill -9 $$", "ended by signal 9"),
        ("shell: 'echo working; sleep 60', timeout: 0.3", "working"),
        ("shell: sleep 60, timeout: 0.1", "timed out after 0.1 s"),
        ("shell: 'echo fine', commit_required: true", "commit required, but HEAD did not move"),
        ("shell: 'echo fine', outputs: [x]", "output 'x' is missing: the step has not written it to PRODIGY_OUTPUT"),
        ("write_file: {path: a/x, content: y}", "cannot write 'a/x': No such file or directory"),
    ],
)
async def test_the_message_of_an_error(lab, step, message):
    ran = await lab.run(f"- {{{step}, on_failure: 'echo ${{error.message}}'}}\n")

    assert ran.said()["0"] == message


@rule("6.4 output")
@pytest.mark.parametrize("streams", ["stdout", "stderr", "both"])
async def test_the_output_of_an_error_is_all_that_was_said(lab, streams):
    ran = await lab.run(f"""
    - shell: "echo out; sleep 0.1; echo err >&2; exit 3"
      capture_streams: {streams}
      on_failure: "echo ${{error.output}}"
    - shell: "echo out; sleep 0.1; echo err >&2"
      commit_required: true
      on_failure: "echo ${{error.output}} ${{test.output}}"
    """)

    assert ran.said() == {"0": "out\nerr", "1": "out\nerr out\nerr"}


@rule("6.4 kinds")
@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("shell: exit 3", "exit"),
        ("shell: kill -9 $$", "signal"),
        ("shell: sleep 60, timeout: 0.1", "timeout"),
        ("shell: sleep 60, idle_timeout: 0.1", "timeout"),
        ("shell: 'true', commit_required: true", "no_commit"),
        ("shell: 'true', outputs: [x]", "missing_output"),
        ("shell: 'true', validate: 'false'", "validation"),
        ("shell: 'true', step_validate: 'false'", "validation"),
        ("shell: echo x, capture: c, capture_format: json", "capture"),
        ("agent: {prompt: p, provider: scripted, options: {script: [{do: [{fail: broken}]}]}}", "agent"),
        ("shell: 'echo ${gone.output}'", "interpolation"),
    ],
)
async def test_the_kind_of_an_error(lab, step, kind):
    ran = await lab.run(
        f"- {{shell: 'true', id: gone, when: false}}\n- {{{step}, on_failure: 'echo ${{error.kind}}'}}\n"
    )

    assert ran.said()["1"] == kind


@rule("6.4 kinds")
async def test_a_success_that_went_wrong_is_of_the_kind_handler(lab):
    ran = await lab.run("""
    - {shell: "true", on_success: "false", on_failure: "touch $OUTSIDE/never"}
    """)

    assert ran.state.phases["steps"].failure.kind == "handler"
    assert not (lab.outside / "never").exists()


@rule("6.4 fields", "6.4 test", "6.4 step", "6.4 shell", "6.4 handler")
async def test_every_variable_of_a_handler(lab):
    ran = await lab.run(
        """
    - shell: "echo out; echo err >&2; exit 5"
      id: it
      name: unlucky
      capture: text
      on_failure:
        steps:
          - printf '%s|' "${error.stdout}" "${error.stderr}" ${error.exit_code} ${error.step} ${error.attempt}
            ${error.max_attempts} ${error.kind} ${test.exit_code} ${test.attempt}
          - printf '%s|' ${step.name} ${step.id} ${step.index} ${shell.output} ${handler.output} ${text.exit_code}
          - printf '%s|' ${shell.exit_code} ${it.exit_code} "$(date -d ${error.timestamp} +%Y)"
        max_attempts: 2
        fail_workflow: false
    """
    )

    said = ran.log("phases/steps")
    assert "out|err|5|unlucky|1|2|exit|5|1|\n" in said
    first = "out|err|5|unlucky|1|2|exit|5|1|"
    assert f"unlucky|it|0|{first}|{first}|5|\n" in said
    assert "\n0|5|20" in said


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

"""Shell steps in a whole run: what reaches the interpreter and what comes back."""

import sys

import pytest

from tests.support.clock import HurriedClock
from tests.support.rules import rule


@rule("5.4 runs: place")
async def test_a_step_runs_in_the_run_worktree_with_empty_input(lab):
    ran = await lab.run("""
    - shell: pwd && cat && cat readme.txt
    - shell: "printf '%s|%s|%s' '${last.output}' ${last.exit_code} ${last.success} > said.txt; cat said.txt"
    """)

    assert ran.state.status == "succeeded"
    place, text = ran.said()["0"].splitlines()
    assert (place, text) == (str(ran.folder.worktrees / "run"), "hello")
    assert ran.said()["1"] == f"{place}\nhello|0|true"
    assert lab.repo.status() == []


@rule("5.4 runs: flags")
async def test_neither_errexit_nor_pipefail_is_set(lab):
    ran = await lab.run("- shell: false; false | cat; echo on\n")

    assert ran.said() == {"0": "on"}


@rule("4.3 runs: failures")
async def test_exit_codes_signals_and_missing_interpreters_are_failures(lab):
    lab.environ["PATH"] = f"{lab.environ['PATH']}:/nowhere"
    ran = await lab.run("""
    - {shell: "echo first; echo last >&2; exit 7", on_failure: true, id: a}
    - {shell: "kill -9 $$", on_failure: true, id: b}
    - {shell: "${a.exit_code}-is-no-program", on_failure: true, id: c}
    - shell: "echo ${a.exit_code} ${b.exit_code} ${c.exit_code} ${a.stdout} ${a.stderr} ${a.success}"
    """)

    assert ran.said()["3"] == "7 137 127 first last false"
    assert set(ran.steps().values()) == {"tolerated", "ok"}
    first, second = (ran.state.phases["steps"].steps[n].failure for n in "01")
    assert (first.kind, first.message, first.exit_code) == ("exit", "last", 7)
    assert (second.kind, second.exit_code) == ("signal", 137)


@rule("5.3 runs: stdin")
async def test_stdin_hands_data_over_as_it_is(lab):
    ran = await lab.run("""
    - shell: printf 'a "$(id)" `id` %s' "'"
    - {shell: cat, stdin: "<${last.output}>"}
    """)

    assert ran.said()["1"] == """<a "$(id)" `id` '>"""


@rule("5.4 runs: long text")
async def test_a_text_too_long_for_an_argument_runs_from_a_file(lab):
    ran = await lab.run(f"- shell: |\n    : {'x' * 120_000}\n    echo done\n")

    assert ran.said() == {"0": "done"}


@rule("5.3 runs: interpreter")
async def test_bash_is_used_when_asked_for(lab):
    ran = await lab.run("- {shell: 'a=(x y z); echo ${#a[@]}', interpreter: bash}\n")

    assert ran.said() == {"0": "3"}


@rule("6.8 runs: step")
async def test_a_step_that_takes_too_long_is_stopped_with_all_it_started(lab):
    ran = await lab.run("""
    - shell: "echo begun; (sleep 300 &) ; sleep 300"
      timeout: 1s
      on_failure: true
      id: slow
    - {shell: "echo ${slow.exit_code} ${slow.output}"}
    """)

    failure = ran.state.phases["steps"].steps["0"].failure
    assert (failure.kind, failure.exit_code, failure.message) == ("timeout", 124, "timed out after 1 s")
    assert ran.said()["1"] == "124 begun"


@rule("6.8 runs: idle")
async def test_a_silent_step_is_stopped_and_a_talkative_one_is_not(lab):
    ran = await lab.run("""
    - {shell: "for i in 1 2 3 4 5 6; do echo $i; sleep 0.2; done", idle_timeout: 1s}
    - {shell: "echo once; sleep 300", idle_timeout: 1s}
    """)

    assert ran.steps() == {"0": "ok", "1": "failed"}
    assert ran.state.phases["steps"].steps["1"].failure.message == "no output for 1 s"
    assert (ran.state.status, ran.state.exit_code) == ("failed", 1)


@rule("6.8 runs: step")
async def test_a_child_that_ignores_sigterm_is_killed(lab):
    ran = await lab.run("- {shell: \"trap '' TERM; while :; do sleep 1; done\", timeout: 2s}\n", clock=HurriedClock(20))

    assert ran.state.phases["steps"].steps["0"].failure.kind == "timeout"


async def test_both_streams_reach_the_log_in_order_and_output_is_stdout(lab):
    ran = await lab.run("""
    - shell: "echo one; sleep 0.05; echo two >&2; sleep 0.05; echo three"
    - {shell: "echo one; sleep 0.05; echo two >&2; exit 1", continue_on_error: true}
    """)

    assert "one\ntwo\nthree\n" in ran.log("phases/steps")
    assert ran.said() == {"0": "one\nthree", "1": "one\ntwo"}


async def test_output_that_is_no_utf8_and_very_long_lines_do_no_harm(lab):
    program = f"{sys.executable} -c \"import sys; sys.stdout.buffer.write(b'\\xff\\xfe' + b'x' * 200000)\""
    ran = await lab.run(f"- shell: |\n    {program}\n")

    assert ran.said()["0"] == "\ufffd\ufffd" + "x" * 200_000


async def test_tokens_are_masked_wherever_output_goes(lab):
    token = "ghp_" + "A1b2C3d4E5" * 4
    ran = await lab.run(f"- {{shell: 'echo {token[:10]}\"\"{token[10:]}'}}\n")

    assert ran.state.status == "succeeded"
    for file in ran.folder.path.rglob("*"):
        if file.is_file():
            assert token not in file.read_text("utf-8", "replace")
    assert "***" in ran.said()["0"]


@pytest.mark.parametrize(
    "reference", ["${last.output}", "${shell.output}", "${text}", "${x.output}", "${steps.x.stdout}"]
)
async def test_a_reference_without_value_fails_the_step_before_it_runs(lab, reference):
    ran = await lab.run(f"""
    - {{write_file: {{path: a, content: a}}, capture: text, id: x, when: false}}
    - {{shell: "touch $OUTSIDE/ran; echo {reference}"}}
    """)

    failure = ran.state.phases["steps"].steps["1"].failure
    assert (failure.kind, failure.code) == ("interpolation", "PT301")
    assert not (lab.outside / "ran").exists()


async def test_what_a_failed_step_printed_is_in_its_log_and_not_in_the_event(lab):
    ran = await lab.run("""
    - shell: printf '%0300000d' 0; exit 4
    """)

    step = ran.state.phases["steps"].steps["0"]
    assert step.result is None
    assert len(step.failure.message) + len(step.failure.tail) < 3000
    assert "0" * 60_000 in ran.log("phases/steps")

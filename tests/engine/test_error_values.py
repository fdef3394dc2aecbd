"""Language 6.4: what a handler is told of the failure."""

import pytest

from tests.support.rules import rule


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

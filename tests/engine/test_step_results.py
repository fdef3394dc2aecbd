"""What later steps can refer to: captures, outputs, the file of the output, what setup hands on."""

import json

import pytest

from tests.support.engine import Lab
from tests.support.rules import rule


async def said(lab: Lab, *steps: str) -> list[str]:
    """Runs steps and returns what each said."""
    ran = await lab.run("".join(f"- {step}\n" for step in steps))
    assert ran.state.status == "succeeded", ran.state.phases["steps"]
    return list(ran.said().values())


@rule("11 output text", "11 always set")
@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", "out"),
        (", capture_streams: stdout", "out"),
        (", capture_streams: stderr", "err"),
        (", capture_streams: both", "out\nerr"),
        (", capture_streams: [stdout, stderr]", "out\nerr"),
        (", capture_streams: {stderr: true, stdout: false}", "err"),
    ],
)
async def test_the_output_is_the_text_of_the_streams(lab, options, found):
    first = f"{{shell: 'echo out; echo err >&2'{options}}}"

    lines = (await said(lab, first, "printf %s ${last.output}"))[1].split("\n")

    assert sorted(lines, reverse=True) == found.split("\n"), "two pipes have no order of their own"


@rule("11 output text", "11 set when failed", "11 metadata")
async def test_a_failed_shell_step_is_captured_with_both_streams(lab):
    outputs = await said(
        lab,
        "{shell: 'echo out; echo err >&2; exit 3', capture: x, continue_on_error: true}",
        "printf '%s|' ${x} ${x.stdout} ${x.stderr} ${x.exit_code} ${x.success}",
    )

    assert outputs[1] in ("out\nerr|out|err|3|false|", "err\nout|out|err|3|false|")


@rule("11 text format", "11 json format", "11 lines format", "11 number format", "11 boolean format", "11 metadata")
@pytest.mark.parametrize(
    ("command", "format_", "use", "found"),
    [
        ("printf 'a\\n\\n'", "string", "${x}", "a\n"),
        ("echo '{\"n\": [1, 2]}'", "json", "${x.n[1]}", "2"),
        ("echo '{\"stdout\": 5}'", "json", "${x.stdout}", "5"),
        ("printf 'a\\nb\\n'", "lines", "${x[1]}", "b"),
        ("echo 3.50", "number", "${x}", "3.5"),
        ("echo ON", "boolean", "${x}", "true"),
        ("echo Off", "boolean", "${x}", "false"),
        ("echo fine", "boolean", "${x}", "true"),
    ],
)
async def test_the_format_makes_the_value(lab, command, format_, use, found):
    first = f"{{shell: {json.dumps(command)}, capture: x, capture_format: {format_}}}"

    assert (await said(lab, first, f"printf %s {use}"))[1] == found.removesuffix("\n")


@rule("11 conversion fails")
async def test_text_of_another_form_fails_the_step_unless_there_is_a_default(lab):
    failed = await lab.run("- {shell: echo no, capture: x, capture_format: number}\n")
    (saved,) = [
        await said(lab, "{shell: echo no, capture: x, capture_format: number, capture_default: 7}", "echo ${x}")
    ]

    failure = failed.state.phases["steps"].failure
    assert (failure.kind, failure.code, failure.message) == ("capture", "PT510", "output is not a number: 'no'")
    assert saved[1] == "7"


@rule("11 output_file")
async def test_the_output_file_gets_the_text_as_it_came(lab):
    ran = await lab.run(
        """
        - {shell: 'printf "a\\n\\n"', output_file: out/deep/a.txt}
        - {shell: 'echo bad >&2; exit 1', output_file: out/b.txt, continue_on_error: true}
        - od -c out/deep/a.txt out/b.txt
        """
    )

    assert ran.said()["2"].split() == ["0000000", "a", "\\n", "\\n", "b", "a", "d", "\\n", "0000007"]


@rule("11 output_file place")
@pytest.mark.parametrize("path", ["../up.txt", "/tmp/up.txt", ".git/hooks/x", "link/x"])
async def test_the_output_file_stays_in_the_worktree(lab, path):
    naming = f"- ln -s {lab.outside} link\n- {{shell: echo {path}, capture: p}}\n"
    ran = await lab.run(naming + "- {shell: echo x, output_file: '${p}'}\n")

    assert ran.state.phases["steps"].failure.code == "PT801"
    assert list(lab.outside.iterdir()) == []


@rule("11 file outputs", "11 only own files")
async def test_a_file_output_is_the_first_file_of_the_step_that_matches(lab):
    outputs = await said(
        lab,
        "echo old > before.md",
        "{shell: 'echo x > z.md; echo x > b.md; git add b.md; git commit -qm b; echo y >> readme.txt; echo x > a.txt', "
        "id: made, outputs: {page: {file_pattern: '*.md'}, text: {file_pattern: '*.txt'}, "
        "none: {file_pattern: '*.zip', required: false}}}",
        "printf '%s ' ${steps.made.outputs.page} ${made.text} ${page}",
    )

    assert outputs[2] == "b.md readme.txt b.md "


@rule("11 outputs missing", "11 listed outputs")
@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ("{page: {file_pattern: '*.md'}}", "output 'page' is missing: no file that it touched matches '*.md'"),
        ("[version]", "output 'version' is missing: the step has not written it to PRODIGY_OUTPUT"),
    ],
)
async def test_a_missing_output_fails_the_step(lab, outputs, message):
    ran = await lab.run(f"- {{shell: 'true', outputs: {outputs}}}\n")

    failure = ran.state.phases["steps"].failure
    assert (failure.kind, failure.code, failure.message) == ("missing_output", "PT513", message)


@rule("11 PRODIGY_OUTPUT lines", "11 PRODIGY_OUTPUT exported", "11 PRODIGY_OUTPUT complaints")
async def test_what_a_step_writes_to_its_outputs_has_names_later(lab):
    ran = await lab.run(
        """
        - shell: 'printf "listed=one\\nother=two words\\nnonsense\\n" >> "$PRODIGY_OUTPUT"'
          id: made
          outputs: [listed]
        - 'printf "%s|" ${listed} ${other} ${steps.made.outputs.other} "$listed" "$other"'
        """
    )

    assert ran.said()["1"] == "one|two words|two words|one||"
    assert "PRODIGY_OUTPUT is not name=value: 'nonsense'" in ran.warnings()
    assert list(ran.folder.scratch.iterdir()) == []


@rule("11 PRODIGY_OUTPUT complaints")
async def test_what_is_no_plain_file_in_the_place_of_the_outputs_is_a_complaint_and_goes(lab):
    makes = ("mkfifo", "mkdir", "ln -s /dev/zero")
    ran = await lab.run("".join(f"""- {make} "$PRODIGY_OUTPUT"\n""" for make in makes))

    assert ran.state.status == "succeeded"
    assert ran.warnings().count("PRODIGY_OUTPUT is no plain file") == len(makes)
    assert list(ran.folder.scratch.iterdir()) == []


async def test_whatever_steps_left_beside_their_outputs_a_run_can_be_taken_up_again(lab):
    ran = await lab.run("""- 'mkdir -p "$PRODIGY_OUTPUT".d/e; ln -s .. "$PRODIGY_OUTPUT".l; test -e "$OUTSIDE/go"'\n""")
    (lab.outside / "go").touch()

    ran = await lab.reopen(ran)

    assert ran.state.status == "succeeded"


@rule("11 setup seen", "11 setup stages")
async def test_what_setup_captures_is_seen_by_later_steps_agents_and_reduce(lab):
    ran = await lab.run(
        """
        setup:
          steps:
            - 'echo "version 1.2"; echo more'
            - 'test ${version} = 1.2 && test ${setup.version} = 1.2'
          capture_outputs:
            version: {command_index: 0, pattern: 'version (.*)'}
            rest: {command_index: 0, multiline: last_line}
        map:
          input: [a]
          agent_template: ['test ${version} = 1.2 && test ${setup.version} = 1.2 && test "$version" = 1.2']
        reduce: ['echo ${setup.version} ${version}']
        """
    )

    assert ran.state.status == "succeeded"
    assert ran.said("reduce")["0"] == "1.2 1.2"


@rule("11 setup fails")
async def test_setup_fails_when_a_capture_finds_nothing(lab):
    ran = await lab.run(
        """
        setup: {steps: [echo x], capture_outputs: {version: {command_index: 0, pattern: 'version (.*)'}}}
        map: {input: [a], agent_template: ['true']}
        """
    )

    failure = ran.state.phases["setup"].failure
    assert (failure.code, failure.message) == (
        "PT510",
        "'version' cannot be captured: nothing matches the pattern 'version (.*)'",
    )


@rule("11 setup seen", "11 setup fails", "11 set when failed")
async def test_setup_captures_of_a_step_that_failed_are_set_too(lab):
    ran = await lab.run("""
        setup:
          steps:
            - {shell: "echo v1; exit 3", on_failure: true}
            - "echo ${whole} ${part}"
          capture_outputs:
            whole: 0
            part: {command_index: 0, pattern: 'w(.)', default: none}
            lost: {command_index: 0, pattern: 'w(.)'}
        map: {input: [a], agent_template: ['test ${setup.whole} = v1 && test "${lost:-gone}" = gone']}
        """)

    assert ran.state.status == "succeeded", ran.state.message
    assert ran.said("setup")["1"] == "v1 none"


@rule("11 setup seen")
async def test_captures_of_setup_survive_a_resume(lab):
    workflow = """
        setup: {steps: [echo 1.2, 'test -e $OUTSIDE/go'], capture_outputs: {version: 0}}
        map: {input: [a], agent_template: ['test ${version} = 1.2']}
        """
    stopped = await lab.run(workflow)
    (lab.outside / "go").touch()

    ran = await lab.reopen(stopped)

    assert (stopped.state.status, ran.state.status) == ("failed", "succeeded")

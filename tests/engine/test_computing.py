"""Values that are computed while a text is filled in, and values that are known only when their context starts."""

import re
import textwrap

import pytest

from tests.support.rules import rule


async def said(lab, *steps):
    ran = await lab.run("".join(f"- {step}\n" for step in steps))
    assert ran.state.status == "succeeded", ran.state.phases["steps"]
    return list(ran.said().values())


async def failure(lab, *steps):
    ran = await lab.run("".join(f"- {step}\n" for step in steps))
    found = ran.state.phases["steps"].failure
    return found.code, found.message


@rule("8.2 cmd at work")
async def test_a_command_runs_in_the_worktree_and_is_data(lab):
    outputs = await said(lab, "echo '$(id) two' > made.txt", "printf '%s|' ${cmd:cat made.txt} x")

    assert outputs[1] == "$(id) two|x|"


@rule("8.2 cmd at work")
async def test_a_command_runs_once_a_context(lab):
    count = 'echo x >> "$OUTSIDE/runs"; wc -l < "$OUTSIDE/runs"'

    outputs = await said(lab, *[f"'echo ${{cmd:{count}}}'"] * 2)

    assert outputs == ["1", "1"]


@rule("8.2 cmd at work")
async def test_a_command_whose_value_is_not_needed_does_not_run(lab):
    await said(lab, "'echo ${run.id:-${cmd:touch \"$OUTSIDE/ran\"}}'")

    assert list(lab.outside.iterdir()) == []


@rule("8.2 cmd at work")
@pytest.mark.parametrize(
    "step",
    [
        "{write_file: {path: a.txt, content: '${cmd:echo here}'}}",
        "{shell: cat > a.txt, stdin: '${cmd:echo here}'}",
        "{shell: printf %s \"$WHERE\" > a.txt, env: {WHERE: '${cmd:echo here}'}}",
        "{shell: printf here > a.txt, when: \"${cmd:echo yes} == 'yes'\"}",
        "{shell: printf here > ../a.txt, working_dir: '${cmd:mkdir -p in && echo in}'}",
    ],
)
async def test_a_command_works_in_every_text(lab, step):
    assert (await said(lab, step, "cat a.txt"))[1] == "here"


@rule("8.2 cmd fails")
async def test_a_command_that_fails_fails_the_step(lab):
    code, message = await failure(lab, "'echo ${cmd:echo why >&2; exit 3}'")

    assert (code, message) == ("PT301", "PT301: 'cmd:echo why >&2; exit 3' failed: why")


@rule("8.2 file at work")
async def test_a_file_is_read_from_the_worktree(lab):
    outputs = await said(lab, "printf 'a b\\n' > in.txt", "printf '%s|' ${file:in.txt} ${file:none.txt:-nothing}")

    assert outputs[1] == "a b\n|nothing|"


@rule("8.2 file at work")
@pytest.mark.parametrize(
    ("making", "message"),
    [
        ("head -c 1048577 /dev/zero > in.txt", "PT301: 'file:in.txt' is larger than 1 MiB"),
        ("printf '\\377' > in.txt", "PT301: 'file:in.txt' is not UTF-8: byte 0"),
        ("'true'", "PT301: '${file:in.txt}' has no value here"),
        ("mkfifo in.txt", "PT301: '${file:in.txt}' has no value here"),
    ],
)
async def test_a_file_that_cannot_be_used_fails_the_step(lab, making, message):
    code, found = await failure(lab, making, "echo ${file:in.txt}")

    assert (code, found) == ("PT301", message)


@rule("8.2 file escapes")
async def test_a_file_stays_in_the_worktree_through_links(lab):
    (lab.outside / "in.txt").write_text("no\n")

    code, _ = await failure(lab, 'ln -s "$OUTSIDE/in.txt" in.txt', "echo ${file:in.txt}")

    assert code == "PT801"


@rule("8.2 date and uuid")
async def test_dates_and_ids(lab):
    date, first, second = (await said(lab, "echo ${date:%Y-%m-%d} ${uuid} ${uuid}"))[0].split()

    assert re.fullmatch(r"\d{4}-\d\d-\d\d", date)
    assert re.fullmatch(r"[0-9a-f-]{36}", first)
    assert first != second


@rule("3.1 late step")
async def test_a_late_time_limit_counts(lab):
    code, message = await failure(lab, "{shell: echo 50ms, capture: limit}", "{shell: sleep 5, timeout: '${limit}'}")

    assert (code, message) == (None, "timed out after 0.05 s")


@rule("3.1 late step")
async def test_late_booleans_and_numbers_of_steps_and_handlers_count(lab):
    outputs = await said(
        lab,
        "{shell: echo 2, capture: n}",
        '{shell: \'echo x >> "$OUTSIDE/tries"; test $(wc -l < "$OUTSIDE/tries") -ge 2\', '
        "on_failure: {shell: 'true', max_attempts: '${n}', strategy: recovery, fail_workflow: true}}",
        "{shell: 'false', continue_on_error: '${ok:-yes}'}",
    )

    assert len(outputs) == 3


@rule("3.1 late refused")
@pytest.mark.parametrize(
    ("step", "code", "message"),
    [
        (
            "{shell: x, timeout: '${v}'}",
            "PT111",
            "PT111: 'timeout': '${v}' cannot be 'soon': a duration is written like",
        ),
        ("{shell: x, commit_required: '${v}'}", "PT105", "PT105: 'commit_required': '${v}' cannot be 'soon'"),
    ],
)
async def test_a_late_value_of_another_form_fails_the_step(lab, step, code, message):
    found = await failure(lab, "{shell: echo soon, capture: v}", step)

    assert found[0] == code
    assert found[1].startswith(message)


@rule("3.1 late phase")
async def test_a_late_limit_of_a_phase_counts(lab):
    ran = await lab.run(
        """
        env: {LIMIT: 50ms}
        setup: {steps: [sleep 5], timeout: '${LIMIT}'}
        map: {input: [a], agent_template: ['true']}
        """
    )

    assert ran.state.phases["setup"].failure.message == "setup timed out after 0.05 s"


@rule("3.1 late map")
async def test_late_numbers_of_the_map_come_from_what_setup_said(lab):
    ran = await lab.run(
        """
        setup: {steps: [echo 2], capture_outputs: {n: 0}}
        map:
          input: [a, b, c, d]
          max_items: '${n}'
          max_parallel: '${n}'
          agent_template: ['false']
        error_policy: {max_failures: '${n}'}
        """
    )

    assert (ran.state.max_parallel, sorted(entry.item.label for entry in ran.state.items.values())) == (2, ["a", "b"])
    assert ran.state.stop.message == "stopped by max_failures: 2, 2 of 2 items failed"


@rule("3.1 late refused")
async def test_a_late_number_that_the_map_cannot_take_fails_it(lab):
    ran = await lab.run(
        """
        setup: {steps: [echo 0], capture_outputs: {n: 0}}
        map: {input: [a], max_parallel: '${n}', agent_template: ['true']}
        """
    )

    failed = ran.state.phases["map"].failure
    assert failed.code == "PT113"
    assert "'max_parallel': '${n}' is '0', but" in failed.message


@rule("3.1 late phase")
@pytest.mark.parametrize(
    ("land", "status", "message"),
    [
        ("no", "unmerged", "the workflow says land: false"),
        ("maybe", "unmerged", "'land: ${LAND}' has no value that is true or false"),
        ("yes", "landed", ""),
    ],
)
async def test_whether_to_land_may_be_known_late(lab, land, status, message):
    ran = await lab.run(
        f"""
        env: {{LAND: '{land}'}}
        steps: ['git commit -q --allow-empty -m x']
        merge: {{land: '${{LAND}}'}}
        """,
        merge="yes",
    )

    assert (ran.state.landing.status, ran.state.landing.message) == (status, message)


HANDSHAKE = """
if ! test -e "$OUTSIDE/agents"; then
    echo early
elif mkdir "$OUTSIDE/first"; then
    while ! test -e "$OUTSIDE/second"; do sleep 0.02; done; echo first
elif mkdir "$OUTSIDE/second"; then
    while ! test -e "$OUTSIDE/swept"; do sleep 0.02; done; echo second
else
    touch "$OUTSIDE/swept"; echo later
fi
"""


@rule("8.2 cmd at work")
@pytest.mark.parametrize(
    ("env", "step"),
    [
        ("", "shell: 'echo ${cmd:sh $OUTSIDE/handshake}'"),
        ("", "{shell: echo $SAID, env: {SAID: {command: sh $OUTSIDE/handshake}}}"),
        ("env: {SAID: {command: sh $OUTSIDE/handshake, cache: false}}", "shell: echo $SAID"),
    ],
    ids=["text", "env of a step", "env of the run"],
)
async def test_a_command_is_not_swept_away_behind_that_of_an_agent_beside_it(lab, env, step):
    (lab.outside / "handshake").write_text(HANDSHAKE)
    text = f"""
    {env}
    map: {{input: [a, b], max_parallel: 2, agent_template: ['touch $OUTSIDE/agents', {step}, 'touch $OUTSIDE/swept']}}
    """

    ran = await lab.run(textwrap.dedent(text), merge="no")

    failures = [entry.failure for entry in ran.state.items.values()]
    assert list(ran.statuses().values()) == ["success", "success"], failures

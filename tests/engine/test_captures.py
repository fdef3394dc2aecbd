"""Captures (language 11) in whole runs: formats, defaults, metadata, ids, and where they are visible."""

import pytest

from prodigy_tui.engine.steps.capture import CannotConvert, convert
from prodigy_tui.workflow.model import Capture
from tests.support.rules import rule


@pytest.mark.parametrize(
    ("format_", "text", "value"),
    [
        ("string", "a\nb\n\n", "a\nb\n"),
        ("string", "a\r\n", "a"),
        ("lines", "a\r\nb c\n", ["a", "b c"]),
        ("lines", "a\u2028b\x0cc\n", ["a\u2028b\x0cc"]),
        ("lines", "", []),
        ("lines", "a\n\nb\n", ["a", "", "b"]),
        ("json", ' {"a": [1, null]}\n', {"a": [1, None]}),
        ("number", " 12\n", 12),
        ("number", "-1.5", -1.5),
        ("boolean", "Yes\n", True),
        ("boolean", "OFF", False),
        ("boolean", "whatever", True),
    ],
)
def test_formats(format_, text, value):
    assert convert(Capture(name="x", format=format_), text, success=True) == value


def test_a_boolean_that_says_nothing_is_the_success():
    assert convert(Capture(format="boolean"), "hm", success=False) is False


@pytest.mark.parametrize(
    ("format_", "text"), [("json", "{"), ("json", "NaN"), ("json", ""), ("number", "twelve"), ("number", "1_000")]
)
def test_what_does_not_convert_is_a_failure_or_the_default(format_, text):
    with pytest.raises(CannotConvert):
        convert(Capture(format=format_), text, success=True)
    assert convert(Capture(format=format_, has_default=True, default=[0]), text, success=True) == [0]


async def test_values_and_metadata_of_captures(lab):
    ran = await lab.run("""
    - shell: 'echo ''{"n": 2, "tags": ["a", "b c"], "stdout": "own"}''; echo err >&2'
      capture: data
      capture_format: json
    - {shell: "printf 'x y\\nz\\n'", capture: rows, capture_format: lines}
    - {shell: "echo oops; exit 3", capture: bad, on_failure: true}
    - {shell: "echo no number", capture: n, capture_format: number, capture_default: 42}
    - shell: >-
        printf '[%s]' ${data.n} ${data.tags} ${data.stdout} ${data.stderr} ${rows} "${rows}" ${rows.stdout}
        ${bad} ${bad.exit_code} ${bad.success} ${n} ${data}
    """)

    assert ran.said()["4"] == (
        '[2][a][b c][own][err][x y][z][x y, z][x y\nz][oops][3][false][42][{"n":2,"tags":["a","b c"],"stdout":"own"}]'
    )


async def test_a_capture_that_fails_fails_the_step(lab):
    ran = await lab.run(
        "- {shell: 'echo {', capture: x, capture_format: json, on_failure: 'echo [1]'}\n- shell: echo ${x}\n"
    )
    bare = await lab.run("- {shell: 'echo {', capture: x, capture_format: json}\n")

    assert ran.said()["1"] == "[1]"
    failure = bare.state.phases["steps"].steps["0"].failure
    assert (failure.kind, failure.code) == ("capture", "PT510")


async def test_ids_and_last_and_kinds(lab):
    ran = await lab.run("""
    - {shell: "echo one", id: first}
    - {write_file: {path: f, content: x}, id: second}
    - shell: "echo ${first} ${first.output} ${steps.second.output} ${last.output} ${shell.output} ${first.status}"
    - {shell: "echo never", id: third, when: false}
    - shell: "echo ${last.exit_code} ${third.output:-none}"
    """)

    assert ran.said()["2"] == "one one f f one ok"
    assert ran.said()["4"] == "0 none"


@rule("8.5 status of a step")
async def test_the_status_of_a_step_is_what_became_of_it(lab):
    ran = await lab.run(
        """
    - {shell: "true", id: fine}
    - {shell: "exit 3", id: replaced, on_failure: "true"}
    - {shell: "test -e it", id: repaired, on_failure: {shell: "touch it", strategy: recovery}}
    - {shell: "exit 4", id: let, on_failure: true}
    - {shell: "echo ${last.status}"}
    - {shell: "echo ${lost}", id: refused, on_failure: true}
    - {shell: "true", id: left, when: false}
    - shell: "echo ${fine.status} ${steps.replaced.status} ${repaired.status} ${let.status} ${refused.status}"
      when: "left.status == 'skipped' && steps.left.status == 'skipped'"
    - {shell: "echo ${left:-nothing} ${left.output:-nothing} ${left.status} ${refused:-nothing} [${let}]"}
    - shell: "exit 5"
      id: now
      on_failure: {shell: "echo ${now.status} ${now.exit_code}"}
    """.replace("${lost}", "${left}")
    )

    assert ran.said()["4"] == "tolerated"
    assert ran.said()["7"] == "ok recovered recovered tolerated tolerated"
    assert ran.said()["8"] == "nothing nothing skipped nothing []"
    assert ran.said()["9"] == "failed 5"


@rule("8.5 status of a step")
async def test_later_phases_and_resumed_runs_know_the_status_of_a_step(lab):
    ran = await lab.run("""
    setup:
      - {shell: "exit 3", id: let, on_failure: true}
      - {shell: "true", id: left, when: false}
    map:
      input: [1]
      agent_template: [{shell: "echo ${let.status} ${left.status} >> $OUTSIDE/seen"}]
    reduce: [{shell: "echo ${steps.let.status} ${steps.left.status}"}]
    """)

    assert ran.said("reduce")["0"] == "tolerated skipped"
    assert (lab.outside / "seen").read_text() == "tolerated skipped\n"


async def test_a_later_capture_of_a_name_wins_and_is_exported(lab):
    ran = await lab.run("""
    - {shell: "echo 1", capture: x}
    - {shell: "echo 2", capture: x}
    - {shell: "echo c", capture_output: true}
    - {shell: "echo ${x} $x; printenv x"}
    - {shell: "echo $CAPTURED_OUTPUT ${CAPTURED_OUTPUT}"}
    """)

    assert ran.said()["3"] == "2 2\n2"
    assert ran.said()["4"] == "c c"


@rule("8.4 contexts")
async def test_captures_of_setup_are_visible_everywhere_and_those_of_agents_stay_theirs(lab):
    ran = await lab.run("""
    setup:
      - {shell: "echo s1", capture: base}
      - {shell: "echo '[\\"i\\"]' > in.json; echo ${base}", capture: two}
    map:
      input: in.json
      agent_template:
        - {shell: "echo ${base}-${setup.two}-${item}", capture: own}
        - {shell: "echo ${own} && touch x && git add x && git commit -qm x"}
    reduce:
      - {shell: "echo ${base} ${own:-gone} ${map.results[0].outputs.own} ${map.results[0].output}", capture: red}
    merge:
      steps:
        - {shell: "echo ${base} ${red} ${map.successful}/${map.total} > $OUTSIDE/merge"}
    """, merge="yes")  # fmt: skip

    assert ran.state.status == "succeeded", ran.state.message
    assert ran.said("setup")["1"] == "s1"
    assert ran.said("reduce")["0"] == "s1 gone s1-s1-i s1-s1-i"
    assert (lab.outside / "merge").read_text() == "s1 s1 gone s1-s1-i s1-s1-i 1/1\n"


async def test_what_reduce_knows_of_the_map(lab):
    ran = await lab.run("""
    map:
      input: [{id: a}, {id: b}, {id: c}]
      max_parallel: 1
      agent_template:
        - {shell: "echo out-${item.id}; test ${item.id} != b", capture: own}
        - {shell: "test ${item.id} != c || { echo c > c.txt && git add . && git commit -qm c; }"}
    reduce:
      - shell: >-
          echo ${map.total} ${map.successful} ${map.failed} ${map.skipped} ${map.success_rate}
          ${map.failures[0].item_id}
      - {shell: "printf %s ${map.results_json}", capture: all, capture_format: json}
      - shell: >-
          echo ${all[0].status} ${all[1].error} ${all[2].commits} ${all[2].files_changed}
          ${map.results[*].status}
      - {shell: "echo ${all[1].output} ${all[1].outputs.own}"}
    """)

    assert ran.said("reduce")["0"] == "3 2 1 0 66.67 b"
    assert ran.said("reduce")["2"] == "success out-b 1 c.txt success failed success"
    assert ran.said("reduce")["3"] == "out-b out-b"


@rule("8.5 names of a run")
async def test_the_message_of_the_landing_knows_the_names_of_the_run(lab):
    ran = await lab.run("""
    steps: ["git commit -q --allow-empty -m x; echo x > x; git add x; git commit -qm x"]
    merge: {message: "${run.id} ${workflow.iteration} ${ITERATION} ${PROJECT_ROOT} ${date:%%}"}
    """, merge="yes")  # fmt: skip

    assert ran.state.status == "succeeded", ran.state.message
    message = lab.repo.git("log", "-1", "--format=%s")
    assert message.strip() == f"{ran.state.run_id} 1 1 {ran.folder.worktrees / 'run'} %"


@rule("C 6.4 newline")
async def test_streams_and_errors_lose_one_newline(lab):
    ran = await lab.run("""
    - {shell: 'printf "o\\n\\n"; printf "e\\n" >&2; exit 3', on_failure: {steps: ['printf %s "[${error.stdout}][${error.stderr}]" > "$OUTSIDE/seen"'], fail_workflow: false}}
    - {shell: 'printf "o\\r\\n"; printf "e\\n\\n" >&2', id: two}
    - 'printf %s "[${two.stdout}][${two.stderr}]" > "$OUTSIDE/next"'
    """)  # noqa: E501 - the lines are one step each

    assert ran.state.status == "succeeded", ran.state.message
    assert (lab.outside / "seen").read_text() == "[o\n][e]"
    assert (lab.outside / "next").read_text() == "[o][e\n]"

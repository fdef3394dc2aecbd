"""The top of a workflow (language 2.2, 2.3)."""

import re

import pytest

from prodigy_tui.workflow.model import AgentCommand
from tests.support.rules import rule
from tests.workflow.build.built import built, codes, late, map_text

MAP = map_text()


@pytest.mark.parametrize(
    ("text", "kind", "labels"),
    [
        pytest.param("- a\n- b\n", "plain", ["a", "b"], marks=rule("2.2 sequence", "B.1 documents"), id="a sequence"),
        pytest.param("steps: [a]\n", "plain", ["a"], marks=rule("2.2 plain", "2.3 steps"), id="steps"),
        pytest.param("commands: [a]\n", "plain", ["a"], marks=rule("2.3 steps", "B.1 documents"), id="commands"),
        pytest.param(
            "mode: standard\nsteps: [a]\n", "plain", ["a"], marks=rule("2.3 mode", "B.1 documents"), id="standard"
        ),
        pytest.param("mode: PLAIN\nsteps: [a]\n", "plain", ["a"], marks=rule("2.3 mode"), id="a mode in any case"),
        pytest.param(MAP, "mapreduce", [], marks=rule("2.2 mapreduce", "B.1 documents"), id="map"),
        pytest.param("mode: MapReduce\n" + MAP, "mapreduce", [], marks=rule("2.2 mapreduce", "2.3 mode"), id="mode"),
        pytest.param(
            "# map:\nname: mode mapreduce\nsteps: ['echo map: x']\n",
            "plain",
            ["echo map: x"],
            marks=rule("2.2 parsed keys"),
            id="words in texts and comments",
        ),
    ],
)
def test_the_keys_decide_what_a_workflow_is(text, kind, labels):
    workflow = built(text)

    assert workflow.kind == kind
    assert [step.label for step in workflow.steps.steps] == labels


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", ["PT102"], marks=rule("2.2 anything else"), id="nothing"),
        pytest.param("just text", ["PT102"], marks=rule("2.2 anything else"), id="a text"),
        pytest.param("name: x\n", ["PT108"], marks=rule("2.2 no source"), id="no source"),
        pytest.param("workflows: {other: {steps: [a]}}\n", ["PT108"], marks=rule("2.2 no source"), id="no main"),
        pytest.param("mode: plain\n" + MAP, ["PT103"], marks=rule("2.2 contradictions"), id="plain with map"),
        pytest.param("steps: [a]\ncommands: [b]\n", ["PT103"], marks=rule("2.2 contradictions"), id="both lists"),
        pytest.param(
            MAP + "steps: [a]\n", ["PT103"], marks=rule("2.2 contradictions", "2.3 other kind"), id="steps and map"
        ),
        pytest.param(MAP + "max_iterations: 2\n", ["PT103"], marks=rule("2.3 other kind"), id="max_iterations and map"),
        pytest.param("steps: [a]\nreduce: [b]\n", ["PT103"], marks=rule("2.3 other kind"), id="reduce without map"),
        pytest.param("mode: mapreduce\n", ["PT108"], marks=rule("2.2 mode without map"), id="mode without map"),
        pytest.param("steps: []\n", ["PT204"], marks=rule("2.2 empty list"), id="no steps"),
        pytest.param("mode: parallel\nsteps: [a]\n", ["PT109"], marks=rule("2.3 mode"), id="another mode"),
        pytest.param("steps: [a]\ntags: a\n", ["PT105"], marks=rule("2.3 tags"), id="tags as text"),
        pytest.param("steps: [a]\nname: {x: 1}\n", ["PT105"], marks=rule("2.3 label"), id="a name of the wrong form"),
        pytest.param("steps: [a]\nmax_iterations: 0\n", ["PT113"], marks=rule("2.3 max_iterations"), id="no pass"),
        pytest.param("steps: [a]\ntimeout: 0\n", ["PT113"], marks=rule("2.3 timeout"), id="no time"),
        pytest.param("steps: [a]\ntimeout: soon\n", ["PT111"], marks=rule("2.3 timeout"), id="no duration"),
        pytest.param("steps: [a]\nuncommitted: keep\n", ["PT109"], marks=rule("2.3 uncommitted"), id="another word"),
        pytest.param(
            "steps: [a]\nerror_policy: {}\non_stop: drain\n",
            ["PT602", "PT602"],
            marks=rule("2.3 policy in plain"),
            id="a policy in a plain file",
        ),
        pytest.param(
            "steps: [a]\nconfig: 1\ncheckpoint: {}\n",
            ["PT902", "PT902"],
            marks=rule("B.1 ignored at the top"),
            id="ignored keys",
        ),
    ],
)
def test_what_does_not_fit_is_reported(text, found):
    assert codes(text) == found


@rule("2.3 label", "2.3 tags")
def test_labels_are_kept_by_their_spelling():
    workflow = built("name: n\ndescription: d\nversion: 1.10\nauthor: 007\ntags: [a, 1.0]\nsteps: [a]\n")

    labels = (workflow.name, workflow.description, workflow.version, workflow.author, workflow.tags)
    assert labels == ("n", "d", "1.10", "007", ("a", "1.0"))
    assert built("[a]").name == "w"


@rule("2.3 max_iterations", "2.3 timeout", "2.3 uncommitted")
def test_the_run_has_its_limits():
    plain = built("steps: [a]\n")
    given = built("steps: [a]\nmax_iterations: 3\ntimeout: 1h30m\nuncommitted: Commit\n")

    assert (plain.max_iterations, plain.timeout, plain.uncommitted) == (1, None, "patch")
    assert (given.max_iterations, given.timeout, given.uncommitted) == (3, 5400.0, "commit")


def test_limits_of_the_run_may_be_references():
    workflow = built("steps: [a]\nmax_iterations: ${run.args}\ntimeout: ${workflow.name}\n")

    assert late(workflow) == {"max_iterations": "${run.args}", "timeout": "${workflow.name}"}
    assert (workflow.max_iterations, workflow.timeout) == (1, None)


@rule("6.8 phases", "6.8 agents", "6.8 run")
def test_every_phase_has_a_limit_of_its_own():
    text = """
timeout: 6s
setup: {steps: [a], timeout: 1s}
map: {input: [1], agent_template: [a], timeout: 2s, agent_timeout_secs: 5s}
reduce: {steps: [a], timeout: 3s}
merge: {timeout: 4s}
"""
    for written, limits in ((text, (1, 2, 3, 4, 5, 6)), (re.sub("[1-6]s", "none", text), (None,) * 6)):
        run = built(written)
        assert run.map is not None
        phases = (run.setup.timeout, run.map.timeout, run.reduce.timeout, run.merge.timeout)
        assert (*phases, run.map.timeouts.agent_timeout, run.timeout) == limits


@rule("2.3 agent_defaults")
def test_agent_steps_take_the_defaults():
    defaults = "{provider: scripted, model: m, options: {a: 1}, timeout: 30m, idle_timeout: 5m}"
    step = built(f"agent_defaults: {defaults}\nsteps: [{{agent: a}}]\n").steps.steps[0]

    assert isinstance(step.command, AgentCommand)
    assert (step.command.provider, step.command.model, step.command.options) == ("scripted", "m", {"a": 1})
    assert (step.timeout, step.idle_timeout) == (1800.0, 300.0)


@rule("2.3 agent_defaults")
def test_the_default_provider_is_claude():
    command = built("steps: [{agent: a}]\n").steps.steps[0].command

    assert isinstance(command, AgentCommand)
    assert command.provider == "claude"


@rule("2.3 retry_defaults")
def test_retries_are_completed():
    fields = {"retry": {"attempts": 2}}
    phase = built("retry_defaults: {attempts: 5, max_delay: 2m}\n" + map_text(**fields)).map

    assert phase is not None
    assert phase.retry is not None
    assert (phase.retry.attempts, phase.retry.max_delay) == (2, 120.0)


@rule("2.3 extensions")
def test_extensions_may_stand_in_every_mapping():
    text = """
x-a: 1
worktree: {x-a: 1}
budget: {usd: 1, x-a: 1, per_item: {x-a: 1}}
notify: [{on: merged, bell: true, x-a: 1}]
setup: {steps: [a], x-a: 1, capture_outputs: {A: {command_index: 0, x-a: 1}, x-b: 1}}
map:
  x-a: 1
  input: {file: a.txt, x-a: 1}
  json_path: {path: a, x-a: 1}
  max_parallel: {x-a: 1, auto: {x-a: 1}}
  canary: {count: 1, x-a: 1, gate: {steps: [a], x-a: 1}}
  timeout_config: {x-a: 1, command_timeouts: {x-a: 1}}
  paths: {allow: [a], x-a: 1}
  worktree: {x-a: 1}
  agent_template: [a]
error_policy: {x-a: 1, circuit_breaker: {x-a: 1}, error_collection: {x-a: 1, batched: {x-a: 1, size: 2}}}
merge:
  x-a: 1
  verify: {steps: [a], x-a: 1}
  conflict: {agent: a, x-a: 1}
  agents: {x-a: 1}
  policies: [{path: a, policy: ours, x-a: 1}]
"""
    assert codes(text) == []

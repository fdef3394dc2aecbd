"""Late values of a map: found, recorded by path, put back (language 3.1)."""

from msgspec.structs import replace
from rpds import HashTrieMap

from prodigy_tui.engine.decisions.settled import LATER, Settling, settled, values_of_map
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import RunSettings
from prodigy_tui.workflow.late import settle_model
from prodigy_tui.workflow.load import load_text
from prodigy_tui.workflow.variables import Scope, Value
from tests.support.rules import rule

TEXT = """
vars: {n: 2, d: 5s, share: 40%}
map:
  input: [1, 2]
  max_parallel: ${vars.n}
  retry: {attempts: "${vars.n}", backoff: {linear: {increment: "${vars.d}"}}}
  timeout_config: {command_timeouts: {shell: "${vars.d}", claude: 3s}}
  canary: {count: "${vars.n}", min_success: "${vars.share}"}
  timeout: ${vars.d}
  agent_template: ["true"]
error_policy:
  failure_threshold: ${vars.share}
  circuit_breaker: {timeout: "${vars.d}", max_opens: 9}
"""
SCOPE = Scope(
    names=[], roots={"vars": Value({"n": 2, "d": "5s", "share": "40%"}, trusted=True)}, environment={}, declared=()
)
VALUES = {
    "map.max_parallel": 2,
    "map.retry.attempts": 2,
    "map.retry.backoff.increment": 5.0,
    "map.timeouts.commands.0.timeout": 5.0,
    "map.canary.count": 2,
    "map.canary.min_success": 0.4,
    "map.timeout": 5.0,
    "error_policy.failure_threshold": 0.4,
    "error_policy.circuit_breaker.timeout": 5.0,
}


def workflow():
    loaded = load_text(TEXT, "w.yml")
    assert loaded.workflow is not None, loaded.problems
    return loaded.workflow


@rule("13.7 runs: late", "6.5 runs: late")
def test_values_are_found_by_path_and_put_back():
    written = workflow()
    phase = settle_model(written.map, SCOPE, without=LATER)
    policy = settle_model(written.error_policy, SCOPE, without=LATER)
    values = values_of_map(written.map, phase, written.error_policy, policy)
    assert values == VALUES

    known = settled(written, RunState(settled=HashTrieMap(values)))
    assert known.map == phase
    assert known.error_policy == policy


def test_nothing_changes_where_nothing_is_late():
    plain = load_text("map: {input: [1], agent_template: ['true']}\n", "w.yml").workflow

    assert settled(plain, RunState()) is plain


@rule("13.8 runs: option")
def test_what_the_command_line_says_replaces_what_the_workflow_says():
    text = "map: {input: [1], max_parallel: auto, canary: {percent: 50%, gate: auto}, agent_template: ['true']}\n"
    written = load_text(text, "w.yml").workflow
    phase = settled(written, RunState(settings=RunSettings(max_parallel=3, canary=2))).map

    assert (phase.auto_parallel, phase.max_parallel) == (None, 3)
    assert (phase.canary.count, phase.canary.percent, phase.canary.gate) == (2, None, "auto")


def test_the_settled_workflow_is_made_once_for_each_state_of_knowledge():
    settling, state = Settling(workflow()), RunState(settled=HashTrieMap(VALUES))

    first = settling.workflow(state)
    assert settling.workflow(replace(state, last_seq=9)) is first
    assert settling.workflow(replace(state, settled=HashTrieMap({}))) is not first

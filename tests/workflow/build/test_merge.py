"""`merge`: agent merges and the landing (language 16)."""

from typing import Any

import pytest
import yaml

from prodigy_tui.workflow.model import AgentCommand, Conflict, MergePhase, MergePolicy, ShellCommand, Verify
from tests.support.rules import rule
from tests.workflow.build.built import built, codes, late, map_text

CONFLICT_STEP = {"shell": "git merge-file", "timeout": "5m"}


def text(merge: Any) -> str:
    return map_text() + yaml.safe_dump({"merge": merge})


def merge(**fields: Any) -> MergePhase:
    return built(text(fields)).merge


def labels(verify: Verify | None) -> list[str]:
    return [] if verify is None else [step.label for step in verify.steps]


@pytest.mark.parametrize("written", [["a", "b"], {"steps": ["a", "b"]}, {"commands": ["a", "b"], "timeout": "5m"}])
@rule("16.1 list", "B.5 merge forms")
def test_the_steps_of_the_landing_are_a_list(written):
    assert [step.label for step in built(text(written)).merge.steps] == ["a", "b"]
    assert [step.label for step in built(yaml.safe_dump({"steps": ["x"], "merge": written})).merge.steps] == ["a", "b"]


@rule("16.1 keys", "16.1 conflict default")
def test_nothing_given_is_an_engine_merge():
    phase = merge()

    assert (phase.target, phase.strategy, phase.message, phase.land, phase.timeout) == (None, "merge", None, True, None)
    assert (phase.agents.conflict.action, phase.landing.conflict.action) == ("dlq", "fail")
    assert (phase.agents.verify, phase.landing.verify, phase.policies) == (None, None, ())


@rule("16.1 keys")
def test_every_key_is_kept():
    phase = merge(target="main", strategy="Squash", message="Types (${run.id})", land="no", timeout="1h")

    assert (phase.target, phase.strategy, phase.message) == ("main", "squash", "Types (${run.id})")
    assert (phase.land, phase.timeout) == (False, 3600.0)
    assert late(merge(land="${ARG_1}", timeout="$ARG_2")) == {"land": "${ARG_1}", "timeout": "$ARG_2"}


@pytest.mark.parametrize("word", ["fail", "dlq"])
@rule("16.4 conflict")
def test_a_conflict_word_holds_for_both(word):
    phase = merge(conflict=word)

    assert (phase.agents.conflict.action, phase.landing.conflict.action) == (word, word)


@rule("16.4 conflict", "16.4 agent", "B.5 old default")
def test_the_agent_of_a_conflict_can_be_a_prompt():
    prompt = "/prodigy-merge-worktree ${merge.source_branch} ${merge.target_branch}"
    conflict = merge(conflict={"agent": prompt}).landing.conflict

    assert (conflict.action, conflict.attempts, conflict.timeout) == ("agent", 1, 900.0)
    assert conflict.step is not None
    assert isinstance(conflict.step.command, AgentCommand)
    assert conflict.step.command.prompt == prompt


@rule("16.4 agent")
def test_a_prompt_needs_no_slash():
    conflict = merge(conflict={"agent": "solve this"}).landing.conflict

    assert conflict.step is not None
    assert isinstance(conflict.step.command, AgentCommand)


@rule("16.4 conflict", "16.4 agent")
def test_the_agent_of_a_conflict_can_be_a_step():
    conflict = merge(conflict={"agent": CONFLICT_STEP, "attempts": 2, "timeout": "none"}).agents.conflict

    assert (conflict.attempts, conflict.timeout) == (2, None)
    assert conflict.step is not None
    assert isinstance(conflict.step.command, ShellCommand)
    assert conflict.step.timeout == 300.0
    assert late(merge(conflict={"agent": "a", "timeout": "$ARG_1"}).agents.conflict) == {"timeout": "$ARG_1"}


@rule("16.4 verify", "16.4 at")
def test_steps_alone_verify_everything():
    phase = merge(verify=["make test"])

    assert phase.agents.verify == phase.landing.verify
    assert phase.agents.verify is not None
    assert (phase.agents.verify.batch, phase.agents.verify.flaky_retries, phase.agents.verify.fix) == (1, 1, None)
    assert labels(phase.agents.verify) == ["make test"]


@rule("16.4 verify")
def test_every_option_of_a_check_is_kept():
    written = {"steps": ["a"], "batch": 8, "flaky_retries": 0, "timeout": "10m", "fix": {"claude": "${error.output}"}}
    verify = merge(verify=written).agents.verify

    assert verify is not None
    assert (verify.batch, verify.auto_batch, verify.flaky_retries, verify.timeout) == (8, False, 0, 600.0)
    assert verify.fix is not None
    auto = merge(verify={"commands": ["a"], "batch": "Auto"}).agents.verify
    assert auto is not None
    assert auto.auto_batch
    later = merge(verify={"steps": ["a"], "batch": "${ARG_1}"}).agents.verify
    assert later is not None
    assert late(later) == {"batch": "${ARG_1}"}


@pytest.mark.parametrize(
    ("at", "agents", "landing"),
    [("agents", ["a"], []), (["Landing"], [], ["a"]), (["agents", "landing"], ["a"], ["a"]), (None, ["a"], ["a"])],
)
@rule("16.4 at")
def test_a_check_is_for_the_merges_that_it_names(at, agents, landing):
    phase = merge(verify={"steps": ["a"], "at": at})

    assert (labels(phase.agents.verify), labels(phase.landing.verify)) == (agents, landing)


@rule("16.1 agents")
def test_agent_merges_can_have_their_own_rules():
    phase = merge(verify=["a"], conflict="fail", agents={"verify": ["b"], "conflict": "dlq"})
    only_one = merge(verify=["a"], conflict="fail", agents={"conflict": "dlq"})

    assert (labels(phase.agents.verify), labels(phase.landing.verify)) == (["b"], ["a"])
    assert (phase.agents.conflict, phase.landing.conflict) == (Conflict(action="dlq"), Conflict(action="fail"))
    assert labels(only_one.agents.verify) == ["a"]


@rule("16.5 policies", "16.5 regenerate")
def test_policies_keep_their_order():
    phase = merge(
        policies=[
            {"path": "CHANGELOG.md", "policy": "Union"},
            {"path": "*.lock", "policy": "regenerate", "command": "npm install"},
        ]
    )

    assert phase.policies == (
        MergePolicy(path="CHANGELOG.md", policy="union"),
        MergePolicy(path="*.lock", policy="regenerate", command="npm install"),
    )


@pytest.mark.parametrize(
    ("written", "found"),
    [
        pytest.param("text", ["PT105"], marks=rule("16.1 list"), id="a text"),
        pytest.param([], ["PT204"], marks=rule("16.1 list"), id="no step"),
        pytest.param({"target": ["a"]}, ["PT105"], marks=rule("16.1 keys"), id="target"),
        pytest.param({"strategy": "octopus"}, ["PT109"], marks=rule("16.1 keys"), id="strategy"),
        pytest.param({"land": "maybe"}, ["PT105"], marks=rule("16.1 keys"), id="land"),
        pytest.param({"timeout": 0}, ["PT113"], marks=rule("16.1 keys"), id="timeout"),
        pytest.param({"message": "${item.x}"}, ["PT301"], marks=rule("16.1 keys"), id="message"),
        pytest.param({"conflict": "ours"}, ["PT109"], marks=rule("16.4 conflict"), id="conflict"),
        pytest.param({"conflict": {}}, ["PT108"], marks=rule("16.4 agent"), id="no agent"),
        pytest.param({"conflict": {"agent": ["a"]}}, ["PT105"], marks=rule("16.4 agent"), id="two agents"),
        pytest.param({"conflict": {"agent": {"shel": "a"}}}, ["PT110"], marks=rule("16.4 agent"), id="a bad step"),
        pytest.param(
            {"conflict": {"agent": "a", "attempts": 0}}, ["PT113"], marks=rule("16.4 conflict"), id="no attempt"
        ),
        pytest.param({"verify": "make test"}, ["PT105"], marks=rule("16.4 verify"), id="verify as text"),
        pytest.param({"verify": {"at": "agents"}}, ["PT108"], marks=rule("16.4 verify"), id="verify without steps"),
        pytest.param(
            {"verify": {"steps": ["a"], "batch": 0, "flaky_retries": -1, "fix": ["a"]}},
            ["PT113", "PT105", "PT113"],
            marks=rule("16.4 verify"),
            id="options of verify",
        ),
        pytest.param({"verify": {"steps": ["a"], "at": "reduce"}}, ["PT109"], marks=rule("16.4 at"), id="at"),
        pytest.param({"verify": {"steps": ["a"], "at": []}}, ["PT105"], marks=rule("16.4 at"), id="at nothing"),
        pytest.param(
            {"verify": {"steps": ["a"], "at": "landing", "batch": 4}}, ["PT602"], marks=rule("16.4 at"), id="batch"
        ),
        pytest.param({"agents": ["a"]}, ["PT105"], marks=rule("16.1 agents"), id="agents as a list"),
        pytest.param(
            {"agents": {"verify": {"steps": ["a"], "at": "landing"}}},
            ["PT207"],
            marks=rule("16.1 agents"),
            id="agents that are left out",
        ),
        pytest.param({"policies": {"path": "a"}}, ["PT105"], marks=rule("16.5 policies"), id="one policy"),
        pytest.param({"policies": ["a"]}, ["PT105"], marks=rule("16.5 policies"), id="a text as a policy"),
        pytest.param({"policies": [{}]}, ["PT108", "PT108"], marks=rule("16.5 policies"), id="an empty policy"),
        pytest.param(
            {"policies": [{"path": "{", "policy": "mine"}]},
            ["PT114", "PT109"],
            marks=rule("16.5 policies"),
            id="glob and word",
        ),
        pytest.param(
            {"policies": [{"path": "a", "policy": "regenerate"}]}, ["PT108"], marks=rule("16.5 regenerate"), id="how?"
        ),
        pytest.param(
            {"policies": [{"path": "a", "policy": "ours", "command": "b"}]},
            ["PT207"],
            marks=rule("16.5 regenerate"),
            id="a command for nothing",
        ),
    ],
)
def test_what_does_not_fit_is_reported(written, found):
    assert sorted(codes(text(written))) == sorted(found)


@rule("16.1 agents")
def test_a_plain_workflow_has_no_agent_merges():
    assert codes("steps: [a]\nmerge: {agents: {conflict: fail}}\n") == ["PT602"]


@rule("16.4 runs: agent variables")
def test_only_a_conflict_of_agents_knows_its_item():
    agent = {"agent": "solve ${merge.conflicts} of ${item.id} in ${merge.path}"}

    assert codes(text({"agents": {"conflict": agent}})) == []
    assert codes(text({"conflict": agent})) == ["PT301"]
    assert codes(text({"conflict": {"agent": "${item.id:-nothing}"}})) == []
    assert codes(text(["echo ${merge.conflicts}"])) == []

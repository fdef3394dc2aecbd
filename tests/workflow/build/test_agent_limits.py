"""How agents run: how long, how many, which first, what they may change and find (language 13.6 to 13.10)."""

from typing import Any

import pytest
import yaml

from prodigy_tui.workflow.model import (
    AgentTimeouts,
    AllowedPaths,
    AutoParallel,
    Canary,
    CommandTimeout,
    WorktreeRules,
)
from tests.support.rules import rule
from tests.workflow.build.built import built, built_map, codes, late, map_text, read


def timeouts(**config: Any) -> AgentTimeouts:
    return built_map(timeout_config=config).timeouts


def canary(written: Any) -> Canary:
    found = built_map(canary=written).canary
    assert found is not None
    return found


def worktree(**rules: Any) -> WorktreeRules:
    found = built_map(worktree=rules).worktree
    assert found is not None
    return found


# ------------------------------------------------------------------------------------------------- timeout_config


@pytest.mark.parametrize("written", [{"agent_timeout": "10m"}, {"agent_timeout_secs": 600}])
@pytest.mark.parametrize("place", ["map", "timeout_config"])
@rule("13.6 agent timeout", "B.2 limits")
def test_the_limit_of_an_attempt_stands_in_either_place(place, written):
    phase = built_map(**written) if place == "map" else built_map(timeout_config=written)

    assert phase.timeouts == AgentTimeouts(agent_timeout=600.0)


@rule("13.6 agent timeout", "B.2 limits")
def test_the_limit_of_an_attempt_may_be_a_reference():
    assert late(built_map(agent_timeout="$ARG_1").timeouts) == {"agent_timeout": "$ARG_1"}
    assert late(timeouts(agent_timeout_secs="$ARG_1")) == {"agent_timeout": "$ARG_1"}


@rule("13.6 command timeouts", "13.6 policy")
def test_limits_of_steps_go_by_kind_and_number():
    found = timeouts(command_timeouts={"claude": "5m", "shell_2": "30s", "write_file": "none", "agent_0": "$ARG_1"})

    assert found.policy == "hybrid"
    assert [(one.kind, one.number, one.timeout, late(one)) for one in found.commands] == [
        ("claude", None, 300.0, {}),
        ("shell", 2, 30.0, {}),
        ("write_file", None, None, {}),
        ("agent", 0, None, {"timeout": "$ARG_1"}),
    ]


@pytest.mark.parametrize(
    ("written", "policy"),
    [
        ({}, "per_agent"),
        ({"timeout_policy": "PerCommand"}, "per_command"),
        ({"timeout_policy": "Hybrid"}, "hybrid"),
        ({"timeout_policy": "hybrid"}, "hybrid"),
        ({"timeout_policy": "per-agent"}, "per_agent"),
    ],
)
@rule("13.6 policy", "B.2 words in any case")
def test_the_policy_is_one_of_three_words(written, policy):
    assert timeouts(**written).policy == policy


@pytest.mark.parametrize(
    ("written", "action"), [(None, None), ("Dlq", "dlq"), ("dlq", "dlq"), ("retry", "retry"), ("skip", "skip")]
)
@rule("13.6 action", "B.2 words in any case")
def test_the_action_is_unset_or_one_of_four_words(written, action):
    assert timeouts(timeout_action=written).action == action


@rule("13.6 action")
def test_a_graceful_end_is_an_old_word_for_dlq():
    workflow, lines = read(map_text(timeout_config={"timeout_action": "GracefulTerminate"}))

    assert workflow is not None
    assert workflow.map is not None
    assert workflow.map.timeouts.action == "dlq"
    assert [line.split(" ", 1)[1] for line in lines if "PT901" in line] == [
        "warning PT901 at map.timeout_config.timeout_action: 'graceful_terminate' is a legacy spelling; write 'dlq'"
    ]


@rule("13.6 grace")
def test_the_time_to_end_may_be_zero():
    assert timeouts().grace == 10.0
    assert timeouts(cleanup_grace_period_secs=0).grace == 0.0
    assert late(timeouts(cleanup_grace_period_secs="$ARG_1")) == {"grace": "$ARG_1"}


# ------------------------------------------------------------------------------------- max_parallel and canary


@rule("13.8 number")
def test_ten_agents_run_at_once_unless_it_is_said():
    assert (built_map().max_parallel, built_map(max_parallel="3").max_parallel) == (10, 3)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("auto", AutoParallel(min=1, start=4, max=32)),
        ("Auto", AutoParallel()),
        ({"auto": {}}, AutoParallel()),
        ({"auto": {"min": 2, "start": 3, "max": 5}}, AutoParallel(min=2, start=3, max=5)),
        ({"auto": {"max": 2}}, AutoParallel(min=1, start=2, max=2)),
        ({"auto": {"min": 8}}, AutoParallel(min=8, start=8, max=32)),
        ({"auto": {"start": 40}}, AutoParallel(min=1, start=40, max=40)),
    ],
)
@rule("13.8 auto")
def test_auto_has_bounds_and_a_start(written, meant):
    assert built_map(max_parallel=written).auto_parallel == meant


@rule("13.8 auto")
def test_bounds_may_be_references():
    auto = built_map(max_parallel={"auto": {"max": "${ARG_1}"}}).auto_parallel

    assert auto is not None
    assert late(auto) == {"max": "${ARG_1}"}


@rule("13.8 canary", "13.8 gate", "13.8 min_success", "13.8 question")
def test_a_canary_is_a_count_or_has_one():
    assert canary(3) == Canary(count=3, gate="approve", min_success=1.0)
    assert canary({"count": 3}) == Canary(count=3)
    assert canary({"percent": "10%", "gate": "Auto"}) == Canary(percent=0.1, gate="auto")
    asked = canary({"count": 2, "min_success": 0.5, "question": "go on with ${workflow.name}?"})
    assert (asked.min_success, asked.question) == (0.5, "go on with ${workflow.name}?")
    assert late(canary("${ARG_1}")) == {"count": "${ARG_1}"}


@rule("13.8 gate")
def test_steps_can_be_the_gate():
    found = canary({"count": 2, "gate": {"commands": ["make test", "/judge"]}})

    assert (found.gate, [step.label for step in found.steps]) == ("steps", ["make test", "/judge"])


# ------------------------------------------------------------------------------------------------ paths and worktree


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("src/**", AllowedPaths(allow=("src/**",)), marks=rule("13.9 list"), id="one glob"),
        pytest.param(
            ["src/**", "!src/gen/**"],
            AllowedPaths(allow=("src/**",), exclude=("src/gen/**",)),
            marks=rule("13.9 list", "13.9 exclude"),
            id="globs",
        ),
        pytest.param(
            ["!*.lock"], AllowedPaths(allow=("**",), exclude=("*.lock",)), marks=rule("13.9 exclude"), id="all but"
        ),
        pytest.param([], AllowedPaths(allow=()), marks=rule("13.9 list"), id="nothing"),
        pytest.param(
            {"allow": "a"}, AllowedPaths(allow=("a",), on_violation="suspect"), marks=rule("13.9 violation"), id="allow"
        ),
        pytest.param(
            {"allow": ["a"], "on_violation": "Fail"},
            AllowedPaths(allow=("a",), on_violation="fail"),
            marks=rule("13.9 list", "13.9 violation"),
            id="fail",
        ),
    ],
)
def test_paths_are_globs_with_exceptions(written, meant):
    assert built_map(paths=written).paths == meant


@rule("13.10 files", "13.10 mode", "13.10 keep", "13.10 setup", "13.10 sparse")
def test_the_rules_of_a_worktree_are_kept():
    rules = worktree(
        include=[".env", ".venv/**"],
        copy="data",
        link=["models", "a/b"],
        keep=["node_modules"],
        setup=["npm ci"],
        sparse=["src/${item.name}", "/docs"],
    )

    assert (rules.include, rules.copies, rules.links) == ((".env", ".venv/**"), ("data",), ("models", "a/b"))
    assert (rules.mode, rules.keep) == ("pooled", ("node_modules",))
    assert [step.label for step in rules.setup] == ["npm ci"]
    assert rules.sparse == ("src/${item.name}", "/docs")
    assert worktree(mode="fresh").mode == "fresh"


@rule("13.2 worktree", "13.10 default")
def test_the_rules_of_the_top_hold_for_a_map_without_its_own():
    top = yaml.safe_dump({"worktree": {"copy": "a"}})

    for fields, copies in (({}, ("a",)), ({"worktree": {"copy": "b"}}, ("b",))):
        workflow = built(top + map_text(**fields))
        assert workflow.worktree is not None
        assert workflow.map is not None
        assert workflow.map.worktree is not None
        assert (workflow.worktree.copies, workflow.map.worktree.copies) == (("a",), copies)


@rule("13.10 sparse", "13.10 setup")
def test_the_item_is_known_where_an_agent_is_meant():
    top = yaml.safe_dump({"worktree": {"sparse": "${item}", "setup": ["echo ${item}"]}})
    own = {"worktree": {"sparse": "${item}", "setup": ["echo ${item}"]}}

    assert codes(map_text(**own)) == []
    assert codes(top + map_text()) == ["PT301"]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        pytest.param(
            {"agent_timeout": 5, "timeout_config": {"agent_timeout": 6}},
            ["PT116"],
            marks=rule("13.6 agent timeout"),
            id="two limits",
        ),
        pytest.param({"timeout_config": "5m"}, ["PT105"], marks=rule("13.6 agent timeout"), id="no mapping"),
        pytest.param(
            {"timeout_config": {"timeout_policy": "none"}}, ["PT109"], marks=rule("13.6 policy"), id="no policy"
        ),
        pytest.param(
            {"timeout_config": {"timeout_policy": "per_agent", "command_timeouts": {"shell": 5}}},
            ["PT602"],
            marks=rule("13.6 no effect"),
            id="no effect",
        ),
        pytest.param(
            {"timeout_config": {"command_timeouts": {"shel": 5, "shell_x": 5, "shell_1": "x", "claude": 0}}},
            ["PT110", "PT110", "PT111", "PT113"],
            marks=rule("13.6 command timeouts"),
            id="kinds",
        ),
        pytest.param(
            {"timeout_config": {"command_timeouts": {"test_1": 5, "shell_01": 6, "shell_1": 7}}},
            ["PT901", "PT116", "PT116"],
            marks=rule("13.6 command timeouts"),
            id="one kind by several names",
        ),
        pytest.param(
            {"timeout_config": {"command_timeouts": ["shell"]}},
            ["PT105"],
            marks=rule("13.6 command timeouts"),
            id="a list",
        ),
        pytest.param({"timeout_config": {"timeout_action": "ask"}}, ["PT109"], marks=rule("13.6 action"), id="action"),
        pytest.param(
            {"timeout_config": {"cleanup_grace_period_secs": "x"}}, ["PT111"], marks=rule("13.6 grace"), id="grace"
        ),
        pytest.param(
            {"timeout_config": {"enable_monitoring": True}}, ["PT902"], marks=rule("13.6 monitoring"), id="monitoring"
        ),
        pytest.param({"max_parallel": 0}, ["PT113"], marks=rule("13.8 number"), id="no agent"),
        pytest.param({"max_parallel": "many"}, ["PT105"], marks=rule("13.8 number"), id="no number"),
        pytest.param({"max_parallel": {}}, ["PT108"], marks=rule("13.8 auto"), id="an empty mapping"),
        pytest.param({"max_parallel": {"auto": True}}, ["PT105"], marks=rule("13.8 auto"), id="no bounds"),
        pytest.param(
            {"max_parallel": {"auto": {"min": 5, "start": 4}}}, ["PT207"], marks=rule("13.8 auto"), id="start below"
        ),
        pytest.param({"max_parallel": {"auto": {"min": 5, "max": 4}}}, ["PT207"], marks=rule("13.8 auto"), id="bounds"),
        pytest.param({"max_parallel": {"auto": {"min": 0}}}, ["PT113"], marks=rule("13.8 auto"), id="no minimum"),
        pytest.param({"canary": 0}, ["PT113"], marks=rule("13.8 canary"), id="no canary"),
        pytest.param({"canary": {}}, ["PT108"], marks=rule("13.8 canary"), id="no amount"),
        pytest.param({"canary": {"count": 1, "percent": 5}}, ["PT103"], marks=rule("13.8 canary"), id="two amounts"),
        pytest.param({"canary": {"percent": "120%"}}, ["PT112"], marks=rule("13.8 canary"), id="too much"),
        pytest.param({"canary": {"percent": 1}}, ["PT117"], marks=rule("13.8 canary"), id="one"),
        pytest.param({"canary": {"count": 1, "gate": "ask"}}, ["PT109"], marks=rule("13.8 gate"), id="gate"),
        pytest.param({"canary": {"count": 1, "gate": {}}}, ["PT108"], marks=rule("13.8 gate"), id="a gate without"),
        pytest.param(
            {"canary": {"count": 1, "gate": {"steps": ["echo ${nope.x}"]}}},
            ["PT301"],
            marks=rule("13.8 gate"),
            id="a text of the gate",
        ),
        pytest.param(
            {"canary": {"count": 1, "min_success": -1}}, ["PT112"], marks=rule("13.8 min_success"), id="min_success"
        ),
        pytest.param(
            {"canary": {"count": 1, "gate": "auto", "question": "?"}},
            ["PT207"],
            marks=rule("13.8 question"),
            id="nobody is asked",
        ),
        pytest.param({"paths": ["a", "[b-a]"]}, ["PT114"], marks=rule("13.9 globs"), id="a bad glob"),
        pytest.param({"paths": ["!{"]}, ["PT114"], marks=rule("13.9 globs"), id="a bad exception"),
        pytest.param({"paths": {"on_violation": "fail"}}, ["PT108"], marks=rule("13.9 list"), id="nothing allowed"),
        pytest.param(
            {"paths": {"allow": "a", "on_violation": "ask"}}, ["PT109"], marks=rule("13.9 violation"), id="violation"
        ),
        pytest.param({"worktree": "fresh"}, ["PT105"], marks=rule("13.10 mode"), id="no mapping of rules"),
        pytest.param({"worktree": {"mode": "new"}}, ["PT109"], marks=rule("13.10 mode"), id="mode"),
        pytest.param({"worktree": {"include": "[b-a]"}}, ["PT114"], marks=rule("13.10 files"), id="include"),
        pytest.param(
            {"worktree": {"include": "../x", "copy": "/etc/passwd", "link": [".git/hooks"]}},
            ["PT801", "PT801", "PT801"],
            marks=rule("13.10 files"),
            id="outside",
        ),
        pytest.param({"worktree": {"copy": "a", "link": ["b", "a"]}}, ["PT207"], marks=rule("13.10 both"), id="both"),
        pytest.param(
            {"worktree": {"mode": "fresh", "keep": ["a"]}}, ["PT207"], marks=rule("13.10 keep"), id="nothing kept"
        ),
        pytest.param({"worktree": {"keep": ["{"]}}, ["PT114"], marks=rule("13.10 keep"), id="keep"),
        pytest.param({"worktree": {"setup": []}}, ["PT204"], marks=rule("13.10 setup"), id="no step"),
        pytest.param({"worktree": {"setup": [{"shel": "a"}]}}, ["PT110"], marks=rule("13.10 setup"), id="a bad step"),
        pytest.param({"worktree": {"sparse": "../a"}}, ["PT801"], marks=rule("13.10 sparse"), id="sparse"),
        pytest.param({"worktree": {"sparse": "${item:nope}"}}, ["PT304"], marks=rule("13.10 sparse"), id="a reference"),
    ],
)
def test_what_does_not_fit_is_reported(fields, found):
    assert codes(map_text(**fields)) == found


@rule("13.6 command timeouts")
def test_an_old_name_of_a_kind_means_the_new_one():
    workflow, _ = read(map_text(timeout_config={"command_timeouts": {"test": 5, "command_2": 6}}))

    assert workflow is not None
    assert workflow.map is not None
    assert workflow.map.timeouts.commands == (
        CommandTimeout(kind="shell", timeout=5.0),
        CommandTimeout(kind="claude", number=2, timeout=6.0),
    )

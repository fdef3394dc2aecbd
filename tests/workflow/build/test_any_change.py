"""Whatever is done to a valid mapreduce document: a workflow or problems, never another exception."""

import copy
import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.keys import TABLES
from tests.support.examples import examples
from tests.workflow.build.built import built, read

VALID = r"""
name: add types
timeout: 3h
max_failures: 5
worktree: {include: [.env], copy: data, link: [models], keep: [.venv], setup: [make env], sparse: ["src/${item.name}"]}
budget: {usd: 20, tokens: 1000, time: 2h, per_item: {usd: 1}, estimate: {tokens: $ARG_1}, on_exceed: pause}
notify:
  - {on: [run_finished, NeedsInput], shell: "say ${workflow.name}", when: "map.failed > 0", timeout: 5s}
  - {on: merged, desktop: true}
retry_defaults: {max_delay: 1m}
agent_defaults: {timeout: $ARG_2, idle_timeout: 10m}
setup:
  steps: [{shell: git ls-files > files.txt, id: list}, wc -l files.txt]
  timeout: $ARG_3
  capture_outputs:
    FILES: 0
    COUNT: {step: list, source: both, max_size: 64KiB, pattern: '(\d+)', json_path: a.0, multiline: join, default: 0}
map:
  input: {file: files.txt, format: lines}
  json_path: {path: "$.a[*]", spread: "${ARG_4}"}
  filter: "item.score > 5"
  sort_by: -score
  offset: $ARG_5
  max_items: "${ARG_6:-10}"
  max_parallel: {auto: {min: 2, max: $ARG_7}}
  canary: {percent: 10%, gate: {steps: [make test]}, min_success: 90%}
  timeout_config: {agent_timeout: 10m, command_timeouts: {claude: 5m, shell_0: $ARG_8}, timeout_action: Dlq}
  retry: {attempts: 2, retry_on: [timeout, network]}
  paths: {allow: ["src/**", "!src/gen/**"], on_violation: fail}
  agent_template: ["/add-types ${item} ${COUNT} ${setup.FILES}", "mypy ${item}"]
reduce: {steps: ["/summarise ${map.successful} ${COUNT}"], run_if: AllSuccess, timeout: 10m}
error_policy:
  on_item_failure: ["echo ${item_id}"]
  failure_threshold: 30%
  error_collection: batched:5
  circuit_breaker: {failure_threshold: 3, timeout: 30}
merge:
  steps: [make check]
  message: "Types (${run.id})"
  policies: [{path: CHANGELOG.md, policy: union}, {path: "*.lock", policy: regenerate, command: npm install}]
  verify: {steps: [make test], at: [agents], batch: auto, fix: {claude: "fix ${error.output}"}}
  conflict: {agent: "/solve ${merge.source_branch}", attempts: 2}
  agents: {conflict: fail}
"""
TREE = yaml.safe_load(VALID)
KEYS = sorted({spelling for table in TABLES.values() for key in table for spelling in key.spellings})
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 200),
    st.floats(allow_nan=False),
    st.sampled_from(
        ["", " ", "${item.x}", "$A", "${", "none", "auto", "80%", "30s", "../a", "!a", "[b-a]", "a: b", "/x"]
    ),
    st.text(max_size=6),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)


def places(tree: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Returns the path of everything in a tree but the top."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    found = [] if not path else [path]
    for key, value in inner:
        found += places(value, (*path, key))
    return found


def change(tree: Any, path: tuple[str | int, ...], value: Any, action: str) -> None:
    """Replaces, removes or renames what stands at `path`, if it still stands there."""
    *outer, last = path
    for key in outer:
        try:
            tree = tree[key]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(tree, dict) and last in tree:
        if action == "rename" and isinstance(value, str):
            tree[value] = tree.pop(last)
        elif action == "remove":
            del tree[last]
        else:
            tree[last] = value
    elif isinstance(tree, list) and isinstance(last, int) and last < len(tree):
        tree[last] = value


PLACES = places(TREE)


def check(text: str) -> None:
    workflow, lines = read(text)
    assert workflow is not None or lines
    for line in lines:
        assert re.match(r"\d+:\d+: (error|warning) PT\d{3}", line)
        assert "\n" not in line


def test_the_valid_one_is_valid():
    workflow = built(VALID)

    assert workflow.map is not None
    assert workflow.map.canary is not None


@examples(25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(PLACES), VALUES | st.sampled_from(KEYS), st.sampled_from(["replace", "remove", "rename"])
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_change_of_its_tree_is_a_workflow_or_problems(changes):
    tree = copy.deepcopy(TREE)
    for path, value, action in changes:
        change(tree, path, value, action)

    check(json.dumps(tree))


WRONG: list[Any] = [None, True, 0, -1, 1.5, "", "x", "$X", [], [1], {}, {"x": 1}, [[]], {"steps": []}]


@pytest.mark.parametrize("half", [0, 1])
def test_any_value_may_have_a_wrong_type(half):
    for index, path in enumerate(PLACES[half::2]):
        for value in WRONG[index % 7 :: 7]:
            tree = copy.deepcopy(TREE)
            change(tree, path, value, "replace")
            check(json.dumps(tree))

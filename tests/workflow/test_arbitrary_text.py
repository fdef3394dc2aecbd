"""Whatever the text: a workflow or problems, never another exception, and never a silent refusal."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prodigy_tui.workflow.load import load_text, load_workflow
from tests.support.examples import examples

VALID = """
name: fix types
env: {LEVEL: "3", PATH: "/opt/bin:${PATH}"}
agent_defaults: {provider: claude, model: m, options: {max_turns: 5}, timeout: 30m}
setup:
  steps: ["git ls-files 'src/*.py' > files.txt", {shell: wc -l files.txt, capture: count, capture_format: number}]
  timeout: 5m
map:
  input: files.txt
  filter: "item.score >= 5 and not (path matches '\\\\.gen\\\\.') and owner in ['core']"
  sort_by: [-score, name ASC NULLS FIRST]
  distinct: owner
  max_parallel: 4
  agent_template:
    - claude: "/add-types ${item.path} ${setup.count:-none}"
      id: types
      commit_required: true
    - shell: mypy ${item.path}
      when: "types.success && ${last.exit_code} == 0"
      on_failure: {claude: "fix: ${error.output}", max_attempts: 3, fail_workflow: true}
    - write_file: {path: "out/${item_id}.json", content: {a: ["${item}"]}, format: json, mode: "0600"}
reduce: ["/summarise ${map.successful} of ${map.total}"]
merge: {message: "Types (${run.id})", land: true}
error_policy: {on_item_failure: ['echo "${item_id}"'], max_failures: 3}
"""
WORDS = sorted({*re.findall(r"[\w$.{}-]+", VALID), "<<", "*a", "&a", "!x", "null", "~", "1e999", "none", "${", "retry"})


def check(loaded):
    errors = [problem for problem in loaded.problems if problem.severity == "error"]
    assert (loaded.workflow is None) == bool(errors)
    for problem in loaded.problems:
        assert problem.line >= 1
        assert problem.column >= 1
        assert re.fullmatch(r"PT\d{3}", problem.code)
        assert "\n" not in str(problem)
        assert str(problem).encode()
        assert not problem.message[:1].isupper()
    places = [(problem.line, problem.column, problem.code) for problem in loaded.problems]
    assert places == sorted(places)


def test_the_valid_one_is_valid():
    loaded = load_text(VALID, "w.yml")

    assert [str(problem) for problem in loaded.problems] == []


@given(st.text(), st.sampled_from([".yml", ".json", ".wf"]))
@example("\ufeff", ".yml")
@example("? ? : :", ".yml")
@example("<<: {<<: x}", ".yml")
@example("&a : *a", ".yml")
@example('"\\ud800"', ".yml")
def test_any_text_is_a_workflow_or_problems(text, suffix):
    check(load_text(text, "w" + suffix, suffix))


@given(st.binary())
def test_any_bytes_are_a_workflow_or_problems(data):
    check(load_workflow(Path("w.yml"), lambda _: data))


@examples(40)
@given(st.data())
def test_any_change_of_a_valid_workflow_is_a_workflow_or_problems(data):
    text = VALID
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        piece = data.draw(
            st.one_of(st.sampled_from(WORDS), st.text(max_size=3), st.sampled_from(list("{}[]:,-'\"|>\n #$")))
        )
        text = text[:start] + piece + text[end:]

    check(load_text(text, "w.yml"))


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.sampled_from(WORDS), st.text(max_size=8)
)
KEYS = st.one_of(st.sampled_from([word for word in WORDS if word.isidentifier()]), st.text(max_size=4))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@examples(40)
@given(TREES)
def test_any_tree_of_known_words_is_a_workflow_or_problems(tree):
    check(load_text(json.dumps(tree), "w.json"))


@examples(25)
@given(st.sampled_from(["steps", "setup", "map", "reduce", "merge", "env", "error_policy", "agent_defaults"]), TREES)
def test_any_tree_in_the_place_of_a_part_is_a_workflow_or_problems(key, tree):
    base = {"steps": ["a"]} if key == "steps" else {"map": {"input": [1], "agent_template": ["a"]}}

    check(load_text(json.dumps(base | {key: tree}), "w.json"))


@examples(25)
@given(st.dictionaries(st.sampled_from([word for word in WORDS if word.isidentifier()]), TREES, max_size=5))
def test_any_fields_of_a_step_are_a_workflow_or_problems(fields):
    check(load_text(json.dumps([{"shell": "a"} | fields, fields]), "w.json"))


SIZE = 40_000
HOSTILE = {
    "deep lists": "[" * SIZE,
    "deep mappings": "? " * SIZE,
    "deep JSON": "[" * SIZE + "]" * SIZE,
    "quotes": '["' + '\\"' * SIZE,
    "references": f"- shell: '{'${last.output} ' * (SIZE // 15)}'",
    "unclosed references": f"- claude: '{'${a:-' * (SIZE // 5)}'",
    "nested defaults": f"- shell: '{'${a:-' * (SIZE // 6)}{'}' * (SIZE // 6)}'",
    "misplaced data": f"- shell: |\n  echo {'$`${last.output}` ' * (SIZE // 18)}\n",
    "unknown keys": "\n".join(f"k{number}: 1" for number in range(SIZE // 8)),
    "ids": "\n".join(f"- {{shell: 'echo ${{a{n}.output}}', id: a{n}}}" for n in range(SIZE // 40)),
    "variables": "env:\n" + "\n".join(f"  A{n}: $A{n + 1}" for n in range(SIZE // 12)) + "\nsteps: [a]\n",
    "a circle": "env:\n" + "\n".join(f"  A{n}: $A{(n + 1) % 2000}" for n in range(2000)) + "\nsteps: [a]\n",
    "an expression": f"- {{shell: a, when: '{'(' * SIZE}'}}",
    "a JSONPath": f"map: {{input: a.json, agent_template: [a], json_path: '$[?({'(' * SIZE}'}}",
    "a glob": f"map: {{input: {{glob: '{'{a,b}' * (SIZE // 5)}'}}, agent_template: [a]}}",
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_judged_soon(name):
    check(load_text(HOSTILE[name], "w.wf"))

"""Whatever a step is changed to: a step or problems, never another exception."""

import json

from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.declared import every_step
from prodigy_tui.workflow.keys import TABLES
from prodigy_tui.workflow.model import Step
from tests.support.examples import examples
from tests.workflow.build.reading import read_lines

VALID = [
    {"shell": "make", "retry": {"attempts": 3, "backoff": {"linear": {"increment": "2s"}}, "retry_on": ["network", 5]}},
    {"claude": "/fix", "validate": {"shell": "v", "on_incomplete": {"claude": "c", "max_attempts": 3}}},
    {"foreach": {"items": ["a"], "do": [{"shell": "b", "on_failure": {"claude": "c"}}]}, "parallel": 2, "as": "f"},
    {"shell": "a", "on_exit_code": {"0": "b", "2-5": {"shell": "c"}}, "on_success": {"steps": ["d"]}},
    {"shell": "a", "step_validate": {"commands": [{"command": "b"}], "success_criteria": {"at_least": 1}}},
    {"goal_seek": {"claude": "a", "validate": {"result_file": "r"}, "until": "validation.passed", "patience": 2}},
    {"approve": {"question": "a", "options": ["x"], "default": "x"}, "capture_streams": {"stderr": True}},
    {"wait": {"shell": "a", "every": "5s"}, "outputs": {"r": {"file_pattern": "*.md"}}, "output_file": "o"},
    {"shell": "a", "commit_config": {"author": "A <b>"}, "paths": {"allow": ["*"]}, "continue_on_error": False},
]
WORDS = sorted({word for table in TABLES.values() for word in table.spellings()})
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 500),
    st.floats(allow_nan=False),
    st.sampled_from(["${run.id}", "$ARG", "none", "a", "/a", "", "[", "{", "1", "yes", "100%", "fixed", "any", "item"]),
    st.text(max_size=5),
)
KEYS = st.one_of(st.sampled_from(WORDS), st.sampled_from(["0", "2-5", "nonzero", "fixed", "custom", "x-a", ""]))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def places(tree, path=()):
    yield path
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def changed(tree, path, value):
    """Returns the tree with another value at a place."""
    if not path:
        return value
    key, *rest = path
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[key] = changed(tree[key], rest, value)
    return copy


def check(tree, phase="steps"):
    steps, lines = read_lines(json.dumps([tree]), phase=phase)
    assert all(isinstance(step, Step) for step in every_step(steps))
    assert steps or lines
    assert all(line.startswith("w.yml:1:") for line in lines)


@examples(40)
@given(st.data())
def test_any_value_at_any_place_of_a_valid_step(data):
    tree = data.draw(st.sampled_from(VALID))
    path = data.draw(st.sampled_from(list(places(tree))))

    check(changed(tree, path, data.draw(TREES)), data.draw(st.sampled_from(["steps", "map", "merge"])))


@examples(40)
@given(st.sampled_from(VALID), st.dictionaries(st.sampled_from(TABLES["step"].spellings()), TREES, max_size=4))
def test_any_fields_beside_those_of_a_valid_step(tree, fields):
    check({**tree, **fields})


@examples(25)
@given(st.sampled_from(VALID), st.sampled_from(VALID))
def test_any_fields_of_two_valid_steps_together(one, other):
    check({**one, **other})

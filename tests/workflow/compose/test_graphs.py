"""Laws of composition: any files end in a workflow or problems, and every problem stands in its own file."""

import json

from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.compose.merge import merge
from prodigy_tui.workflow.load import load_recorded, load_workflow
from prodigy_tui.workflow.nodes import MapNode, leaves, to_data
from prodigy_tui.workflow.problems import Report
from prodigy_tui.workflow.source import read_source
from tests.support.rules import rule
from tests.workflow.compose.loading import load, reader

FILES = ["a.yml", "b.yml", "c.yml", "d.yml"]
NAMES = ["t", "w", "main", "l.t", "l.w", "l", "l.default", *FILES, "b", "missing"]
name = st.sampled_from(NAMES)
steps = st.lists(
    st.one_of(
        st.just("true"),
        st.builds(lambda n: {"use": n, "with": {"p": 1}}, name),
        st.builds(lambda n: {"workflow": n}, name),
    ),
    max_size=2,
)
inline = st.fixed_dictionaries({}, optional={"steps": steps, "extends": name, "source": name})
top = st.fixed_dictionaries(
    {},
    optional={
        "steps": steps,
        "extends": st.one_of(name, st.lists(name, max_size=3)),
        "imports": st.lists(
            st.one_of(
                st.sampled_from(FILES),
                st.fixed_dictionaries(
                    {"path": st.sampled_from(FILES)},
                    optional={"alias": st.just("l"), "selective": st.lists(name, max_size=2)},
                ),
            ),
            max_size=3,
        ),
        "template": st.one_of(
            name,
            st.fixed_dictionaries(
                {"source": name},
                optional={"with": st.just({"p": 2}), "override": st.just({"steps.0": "x", "env": {"A": 1}})},
            ),
        ),
        "templates": st.dictionaries(st.sampled_from(["t", "u"]), st.one_of(steps, st.just({"steps": ["x"]}))),
        "workflows": st.dictionaries(st.sampled_from(["w", "main"]), st.one_of(name, inline)),
        "sub_workflows": st.dictionaries(name, inline, max_size=2),
        "parameters": st.one_of(st.just(["p"]), st.just({"p": 1}), st.just({"optional": ["p"]})),
        "vars": st.dictionaries(st.sampled_from(["x", "y"]), st.integers()),
        "env": st.dictionaries(st.sampled_from(["X", "Y"]), st.one_of(st.none(), st.text("ab"))),
    },
)
trees = st.fixed_dictionaries({file: top for file in FILES})


def texts(tree):
    return {file: json.dumps(content, indent=1) for file, content in tree.items()}


@given(trees)
@rule("15.1 cycle", "15.1 goes on")
def test_any_graph_of_files_ends(tree):
    loaded = load(texts(tree), "a.yml")

    assert loaded.workflow is not None or loaded.problems
    assert set(loaded.files) <= set(FILES)


@given(trees)
@rule("15.1 all files", "15.2 places of nodes")
def test_every_problem_points_into_its_file(tree):
    files = texts(tree)

    for problem in load(files, "a.yml").problems:
        rows = files[problem.file].split("\n")
        assert 1 <= problem.line <= len(rows)
        assert 1 <= problem.column <= len(rows[problem.line - 1]) + 1


@given(trees)
@rule("15.1 record")
def test_the_record_of_a_load_gives_the_same_again(tree):
    loaded = load(texts(tree), "a.yml")

    again = load_recorded(loaded.files, "a.yml")
    assert again.problems == loaded.problems
    assert again.workflow == loaded.workflow
    assert again.files == loaded.files


@given(trees)
@rule("2.1 no side effects")
def test_only_files_that_are_named_are_read(tree):
    read = []
    find = reader(texts(tree))

    def noting(path):
        read.append(str(path))
        return find(path)

    from pathlib import Path

    load_workflow(Path("a.yml"), noting)
    assert len(read) == len(set(read))
    assert all(any(known in path for known in NAMES) for path in read)


keys = st.sampled_from(["env", "vars", "map", "x", "y", "tags", "agent_defaults"])
plain_trees = st.dictionaries(
    keys, st.recursive(st.integers(0, 9), lambda inner: st.dictionaries(keys, inner, max_size=3), max_leaves=6)
)


def node(tree):
    found = read_source(json.dumps(tree, indent=1), ".json", Report("w.json"))
    assert isinstance(found, MapNode)
    return found


@given(plain_trees)
@rule("15.2 merge")
def test_a_tree_over_itself_or_nothing_is_itself(tree):
    assert to_data(merge(node(tree), node(tree))) == tree
    assert to_data(merge(node({}), node(tree))) == tree
    assert to_data(merge(node(tree), node({}))) == tree


def shaped(inner):
    """Trees in which a key is either always a mapping or always a number, so that merging never changes a kind."""
    return st.fixed_dictionaries(
        {}, optional={"x": st.integers(0, 9), "y": st.integers(0, 9), "env": inner, "map": inner}
    )


flat = st.fixed_dictionaries({}, optional={"x": st.integers(0, 9), "y": st.integers(0, 9)})
same_kinds = shaped(shaped(flat))


@given(same_kinds, same_kinds, same_kinds)
@rule("15.2 levels")
def test_merging_is_associative_where_no_kind_changes(one, two, three):
    left = merge(merge(node(one), node(two)), node(three))
    right = merge(node(one), merge(node(two), node(three)))

    assert to_data(left) == to_data(right)


@given(plain_trees, plain_trees)
@rule("15.2 places of nodes")
def test_every_leaf_of_a_merged_tree_is_one_of_the_two(one, two):
    base, child = node(one), node(two)
    known = {id(leaf) for tree in (base, child) for leaf in leaves(tree)}

    assert {id(leaf) for leaf in leaves(merge(base, child))} <= known

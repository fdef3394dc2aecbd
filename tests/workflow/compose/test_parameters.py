"""Parameters: every way to write them, and how they get their values."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as revised

from prodigy_tui.workflow.compose.parameters import read_parameters
from prodigy_tui.workflow.model import ParameterSpec
from prodigy_tui.workflow.nodes import MapNode
from prodigy_tui.workflow.problems import Report
from prodigy_tui.workflow.source import read_source
from tests.support.rules import rule
from tests.workflow.compose.loading import lines, load

STEPS = "\nsteps: [x]\n"


def specs(text):
    """Returns the parameters that `text` declares, without their places."""
    report = Report("w.yml")
    top = read_source(text, ".yml", report)
    assert isinstance(top, MapNode)
    found = read_parameters(top.get("parameters"), report)
    assert not report.problems(), [str(problem) for problem in report.problems()]
    return [revised(spec, **{"file": "", "line": 0}) for spec in found]


def value(declared, text=None, **options):
    """Returns the value of the one parameter `p`."""
    if text is not None:
        options["params"] = (("p", text),)
    loaded = load({"a.yml": f"parameters: {{p: {declared}}}{STEPS}"}, **options)
    assert loaded.problems == (), [str(problem) for problem in loaded.problems]
    return loaded.parameters["p"]


A = ParameterSpec(name="a", type="integer", description="the a")
B = ParameterSpec(name="b", required=False)


@pytest.mark.parametrize(
    "text",
    [
        "{a: {type: integer, description: the a}, b: {required: false}}",
        "[{name: a, type: integer, description: the a}, {name: b, required: false}]",
        "{required: [{name: a, type: integer, description: the a}], optional: [b]}",
        "{required: [a], optional: [b], definitions: {a: {type: integer, description: the a}}}",
        "{optional: {b: {}}, definitions: {a: {type: Integer, description: the a}}}",
        "{definitions: {a: {type: INTEGER, description: the a}, b: {required: 'no'}}}",
    ],
)
@rule("15.6 spellings", "15.6 required")
@rule("B.5 parameters")
def test_all_spellings_of_parameters_mean_the_same(text):
    assert sorted(specs(f"parameters: {text}"), key=lambda spec: spec.name) == [A, B]


@pytest.mark.parametrize(
    ("default", "type_", "data"),
    [
        ("5", "integer", 5),
        ("1.5", "number", 1.5),
        ("true", "boolean", True),
        ("main", "string", "main"),
        ("'5'", "string", "5"),
    ],
)
@rule("15.6 spellings")
def test_a_scalar_is_the_default_and_tells_the_type(default, type_, data):
    (spec,) = specs(f"parameters: {{a: {default}}}")

    assert (spec.type, spec.default, spec.has_default, spec.required) == (type_, data, True, False)


@pytest.mark.parametrize("name", ["required", "optional", "definitions"])
@rule("15.6 spellings")
def test_a_parameter_may_be_called_like_a_group(name):
    (spec,) = specs(f"parameters: {{{name}: {{type: integer}}}}")

    assert (spec.name, spec.type) == (name, "integer")


@pytest.mark.parametrize(
    "word", ["string", "String", "STRING", "integer", "number", "boolean", "array", "object", "path", "any", "Any"]
)
@rule("15.6 types")
def test_a_type_is_written_in_any_case(word):
    (spec,) = specs(f"parameters: {{a: {{type: {word}}}}}")

    assert spec.type == word.lower()


@rule("15.6 types")
def test_without_a_type_it_is_any():
    assert specs("parameters: [a]")[0].type == "any"


@pytest.mark.parametrize(
    ("fields", "required"),
    [
        ("{}", True),
        ("{default: 1}", False),
        ("{default: null}", True),
        ("{required: false}", False),
        ("{required: 'yes'}", True),
    ],
)
@rule("15.6 required")
def test_a_parameter_is_required_unless_something_says_otherwise(fields, required):
    assert specs(f"parameters: {{a: {fields}}}")[0].required is required


@pytest.mark.parametrize(
    ("type_", "text", "data"),
    [
        ("string", "5", "5"),
        ("string", '["a"]', '["a"]'),
        ("path", "a/b", "a/b"),
        ("integer", "5", 5),
        ("integer", "5.0", 5),
        ("integer", " 5 ", 5),
        ("number", "1.50", 1.5),
        ("boolean", "Yes", True),
        ("boolean", "0", False),
        ("array", "[1, 2]", [1, 2]),
        ("object", '{"a": 1}', {"a": 1}),
        ("any", "5", 5),
        ("any", '{"a": [true]}', {"a": [True]}),
        ("any", "main", "main"),
        ("any", "NaN", "NaN"),
        ("any", "", ""),
        ("any", "null", None),
    ],
)
@rule("15.6 text")
def test_the_text_of_param_is_read_by_type(type_, text, data):
    assert value(f"{{type: {type_}}}", text) == data


@pytest.mark.parametrize(
    ("type_", "written", "data"),
    [
        ("string", "1.10", "1.10"),
        ("string", "true", "true"),
        ("path", "1", "1"),
        ("integer", "'7'", 7),
        ("boolean", "'no'", False),
        ("array", "[a, {b: 1}]", ["a", {"b": 1}]),
        ("object", "{a: null}", {"a": None}),
        ("any", "1.10", 1.1),
    ],
)
@rule("15.6 types")
def test_a_default_is_read_by_type(type_, written, data):
    assert value(f"{{type: {type_}, default: {written}}}") == data


@rule("15.6 order")
def test_who_wins():
    tree = {
        "a.yml": "template: {source: ./t.yml, with: {c: with, b: with, a: with}}\ndefaults: {d: defaults}",
        "t.yml": "parameters: {e: default, d: default, c: default, b: default, a: default}\n"
        "defaults: {d: lower, c: lower}\nsteps: [x]",
    }
    given = {
        "params": (("a", "first"), ("a", "param")),
        "files": (("one.json", {"a": "file", "b": "file"}), ("two.json", {"b": "later"})),
    }

    assert load(tree, **given).parameters == {
        "e": "default",
        "d": "defaults",
        "c": "with",
        "b": "later",
        "a": "param",
    }


@rule("15.6 missing")
@rule("C 18 parameters")
def test_a_missing_parameter_is_a_warning_until_values_are_complete():
    tree = {"a.yml": f"parameters: [a]{STEPS}"}

    assert [problem.severity for problem in load(tree).problems] == ["warning"]
    assert [problem.severity for problem in load(tree, complete=False).problems] == ["warning"]
    assert [problem.severity for problem in load(tree, params=()).problems] == ["error"]


@rule("15.6 missing")
def test_a_parameter_that_need_not_be_given_has_no_value():
    assert load({"a.yml": f"parameters: {{optional: [a]}}{STEPS}"}, params=()).parameters == {}


@pytest.mark.parametrize("text", ["abc", "b"])
@rule("15.6 validation")
@rule("B.5 parameters")
def test_a_validation_in_its_old_spelling_is_about_the_value(text):
    declared = "{validation: \"matches('^a') || in(['b', 'c'])\"}"
    tree = {"a.yml": f"parameters: {{p: {declared}}}{STEPS}"}

    loaded = load(tree, params=(("p", text),))
    assert [problem.code for problem in loaded.problems] == ["PT901"]


@pytest.mark.parametrize(
    ("declared", "good", "bad"),
    [
        ("{type: integer, min: 2, max: 3}", ["2", "3"], ["1", "4"]),
        ("{type: string, min_length: 2, max_length: 3}", ["ab", "abc"], ["a", "abcd"]),
        ("{type: array, min_length: 1, max_length: 1}", ["[1]"], ["[]", "[1, 2]"]),
        ("{type: string, pattern: '^v[0-9]'}", ["v1.2"], ["1.2"]),
        ("{enum: [a, 5]}", ["a", "5"], ["b", "6"]),
        ("{type: string, enum: [1.10]}", ["1.10"], ["1.1"]),
        ("{type: integer, validation: 'value > 3 and value != 5'}", ["4"], ["3", "5"]),
    ],
)
@rule("15.6 limits")
def test_a_value_keeps_to_the_rules_of_its_parameter(declared, good, bad):
    tree = {"a.yml": f"parameters: {{p: {declared}}}{STEPS}"}

    for text in good:
        assert load(tree, params=(("p", text),)).problems == ()
    for text in bad:
        assert [problem.code for problem in load(tree, params=(("p", text),)).problems] == ["PT703"]


@rule("15.6 vars")
def test_vars_are_constants_of_any_value():
    loaded = load({"a.yml": "vars: {n: 1.5, t: '${x}', l: [1, {a: null}], none: null, x-note: 1}\nsteps: [x]"})

    assert loaded.workflow is not None
    assert loaded.problems == ()
    assert loaded.workflow.vars == {"n": 1.5, "t": "${x}", "l": [1, {"a": None}], "none": None}


@rule("15.6 references", "15.6 vars")
@rule("B.5 other references")
def test_parameters_and_vars_are_seen_in_every_phase():
    text = "echo ${p} ${param.p} ${v} ${vars.v}"
    tree = {
        "a.yml": f"""
            parameters: {{p: 1}}
            vars: {{v: 2}}
            setup: ["{text}"]
            map: {{input: [1], agent_template: ["{text}"]}}
            reduce: ["{text}"]
            merge: ["{text}"]
        """
    }

    assert lines(tree) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "required",
                        "optional",
                        "definitions",
                        "type",
                        "default",
                        "name",
                        "a",
                        "enum",
                        "min",
                        "pattern",
                        "validation",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
@rule("15.6 spellings")
def test_any_parameters_are_read_or_refused(tree):
    text = json.dumps({"parameters": tree, "steps": ["x"]})

    load({"a.json": text}, params=(("a", "1"),))

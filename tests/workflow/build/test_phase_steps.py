"""`setup` with its captures, and `reduce` (language 11, 13.1)."""

import pytest

from prodigy_tui.workflow.model import SetupCapture, Workflow
from tests.support.rules import rule
from tests.workflow.build.built import built, codes, late, map_text

STEPS = "[{shell: a, id: one}, b]"


def with_setup(setup: str) -> str:
    return map_text() + f"setup: {setup}\n"


def with_captures(captures: str) -> str:
    return with_setup(f"{{steps: {STEPS}, capture_outputs: {captures}}}")


def capture(text: str) -> SetupCapture:
    (found,) = built(with_captures(f"{{N: {text}}}")).setup.captures
    return found


@pytest.mark.parametrize("setup", ["[a, b]", "{steps: [a, b]}", "{commands: [a, b]}"])
@rule("13.1 setup")
def test_setup_is_a_list_or_has_one(setup):
    assert [step.label for step in built(with_setup(setup)).setup.steps] == ["a", "b"]


@pytest.mark.parametrize(("written", "seconds"), [("90", 90.0), ('"90"', 90.0), ("2m", 120.0), ("none", None)])
@rule("13.1 setup", "B.2 limits")
def test_setup_has_a_limit(written, seconds):
    assert built(with_setup(f"{{steps: [a], timeout: {written}}}")).setup.timeout == seconds


@rule("13.1 setup", "B.2 limits")
def test_the_limit_of_setup_may_be_a_reference():
    setup = built(with_setup("{steps: [a], timeout: '$ARG_1'}")).setup

    assert (late(setup), setup.timeout) == ({"timeout": "$ARG_1"}, None)


@rule("13.1 reduce", "13.1 run_if")
def test_reduce_is_a_list_or_a_mapping():
    def reduce(written: str) -> Workflow:
        return built(map_text() + f"reduce: {written}\n")

    assert reduce("[a]").reduce.run_if == "any_success"
    given = reduce("{commands: [a], timeout: 5m, run_if: AllSuccess}").reduce
    assert (len(given.steps), given.timeout, given.run_if) == (1, 300.0, "all_success")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(with_setup("text"), ["PT105"], marks=rule("13.1 setup"), id="setup as text"),
        pytest.param(with_setup("{timeout: 5}"), ["PT108"], marks=rule("13.1 setup"), id="setup without steps"),
        pytest.param(with_setup("{steps: []}"), ["PT204"], marks=rule("13.1 setup"), id="setup without a step"),
        pytest.param(
            map_text() + "reduce: {steps: [a], run_if: never}\n", ["PT109"], marks=rule("13.1 run_if"), id="run_if"
        ),
        pytest.param(with_setup("{steps: [a], run_if: always}"), ["PT110"], marks=rule("13.1 setup"), id="not here"),
        pytest.param(with_captures("[a]"), ["PT105"], marks=rule("11 setup mapping"), id="captures as a list"),
        pytest.param(with_captures("{N: {}}"), ["PT108"], marks=rule("11 setup mapping"), id="no step"),
        pytest.param(
            with_captures("{N: {command_index: 0, step: one}}"),
            ["PT103"],
            marks=rule("11 setup mapping"),
            id="index and id",
        ),
        pytest.param(with_captures("{N: 2}"), ["PT113"], marks=rule("11 setup range"), id="past the end"),
        pytest.param(with_captures("{N: -1}"), ["PT113"], marks=rule("11 setup range"), id="below the start"),
        pytest.param(with_captures("{N: {step: two}}"), ["PT707"], marks=rule("11 setup range"), id="no such id"),
        pytest.param(with_captures("{N: x}"), ["PT105"], marks=rule("11 setup index"), id="no number"),
        pytest.param(
            with_captures("{N: {step: one, source: all}}"), ["PT109"], marks=rule("11 setup source"), id="src"
        ),
        pytest.param(
            with_captures("{N: {step: one, max_size: big}}"), ["PT105"], marks=rule("11 setup size"), id="size"
        ),
        pytest.param(
            with_captures("{N: {step: one, pattern: '('}}"), ["PT114"], marks=rule("11 setup pattern"), id="pattern"
        ),
        pytest.param(
            with_captures(f"{{N: {{step: one, pattern: {'x' * 5000}}}}}"),
            ["PT408"],
            marks=rule("11 setup pattern"),
            id="a long pattern",
        ),
        pytest.param(
            with_captures("{N: {step: one, json_path: '$..a'}}"), ["PT407"], marks=rule("11 setup json_path"), id="path"
        ),
        pytest.param(
            with_captures("{N: {step: one, multiline: no}}"), ["PT109"], marks=rule("11 setup multiline"), id="lines"
        ),
        pytest.param(with_captures("{item: 0}"), ["PT205"], marks=rule("11 setup name"), id="a reserved name"),
        pytest.param(with_captures("{GIT_DIR: 0}"), ["PT205"], marks=rule("11 setup name"), id="a harmful name"),
        pytest.param(with_captures("{a b: 0}"), ["PT205"], marks=rule("11 setup name"), id="no name"),
    ],
)
def test_what_does_not_fit_is_reported(text, found):
    assert codes(text) == found


@rule("11 setup index", "11 setup source", "11 setup size", "11 setup multiline", "B.4 capture_outputs")
def test_a_number_is_a_step_with_all_defaults():
    assert capture("1") == SetupCapture(
        name="N", step_index=1, source="stdout", max_size=1024 * 1024, multiline="preserve"
    )


@rule("11 setup mapping", "B.4 capture_outputs")
def test_a_mapping_names_the_step_either_way():
    by_index, by_id = capture("{command_index: 0}"), capture("{step: one}")

    assert (by_index.step_index, by_index.step_id) == (0, None)
    assert (by_id.step_index, by_id.step_id) == (0, "one")


@rule("11 setup source", "11 setup size", "11 setup pattern", "11 setup multiline", "11 setup default")
def test_every_option_of_a_capture_is_kept():
    options = "source: both, max_size: 64KiB, pattern: 'v(.*)', multiline: FirstLine, default: [1, a]"

    assert capture(f"{{step: one, {options}}}") == SetupCapture(
        name="N",
        step_index=0,
        step_id="one",
        source="both",
        max_size=65536,
        pattern="v(.*)",
        multiline="first_line",
        has_default=True,
        default=[1, "a"],
    )


@pytest.mark.parametrize("path", ["$.a.b[0]", "a.b[0]", "a.0", "$", "$['x y'][*]", "[0].a"])
@rule("11 setup json_path", "B.4 capture_outputs")
def test_a_path_is_kept_as_written(path):
    assert capture(f'{{step: one, json_path: "{path}"}}').json_path == path


def test_numbers_of_a_capture_may_be_references():
    found = capture("{command_index: '$ARG_1', max_size: '${ARG_2}'}")

    assert late(found) == {"step_index": "$ARG_1", "max_size": "${ARG_2}"}
    assert late(capture("'${ARG_1}'")) == {"step_index": "${ARG_1}"}


@rule("11 setup visible")
def test_captures_are_names_of_setup_everywhere():
    text = """
setup:
  steps: [{shell: a, capture: B}, "echo ${N}"]
  capture_outputs: {N: 0}
map: {input: "${setup.N}", agent_template: ["echo ${N} ${setup.N} ${B}"]}
reduce: ["echo ${N} ${setup.N}"]
merge: ["echo ${N} ${setup.N}"]
"""
    assert codes(text) == []
    assert codes(text.replace("merge: [", 'merge: ["echo ${setup.M}", ')) == ["PT301"]

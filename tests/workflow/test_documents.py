"""What a file is by its keys (language 2.2), and keys that it cannot have (2.4)."""

import pytest

from prodigy_tui.workflow.load import load_text
from tests.support.rules import rule

MAP = "map: {input: [1], agent_template: [x]}\n"


def kind(text):
    workflow = load_text(text, "w.yml").workflow
    assert workflow is not None
    return workflow.kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("- x\n", "plain", marks=rule("2.2 sequence")),
        pytest.param("steps: [x]\n", "plain", marks=rule("2.2 plain")),
        pytest.param("commands: [x]\n", "plain", marks=rule("2.2 plain")),
        pytest.param("mode: standard\nsteps: [x]\n", "plain", marks=rule("2.2 plain")),
        pytest.param("workflows: {main: {steps: [x]}}\n", "plain", marks=rule("2.2 plain")),
        pytest.param(MAP, "mapreduce", marks=rule("2.2 mapreduce")),
        pytest.param("mode: MapReduce\n" + MAP, "mapreduce", marks=rule("2.2 mapreduce")),
        pytest.param("# map:\nsteps: ['echo mode: mapreduce']\n", "plain", marks=rule("2.2 parsed keys")),
        pytest.param("name: map\nsteps: [x]\n", "plain", marks=rule("2.2 parsed keys")),
    ],
)
def test_the_kind_of_a_file(text, expected):
    assert kind(text) == expected


# ruff: noqa: E501 - the lines are the product
# fmt: off
LINES = [
    pytest.param("5\n", ["1:1: error PT102: a workflow cannot be a number; write a list of steps, or a mapping"],
                 marks=rule("2.2 anything else")),
    pytest.param("", ["1:1: error PT102: the document is empty; write a list of steps, or a mapping"],
                 marks=rule("2.2 anything else")),
    pytest.param("mode: plain\n" + MAP, ["1:1: error PT103 at mode: 'mode: plain' and 'map' cannot stand together; one must go"],
                 marks=rule("2.2 contradictions")),
    pytest.param("steps: [x]\ncommands: [y]\n", ["2:1: error PT103 at commands: 'commands' and 'steps' are the same key; one must go"],
                 marks=rule("2.2 contradictions")),
    pytest.param(MAP + "commands: [y]\n", ["2:1: error PT103 at commands: 'commands' belongs to a workflow without 'map'"],
                 marks=rule("2.2 contradictions")),
    pytest.param("mode: mapreduce\n", ["1:1: error PT108: a mapreduce workflow needs 'map'"],
                 marks=rule("2.2 mode without map")),
    pytest.param("[]\n", ["1:1: warning PT204: the list of steps is empty"], marks=rule("2.2 empty list")),
    pytest.param("steps: []\n", ["1:8: warning PT204 at steps: the list of steps is empty"], marks=rule("2.2 empty list")),
    pytest.param("map: {input: [1], agent_template: []}\n", ["1:35: error PT204 at map.agent_template: the list of steps is empty"],
                 marks=rule("2.2 empty list")),
    pytest.param("name: x\n", ["1:1: error PT108: a workflow needs 'steps'"], marks=rule("2.2 no source")),
    pytest.param("workflows: {w: {steps: [x]}}\n", ["1:1: error PT108: a workflow needs 'steps'"], marks=rule("2.2 no source")),
    pytest.param("steps: [x]\ntmeout: 5s\nenvv: {}\nzebra: 1\n", [
        "2:1: error PT110 at tmeout: unknown key 'tmeout'; did you mean 'timeout'?",
        "3:1: error PT110 at envv: unknown key 'envv'; did you mean 'env'?",
        "4:1: error PT110 at zebra: unknown key 'zebra'",
    ], marks=rule("2.4 unknown", "2.4 goes on")),
    pytest.param("steps: [x]\nvariables: {v: 1}\n", ["2:1: warning PT901 at variables: 'variables' is a legacy spelling; write 'vars'"],
                 marks=rule("2.4 legacy")),
    pytest.param("steps: [x]\nvariables: {v: 1}\nvars: {v: 1}\n", [
        "2:1: warning PT901 at variables: 'variables' is a legacy spelling; write 'vars'",
        "3:1: error PT116 at vars: 'vars' and 'variables' are the same key; one must go",
    ], marks=rule("2.4 twice")),
    pytest.param("- {shell: a, claude: b}\n- {shell: a, shell: b}\n- {shell: a, timeout: 1, timeout_secs: 2}\n- {write_file: {path: a}}\n", [
        "1:14: error PT202 at [0].claude: a step has one command, not 'shell' and 'claude'; make two steps of it",
        "2:14: error PT107 at [1].shell: key 'shell' is given twice; the first is on line 2",
        "3:26: error PT116 at [2].timeout_secs: 'timeout_secs' and 'timeout' are the same key; one must go",
        "4:16: error PT108 at [3].write_file: 'write_file' needs 'content'",
    ], marks=rule("C 2.4 places", "C 2.4 list paths", "2.4 ends")),
    pytest.param("- {shell: a, shell: b}\n- {shel: a}\n--- \n- x\n", [
        "3:1: error PT102: a second document starts here; one file holds one workflow",
    ], marks=rule("2.4 ends")),
    pytest.param("- {shel: x}\n", ["1:4: error PT110 at [0].shel: unknown key 'shel'; did you mean 'shell'?"],
                 marks=rule("2.4 list paths")),
]
# fmt: on


@pytest.mark.parametrize(("text", "expected"), LINES)
def test_the_problems_of_a_document_are_these_lines(text, expected):
    assert [str(problem) for problem in load_text(text, "w.yml").problems] == [f"w.yml:{line}" for line in expected]

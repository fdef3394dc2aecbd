"""Which names the texts of a phase can mean."""

import pytest

from prodigy_tui.workflow.build.context import Notes, Surroundings
from prodigy_tui.workflow.build.document import build_document
from prodigy_tui.workflow.declared import declared_names
from prodigy_tui.workflow.load import load_text
from prodigy_tui.workflow.problems import Report
from prodigy_tui.workflow.source import read_source
from prodigy_tui.workflow.visible import visible_names

TEXT = """
env: {TOP: x}
setup: [{shell: a, capture: files}]
map:
  input: [1]
  agent_template:
    - {shell: a, id: lint, env: {STEP: y}, on_failure: {shell: b, capture: inner}}
reduce: [{shell: a, capture: total}]
merge: [{shell: a, capture: landed}]
error_policy: {on_item_failure: {shell: a, capture: lost}}
"""
PLAIN = "steps: [{shell: a, capture: x}]\nmerge: [{shell: b, id: y}]\n"


@pytest.mark.parametrize(
    ("phase", "names"),
    [
        ("setup", {"TOP", "files"}),
        ("map", {"TOP", "files", "lint", "STEP", "inner", "lost"}),
        ("reduce", {"TOP", "files", "total"}),
        ("merge", {"TOP", "files", "total", "landed"}),
    ],
)
def test_an_agents_names_stay_with_the_agent_and_those_of_setup_go_everywhere(phase, names):
    workflow = load_text(TEXT, "w.yml").require()

    assert declared_names(workflow, phase) == names


@pytest.mark.parametrize("text", [TEXT, PLAIN])
@pytest.mark.parametrize("phase", ["steps", "setup", "map", "reduce", "merge"])
def test_the_run_declares_what_the_checks_saw(text, phase):
    notes = Notes(report=Report("w.yml"), surroundings=Surroundings())
    top = read_source(text, ".yml", notes.report)
    workflow = build_document(top, "w.yml", notes)

    assert declared_names(workflow, phase) == visible_names(phase, notes.declared, notes.env).names

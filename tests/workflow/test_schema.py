"""The JSON Schema says what the loader accepts: neither refuses a form that the other takes."""

import json

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft202012Validator

from prodigy_tui.workflow.keys import TABLES
from prodigy_tui.workflow.load import load_text
from prodigy_tui.workflow.problems import as_validated, has_errors
from prodigy_tui.workflow.schema import make_schema
from tests.support.documents import documents
from tests.support.examples import examples
from tests.support.rules import rule
from tests.workflow import (
    test_document_lines,
    test_handler_lines,
    test_map_lines,
    test_reference_lines,
    test_step_lines,
)
from tests.workflow.compose.loading import PLACES, lines

TABLES_OF_LINES = (test_document_lines, test_step_lines, test_handler_lines, test_map_lines, test_reference_lines)
CASES = [case for table in TABLES_OF_LINES for case in table.CASES]
SCHEMA = Draft202012Validator(make_schema())
WRONG_FORMS = {"PT102", "PT105", "PT109", "PT110", "PT111", "PT112", "PT113", "PT114"}


@rule("2.4 schema")
def test_it_is_a_schema_of_the_newest_draft():
    Draft202012Validator.check_schema(make_schema())
    assert make_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@rule("2.4 schema")
@examples(20)
@given(documents())
def test_a_document_of_the_declared_forms_fits_the_schema_and_the_loader(document):
    assert [error.message for error in SCHEMA.iter_errors(document)] == []

    problems = load_text(json.dumps(document), "w.json").problems

    assert [str(problem) for problem in problems if problem.code in WRONG_FORMS] == []


@rule("2.4 schema")
@pytest.mark.parametrize(
    "text", [text for _, text, _ in CASES if not has_errors(as_validated(load_text(text, "w.yml").problems))]
)
def test_what_the_loader_takes_fits_the_schema(text):
    assert [error.message for error in SCHEMA.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("steps: [{shel: x}]", "an unknown key of a step"),
        ("stpes: [x]", "an unknown key at the top"),
        ("map: {input: [1]}", "a map without a template"),
        ("steps: [{shell: x, timeout: [1]}]", "a list as a time"),
        ("merge: {strategy: octopus}\nsteps: [x]", "a word that is none"),
        ("just text", "a text"),
        ("map: {max_parallel: 4}\nname: x", "a part of a map that changes nothing"),
        ("extends: base\nmap: {max_paralel: 4}", "an unknown key in a workflow that changes another one"),
        ("extends: base\nmap: {agent_template: [{shel: x}]}", "an unknown key in a list, which is replaced as a whole"),
        ("extends: base\nmap: {input: {glob: '*', nogood: 1}}", "an unknown key deep in a changed mapping"),
    ],
)
def test_a_mistake_does_not_fit(text, what):
    assert list(SCHEMA.iter_errors(yaml.safe_load(text))), what


@rule("2.4 schema", "15.2 merge", "15.2 null")
@pytest.mark.parametrize(
    ("child", "base"),
    [
        ("extends: base.yml\nmap: {max_parallel: 2}", "map: {input: [1], agent_template: ['true']}"),
        ("extends: base.yml\nsetup: ['true']", "map: {input: [1], agent_template: ['true']}"),
        ("extends: [base.yml]\nmap: {input: {exclude: x/*}}", "map: {input: {glob: '*'}, agent_template: ['true']}"),
        ("extends: base.yml\nmap: {items: null, input: [2]}", "map: {items: [1], agent_template: ['true']}"),
        ("extends: base.yml\nenv: {A: {timeout: 3s}}", "env: {A: {command: date}}\nsteps: ['true']"),
        ("extends: base.yml\nenv_files: {required: false}", "env_files: {path: x.env}\nsteps: ['true']"),
        ("template: base.yml\nmap: {offset: 1}", "map: {input: [1], agent_template: ['true']}"),
        (
            "workflows: {a: {extends: base.yml, map: {offset: 1}}}\nsteps: ['true']",
            "map: {input: [1], agent_template: ['true']}",
        ),
    ],
)
def test_a_workflow_that_changes_another_one_may_hold_any_part_of_it(child, base):
    found = lines({"a.yml": child, "base.yml": base}, places=PLACES)

    assert [line for line in found if " error " in line] == []
    assert [error.message for error in SCHEMA.iter_errors(yaml.safe_load(child))] == []


def test_every_key_has_a_description_and_legacy_ones_are_deprecated():
    definitions = make_schema()["$defs"]
    for table in TABLES.values():
        for key in table:
            for spelling in key.spellings:
                found = definitions[table.name]["properties"][spelling]
                assert found["description"].endswith(".")
                assert found.get("deprecated", False) == (spelling in key.legacy or not key.is_current)

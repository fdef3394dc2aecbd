"""The published schemas of JSON documents: one for every kind that the program prints, and a page that lists them."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.docs.test_docs import ROOT
from tests.support.published import FOLDER, check_printed, documents_in

SCHEMAS = sorted(FOLDER.glob("*.schema.json"))
PAGE = ROOT / "docs" / "reference" / "json.md"


def kind_of(file: Path) -> str:
    return file.name.removesuffix(".schema.json")


def objects(schema: Any) -> list[dict[str, Any]]:
    """Every schema of an object inside a schema."""
    inner = [one for value in schema.values() for one in objects(value)] if isinstance(schema, dict) else []
    inner += [one for value in schema for one in objects(value)] if isinstance(schema, list) else []
    return inner + ([schema] if isinstance(schema, dict) and "properties" in schema else [])


@pytest.mark.parametrize("file", SCHEMAS, ids=kind_of)
def test_a_schema_is_one_and_says_what_every_field_is(file: Path) -> None:
    schema = json.loads(file.read_text("utf-8"))

    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == schema["properties"]["schema"]["const"] == f"prodigy-tui/{kind_of(file)}/1"
    assert schema["description"]
    for found in objects(schema):
        assert found["additionalProperties"] is False, found
        for name, field in found["properties"].items():
            assert name == "schema" or "description" in field or "$ref" in field, name


def test_every_kind_that_the_program_prints_has_a_schema_and_no_other() -> None:
    sources = "\n".join(file.read_text("utf-8") for file in (ROOT / "prodigy_tui").rglob("*.py"))
    printed = set(re.findall(r'\bdocument\(\s*"([a-z-]+)"', sources))
    posted = set(re.findall(r'"prodigy-tui/([a-z-]+)/1"', sources))

    assert printed | posted == {kind_of(file) for file in SCHEMAS}


def test_the_page_lists_every_schema() -> None:
    assert re.findall(r"\(schemas/(.+?)\.schema\.json\)", PAGE.read_text("utf-8")) == [
        kind_of(file) for file in SCHEMAS
    ]


def test_a_document_that_is_not_as_published_is_found_among_lines() -> None:
    good = '{"schema": "prodigy-tui/gates/1", "gates": []}'
    check_printed(f'a line\n{{"seq": 1}}\n{good}\n')

    assert len(list(documents_in(json.dumps(json.loads(good), indent=2)))) == 1
    for bad, why in {
        '{"schema": "prodigy-tui/gates/1"}': "'gates' is a required property",
        '{"schema": "prodigy-tui/gates/1", "gates": [], "more": 1}': "'more' was unexpected",
        '{"schema": "prodigy-tui/stars/1"}': "documents of kind 'stars' have no schema",
    }.items():
        with pytest.raises(AssertionError, match=why):
            check_printed(f"a line\n{bad}\n")


def test_what_a_process_of_the_program_prints_is_looked_at_too() -> None:
    printing = [sys.executable, "-c", """print('{"schema": "prodigy-tui/stars/1"}')""", "prodigy_tui"]

    with pytest.raises(AssertionError, match="documents of kind 'stars' have no schema"):
        subprocess.run(printing, capture_output=True, check=True)

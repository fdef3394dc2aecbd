"""The reference of the language has all that works: keys, from the tables of the program, names, functions, codes."""

import re
from pathlib import Path

import pytest

from prodigy_tui.workflow.expr.functions import FUNCTIONS, SPECIAL
from prodigy_tui.workflow.interpolate import parse_text, render
from prodigy_tui.workflow.modifiers import modifier_names
from prodigy_tui.workflow.roots import BUILT_IN, FIELDS, RESERVED
from prodigy_tui.workflow.variables import Scope, Value, item_value
from tests.docs.key_tables import PAGES, available_keys, shown_keys, with_tables
from tests.docs.test_docs import ROOT, blocks
from tests.rules.coverage import TABLE, table

LANGUAGE = sorted(PAGES.glob("*.md"))
CODE = re.compile(r"PT\d{3}")
OLD = {"map.key", "test.output", "test.exit_code", "test.attempt"}
"""Names of older workflows; those of `test` are the same as `error`."""


@pytest.mark.parametrize("page", LANGUAGE, ids=lambda page: page.name)
def test_tables_of_keys_are_current(page: Path) -> None:
    assert page.read_text("utf-8") == with_tables(page.read_text("utf-8")), "run: python -m tests.docs.key_tables"


def test_every_key_that_works_is_in_a_table_and_no_other() -> None:
    assert sorted(set(shown_keys()) ^ available_keys()) == []


def test_every_key_that_works_has_an_example_on_the_page_of_its_table() -> None:
    examples = {page: "\n".join(blocks(page, "yaml")) for page in LANGUAGE}
    missing = [
        f"{page.name}: {table_}.{key}"
        for (table_, key), page in shown_keys().items()
        if not re.search(rf"(?<![\w-])[\"']?{key}[\"']?:(\s|$)", examples[page], re.MULTILINE)
    ]
    assert missing == []


def test_every_problem_code_has_one_row() -> None:
    sources = (ROOT / "prodigy_tui").rglob("*.py")
    codes = {code for source in sources for code in CODE.findall(source.read_text("utf-8"))}

    assert re.findall(r"^\| (PT\d{3}) \|", text_of("problems"), re.MULTILINE) == sorted(codes)


def test_every_field_of_a_root_is_among_the_names() -> None:
    shown = words_of("names") | words_of("failure")
    fields = {f"{root}.{field}" for root, fields in FIELDS.items() for field in fields if f"{root}.{field}" not in OLD}

    assert {field for field in fields if field.rpartition(".")[2] not in shown} == set()
    assert (RESERVED | BUILT_IN) - shown == set()


def test_every_modifier_and_function_is_explained() -> None:
    assert set(modifier_names()) - words_of("variables") - words_of("shell") == set()
    assert {*FUNCTIONS, *SPECIAL} - words_of("expressions") == set()


SHELL_ROWS = re.findall(r"^\| `(.*)` \| `(.*)` \|$", (PAGES / "shell.md").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("written", "given"), SHELL_ROWS)
def test_shell_gets_what_the_page_says(written: str, given: str) -> None:
    scope = Scope(
        names=[{"paths": Value(["a b", "c"])}],
        roots={"item": item_value({"n": 7, "t": 'it\'s "$5" & more'} if "item." in written else {"n": "it's"})},
    )

    assert render(parse_text(written, "shell"), scope) == given


def text_of(page: str) -> str:
    return (PAGES / f"{page}.md").read_text("utf-8")


def words_of(page: str) -> set[str]:
    """Returns the words that a page has in code between its words; examples explain nothing."""
    text = re.sub(r"^```.*?^```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    return {word for code in re.findall(r"`([^`]+)`", text) for word in re.findall(r"\w+", code)}


def test_table_of_coverage_is_current() -> None:
    assert TABLE.read_text("utf-8") == table(), "run: python -m tests.rules.coverage"

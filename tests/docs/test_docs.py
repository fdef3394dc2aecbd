"""The documentation says what is so: its examples load, its links lead somewhere, its reference is current.

A block below `<!-- file: NAME -->` is a file. The files of a page make one folder, and every workflow of the page is
loaded in it. A file need not be a workflow that could be started: it may be what others are made of.
"""

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from prodigy_tui.cli.surroundings import known_surroundings, places_of
from prodigy_tui.workflow.load import Loaded, load_workflow
from prodigy_tui.workflow.schema import make_schema
from tests.docs.cli_reference import PAGE, reference
from tests.support.core_yaml import core_load

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
SCHEMA = Draft202012Validator(make_schema())
WORKFLOWS = sorted((ROOT / "workflows").glob("*.yml"))


VALUE_MISSING = "PT702"
"""A warning about the call: whoever starts the workflow gives the value of a parameter."""
_BLOCK = re.compile(r"^(?:<!-- file: (\S+) -->\n)?```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [text for _, written, text in _BLOCK.findall(page.read_text("utf-8")) if written == language]


def files(page: Path) -> dict[str, str]:
    return {name: text for name, _, text in _BLOCK.findall(page.read_text("utf-8")) if name}


def load_in(folder: Path, page: Path, text: str, name: str = "example.yml") -> Loaded:
    for path, content in {**files(page), name: text}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, "utf-8")
    return load_workflow(folder / name, Path.read_bytes, known_surroundings(places_of(folder, {})))


EXAMPLES = [
    pytest.param(page, text, id=f"{page.relative_to(ROOT)}:{number}")
    for page in PAGES
    for number, text in enumerate(blocks(page, "yaml"), start=1)
    if text not in files(page).values()
]
FILES = [
    pytest.param(page, name, id=f"{page.relative_to(ROOT)}:{name}")
    for page in PAGES
    for name, text in files(page).items()
    if text in blocks(page, "yaml")
]


@pytest.mark.parametrize(("page", "text"), EXAMPLES)
def test_every_workflow_in_the_documentation_loads(page: Path, text: str, tmp_path: Path) -> None:
    problems = load_in(tmp_path, page, text).problems

    assert [problem for problem in problems if problem.code != VALUE_MISSING] == []


@pytest.mark.parametrize(("page", "text"), EXAMPLES)
def test_every_workflow_in_the_documentation_fits_the_schema(page: Path, text: str) -> None:
    if "extends" in core_load(text):
        return  # What it lacks stands in its base, which a schema does not see.

    assert [error.message for error in SCHEMA.iter_errors(core_load(text))] == []


@pytest.mark.parametrize(("page", "name"), FILES)
def test_every_file_in_the_documentation_is_a_workflow_or_part_of_one(page: Path, name: str, tmp_path: Path) -> None:
    alone = load_in(tmp_path, page, files(page)[name], name).problems == ()

    assert alone or any(
        str(tmp_path / name) in load_in(tmp_path, page, text).files
        for text in blocks(page, "yaml")
        if text not in files(page).values()
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_name_of_a_file_can_be_read(page: Path) -> None:
    above = re.findall(r"(.*)\n\n<!-- file: (\S+) -->\n", page.read_text("utf-8"))

    assert [name for _, name in above] == list(files(page))
    assert [name for line, name in above if f"`{name}`" not in line] == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_shipped_workflow_loads_without_a_warning(file: Path) -> None:
    assert load_workflow(file, Path.read_bytes, known_surroundings()).problems == ()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text("utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_command_line_reference_is_current() -> None:
    assert PAGE.read_text("utf-8") == reference(), "run: python -m tests.docs.cli_reference"


def test_check_commands_of_readme_and_ci_are_one() -> None:
    _, check = blocks(ROOT / "README.md", "console")[:2]

    wanted = check.strip().removeprefix("python3 ")
    assert wanted in (ROOT / ".ci" / "run").read_text("utf-8")

"""The documentation says what is so: its examples load, its links lead somewhere, its reference is current."""

import re
from pathlib import Path

import pytest

from prodigy_tui.cli.surroundings import known_surroundings
from prodigy_tui.workflow.load import load_text, load_workflow
from tests.docs.cli_reference import PAGE, reference

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
WORKFLOWS = sorted((ROOT / "workflows").glob("*.yml"))


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


EXAMPLES = [
    pytest.param(text, id=f"{page.relative_to(ROOT)}:{number}")
    for page in PAGES
    for number, text in enumerate(blocks(page, "yaml"), start=1)
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_workflow_in_the_documentation_loads(text: str) -> None:
    loaded = load_text(text, "example.yml", surroundings=known_surroundings())

    assert loaded.problems == ()


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

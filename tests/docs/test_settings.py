"""The documentation of settings and options says what is so: its examples load, and it has all that there is."""

import re
from pathlib import Path

import pytest

from prodigy_tui.agents.codex import CodexOptions
from prodigy_tui.agents.command_definition import CommandDefinition, ResultPlaces
from prodigy_tui.agents.gemini import GeminiOptions
from prodigy_tui.agents.opencode import OpencodeOptions
from prodigy_tui.agents.prices import AS_OF, SOURCES, Price
from prodigy_tui.agents.qwen import QwenOptions
from prodigy_tui.cli.settings import VARIABLES, Settings, read_settings
from tests.docs.test_docs import PAGES, ROOT, blocks

REFERENCE = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
AGENTS = (ROOT / "docs" / "reference" / "language" / "agents.md").read_text("utf-8")
EXAMPLES = [
    pytest.param(text, id=f"{page.relative_to(ROOT)}:{number}")
    for page in PAGES
    for number, text in enumerate(blocks(page, "yml"), start=1)
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_settings_in_the_documentation_can_be_read(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text(text)

    effective = read_settings(tmp_path / "config.yml", None, {})

    assert effective.origins
    assert effective.providers()


def section(page: str, title: str) -> str:
    return re.split(r"^## ", page.partition(f"## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def words(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", text))


def first_cells(text: str) -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


def test_every_setting_has_a_row_and_its_variable() -> None:
    table = REFERENCE.partition("## ")[0]

    assert first_cells(table) == set(Settings.__struct_fields__)
    assert set(VARIABLES.values()) <= words(table.replace(", ", "`, `")) | set(re.findall(r"PRODIGY_\w+", table))


def test_every_key_of_a_description_is_explained() -> None:
    providers = section(REFERENCE, "providers")

    assert first_cells(providers) == set(CommandDefinition.__struct_fields__)
    assert set(ResultPlaces.__struct_fields__) <= words(providers)
    assert set(Price.__struct_fields__) <= words(section(REFERENCE, "prices"))


def test_shipped_prices_are_told_with_source_and_date() -> None:
    prices = section(REFERENCE, "prices")

    assert AS_OF.isoformat() in prices
    assert [source for source in SOURCES if source not in prices] == []


@pytest.mark.parametrize(
    ("name", "options"),
    [("codex", CodexOptions), ("gemini", GeminiOptions), ("qwen", QwenOptions), ("opencode", OpencodeOptions)],
)
def test_every_option_of_a_provider_has_a_row(name: str, options: type) -> None:
    assert first_cells(section(AGENTS, f"Options of {name}")) == set(options.__struct_fields__)

"""`init`: a first workflow and the project folder."""

import os
import sys
from pathlib import Path

import click
import pytest

from tests.support.project import Project

SHIPPED = ("add-tests", "docs-drift", "fix-lint", "migrate", "review-and-fix", "sequential", "shell-map")


@pytest.fixture
def library(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's templates, which is not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "prodigy-tui" / "templates"


def test_writes_the_template_that_needs_nothing_and_says_what_comes_next(project: Project, library: Path) -> None:
    called = project.call("init")

    assert (called.code, called.out) == (0, "wrote shell-map.yml\nmade .prodigy/templates/\n")
    assert called.err.splitlines() == [
        "see what it would do: prodigy-tui run shell-map.yml --dry-run",
        "run it:               prodigy-tui run shell-map.yml",
    ]
    assert (project.repo.path / ".prodigy" / "templates").is_dir()
    assert project.call("validate", "shell-map.yml", "--strict").code == 0


def test_asks_on_a_terminal_which_template(project: Project, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prodigy_tui.cli.invocation.Invocation.has_terminal", True)
    asked = {}

    def answer(text: str, **options: object) -> str:
        asked[text] = options["default"]
        return "sequential"

    monkeypatch.setattr(click, "prompt", answer)

    called = project.call("init")

    assert asked == {"Which template": "shell-map"}
    assert "wrote sequential.yml" in called.out
    assert [line.split()[0] for line in called.err.splitlines()[: len(SHIPPED)]] == list(SHIPPED)


def test_a_folder_that_is_no_repository_is_said_to_need_that_first(
    project: Project, library: Path, tmp_path: Path
) -> None:
    (tmp_path / "bare").mkdir()

    called = project.call("init", "--repo", str(tmp_path / "bare"))

    needed = f"before it can run:    {tmp_path / 'bare'} is not in a git repository; run git init"
    assert called.code == 0
    assert called.err.startswith(needed)


def test_overwrites_nothing_without_force(project: Project, library: Path) -> None:
    project.repo.write("shell-map.yml", "- echo mine\n")

    called = project.call("init")

    assert called.code == 2
    assert called.err == f"error: {project.repo.path}/shell-map.yml exists; --force replaces a workflow\n"
    assert project.repo.read("shell-map.yml") == "- echo mine\n"
    assert not (project.repo.path / ".prodigy").exists()
    assert project.call("init", "--force").code == 0
    assert project.repo.read("shell-map.yml").startswith("# Runs one shell command")


def test_unknown_template_names_the_nearest(project: Project, library: Path) -> None:
    called = project.call("init", "--template", "add-test")

    assert called.code == 2
    assert called.err.startswith("error: no template is called 'add-test'; the nearest are 'add-tests'")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_template_runs_as_it_is_with_the_scripted_provider(
    name: str, project: Project, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")  # ruff, pytest
    project.repo.commit("README.md", "# Shop  \n", "words")
    project.repo.commit("shop.py", "import os.path\n\nprint( os.path.sep )\n", "code")
    assert project.call("init", "--template", name).code == 0
    found = {"shell-map": 2, "sequential": 0, "add-tests": 0}.get(name, 1)

    called = project.call("run", f"{name}.yml", "--provider", "scripted", "-y", "--json")

    assert called.code == 0, called.err
    summary = called.json
    assert summary["status"] == "succeeded"
    items = summary["items"]
    assert (items["total"], items["succeeded"]) == (found, found)
    changes = name in ("shell-map", "fix-lint")
    assert summary["merge"]["status"] == ("landed" if changes else "nothing")

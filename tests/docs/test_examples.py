"""Shipped workflows and the tutorial do what they say, run for real."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from prodigy_tui.cli.commands.demo import WATCHED, paced
from prodigy_tui.cli.shipped import shipped
from tests.docs.test_docs import ROOT, blocks
from tests.support.project import Project

TUTORIAL = ROOT / "docs" / "tutorial" / "first-run.md"


@pytest.mark.slow
def test_demo_has_successes_failures_and_conflicts(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    called = project.call("demo", "--json")

    assert called.code == 1, called.err
    items = called.json["items"]
    assert (items["total"], items["succeeded"], items["merged"]) == (24, 19, 19)
    dead = project.call("dlq", "list", "--json", "--repo", scratch(called.err)).json["entries"]
    assert (len(dead), [entry["kind"] for entry in dead].count("merge")) == (5, 2)


def test_demo_is_slow_enough_to_be_looked_at_where_somebody_does() -> None:
    asked = b"do:\n  - wait: 3s\n  - wait: 2500ms\n  - say: wait for 3s\n"
    assert paced(asked, 1) == asked
    assert paced(asked, 2) == b"do:\n  - wait: 6000ms\n  - wait: 5000ms\n  - say: wait for 3s\n"
    shipped_text = (shipped("workflows") / "demo.yml").read_bytes()
    assert shipped_text.count(b"- wait: ") == 7
    assert paced(shipped_text, WATCHED).count(b"000ms") + paced(shipped_text, WATCHED).count(b"500ms") >= 7


def scratch(said: str) -> str:
    (line,) = [line for line in said.splitlines() if line.startswith("scratch repository: ")]
    return line.removeprefix("scratch repository: ")


def test_fix_lint_fixes_what_can_be_fixed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    project.repo.write("pyproject.toml", "[tool.ruff.lint]\nselect = ['E', 'F', 'I']\n")
    project.repo.write("clean.py", '"""Nothing to do."""\n')
    project.repo.write("two words.py", "import sys\nimport os\n\n\nprint( os.sep )\n")
    project.repo.write("broken.py", "def broken(:\n")
    project.repo.git("add", "--all")
    project.repo.commit_staged("some code")

    called = project.call("run", shipped("workflows") / "fix-lint.yml", "-y", "--json")

    assert called.code == 1, called.err
    assert project.repo.read("two words.py") == "import os\n\nprint(os.sep)\n"
    (dead,) = project.call("dlq", "list", "--json").json["entries"]
    assert dead["item_id"] == "broken.py"
    assert called.json["items"] | {"total": 3, "succeeded": 2, "failed": 1, "merged": 1} == called.json["items"]
    assert project.repo.status() == []


def test_tutorial_works_as_written(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    consoles = blocks(TUTORIAL, "console")
    (workflow,) = blocks(TUTORIAL, "yaml")
    (making,) = [text for text in consoles if "git init" in text]
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "init.defaultBranch")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "main")
    subprocess.run(["sh", "-euc", making], cwd=tmp_path, check=True, capture_output=True)
    folder = tmp_path / "greetings"
    (folder / "shout.yml").write_text(workflow)
    monkeypatch.chdir(folder)

    for console in consoles[2:]:
        for line in filter(lambda line: "replay" not in line, console.splitlines()):
            called = project.call(*line.split()[1:])
            assert called.code == 0, (line, called.err)

    assert (folder / "notes" / "ada.txt").read_text() == "HELLO ADA\n"

"""What a call of the program loads. It stands for how long a start takes, which no test could measure reliably."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from prodigy_tui.cli.main import VERBS
from tests.cli.resume_facts import mend
from tests.support.project import Project
from tests.support.thousand import large_workflow

SMALL = {"click", "msgspec", "yaml"}
"""Libraries that every call may load."""
LARGE = {*SMALL, "rpds"}
"""Libraries that driving a run may load."""
SLOW = {"asyncio", "csv", "dataclasses", "hashlib", "shutil", "socket", "subprocess", "tempfile"}
"""Parts of the standard library that cost more than their share."""
PROGRAM = """
import json, sys
before = set(sys.modules)
from prodigy_tui.cli.main import leave_out_parts, run_program
leave_out_parts()
code = run_program(sys.argv[1:])
new = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items() if name not in before}
print(json.dumps([code, new]))
"""


AT_MOST = {"--version": 66, "--help": 75, "validate": 270, "run": 670, "resume": 675}
"""Modules that such a call may load, those of Python included that a bare interpreter lacks."""


class Loaded(NamedTuple):
    libraries: set[str]
    rooms: set[str]
    verbs: set[str]
    slow: set[str]


def loaded_by(*words: object) -> Loaded:
    """Returns what one call of the program loads in a fresh interpreter."""
    call = [sys.executable, "-c", PROGRAM, *map(str, words)]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stderr
    assert len(modules) <= AT_MOST.get(str(words[0]), 1000), sorted(modules)
    own = [name.split(".")[1:] for name in modules if name.startswith("prodigy_tui.")]
    return Loaded(
        libraries={name.partition(".")[0] for name, file in modules.items() if "site-packages" in file},
        rooms={parts[0] for parts in own},
        verbs={parts[2] for parts in own if parts[:2] == ["cli", "commands"] and len(parts) > 2} & set(VERBS),
        slow=SLOW & modules.keys(),
    )


def test_validate_loads_only_what_it_needs(tmp_path: Path) -> None:
    work = tmp_path / "work.yml"
    work.write_text(large_workflow(40))

    assert loaded_by("validate", work) == Loaded(
        libraries=SMALL, rooms={"cli", "errors", "garbage", "ids", "spared", "workflow"}, verbs={"validate"}, slow=set()
    )


def test_version_loads_no_verb() -> None:
    loaded = loaded_by("--version")

    assert loaded == Loaded(libraries={"click"}, rooms={"cli", "errors", "garbage", "spared"}, verbs=set(), slow=set())


def test_help_loads_no_verb() -> None:
    loaded = loaded_by("--help")

    # The library asks `shutil` how wide the terminal is.
    assert loaded == Loaded(
        libraries={"click"}, rooms={"cli", "errors", "garbage", "spared"}, verbs=set(), slow={"shutil"}
    )


@pytest.mark.parametrize(("words", "verb"), [(["run", "--help"], "run"), (["runs", "list"], "runs")])
def test_a_verb_loads_no_other_verb_and_no_interface(
    project: Project, monkeypatch: pytest.MonkeyPatch, words: list[str], verb: str
) -> None:
    monkeypatch.chdir(project.repo.path)
    loaded = loaded_by(*words)

    assert loaded.verbs == {verb}
    assert loaded.rooms.isdisjoint({"engine", "tui"})
    assert loaded.libraries <= LARGE


def test_a_run_without_the_interface_loads_only_what_it_drives_steps_with(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.repo.path)
    loaded = loaded_by("run", "--headless", project.workflow("steps: ['true']\n"))

    assert (loaded.verbs, loaded.libraries) == ({"run"}, LARGE)
    assert "tui" not in loaded.rooms
    assert "dataclasses" not in loaded.slow, "Python compiles a dataclass anew at each start; a struct takes a fiftieth"


def test_going_on_with_a_run_loads_only_what_it_drives_steps_with(stopped: Project) -> None:
    mend(stopped)

    loaded = loaded_by("resume", "-y", "--headless", "--retry-dlq")

    assert (loaded.verbs, loaded.libraries) == ({"resume"}, LARGE)
    assert "tui" not in loaded.rooms
    assert "dataclasses" not in loaded.slow

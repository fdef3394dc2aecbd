"""A finished run of the real program over the corpus, for what shows runs: commands and screens.

A third of the corpus in every test run, all of it with `-m soak`.
"""

import fcntl
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from prodigy_tui.storage.paths import RunFolder, StateHome
from tests.hostile.corpus import CORPUS, TEXTS
from tests.support.examples import whole
from tests.support.gitrepo import HERMETIC, GitRepo

REPOSITORY = "it's a \x1b[31m [bold]repo"

RUN = """
name: "hostile \\e[31m\\u202E[bold]x[/]"
map:
  input: {file: items.json}
  max_parallel: 4
  agent_template:
    - write_file: {path: "out/${item_index}/${item_id}", content: "${item_json}", create_dirs: true}
      on_failure: true
    - name: "show \\e]0;t\\a [red]${item_id}[/]"
      shell: |
        echo done > "done-$PRODIGY_WORK_INDEX"
        git add --all --force --ignore-errors ./out "done-$PRODIGY_WORK_INDEX"
        git commit -q -m "commit $PRODIGY_WORK_INDEX" || exit 9
        cat
        printf '%s\\n' ${item} ${item_id} >&2
        exit $((PRODIGY_WORK_INDEX % 2))
      stdin: "${item_json} ${item_id}"
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where the run is."""

    repo: GitRepo
    home: Path
    folder: RunFolder
    said: str
    """What the program said to a person meanwhile."""

    envelopes: tuple[Envelope, ...]
    state: RunState


def items() -> list[object]:
    """What of the corpus is tried, as names, ids and keys, each once; what cannot be an item is left out."""
    made: list[object] = []
    values = [value for name, value in TEXTS.items() if name != "long path"]
    for index, value in enumerate(values if whole() else values[2::3]):
        fits = value if len(value) < 100_000 else value[:100_000]
        shapes: tuple[object, ...] = ({"id": fits, "name": fits}, fits, {fits: fits, "path": fits})
        made.append(shapes[index % 3])
    return made


def record(folder: Path) -> Recorded:
    """Lets the program run in a process of its own."""
    repo = GitRepo.init(folder / REPOSITORY)
    repo.commit("items.json", json.dumps(items()), "first")
    file = folder / "work.yml"
    file.write_text(RUN)
    home = str(folder / "state")
    environ = {"PATH": os.environ["PATH"], **HERMETIC, "PRODIGY_HOME": home, "XDG_RUNTIME_DIR": str(folder)}
    label = "".join(CORPUS[name] for name in ("right to left override", "colour", "markup", "newline", "tags"))
    with (folder / "said").open("wb") as said:
        subprocess.run(
            [sys.executable, "-m", "prodigy_tui", "run", file, "--headless", "--merge", "no", "--name", label],
            cwd=repo.path, env=environ, stdout=said, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    return found_in(folder)


def found_in(folder: Path) -> Recorded:
    """Returns the run that `record` has made."""
    said = (folder / "said").read_bytes().decode()
    home = folder / "state"
    runs = StateHome(home).runs()
    assert len(runs) == 1, said
    envelopes = tuple(read_events(runs[0].events))
    return Recorded(GitRepo(folder / REPOSITORY), home, runs[0], said, envelopes, fold(envelopes))


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The run, made once for all the processes that run tests."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder = root / "recorded"
    with (root / "recorded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return found_in(folder)
        folder.mkdir()
        return record(folder)

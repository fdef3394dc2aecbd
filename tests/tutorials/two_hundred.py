"""Drives the tutorial `two-hundred-agents.md` as its reader does: its files, its commands, its keys, in a terminal.

`python -m tests.tutorials.two_hundred --pictures docs/images` makes the pictures of the page anew.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.docs.test_docs import ROOT, blocks
from tests.support.gitrepo import HERMETIC
from tests.support.tmux import Window
from tests.tutorials.script import WAIT, Picture, Press, steps_of

PAGE: Final = ROOT / "docs" / "tutorial" / "two-hundred-agents.md"
WORKFLOW: Final = "two-hundred.yml"
PERSON_S: Final = 0.35
"""Between what is shown and the next key: sheets do not hear what is typed ahead of them."""

FEW: Final[tuple[tuple[str, str], ...]] = (
    (r'parts="[^"]*"', 'parts="desks legal mails"'),
    (r"for page in aims [a-z ]*;", "for page in aims notes rules who;"),
    (r"wait: (\d+)s", r"wait: \g<1>00ms"),
    (r"count: 5", "count: 1"),
)
"""What makes twelve quick agents of the two hundred."""
FEW_SHOWN: Final[Mapping[str, str]] = {
    "file 2/5": "file 1/1",
    "1 of 5 viewed": "1 of 1 viewed",
    "slots are busy": "● LIVE",
    "DLQ 10": "DLQ 4",
    "10 items": "4 items",
    "age>40s": "age>3s",
    "1 of 200": "1 of 12",
    "@a049 dead": "@a007 dead",
}


@dataclass(frozen=True, slots=True)
class Made:
    """The folder of the reader, with everything in it that the page tells to make."""

    repository: Path
    state: Path


def make(folder: Path, *, few: bool) -> Made:
    """Does what the page says before it starts the interface."""
    (workflow,) = blocks(PAGE, "yaml")
    making, committing, starting = blocks(PAGE, "console")[:3]
    assert starting.strip() == "prodigy-tui"
    if few:
        for old, new in FEW:
            making, workflow = re.sub(old, new, making), re.sub(old, new, workflow)
    repository = folder / "handbook"
    _shell(making, folder)
    (repository / WORKFLOW).write_text(workflow, "utf-8")
    _shell(committing, repository)
    return Made(repository, folder / "state")


def _shell(commands: str, folder: Path) -> None:
    environment = {**os.environ, **HERMETIC, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-euc", commands], cwd=folder, env=environment, check=True, capture_output=True)


def drive(made: Made, *, few: bool, size: tuple[int, int], pictures: Path | None = None) -> int:
    """Presses the keys of the page; returns what the program exits with."""
    short = tempfile.TemporaryDirectory(prefix="p-", dir="/tmp")
    env = {
        **HERMETIC,
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_COMMITTER_NAME": "Ada",
        "HOME": str(made.state),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PRODIGY_HOME": str(made.state),
        "XDG_RUNTIME_DIR": short.name,
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        **{name: os.environ[name] for name in ("PYTHONPYCACHEPREFIX",) if name in os.environ},
    }
    with short, Window(made.repository, env, columns=size[0], lines=size[1]) as window:
        for step in steps_of(PAGE.read_text("utf-8")):
            match step:
                case Picture(file=file):
                    if pictures is not None:
                        (pictures / file).write_text(window.picture("prodigy-tui"), "utf-8")
                case Press(key=key, shown=shown):
                    if few:
                        for many, some in FEW_SHOWN.items():
                            key, shown = key.replace(many, some), shown.replace(many, some)
                    if key != WAIT:
                        window.press(key)
                    if shown:
                        window.wait_until_shown(shown, 30 if few or key != WAIT else 240)
                    time.sleep(PERSON_S)
        return window.wait_until_ended()


def main() -> None:
    """Drives it with all its agents."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--few", action="store_true", help="with twelve agents, to try it")
    asked = parser.parse_args()
    asked.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tutorial-", dir="/tmp") as folder:
        drive(make(Path(folder), few=asked.few), few=asked.few, size=(124, 34), pictures=asked.pictures)


if __name__ == "__main__":
    main()

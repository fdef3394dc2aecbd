"""Where the engine is measured: a repository of 500 files and 5 MB, and the program in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import quiet_environment
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import Oid, RunId
from tests.support.gitrepo import HERMETIC

FILES: Final = 500
PARALLEL: Final = 10
_FILE_BYTES: Final = 10_000
_FILES_A_FOLDER: Final = 20
_HERE: Final = Path(__file__).parents[3]
PROGRAM: Final = (sys.executable, "-m", "prodigy_tui")

CHANGE: Final = 'echo "{id}" >> {file} && git add -A && git commit -qm "item {id}"'
"""What an agent does with its item. Files grow by a line: they neither become more nor shrink, as a run goes on."""


def environment(home: Path) -> dict[str, str]:
    """Returns what every program finds here: nothing of the user, and git as the engine has it for its agents.

    So what is measured beside us has no housekeeping of git in it, and makes commits as durable.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    hermetic = {name: text for name, text in HERMETIC.items() if not name.endswith("_DATE")}
    own = {"HOME": str(home), "PRODIGY_HOME": str(home / "state"), "PYTHONPATH": str(_HERE)}
    return {**kept, **hermetic, **own, **quiet_environment()}


@contextmanager
def surroundings(home: Path) -> Iterator[None]:
    """Gives this process that environment, for the engine's parts that are measured in it."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment(home))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Ground:
    """A folder with a repository in it, and what is done there."""

    def __init__(self, folder: Path, files: int = FILES) -> None:
        """Makes the repository."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self.repo = self.folder / "repo"
        self.environment = environment(self.folder)
        for number in range(files):
            file = self.repo / file_of(number)
            file.parent.mkdir(parents=True, exist_ok=True)
            line = f"{number:04} a line of some text that is like the lines of other files, and ends here\n"
            file.write_text(line * (_FILE_BYTES // len(line)))
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=base")
        self.base = Oid(self.git("rev-parse", "HEAD"))

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        """Runs git in the repository and returns what it said."""
        command = ("git", *arguments)
        done = subprocess.run(command, cwd=cwd or self.repo, env=self.environment, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(f"error: {' '.join(command)}: {done.stderr.decode('utf-8', 'replace')}")
        return done.stdout.decode().strip()

    def moved_on(self, edits: int, number: int) -> Oid:
        """Commits edits of that many other files on `main`, and returns the commit."""
        for each in range(edits):
            with (self.repo / file_of(FILES // 2 + edits * number + each)).open("a") as file:
                file.write(f"{number}\n")
        self.git("commit", "--quiet", "--all", "--message=more")
        return Oid(self.git("rev-parse", "HEAD"))

    def worktrees(self, run_id: str = "benchmark") -> Worktrees:
        """Returns the engine's own, for `surroundings`."""
        return Worktrees(
            Repository.open(self.repo), self.folder / "worktrees", self.folder / "lock", run_id=RunId(run_id)
        )

    def map_of(self, items: int, name: str = "map") -> Path:
        """Writes a workflow whose agents change one file each."""
        listed = [{"id": f"i{number:05}", "file": file_of(number)} for number in range(items)]
        (self.folder / f"{name}.json").write_text(json.dumps(listed))
        change = CHANGE.format(id="${item.id}", file="${item.file}")
        workflow = self.folder / f"{name}.yml"
        workflow.write_text(
            f"name: {name}\nmode: mapreduce\nmap:\n  input: {self.folder / name}.json\n  json_path: $[*]\n"
            f"  max_parallel: {PARALLEL}\n  agent_template:\n    - shell: {json.dumps(change)}\n"
        )
        return workflow

    def start(self, *arguments: str | Path, program: Sequence[str] = PROGRAM) -> "subprocess.Popen[bytes]":
        """Starts the program; what it says goes to a file."""
        with (self.folder / "said.txt").open("ab") as said:
            return subprocess.Popen(
                [*program, *map(str, arguments)],
                cwd=self.repo,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    @property
    def said(self) -> str:
        """The end of what the program said."""
        return (self.folder / "said.txt").read_text("utf-8", "replace")[-2000:]


def file_of(number: int) -> str:
    """Returns the file that an item changes: another one than any item that runs at the same time."""
    at = number % FILES
    return f"part-{at // _FILES_A_FOLDER:02}/file-{at:03}.txt"


def file_system(folder: Path) -> str:
    """Returns the name of the kind of file system that a folder is on."""
    command = ("stat", "--file-system", "--format=%T", str(folder))
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

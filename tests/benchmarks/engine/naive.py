"""The way of the program that this one follows, as a plain loop: what its design costs, whoever writes it.

A new worktree for each item, `git merge --no-ff` in the parent, the worktree and the branch removed, a checkpoint of
the whole run written anew. Ten at a time, with a lock around what meets other worktrees: without it items fail. Git is
kept from housekeeping here too, which is in favour of this way.
"""

import json
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.benchmarks.engine.ground import CHANGE, PARALLEL, Ground, file_of


class NaiveRun:
    """One run of that kind."""

    def __init__(self, ground: Ground, items: int) -> None:
        self._ground = ground
        self._items = items
        self._parent = ground.folder / "naive"
        self._worktrees = threading.Lock()
        self._merging = threading.Lock()
        self._done: list[dict[str, str]] = []
        ground.git("worktree", "add", "-b", "naive", str(self._parent), ground.base)

    def carry(self) -> None:
        """Carries all items to their end."""
        with ThreadPoolExecutor(PARALLEL) as threads:
            list(threads.map(self._item, range(self._items)))

    def end(self) -> None:
        """Checks what has become of the items, and takes the run's branch away."""
        merges = int(self._ground.git("rev-list", "--merges", "--count", "naive"))
        if merges != self._items:
            raise SystemExit(f"error: the naive run has {merges} merges of {self._items}")
        self._ground.git("worktree", "remove", "--force", str(self._parent))
        self._ground.git("branch", "-D", "naive")

    def _item(self, number: int) -> None:
        path, branch = self._ground.folder / f"naive-{number}", f"naive-{number}"
        with self._worktrees:
            self._git("worktree", "add", "--quiet", "-b", branch, str(path), "naive")
        change = CHANGE.format(id=f"i{number:05}", file=file_of(number))
        subprocess.run(("sh", "-c", change), cwd=path, env=self._ground.environment, check=True)
        with self._merging:
            self._git("merge", "--quiet", "--no-ff", "-m", f"Merge {branch}", branch, cwd=self._parent)
        with self._worktrees:
            self._git("worktree", "remove", "--force", str(path))
            self._git("branch", "--quiet", "-D", branch)
        with self._merging:
            self._done.append({"id": f"i{number:05}", "file": file_of(number), "branch": branch, "status": "success"})
            self._checkpoint()

    def _checkpoint(self) -> None:
        aside = self._ground.folder / "checkpoint.tmp"
        aside.write_text(json.dumps({"items": self._items, "done": self._done}))
        aside.rename(self._ground.folder / "checkpoint.json")

    def _git(self, *arguments: str, cwd: Path | None = None) -> None:
        environment = self._ground.environment
        subprocess.run(("git", *arguments), cwd=cwd or self._ground.repo, env=environment, check=True)

"""A run that died, and what may happen to its repository before it is taken up."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from prodigy_tui.git.administration import admin_folders
from tests.crash.golden import check_nothing_left, merges_of
from tests.support.drive import Driver
from tests.support.invariants import check_invariants

WORKFLOW = """
name: damaged
setup:
  - "echo setup >> $LEDGER; echo set > setup.txt; git add setup.txt; git commit -qm setup"
  - "echo loose >> $LEDGER; echo loose > loose.txt"
map:
  input: [a, b, c]
  max_parallel: 1
  agent_template:
    - "echo ${item} >> $LEDGER; echo ${item} > ${item}.txt; git add --all; git commit -qm ${item}"
reduce:
  - "echo reduce >> $LEDGER; ls *.txt > list; git add list; git commit -qm reduce"
"""
LANDED = {"readme.txt", "setup.txt", "a.txt", "b.txt", "c.txt", "list"}
ONCE = dict.fromkeys(("setup", "loose", "a", "b", "c", "reduce"), 1)


class Damaged:
    """The run between its death and its being taken up."""

    def __init__(self, driver: Driver, ledger: Path) -> None:
        self.driver = driver
        self.repo = driver.repo
        self.ledger = ledger

    @property
    def state(self) -> RunState:
        from prodigy_tui.events.evolve import fold

        return fold(read_events(self.driver.folder.events))

    @property
    def tip_ref(self) -> str:
        return f"refs/prodigy/{self.driver.run_id}/tip"

    @property
    def branch_ref(self) -> str:
        return f"refs/heads/prodigy/{self.driver.run_id}/run"

    def item(self, name: str) -> str:
        """The id of an item."""
        return next(one for one in self.state.order if self.state.items[one].item.label == name)

    def branch_of(self, name: str) -> str:
        entry = self.state.items[self.item(name)]
        return f"refs/heads/{entry.branch}"

    def worktree(self, name: str = "run") -> Path:
        return self.driver.folder.worktrees.resolve() / name

    def admin(self, name: str = "run") -> Path:
        """What git keeps about a worktree."""
        return next(f for f, path in admin_folders(self.repo.path / ".git").items() if path == self.worktree(name))

    def delete_ref(self, *refs: str) -> None:
        for ref in refs:
            self.repo.git("update-ref", "-d", ref)

    def delete_worktrees(self) -> None:
        shutil.rmtree(self.driver.folder.worktrees)

    def collect_garbage(self) -> None:
        self.repo.git("worktree", "prune")
        self.repo.git("gc", "--quiet", "--prune=now")

    def object_file(self, name: str) -> Path:
        oid = self.repo.oid(name)
        return self.repo.path / ".git/objects" / oid[:2] / oid[2:]

    def lose(self, *names: str) -> None:
        """Objects that a loss of power has taken away."""
        for name in names:
            self.object_file(name).unlink()

    def empty(self, *files: Path) -> None:
        """Files that a loss of power has left without content."""
        for file in files:
            file.chmod(0o600)
            file.write_bytes(b"")

    def done(self) -> Counter[str]:
        """How often each step was executed."""
        return Counter(self.ledger.read_text().split())

    def resume(self) -> RunState:
        return self.driver.resume()


def check_end(damaged: Damaged, state: RunState, again: Iterable[str] = (), *, listed: bool = True) -> None:
    """Fails unless everything has landed, once, and nothing but `again` was done twice."""
    check_invariants(state)
    assert (state.status, state.counts.success) == ("succeeded", 3), state.message
    assert damaged.done() == Counter(ONCE) + Counter(again), "a finished step is never repeated"
    assert set(damaged.repo.files("main")) == LANDED
    assert ("loose.txt" in damaged.repo.read("list").split()) == listed
    assert merges_of(damaged.driver) == dict.fromkeys(state.order, 1)
    kept = f"refs/prodigy/{damaged.driver.run_id}/kept/"
    for ref in damaged.repo.git("for-each-ref", "--format=%(refname)", kept).split():
        assert damaged.repo.git("log", "-1", "--format=%s", ref) == "change other.txt", "what others made is kept"
        damaged.delete_ref(ref)
    check_nothing_left(damaged.driver)


def said(state: RunState) -> str:
    """The warnings of a run."""
    return "\n".join(warned.message for warned in state.warnings)


def end(process: "subprocess.Popen[bytes]") -> int:
    """Kills a process that may have ended already, and returns how it has ended."""
    with process:
        process.kill()
    return process.returncode


def sleeper(**variables: str) -> "subprocess.Popen[bytes]":
    """A process that ends only by force, with these variables in its environment."""
    text = "trap '' TERM INT HUP; echo up; while :; do sleep 1; done"
    process = subprocess.Popen(["sh", "-c", text], env={**os.environ, **variables}, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process

"""The soak: the real program is killed at random times while it merges, solves conflicts and verifies.

`python -m tests.crash.soak --kills 200 --items 100 --seed 1` does it and prints figures. Who is killed when comes from
the seed; what the program was doing then is up to the machine. Nothing may be lost, merged twice, or left over.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import (
    AgentInterrupted,
    Envelope,
    MergeFinished,
    MergeInterrupted,
    ResolutionFinished,
    RunFinished,
    RunResumed,
    VerifyFinished,
)
from prodigy_tui.events.source import read_events
from prodigy_tui.storage.paths import RunFolder, StateHome
from tests.crash.killing import descendants, marked_processes
from tests.crash.parts import READY
from tests.support.gitrepo import GitRepo, hermetic
from tests.support.invariants import check_invariants

ROTTEN = 13
"""The item that does not pass verification."""

SHARE = 10
"""One item of so many works on the same file as its neighbour."""

UPTIME_S = 2.5
"""How long a process lives in the mean, while the run is as far as it should be by then."""

AT_ONCE = 0.2
"""Part of the deaths that come so long after the start; the others come so long after the first event."""

LOOK_S = 0.02

END_S = 900
"""Far more than the last process needs, which nobody kills."""

WORKFLOW = (
    r"""
name: soak
agent_defaults:
  provider: scripted
  options:
    script:
      SOLUTIONS
      - match: 'page \d+$'
        do: [{wait: 1500ms}, {say: I have read it.}]
setup:
  - write_file: {path: notes.txt, content: "notes\n"}
    auto_commit: true
  - shell: echo 'ITEMS' > items.json
map:
  input: items.json
  max_parallel: 6
  retry: {attempts: 2, initial_delay: 100ms}
  agent_template:
    - agent: page ${item}
    - shell: |
        (setsid sleep 600 < /dev/null > /dev/null 2>&1 &)
        touch OUTSIDE/${item}
        for turn in 1 2 3 4 5 6 7 8 9 10; do
          case ${item} in
            *4) test -e OUTSIDE/$((${item} + 1)) || sleep 0.2;;
            *5) test -e OUTSIDE/$((${item} - 1)) || sleep 0.2;;
          esac
        done
        echo ${item} > page-${item}.txt
        echo ${item} >> notes.txt
        shared=both-$((${item} / SHARE)).txt
        case ${item} in
          *[45]) if test -e $shared; then echo both > $shared; else echo ${item} > $shared; fi;;
          ROTTEN) touch rotten;;
        esac
        sleep 0.2
        git add --all && git commit --quiet -m 'page ${item}'
      commit_required: true
reduce:
  - shell: ls page-*.txt | wc -l > count.txt
    commit_config: {include_files: [count.txt]}
merge:
  policies:
    - {path: notes.txt, policy: union}
  verify:
    batch: auto
    flaky_retries: 0
    steps: [test ! -e rotten]
  agents:
    conflict: {agent: "solve ${merge.conflicts}"}
  steps:
    - shell: """
    + READY
)


def workflow(count: int, outside: Path) -> str:
    """A map over so many items: scripted agents, notes of all in one file, neighbours in conflict, one to be blamed."""
    shared = range((count - 1) // SHARE + 1)
    solutions = [
        {
            "match": f"^solve both-{one}.txt$",
            "do": [{"write": {"path": f"both-{one}.txt", "content": "both\n"}}, {"say": "solved"}],
        }
        for one in shared
    ]
    words = {
        "SOLUTIONS": "\n      ".join(f"- {json.dumps(one)}" for one in solutions),
        "ITEMS": str(list(range(count))),
        "ROTTEN": str(ROTTEN),
        "SHARE": str(SHARE),
        "OUTSIDE": str(outside),
    }
    text = WORKFLOW
    for word, meant in words.items():
        text = text.replace(word, meant)
    return text


def landed(count: int) -> dict[str, str]:
    """What the run lands, killed or not."""
    good = [one for one in range(count) if one != ROTTEN]
    shared = {
        f"both-{tens // SHARE}.txt": "both" if tens + 5 < count else str(tens + 4)
        for tens in range(0, count, SHARE)
        if tens + 4 < count
    }
    return {
        "readme.txt": "hello",
        "ready.txt": "ready",
        "count.txt": str(len(good)),
        "notes.txt": " ".join(sorted(["notes", *map(str, good)])),
        **shared,
        **{f"page-{one}.txt": str(one) for one in good},
    }


@dataclass
class Figures:
    """What a soak came to."""

    kills: int = 0
    with_children: int = 0
    runs: int = 0
    events: int = 0
    sessions: int = 0
    attempts_lost: int = 0
    merges: int = 0
    merges_interrupted: int = 0
    conflicts_solved: int = 0
    verifications: int = 0
    locks_left_by_git: int = 0
    """Of git commands that were killed with the program, and removed by hand."""
    killed_at: Counter[str] = field(default_factory=Counter)
    """The last event of the processes that were killed."""

    def count(self, envelopes: Sequence[Envelope]) -> None:
        events = [envelope.event for envelope in envelopes]

        def of(*kinds: type) -> int:
            return sum(isinstance(event, kinds) for event in events)

        self.runs += 1
        self.events += len(events)
        self.sessions += 1 + of(RunResumed)
        self.attempts_lost += of(AgentInterrupted)
        self.merges += sum(isinstance(event, MergeFinished) and event.status == "merged" for event in events)
        self.merges_interrupted += of(MergeInterrupted)
        self.conflicts_solved += sum(isinstance(event, ResolutionFinished) and event.status == "ok" for event in events)
        self.verifications += of(VerifyFinished)


class Soak:
    """One run, and those who kill it."""

    def __init__(self, place: Path, items: int, chance: random.Random, figures: Figures) -> None:
        self.place = place
        self.repo = GitRepo.begun(place / "repo")
        self.items = items
        self.chance = chance
        self.figures = figures
        self._environment = {
            **os.environ,
            "PRODIGY_HOME": str(place / "state"),
            "XDG_RUNTIME_DIR": str(place),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")))),
        }
        self._file = place / "soak.yml"
        outside = place / "outside"
        outside.mkdir()
        self._file.write_text(workflow(items, outside))

    def folder(self) -> RunFolder | None:
        """The run's, once it has begun."""
        found = [one for one in StateHome(self.place / "state").runs() if one.events.exists() and self._lines(one)]
        assert len(found) <= 1, "there is one run"
        return found[0] if found else None

    def _lines(self, folder: RunFolder) -> int:
        return folder.events.read_bytes().count(b"\n")

    def events(self) -> list[Envelope]:
        folder = self.folder()
        return list(read_events(folder.events)) if folder is not None else []

    def endure(self, kills: int) -> None:
        """Lets processes go on with the run; kills so many of them, or fewer if it ends before."""
        killed = 0
        while not self._has_ended():
            allowed = self._uptime(killed, kills) if killed < kills else END_S
            code, said = self._live(allowed, last=killed >= kills)
            if code is None:
                killed += 1
                self.figures.kills += 1
                envelopes = self.events()
                self.figures.killed_at[type(envelopes[-1].event).__name__ if envelopes else "nothing"] += 1
            elif self._lock_was_left(said):
                self.figures.locks_left_by_git += 1
            else:
                assert code in (0, 1), f"it ended with {code}: {said}"
                assert self._has_ended(), f"it left with {code}: {said}"
        self.check()
        self.figures.count(self.events())

    def _lock_was_left(self, said: str) -> bool:
        """Does as a person is told who is left with the lock of a git command that was killed; `False` if it is not so.

        What all worktrees share is left alone by the program where it cannot prove whose lock it is.
        """
        named = re.search(r"Unable to create '(.+/packed-refs\.lock)'.+remove that file", said)
        if named is None or not self.figures.with_children:
            return False
        Path(named[1]).unlink()
        return True

    def _has_ended(self) -> bool:
        envelopes = self.events()
        return bool(envelopes) and isinstance(envelopes[-1].event, RunFinished)

    def _uptime(self, killed: int, kills: int) -> float:
        """How long the next process lives: less while the run is ahead of the kills, more while it is behind."""
        merged = sum(isinstance(one.event, MergeFinished) and one.event.status == "merged" for one in self.events())
        ahead = merged / self.items - killed / kills
        return self.chance.expovariate(1 / UPTIME_S) * min(4.0, max(0.4, 2.0 ** (-20 * ahead)))

    def _live(self, allowed_s: float, *, last: bool) -> tuple[int | None, str]:
        """One process; what it exits with and says, None if it was killed."""
        folder = self.folder()
        arguments = ("resume", folder.run_id) if folder is not None else ("run", str(self._file))
        with (self.place / "said").open("w+b") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "prodigy_tui", *arguments, "--headless", "-y"],
                cwd=self.repo.path,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
            with_children = self.chance.random() < 0.5
            if self.chance.random() >= AT_ONCE:
                self._wait_for_event(process, folder)
            try:
                code: int | None = process.wait(allowed_s)
            except subprocess.TimeoutExpired:
                self._kill(process, with_children=with_children)
                assert not last, "nobody killed it, and it does not end"
                code = None
            said.seek(0)
            return code, said.read().decode()[-3000:]

    def _wait_for_event(self, process: "subprocess.Popen[bytes]", folder: RunFolder | None) -> None:
        """Waits until the process has recorded something, or has ended."""
        before = folder.events.stat().st_size if folder is not None else 0
        while process.poll() is None:
            known = folder or self.folder()
            if known is not None and known.events.stat().st_size > before:
                return
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_S)

    def _kill(self, process: "subprocess.Popen[bytes]", *, with_children: bool) -> None:
        self.figures.with_children += with_children
        victims = [process.pid]
        if with_children:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGSTOP)  # nothing new is started while the others are looked for
            victims += descendants(process.pid)
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()

    def check(self) -> None:
        """Fails when something was lost, done twice, or is left."""
        folder, envelopes = self.folder(), self.events()
        assert folder is not None
        state = fold(envelopes)
        check_invariants(state)
        dead = list(state.dead_letters)
        assert [state.items[one].item.data for one in dead] == [ROTTEN][: self.items > ROTTEN]
        assert (state.exit_code, state.counts.success) == (len(dead), self.items - len(dead))
        files = {
            name: " ".join(sorted(text.split()) if name == "notes.txt" else text.split())
            for name, text in self.repo.files("main").items()
        }
        assert files == landed(self.items), sorted(files.items() ^ landed(self.items).items())
        trailers = self.repo.git("log", "--format=%(trailers:key=Prodigy-Item,valueonly)", "main").split()
        good = {one for one, entry in state.items.items() if entry.status == "success"}
        assert Counter(trailers) == dict.fromkeys(good, 1), "each item is merged exactly once"
        refs = self.repo.git("for-each-ref", "--format=%(refname)", "refs/heads/prodigy", "refs/prodigy").split()
        kept = tuple(f"refs/heads/prodigy/{state.run_id}/item/{one}/" for one in dead)
        assert [ref for ref in refs if not ref.startswith(kept)] == [], "only the dead item keeps branches"
        places = {path for path in folder.worktrees.iterdir() if path.name != ".trash"}
        assert places == {Path(path) for path in state.kept}
        assert list((folder.worktrees / ".trash").glob("*")) == []
        assert len(self.repo.git("worktree", "list").splitlines()) == 1 + len(places)
        assert list((self.repo.path / ".git").rglob("*.lock")) == []
        assert self.repo.status() == []
        assert marked_processes(state.run_id) == []
        assert _processes_below(self.place) == []
        self.repo.git("fsck", "--connectivity-only", "--no-dangling")


def _processes_below(place: Path) -> list[int]:
    """The processes that work in a folder."""
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (one / "cwd").readlink().is_relative_to(place) and " Z " not in (one / "stat").read_text():
                found.append(int(one.name))
    return found


def soak(place: Path, *, kills: int, items: int, seed: int) -> Figures:
    """Kills the program so often, in one run or, where that ends before, in several."""
    chance, figures = random.Random(seed), Figures()
    while figures.kills < kills:
        folder = place / str(figures.runs + 1)
        folder.mkdir()
        Soak(folder, items, chance, figures).endure(kills - figures.kills)
        shutil.rmtree(folder)
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what is asked for and prints figures. A failure leaves everything where it is."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    place, began = Path(tempfile.mkdtemp(prefix="soak-")), time.monotonic()
    print(f"in {place}", flush=True)
    with pytest.MonkeyPatch.context() as patch:
        hermetic(patch)
        figures = soak(place, kills=options.kills, items=options.items, seed=options.seed)
    told = {**vars(figures), "killed_at": dict(figures.killed_at.most_common())}
    print(json.dumps({**told, "seed": options.seed, "seconds": round(time.monotonic() - began)}), flush=True)
    shutil.rmtree(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())

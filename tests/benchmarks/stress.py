"""Many items, and many agents at once: `python -m tests.benchmarks.stress [items] [agents]`.

`items` is a run of 10,000 items by ten agents, `agents` one of 1,000 agents that all sleep at the same time. The real
program runs them, from the command line to the landing, while its memory, open files and threads are looked at again
and again: all must stay within bounds, however many there are. It takes about ten minutes, and room for as many small
worktrees as there are agents (`--at FOLDER` says where); `--items` and `--agents` make it smaller.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from tests.benchmarks.engine.ground import PARALLEL, Ground
from tests.benchmarks.figures import Figure
from tests.benchmarks.running import Part, command, measured

_LOOK_S: Final = 0.2
_FILES: Final = 20
_CHANGE: Final = 'echo "${item.id}" > "${item.file}" && git add -A && git commit -qm "item ${item.id}"'


@dataclass(slots=True)
class Most:
    """The most that was seen at any look."""

    memory_mb: float = 0.0
    files: int = 0
    threads: int = 0
    children: int = 0

    def look(self, pid: int) -> None:
        """Looks at a process once more."""
        try:
            status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            children = [one.read_text().split() for one in Path(f"/proc/{pid}/task").glob("*/children")]
            files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
        except (OSError, ValueError):
            return  # it has ended
        self.memory_mb = max(self.memory_mb, int(status.get("VmRSS", "0 kB").split()[0]) / 1000)
        self.threads = max(self.threads, int(status.get("Threads", "0")))
        self.files = max(self.files, files)
        self.children = max(self.children, sum(map(len, children)))


def items(folder: Path, asked: argparse.Namespace) -> Iterator[Figure]:
    """A long run: what it holds in memory and open must not grow with it."""
    ground = Ground(folder / "ground", files=_FILES)
    most, state, seconds = _run(ground, asked.items, PARALLEL, _CHANGE)
    yield Figure(goal="", what="items landed", value=state.counts.success, unit="", target=asked.items, at_least=True)
    yield Figure(goal="P13", what=f"memory at {asked.items:,} items", value=most.memory_mb, unit="MB", target=120)
    yield Figure(goal="", what="open files", value=most.files, unit="", target=100)
    yield Figure(goal="", what="threads", value=most.threads, unit="", target=20)
    yield Figure(goal="", what="time of an item", value=1000 * seconds / asked.items, unit="ms")


def agents(folder: Path, asked: argparse.Namespace) -> Iterator[Figure]:
    """Many agents that are all at work before the first of them may end."""
    ground = Ground(folder / "ground", files=_FILES)
    gate = ground.folder / "gate"
    gate.mkdir()
    last = f'[ $(ls "{gate}" | wc -l) -ge {asked.agents} ] && touch "{gate}/all"; '
    wait = f'touch "{gate}/${{item.id}}"; {last}while [ ! -e "{gate}/all" ]; do sleep 5; done; '
    most, state, seconds = _run(ground, asked.agents, asked.agents, wait + _CHANGE)
    done = state.counts.success
    yield Figure(goal="", what="agents whose work landed", value=done, unit="", target=asked.agents, at_least=True)
    yield Figure(goal="", what="at work at once", value=most.children, unit="", target=asked.agents, at_least=True)
    yield Figure(goal="", what="memory", value=most.memory_mb, unit="MB", target=150)
    yield Figure(goal="", what="open files an agent", value=most.files / asked.agents, unit="", target=5)
    yield Figure(goal="", what="threads", value=most.threads, unit="")
    yield Figure(goal="", what="time", value=seconds, unit="s")


def _run(ground: Ground, items_: int, parallel: int, change: str) -> tuple[Most, RunState, float]:
    """Runs a map to its landing; returns the most that the program held, how the run ended, and the seconds."""
    listed = [{"id": f"i{number:05}", "file": f"made/{number % 100:02}/{number:05}.txt"} for number in range(items_)]
    for number in range(100):
        (ground.repo / f"made/{number:02}").mkdir(parents=True)
        (ground.repo / f"made/{number:02}/kept.txt").write_text("kept\n")
    ground.git("add", "--all")
    ground.git("commit", "--quiet", "--message=folders")
    (ground.folder / "items.json").write_text(json.dumps(listed))
    workflow = ground.folder / "stress.yml"
    workflow.write_text(
        f"name: stress\nmode: mapreduce\nmap:\n  input: {ground.folder}/items.json\n  json_path: $[*]\n"
        f"  max_parallel: {parallel}\n  agent_template:\n    - shell: {json.dumps(change)}\n"
    )
    began, most = time.perf_counter(), Most()
    process = ground.start("run", workflow, "--headless", "--merge", "yes", "--allow-outside", ground.folder)
    shown = 0.0
    while True:
        try:
            code = process.wait(_LOOK_S)
            break
        except subprocess.TimeoutExpired:
            most.look(process.pid)
            if time.perf_counter() - shown > 10 and sys.stderr.isatty():
                shown = time.perf_counter()
                print(f"{shown - began:6.0f} s  {most}", file=sys.stderr)
    seconds = time.perf_counter() - began
    logs = list(ground.folder.glob("state/**/events.jsonl"))
    if code or len(logs) != 1:
        raise SystemExit(f"error: the run ended with {code}: {ground.said}")
    return most, fold(read_events(logs[0])), seconds


PARTS: Mapping[str, Part] = {"items": items, "agents": agents}


def main() -> int:
    """Runs what is asked for; 0 when everything stays within its bounds."""
    parser = command("tests.benchmarks.stress", __doc__)
    parser.add_argument("--items", type=int, default=10_000, metavar="N", help="items of the long run")
    parser.add_argument("--agents", type=int, default=1_000, metavar="N", help="agents at work at once")
    return 0 if measured(parser, PARTS) else 1


if __name__ == "__main__":
    sys.exit(main())

"""The real program in a process of its own, watched event by event, and the ways in which it is ended."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

PATIENCE_S = 60

WORKFLOW = """
name: pages
agent_defaults:
  provider: scripted
  options:
    script:
      - match: 'page (3|11|19|27)$'
        attempt: 1
        do: [{wait: 50ms}, {say: I give up.}, {fail: not today}]
      - match: 'page \\d+$'
        do: [{wait: 100ms}, {say: I have read it.}]
error_policy: {on_item_failure: retry}
setup:
  - shell: echo set > setup.txt && git add setup.txt && (git diff --cached --quiet || git commit --quiet -m setup)
  - shell: printf 'from setup'
    capture_output: origin
  - shell: echo 'ITEMS' > items.json
map:
  input: items.json
  max_parallel: 6
  agent_template:
    - agent: page ${item}
    - shell: |
        (setsid sleep 600 < /dev/null > /dev/null 2>&1 &)
        sleep 0.05
        echo ${origin} ${item} > page-${item}.txt
        git add page-${item}.txt && git commit --quiet -m 'page ${item}'
      commit_required: true
reduce:
  - shell: sleep 0.05; ls page-*.txt | wc -l > count.txt
  - shell: git add count.txt && (git diff --cached --quiet || git commit --quiet -m count)
merge:
  - shell: echo ready > ready.txt && git add ready.txt && (git diff --cached --quiet || git commit --quiet -m ready)
"""


def pages(count: int) -> str:
    """A workflow of `count` items: scripted agents, some of which fail once, and shell steps that leave strays."""
    return WORKFLOW.replace("ITEMS", str(list(range(1, count + 1))))


class Watched:
    """One process of the program, in a session of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "prodigy_tui", *arguments, "--headless", "-y", "--format", "jsonl"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def events(self) -> Iterator[dict[str, Any]]:
        """The events as they come, until the program ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "seq" in (event := json.loads(line)):
                yield event

    def until(self, kind: str, number: int = 1) -> int | None:
        """Waits for the event of this kind with this number; its `seq`, or None if the program ended before."""
        matching = (event["seq"] for event in self.events() if event["type"] == kind)
        return next((seq for count, seq in enumerate(matching, 1) if count == number), None)

    def kill(self, *, with_children: bool) -> None:
        """Kills the program, or all of its processes as a loss of power would."""
        victims = [self.process.pid]
        if with_children:
            os.kill(self.process.pid, signal.SIGSTOP)  # nothing new is started while the others are looked for
            victims += descendants(self.process.pid)
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE_S)

    def end(self) -> tuple[int, str]:
        """What it exits with, and what it said."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out + err


def descendants(pid: int) -> list[int]:
    """Every process below `pid`; those that broke away from it are not found."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *descendants(child)]
    return found


def marked_processes(run_id: str) -> list[int]:
    """The live processes that belong to an agent or a step of the run."""
    mark = f"PRODIGY_AGENT_ID={run_id}:".encode()
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdecimal() and mark in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found

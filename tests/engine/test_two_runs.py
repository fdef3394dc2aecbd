"""Two runs of the program, in repositories of their own, meet one limit: real processes, real time, and `kill -9`."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.gitrepo import GitRepo
from tests.support.rules import rule

CLOSED_S = 6.0
FAKE_CLAUDE = """#!{python} -S
import fcntl, json, os, sys, time
place, prompt = os.environ["PLACE"], sys.stdin.read().strip()
def note(what, **more):
    with open(place + "/calls", "a") as calls:
        fcntl.flock(calls, fcntl.LOCK_EX)
        print(json.dumps({{"at": time.time(), "what": what, "who": prompt, **more}}), file=calls)
def say(**line):
    print(json.dumps({{"session_id": "s", **line}}), flush=True)
try:
    with open(place + "/opens", "x") as file: file.write(str(time.time() + {closed}))
except FileExistsError:
    pass
opens = float(open(place + "/opens").read() or 0) or time.time() + {closed}
note("start")
say(type="system", subtype="init", model="fake", slash_commands=[])
time.sleep(0.3)
if time.time() < opens:
    say(type="rate_limit_event", rate_limit_info={{"status": "rejected", "resetsAt": opens}})
    note("refused")
    say(type="result", subtype="success", is_error=True, num_turns=1, api_error_status=429, result="usage limit")
    sys.exit(1)
note("said")
say(type="assistant", message={{"content": [{{"type": "text", "text": "at it"}}]}})
time.sleep(0.3)
say(type="result", subtype="success", is_error=False, num_turns=1, result="done")
"""
WORKFLOW = """
name: {name}
map:
  input: [{{id: {name}1}}, {{id: {name}2}}, {{id: {name}3}}]
  max_parallel: 3
  agent_template: [{{claude: "${{item.id}}"}}]
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@dataclass
class Machine:
    """One state folder, one service."""

    place: Path

    def start(self, name: str, *arguments: str) -> "subprocess.Popen[str]":
        repo = self.place / name
        if not repo.exists():
            GitRepo.init(repo).commit("a", "a", "first")
            (self.place / f"{name}.yml").write_text(WORKFLOW.format(name=name))
        environ = {
            **os.environ,
            "PATH": f"{self.place / 'bin'}:{os.environ['PATH']}",
            "PLACE": str(self.place),
            "PRODIGY_HOME": str(self.place / "state"),
        }
        command = arguments or ("run", str(self.place / f"{name}.yml"))
        return subprocess.Popen(
            [sys.executable, "-m", "prodigy_tui", *command, "--headless", "--json"],
            cwd=repo, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def calls(self, what: str) -> list[tuple[float, str]]:
        try:
            lines = (self.place / "calls").read_text().splitlines()
        except FileNotFoundError:
            return []
        found = map(json.loads, lines)
        return sorted((call["at"], call["who"]) for call in found if call["what"] == what)

    @property
    def opens(self) -> float:
        return float((self.place / "opens").read_text())


@pytest.fixture
def machine(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "claude").write_text(FAKE_CLAUDE.format(python=sys.executable, closed=CLOSED_S))
    (tmp_path / "bin" / "claude").chmod(0o755)
    return Machine(tmp_path)


@rule("6.7 runs: shared")
@pytest.mark.parametrize("killed", [False, True])
def test_who_comes_later_asks_nothing_before_the_end_then_one_probe_goes_then_all(machine, killed):
    first = machine.start("a")
    while not machine.calls("refused"):
        assert first.poll() is None
        time.sleep(0.05)
    second = machine.start("b")
    if killed:
        time.sleep(1)
        first.send_signal(signal.SIGKILL)
        first.communicate()

    outcome = json.loads(second.communicate()[0])
    assert (outcome["status"], outcome["items"]["succeeded"]) == ("succeeded", 3)
    if killed:
        first = machine.start("a", "resume")
    assert json.loads(first.communicate()[0])["items"]["succeeded"] == 3

    starts = machine.calls("start")
    early = [who for at, who in starts if at < machine.opens]
    assert all(who.startswith("a") for who in early)
    assert len(early) <= 3, "nobody has asked twice before the end"
    later = [at for at, _ in starts if at >= machine.opens]
    answered = machine.calls("said")[0][0]
    assert sum(at < answered for at in later) == 1, "one probe on the machine"
    assert len(later) == 6

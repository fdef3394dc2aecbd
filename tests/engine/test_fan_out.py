"""Agents as real processes, at once, into a service that refuses every second call: a dozen; with `-m soak` fifty."""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from prodigy_tui.events.schema import AgentFinished, AgentMessage, ProviderLimited, StepHeld
from tests.support.clock import HurriedClock
from tests.support.rules import rule

FAKE_CLAUDE = """#!{python} -S
import fcntl, json, os, sys, time
args = sys.argv
resumed = args[args.index("--resume") + 1] if "--resume" in args else None
session = resumed or args[args.index("--session-id") + 1]
prompt = sys.stdin.read()
def note(what):
    with open(os.environ["CALLS"], "a+") as calls:
        fcntl.flock(calls, fcntl.LOCK_EX)
        calls.seek(0)
        number = sum(" start " in line for line in calls)
        print(time.monotonic(), what, "resumed" if resumed else "new", file=calls)
        return number
def say(**line):
    print(json.dumps({{"session_id": session, **line}}), flush=True)
number = note("start")
say(type="system", subtype="init", model="fake", slash_commands=[])
refused = number % 2 == 1
if not refused or number % 4 == 3:
    say(type="assistant", message={{"content": [{{"type": "text", "text": "at it"}}]}})
time.sleep(0.05)
note("end")
result = {{"type": "result", "subtype": "success", "num_turns": 1, "result": prompt, "total_cost_usd": 0.01}}
if refused:
    say(**{{**result, "is_error": True, "api_error_status": 429, "result": "API Error: 429 rate limited"}})
    sys.exit(1)
say(**{{**result, "is_error": False}})
"""


@dataclass(frozen=True)
class Calls:
    """What the fake service saw."""

    path: Path

    @property
    def lines(self) -> list[tuple[float, str, str]]:
        rows = [line.split() for line in self.path.read_text().splitlines()]
        return sorted((float(at), what, how) for at, what, how in rows)

    @property
    def count(self) -> int:
        return sum(what == "start" for _, what, _ in self.lines)

    def at_once(self) -> list[int]:
        """How many calls were under way at every start."""
        now, found = 0, []
        for _, what, _ in self.lines:
            now += 1 if what == "start" else -1
            if what == "start":
                found.append(now)
        return found


@pytest.fixture
def calls(lab):
    """Puts the fake program on the PATH."""
    folder = lab.outside / "bin"
    folder.mkdir()
    (folder / "claude").write_text(FAKE_CLAUDE.format(python=sys.executable))
    (folder / "claude").chmod(0o755)
    found = Calls(lab.outside / "calls")
    lab.environ |= {"PATH": f"{folder}:{lab.environ['PATH']}", "CALLS": str(found.path)}
    return found


@rule("6.7 runs: fan-out")
@pytest.mark.parametrize("agents", [12, pytest.param(50, marks=[pytest.mark.soak, pytest.mark.timeout(400)])])
async def test_all_succeed_without_a_storm(lab, calls, agents):
    items = ", ".join(f"{{id: i{n}}}" for n in range(agents))
    workflow = f"""
    map:
      input: [{items}]
      max_parallel: {agents}
      agent_template:
        - claude: "do ${{item.id}}"
          idle_timeout: none
    """
    async with lab.live(workflow, clock=HurriedClock(200)) as live:
        await live.driving
    ran = lab.ran(live)

    assert Counter(ran.statuses().values()) == {"success": agents}
    assert len(ran.of(AgentFinished)) == agents
    limits = ran.of(ProviderLimited)
    assert calls.count == agents + len(limits)
    assert calls.count <= 3 * agents, "every second call is refused; no more are made than that needs"
    # Of the first burst everybody was under way; what comes after the first limit comes one by one.
    began = calls.at_once()
    assert max(began[agents:], default=0) <= agents // 2 + 1
    resumed = sum(how == "resumed" for _, what, how in calls.lines if what == "start")
    spoke = Counter(event.item_id for event in ran.of(AgentMessage) if event.kind == "said")
    assert resumed >= sum(count - 1 for count in spoke.values()), "whoever has spoken before goes on with it"
    assert not ran.state.held
    assert len(ran.of(StepHeld)) <= 3 * calls.count, "what is told grows with the calls, not with those who wait"

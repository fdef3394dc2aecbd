"""No agent hangs a run: silence, the whole step, staying after the result, and what is left running."""

import os
import subprocess
import sys
import time

import pytest

from prodigy_tui.events.schema import StepFinished
from prodigy_tui.process.strays import find_strays
from tests.support.children import is_alive
from tests.support.clock import HurriedClock
from tests.support.rules import rule

FAKE_CLAUDE = """#!{python} -S
import json, os, signal, sys, time
prompt = sys.stdin.read()
def say(**line):
    print(json.dumps({{"session_id": "s", **line}}), flush=True)
def ignore():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
def stay():
    while True: time.sleep(100)
def daemon():
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            ignore()
            with open(os.environ["OUTSIDE"] + "/pids", "a") as file: print(os.getpid(), file=file)
            os.write(writer, b"x")
            stay()
        os._exit(0)
    os.read(reader, 1)
with open(os.environ["OUTSIDE"] + "/pids", "a") as file: print(os.getpid(), file=file)
say(type="system", subtype="init", model="fake", slash_commands=[])
if "deaf" in prompt: ignore()
if "daemon" in prompt: daemon()
if "result" in prompt: say(type="result", subtype="success", is_error=False, num_turns=1, result="done")
if "stays" in prompt: stay()
while "talks" in prompt:
    say(type="assistant", message={{"content": [{{"type": "text", "text": "..."}}]}})
    time.sleep(0.02)
if "dies" in prompt: os.kill(os.getpid(), signal.SIGKILL)
"""
SPEED = 200


@pytest.fixture
def fake(lab):
    folder = lab.outside / "bin"
    folder.mkdir()
    (folder / "claude").write_text(FAKE_CLAUDE.format(python=sys.executable))
    (folder / "claude").chmod(0o755)
    lab.environ["PATH"] = f"{folder}:{lab.environ['PATH']}"
    return lab


def nobody_is_left(lab) -> bool:
    return not any(is_alive(int(pid)) for pid in (lab.outside / "pids").read_text().split())


@rule("6.8 runs: watchdogs")
@pytest.mark.parametrize(
    ("prompt", "fields", "kind"),
    [
        ("deaf, stays", "idle_timeout: 100s", "timeout"),
        ("deaf, daemon, stays", "idle_timeout: 100s", "timeout"),
        ("talks", "{idle_timeout: 100s, timeout: 300s}", "timeout"),
        ("deaf, daemon, talks", "timeout: 300s", "timeout"),
        ("result, stays", "timeout: 20m", None),
        ("deaf, daemon, result, stays", "timeout: 20m", None),
        ("daemon, result", "timeout: 20m", None),
        ("daemon, dies", "timeout: 20m", "agent"),
    ],
)
async def test_every_agent_ends_and_nothing_of_it_is_left(fake, prompt, fields, kind):
    fields = fields.strip("{}").replace(", ", "\n  ")
    began = time.monotonic()
    ran = await fake.run(f"- claude: '{prompt}'\n  {fields}\n", clock=HurriedClock(SPEED))

    assert time.monotonic() - began < 30
    [finished] = ran.of(StepFinished)
    assert (finished.failure.kind if finished.failure else None) == kind
    assert finished.exit_code == {"timeout": 124, "agent": 137, None: 0}[kind]
    assert nobody_is_left(fake)


@rule("6.8 runs: grace")
@pytest.mark.parametrize(("grace", "least"), [("", 15), ("cleanup_grace_period_secs: 200", 205)])
async def test_the_grace_of_a_workflow_is_that_of_its_agents(fake, grace, least):
    """SIGINT, 5 s, SIGTERM, the grace, SIGKILL."""
    config = f"\n  timeout_config: {{{grace}}}" if grace else ""
    ran = await fake.run(
        f"map:\n  input: [{{id: a}}]{config}\n  agent_template:\n    - {{claude: 'deaf, stays', timeout: 60s}}\n",
        clock=HurriedClock(SPEED),
    )

    [finished] = ran.of(StepFinished)
    assert 60 + least <= finished.duration_s < 60 + least + 100
    assert nobody_is_left(fake)


@rule("6.8 runs: left by a crash")
async def test_what_a_crashed_process_left_running_is_ended_when_the_run_is_taken_up(fake):
    ran = await fake.run("- shell: 'exit 1'\n")
    marker = f"{ran.state.run_id}:steps:0:0:1"
    left = subprocess.Popen(  # noqa: ASYNC220 - the test ends it
        ["setsid", "--fork", "sh", "-c", "trap '' TERM INT; echo $$; exec >&-; while :; do sleep 100; done"],
        env={"PATH": os.environ["PATH"], "PRODIGY_AGENT_ID": marker},
        stdout=subprocess.PIPE,
    )
    assert left.stdout is not None
    pid = int(left.stdout.readline())
    left.stdout.close()
    left.wait()
    assert is_alive(pid)

    await fake.reopen(ran)

    assert not is_alive(pid)
    assert find_strays(marker, None) == ()

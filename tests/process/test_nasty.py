"""Agents that do everything not to end: none of them hangs a run, and nothing of them is left."""

import asyncio
import os
import sys
import time

import pytest

from prodigy_tui.process import Masker, run_child
from prodigy_tui.process.strays import find_strays
from tests.support.children import Output, is_alive, python_child
from tests.support.clock import HurriedClock
from tests.support.rules import rule

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="strays are found in /proc")

SPEED = 20.0

IGNORE = """
import os, signal, sys, time, subprocess
def ignore():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
def say(pid):
    print(pid, flush=True)
def stay():
    while True: time.sleep(100)
"""
DAEMON = """
def daemon(work):
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            say(os.getpid())  # before its parent ends, behind which it is swept at once
            os.write(writer, b"x")
            work()
        os._exit(0)
    os.read(reader, 1)
    os.wait()
"""
NASTY = {
    "ignores every signal": "ignore(); say(os.getpid()); stay()",
    "stops itself": "say(os.getpid()); os.kill(os.getpid(), signal.SIGSTOP)",
    "closes its outputs and stays": "say(os.getpid()); os.close(1); os.close(2); ignore(); stay()",
    "double-forks a daemon that ignores signals and keeps the pipes": DAEMON
    + "def work():\n    ignore(); stay()\ndaemon(work); say(os.getpid()); stay()",
    "ends at once and leaves such a daemon": DAEMON + "def work():\n    ignore(); stay()\ndaemon(work)",
    "leaves a daemon that is stopped": DAEMON
    + "def work():\n    os.kill(os.getpid(), signal.SIGSTOP); stay()\ndaemon(work)",
    "leaves a daemon that floods the pipe": DAEMON
    + "def work():\n    ignore()\n    while True: os.write(1, b'x' * 65536 + b'\\n')\ndaemon(work)",
    "moves to a session of its own": DAEMON + "def work():\n    ignore(); stay()\ndaemon(work); stay()",
    "becomes another program": "say(os.getpid()); os.execvp('sleep', ['sleep', '1000'])",
    "has children of its own that have more": "\n".join(
        (
            "for _ in range(3):",
            "    if os.fork() == 0:",
            "        os.setsid(); ignore(); say(os.getpid())",
            "        if os.fork() == 0:",
            "            os.setsid(); say(os.getpid())",
            "        stay()",
            "ignore(); stay()",
        )
    ),
    "starts another one whenever one is killed": "\n".join(
        (
            "def guard(depth):",
            "    ignore(); os.setsid()",
            "    while depth < 40:",
            "        child = os.fork()",
            "        if child == 0: stay()",
            "        say(child); os.waitpid(child, 0); depth += 1",
            "    stay()",
            "if os.fork() == 0: guard(0)",
            "stay()",
        )
    ),
}


@rule("6.8 runs: nasty")
@pytest.mark.parametrize("how", ["timeout", "cancel"])
@pytest.mark.parametrize("name", NASTY)
async def test_nothing_that_an_agent_does_keeps_it(name, how, tmp_path):
    marker = f"nasty-{os.getpid()}-{abs(hash((name, how)))}"
    clock, output = HurriedClock(SPEED), Output()
    timeout_s = 0.4 * SPEED if how == "timeout" else None
    child = python_child(
        IGNORE + NASTY[name], tmp_path, timeout_s=timeout_s, interrupt_first=True, grace_s=4.0, marker=marker
    )
    began = time.monotonic()
    running = asyncio.ensure_future(run_child(child, output, clock=clock, masker=Masker()))
    if how == "cancel":
        await output.until("\n")
        running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert time.monotonic() - began < 30
    assert find_strays(marker, None) == ()
    pids = [int(line) for line in output.stdout.split() if line.isdecimal()]
    assert pids or "floods" in name
    assert not any(is_alive(pid) for pid in pids)

"""Finding and killing what carries a mark."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prodigy_tui.process import kill_strays_of, wait_for_orphans
from prodigy_tui.process.strays import find_strays, is_stray, moment
from tests.support.children import ENV

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="strays are found in /proc")


@pytest.fixture
def start():
    started = []

    def run(marker, seconds=1000):
        child = subprocess.Popen(
            ["sh", "-c", f"echo; exec sleep {seconds}"],
            env={**ENV, "PRODIGY_AGENT_ID": marker},
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(child)
        child.stdout.readline()
        place = Path(f"/proc/{child.pid}")
        while (place / "comm").read_text() != "sleep\n" or marker.encode() not in (place / "environ").read_bytes():
            time.sleep(0.001)  # while it becomes another program it has no variables
        return child

    yield run
    for child in started:
        child.kill()
        child.wait()
        child.stdout.close()


def test_a_mark_is_found_whole_and_a_session_by_its_leader(start):
    child = start("strays-a:1")

    assert find_strays("strays-a:1", None) == (child.pid,)
    assert find_strays(None, child.pid) == (child.pid,)
    assert find_strays("strays-a", None) == ()
    assert find_strays("trays-a:1", None) == ()


def test_what_began_before_is_not_looked_at(start):
    early = start("strays-e:1")
    time.sleep(0.02)  # the kernel's clock for this ticks every hundredth of a second
    since = moment()
    late = start("strays-e:1")

    for _ in range(2):  # the second time it is known when each of them began
        assert find_strays("strays-e:1", None, since) == (late.pid,)
        assert find_strays(None, late.pid, since) == (late.pid,)
        assert find_strays(None, early.pid, since) == ()
    assert set(find_strays("strays-e:1", None)) == {early.pid, late.pid}


def test_a_zombie_is_no_stray(start):
    child = start("strays-b:1")
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert find_strays("strays-b:1", child.pid) == ()


def test_all_children_of_a_run_that_died_are_killed_by_their_prefix(start):
    first, second, other = start("strays-c:1"), start("strays-c:2"), start("strays-cc:1")

    assert kill_strays_of("strays-c:") == 2

    assert (first.wait(), second.wait()) == (-9, -9)
    assert other.poll() is None


def test_orphans_are_waited_for_by_a_variable_as_long_as_patience_lasts(start):
    child, other = start("strays-d", 0.2), start("strays-dd")

    assert not wait_for_orphans("PRODIGY_AGENT_ID", "strays-d", 0.001)
    assert wait_for_orphans("PRODIGY_AGENT_ID", "strays-d", 30)

    assert child.poll() == 0
    assert other.poll() is None
    assert wait_for_orphans("PRODIGY_AGENT_ID", "strays-d", 0)


@pytest.fixture
def restless(tmp_path: Path):
    """A process that puts another program in its place again and again."""
    script = tmp_path / "again"
    script.write_text('#!/bin/sh\nexec "$0"\n')
    script.chmod(0o755)
    child = subprocess.Popen([script], env={**ENV, "PRODIGY_AGENT_ID": "strays-r:1"}, start_new_session=True)
    yield child
    child.kill()
    child.wait()


def test_one_that_becomes_another_program_at_that_moment_is_found(restless):
    for _ in range(500):
        assert find_strays("strays-r:1", None, moment() - 1000) == (restless.pid,)


def test_who_cannot_wait_is_told_that_it_may_be_one(restless):
    answers = {is_stray(restless.pid, "strays-r:1", None) for _ in range(20_000)}

    assert answers == {True, None}
    assert is_stray(os.getpid(), "strays-r:1", None) is False


def test_one_without_any_variable_is_none():
    with subprocess.Popen(["sleep", "1000"], env={}) as bare:
        assert is_stray(bare.pid, "strays-b:1", None, patience_s=60) is False
        assert is_stray(bare.pid, "strays-b:1", None) is None, "it may just be starting"
        bare.kill()

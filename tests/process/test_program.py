"""How programs are started and their ends noticed: by which means, and what is left of it."""

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from prodigy_tui.clock import SystemClock
from prodigy_tui.process import CannotStart, Child, Masker, numbers, run_child, spawn, strays
from prodigy_tui.process import program as programs
from prodigy_tui.process.numbers import left_nothing
from prodigy_tui.process.strays import find_strays
from tests.support.children import ENV, Output, python_child
from tests.support.counting import calls_of

TELLS = Path("/proc/sys/kernel/ns_last_pid").exists()
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there the kernel tells")


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


async def run(child):
    output = Output()
    return await run_child(child, output, clock=SystemClock(), masker=Masker()), output


def little(tmp_path, number=0):
    return Child(argv=("sh", "-c", "echo hello"), cwd=tmp_path, env=ENV, marker=f"program-{os.getpid()}-{number}")


@linux_only
async def test_a_short_program_takes_no_thread_and_no_look_at_all_processes(tmp_path, monkeypatch):
    swept = []
    monkeypatch.setattr(threading.Thread, "start", lambda self: pytest.fail("a thread was started"))

    async def sweep(*_, **__):
        swept.append(1)
        return 0

    monkeypatch.setattr(spawn, "sweep", sweep)

    for number in range(20):  # where many others are at work there may be a doubt about one or the other
        ended, output = await run(little(tmp_path, number))
        assert (ended.exit_code, output.stdout) == (0, "hello\n")

    assert len(swept) < 20 or not TELLS


@linux_only
async def test_nothing_stays_open_and_nobody_unreaped(tmp_path):
    await run(little(tmp_path))
    before = open_files()

    says = Child(argv=("sh", "-c", "echo $$"), cwd=tmp_path, env=ENV, marker="nothing-stays")
    pids = [int(output.stdout) for _, output in await asyncio.gather(*(run(says) for _ in range(10)))]
    with pytest.raises(CannotStart):
        await run(Child(argv=("true", "a\0b"), cwd=tmp_path, env=ENV, stdin=b"x"))

    assert open_files() == before
    assert not programs._unreaped
    assert not programs._wide
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_where_the_kernel_does_not_tell_of_an_end_a_thread_waits_for_it(tmp_path, monkeypatch):
    def refused(pid):
        raise OSError("no descriptors are left")

    monkeypatch.setattr(os, "pidfd_open", refused, raising=False)
    monkeypatch.setattr(spawn, "sweep", None)
    monkeypatch.setattr(spawn, "left_nothing", lambda *_: True)

    ended, output = await run(python_child("import sys; print(sys.stdin.read()); sys.exit(5)", tmp_path, stdin=b"in"))

    assert (ended.exit_code, output.stdout) == (5, "in\n")
    assert not programs._unreaped


@linux_only
async def test_the_pipe_of_a_program_that_floods_is_made_wider(tmp_path):
    _, output = await run(python_child("import sys; sys.stdout.write('x' * 99 + '\\n' * 1)", tmp_path))
    assert max(len(text) for _, text in output.chunks) == 100

    _, output = await run(python_child("import sys; sys.stdout.write(('x' * 99 + '\\n') * 100_000)", tmp_path))

    assert sum(len(text) for _, text in output.chunks) == 10_000_000
    assert max(len(text) for _, text in output.chunks) > 100_000


OFTEN = """
import os, time

def prints(count):
    for number in range(count):
        os.write(1, b"%d\\n" % number)
        until = time.perf_counter() + 0.0001
        while time.perf_counter() < until:
            pass

"""


async def test_what_is_printed_at_short_intervals_is_read_at_longer_ones(tmp_path):
    _, output = await run(python_child(OFTEN + "prints(3000)", tmp_path))

    assert output.stdout == "".join(f"{number}\n" for number in range(3000))
    assert len(output.chunks) < 1500


async def test_what_comes_after_a_silence_behind_a_flood_is_told_while_the_program_runs(tmp_path):
    output = Output()
    code = OFTEN + "prints(1000); print('silent')\nwhile not os.path.exists('go'): time.sleep(0.01)\n"
    child = python_child(code + "print('again'); input()", tmp_path)
    running = asyncio.create_task(run_child(child, output, clock=SystemClock(), masker=Masker()))

    await output.until("silent\n")
    (tmp_path / "go").touch()
    await output.until("again\n")

    await running


@linux_only
async def test_one_that_prints_without_end_is_ended_in_the_midst_of_it(tmp_path):
    await run(little(tmp_path))
    before = open_files()

    says = Child(argv=("sh", "-c", "yes & yes >&2"), cwd=tmp_path, env=ENV, marker="yes-yes", timeout_s=0.3)
    seen = set()
    ended = await run_child(
        says, lambda stream, text: seen.add((stream, text[:2])), clock=SystemClock(), masker=Masker()
    )

    assert (ended.reason, ended.exit_code) == ("timeout", 124)
    assert seen == {("stdout", "y\n"), ("stderr", "y\n")}
    assert open_files() == before
    assert not programs._unreaped
    assert not programs._wide


async def test_a_program_that_closes_its_outputs_is_waited_for(tmp_path):
    ended, _ = await run(Child(argv=("sh", "-c", "exec >&- 2>&-; sleep 0.2; exit 4"), cwd=tmp_path, env=ENV))

    assert ended.exit_code == 4


class Before:
    """The number of a process that has ended, and others that begin after it."""

    def __init__(self):
        self.others = []

    def number(self):
        ended = subprocess.Popen(["true"])
        ended.wait()
        return ended.pid

    def start(self, marker, script="echo; read x", **options):
        env = {**ENV, "PRODIGY_AGENT_ID": marker}
        child = subprocess.Popen(["sh", "-c", script], env=env, stdin=-1, stdout=-1, **options)
        child.said = child.stdout.readline()
        self.others.append(child)
        return child


@pytest.fixture
def before():
    found = Before()
    yield found
    for child in found.others:
        child.communicate()


def surely(look):
    """Whether it is certain at one of several looks: others may begin hundreds of processes meanwhile."""
    return any(look() for _ in range(50))


@linux_only
@pytest.mark.skipif(not TELLS, reason="this kernel does not tell")
def test_what_was_left_is_never_overlooked_and_nothing_is_mostly_certain(before):
    assert surely(lambda: left_nothing(before.number(), "none-has-this", 0.001))
    assert not left_nothing(before.number(), "none-has-this", 3600)

    for _ in range(10):
        number = before.number()
        other = before.start(f"left-{number}", start_new_session=True)
        assert not left_nothing(number, f"left-{number}", 0.001)
        assert find_strays(f"left-{number}", None) == (other.pid,)
    assert surely(lambda: left_nothing(before.number(), "none-has-this", 0.001))


@linux_only
def test_what_is_left_in_the_session_is_seen_without_its_mark(tmp_path):
    leader = subprocess.Popen(["sh", "-c", "sleep 1000 >/dev/null & echo $!"], stdout=-1, start_new_session=True)
    left = int(leader.communicate()[0])
    try:
        assert not left_nothing(leader.pid, None, 0.001)
    finally:
        os.kill(left, 9)


PARENT = "sleep 1000 & echo $!; read x; kill $!"


@linux_only
def test_whose_a_process_is_its_session_says_without_a_file(before, monkeypatch):
    earlier = before.start("none", PARENT, start_new_session=True)
    other = before.start("none", PARENT, start_new_session=True)
    monkeypatch.setattr(programs, "_unreaped", {other.pid})

    def looked_at(found, pid):
        answers = []
        reads = calls_of(strays._facts, lambda: answers.append(numbers._may_be_left(found, "none-has-this", pid)))
        return reads, answers[0]

    assert looked_at(before.number(), earlier.pid) == (0, False)  # there is none
    assert looked_at(int(other.said), earlier.pid) == (0, False)  # of another program
    assert looked_at(int(earlier.said), earlier.pid + 1) == (0, False)  # from before
    assert looked_at(int(earlier.said), earlier.pid - 1) == (1, False)  # its own: only its mark can tell


@linux_only
def test_what_a_program_has_started_may_be_left_whether_its_end_was_taken_or_not(before, monkeypatch):
    leader = before.start("none", PARENT, start_new_session=True)
    for unreaped in ({leader.pid}, set[int]()):
        monkeypatch.setattr(programs, "_unreaped", unreaped)
        assert numbers._may_be_left(int(leader.said), "none-has-this", leader.pid)


class Folders:
    """A PATH of two folders, and the time at which a program is looked for on it."""

    def __init__(self, tmp_path):
        self.now = 100.0
        self.first, self.second = tmp_path / "first", tmp_path / "second"
        for folder in (self.first, self.second):
            folder.mkdir()

    def put(self, folder):
        (folder / "tool").write_text("#!/bin/sh\n")
        (folder / "tool").chmod(0o755)

    def find(self):
        return programs._found("tool", {"PATH": f"{self.first}:{self.second}"}, lambda: self.now)


@pytest.fixture
def folders(tmp_path):
    return Folders(tmp_path)


def test_a_program_that_was_found_a_moment_ago_is_not_looked_for_again(folders):
    folders.put(folders.second)
    assert calls_of(os.access, folders.find) == 2

    assert calls_of(os.access, folders.find) == 1
    folders.now += 1
    assert calls_of(os.access, folders.find) == 2


def test_a_program_that_is_installed_or_gone_is_noticed(folders):
    folders.put(folders.second)
    assert folders.find() == f"{folders.second}/tool"

    folders.put(folders.first)
    folders.now += 1
    assert folders.find() == f"{folders.first}/tool"

    (folders.first / "tool").unlink()
    assert folders.find() == f"{folders.second}/tool"
    (folders.second / "tool").chmod(0o644)
    assert folders.find() is None


def test_few_places_are_remembered(folders, monkeypatch):
    monkeypatch.setattr(programs, "_places", {})
    folders.put(folders.second)
    for number in range(200):
        assert programs._found("tool", {"PATH": f"/missing-{number}:{folders.second}"}) == f"{folders.second}/tool"

    assert len(programs._places) <= 64

"""Real children that behave badly in every way we know of."""

import asyncio
import os
import signal
import sys

import pytest

from prodigy_tui.clock import SystemClock
from prodigy_tui.process import (
    CannotStart,
    Child,
    FolderMissing,
    Masker,
    ProgramMissing,
    StopRequest,
    kill_all_now,
    kill_marked_now,
    run_child,
)
from tests.support.children import ENV, Output, is_alive, kill, python_child
from tests.support.clock import FakeClock

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="strays are found in /proc")

IGNORES_TERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("ready", flush=True)
while True: time.sleep(100)
"""
SLEEPS = 'import time; print("ready"); time.sleep(1000)'
LEAVES_STRAY = """
import subprocess, sys
stray = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], start_new_session=True)
print(stray.pid)
"""


async def run(child, *, clock=None, output=None, masker=None, stop=None):
    output = output if output is not None else Output()
    ended = await run_child(child, output, clock=clock or SystemClock(), masker=masker or Masker(), stop=stop)
    return ended, output


async def test_both_streams_and_the_exit_code_come_through(tmp_path):
    child = python_child('import sys; print("out"); print("err", file=sys.stderr); sys.exit(3)', tmp_path)

    ended, output = await run(child)

    assert (ended.exit_code, ended.reason, ended.strays) == (3, "exit", 0)
    assert (output.stdout, output.stderr) == ("out\n", "err\n")


async def test_a_child_gets_exactly_the_environment_folder_and_session_it_was_promised(tmp_path):
    code = "import os, json; print(sorted(os.environ), os.getcwd(), os.getsid(0) == os.getpid())"
    child = Child(argv=(sys.executable, "-c", code), cwd=tmp_path, env={"A": "1"}, marker="mark-1")

    _, output = await run(child)

    # Python itself adds LC_CTYPE in the C locale.
    assert output.stdout.replace("'LC_CTYPE', ", "") == f"['A', 'PRODIGY_AGENT_ID'] {tmp_path.resolve()} True\n"


async def test_standard_input_is_written_and_closed_and_empty_by_default(tmp_path):
    code = "import sys; print(len(sys.stdin.read()))"

    _, fed = await run(python_child(code, tmp_path, stdin=b"x" * 300_000))
    _, empty = await run(python_child(code, tmp_path))

    assert (fed.stdout, empty.stdout) == ("300000\n", "0\n")


async def test_a_child_that_does_not_read_its_input_ends_well(tmp_path):
    ended, _ = await run(python_child("pass", tmp_path, stdin=b"x" * 1_000_000))

    assert ended.exit_code == 0


async def test_a_flood_of_output_arrives_whole(tmp_path):
    child = python_child("import sys; sys.stdout.write(('0123456789' * 9 + '\\n') * 100_000)", tmp_path)

    ended, output = await run(child)

    assert ended.exit_code == 0
    assert output.stdout.count("\n") == 100_000
    assert set(output.stdout.split()) == {"0123456789" * 9}
    assert all(text.endswith("\n") for _, text in output.chunks)


async def test_a_line_of_a_megabyte_arrives_in_pieces(tmp_path):
    ended, output = await run(python_child("print('x' * 1_000_000)", tmp_path))

    assert ended.exit_code == 0
    assert output.stdout == "x" * 1_000_000 + "\n"
    assert max(len(text) for _, text in output.chunks) <= 256 * 1024


async def test_split_utf8_is_put_together(tmp_path):
    code = "import os; [os.write(1, bytes([b])) for b in 'käse €\\n'.encode()]"

    _, output = await run(python_child(code, tmp_path))

    assert output.chunks == [("stdout", "käse €\n")]


async def test_output_is_masked_before_anybody_sees_it(tmp_path):
    code = "print('key=hunter2-long'); print('ghp_' + 'a' * 36)"

    _, output = await run(python_child(code, tmp_path), masker=Masker(["hunter2-long"]))

    assert output.stdout == "key=***\n***\n"


async def test_a_program_that_kills_itself_counts_as_signal(tmp_path):
    ended, _ = await run(python_child("import os; os.kill(os.getpid(), 9)", tmp_path))

    assert (ended.exit_code, ended.reason) == (137, "signal")


async def test_a_missing_program_is_named(tmp_path):
    with pytest.raises(ProgramMissing, match="'no-such-program'") as caught:
        await run(Child(argv=("no-such-program",), cwd=tmp_path, env=ENV))

    assert caught.value.exit_code == 7


async def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FolderMissing, match="gone"):
        await run(Child(argv=("true",), cwd=tmp_path / "gone", env=ENV))


@pytest.mark.parametrize("argv", [("./plain",), ("true", "a\0b"), ("true", "x" * 4_000_000)])
async def test_what_the_system_refuses_to_start_is_an_error_of_ours(tmp_path, argv):
    (tmp_path / "plain").write_text("not a program")

    with pytest.raises(CannotStart, match="cannot start"):
        await run(Child(argv=argv, cwd=tmp_path, env=ENV))


async def test_a_timeout_ends_the_child_and_keeps_its_output(tmp_path):
    clock, output = FakeClock(), Output()
    child = python_child(SLEEPS, tmp_path, timeout_s=5)

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(run(child, clock=clock, output=output))
        await output.until("ready")
        await clock.advance(5)

    ended, _ = running.result()
    assert (ended.exit_code, ended.reason, ended.duration_s) == (124, "timeout", 5)
    assert output.stdout == "ready\n"


async def test_silence_is_counted_from_the_last_output(tmp_path):
    os.mkfifo(tmp_path / "gate")
    gate = os.open(tmp_path / "gate", os.O_RDWR)
    clock, output = FakeClock(), Output()
    code = "gate = open('gate', 'rb', 0); print('one'); gate.read(1); print('two'); gate.read(1)"
    child = python_child(code, tmp_path, idle_timeout_s=10)

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(run(child, clock=clock, output=output))
        await output.until("one")
        await clock.advance(9)
        os.write(gate, b"x")
        await output.until("two")
        await clock.advance(9)
        assert not running.done()
        await clock.advance(1)

    os.close(gate)
    assert (running.result()[0].exit_code, running.result()[0].reason) == (124, "idle")
    assert clock.monotonic() == 19


async def test_a_child_that_ignores_everything_is_killed_after_its_grace(tmp_path):
    clock, output = FakeClock(), Output()
    child = python_child(IGNORES_TERM, tmp_path, timeout_s=60, grace_s=7, interrupt_first=True)

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(run(child, clock=clock, output=output))
        await output.until("ready")
        await clock.advance(60)
        assert clock.sleepers[0] == 5
        await clock.advance(5)
        assert clock.sleepers[0] == 7
        await clock.advance(7)

    assert running.result()[0].reason == "timeout"
    assert running.result()[0].duration_s == 72


async def test_an_agent_is_interrupted_first_and_may_answer(tmp_path):
    code = """
import signal, sys, time
def answer(number, frame):
    print("got", signal.Signals(number).name)
    sys.exit(0)
signal.signal(signal.SIGINT, answer)
signal.signal(signal.SIGTERM, answer)
print("ready")
time.sleep(1000)
"""
    clock, output = FakeClock(), Output()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(
            run(python_child(code, tmp_path, timeout_s=1, interrupt_first=True), clock=clock, output=output)
        )
        await output.until("ready")
        await clock.advance(1)

    assert output.stdout == "ready\ngot SIGINT\n"


async def test_cancelling_ends_the_whole_group_and_goes_on(tmp_path):
    code = """
import os, subprocess, sys, time
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
print(os.getpid(), inner.pid, "ready")
time.sleep(1000)
"""
    output = Output()
    running = asyncio.ensure_future(run(python_child(code, tmp_path), output=output))
    await output.until("ready")

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert not any(is_alive(int(pid)) for pid in output.stdout.split()[:2])


async def test_cancelling_twice_kills_at_once(tmp_path):
    clock, output = FakeClock(), Output()
    running = asyncio.ensure_future(run(python_child(IGNORES_TERM, tmp_path), clock=clock, output=output))
    await output.until("ready")

    running.cancel()
    await clock.until_sleeping()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert clock.monotonic() == 0


async def test_a_reader_can_ask_for_the_end_now_or_later_and_change_its_mind(tmp_path):
    clock, output, stop = FakeClock(), Output(), StopRequest()

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(run(python_child(SLEEPS, tmp_path), clock=clock, output=output, stop=stop))
        await output.until("ready")
        stop.ask(after_s=30)
        await clock.advance(29)
        stop.withdraw()
        await clock.advance(100)
        assert not running.done()
        stop.ask(after_s=30)
        stop.ask()

    ended = running.result()[0]
    assert (ended.reason, ended.exit_code, ended.duration_s) == ("cancelled", 143, 129)


async def test_a_wish_during_the_stop_comes_too_late_and_loses_no_output(tmp_path):
    code = """
import signal, sys, time
def answer(number, frame):
    print("one")
    print("two")
    sys.exit(0)
signal.signal(signal.SIGTERM, answer)
print("ready")
time.sleep(1000)
"""
    output, stop = Output(), StopRequest()

    def reader(stream, text):
        output(stream, text)
        stop.ask(after_s=30)

    running = asyncio.ensure_future(
        run_child(python_child(code, tmp_path), reader, clock=FakeClock(), masker=Masker(), stop=stop)
    )
    await output.until("ready")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert output.stdout == "ready\none\ntwo\n"


async def test_a_reader_that_fails_ends_the_child_and_is_heard(tmp_path):
    def reader(stream, text):
        raise ValueError(text)

    with pytest.raises(ValueError, match="ready"):
        await run(python_child(SLEEPS, tmp_path), output=reader)


@linux_only
async def test_a_stray_in_its_own_session_is_swept_after_a_normal_end(tmp_path):
    ended, output = await run(python_child(LEAVES_STRAY, tmp_path, marker="stray-test"))

    assert (ended.exit_code, ended.strays) == (0, 1)
    assert not is_alive(int(output.stdout))


@linux_only
async def test_a_stray_that_ignores_term_is_killed_after_a_moment(tmp_path):
    code = f"""
import subprocess, sys
stray = subprocess.Popen([sys.executable, "-c", {IGNORES_TERM!r}], start_new_session=True, stdout=subprocess.PIPE)
stray.stdout.readline()
print(stray.pid)
"""
    clock, output = FakeClock(), Output()

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(run(python_child(code, tmp_path, marker="stubborn"), clock=clock, output=output))
        await clock.until_sleeping()
        await clock.advance(2)

    assert running.result()[0].strays == 1
    assert not is_alive(int(output.stdout))


@linux_only
async def test_a_background_job_in_the_group_does_not_hold_the_end_up(tmp_path):
    child = Child(argv=("sh", "-c", "sleep 1000 & echo $!"), cwd=tmp_path, env=ENV)

    ended, output = await run(child)

    assert (ended.exit_code, ended.strays) == (0, 1)
    assert not is_alive(int(output.stdout))


@linux_only
async def test_a_stray_that_hides_its_mark_cannot_hold_the_pipes_open(tmp_path):
    code = LEAVES_STRAY.replace("start_new_session=True", "start_new_session=True, env={}")
    clock, output = FakeClock(), Output()

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(run(python_child(code, tmp_path, marker="hidden"), clock=clock, output=output))
        await clock.until_sleeping()
        await clock.advance(2)

    assert running.result()[0].strays == 0
    kill(int(output.stdout))


@linux_only
async def test_killing_everything_now_leaves_nobody(tmp_path):
    code = LEAVES_STRAY + "import time; print('ready'); time.sleep(1000)"
    first, second = Output(), Output()

    async with asyncio.TaskGroup() as tasks:
        runs = [
            tasks.create_task(run(python_child(code, tmp_path, marker=f"now-{n}"), output=output))
            for n, output in enumerate((first, second))
        ]
        await first.until("ready")
        await second.until("ready")
        assert kill_all_now() == 2

    assert [done.result()[0].exit_code for done in runs] == [137, 137]
    assert not any(is_alive(int(output.stdout.split()[0])) for output in (first, second))
    assert kill_all_now() == 0


async def test_many_children_at_once_all_come_back(tmp_path):
    child = Child(argv=("sh", "-c", "echo hello"), cwd=tmp_path, env=ENV)

    results = await asyncio.gather(*(run(child) for _ in range(40)))

    assert {(ended.exit_code, output.stdout) for ended, output in results} == {(0, "hello\n")}


@pytest.fixture
def deaf():
    """Children that do not hear SIGTERM from their first moment on."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGTERM, before)


async def test_a_kill_reaches_a_child_that_is_just_being_started(tmp_path, deaf):
    for turns in range(12):
        marker = f"kill-{turns}-{tmp_path}"
        child = Child(argv=("sh", "-c", "sleep 300; true"), cwd=tmp_path, env=ENV, marker=marker, grace_s=300)
        running = asyncio.create_task(run_child(child, lambda *_: None, clock=SystemClock(), masker=Masker()))
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        kill_marked_now(marker)

        async with asyncio.timeout(10):
            with pytest.raises(asyncio.CancelledError):
                await running


async def test_a_cancellation_while_the_child_is_being_started_leaves_nothing_behind(tmp_path):
    for turns in range(12):
        child = Child(argv=("sh", "-c", "sleep 300; true"), cwd=tmp_path, env=ENV, marker=f"start-{turns}-{tmp_path}")
        running = asyncio.create_task(run_child(child, lambda *_: None, clock=SystemClock(), masker=Masker()))
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()

        async with asyncio.timeout(10):
            with pytest.raises(asyncio.CancelledError):
                await running

"""One owner at a time, proven with real processes."""

import json
import os
import pickle
import signal
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from prodigy_tui.errors import ExitCode
from prodigy_tui.storage import DiskTrouble, LockOwner, RunHeld, RunLock
from prodigy_tui.storage.owner import own_birth, this_boot
from tests.storage.children import run_python, start_python

HOLD = """
    import os, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from prodigy_tui.storage import LockOwner, RunLock

    owner = LockOwner(pid=os.getpid(), host="here", started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), socket="/s")
    lock = RunLock.acquire(Path(sys.argv[1]), owner)
    print("held", flush=True)
    sys.stdin.read()
    lock.release()
"""

COMPETE = """
    import os, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from prodigy_tui.storage import LockOwner, RunHeld, RunLock

    counter, won = Path(sys.argv[2]), 0
    owner = LockOwner(pid=os.getpid(), host="here", started=datetime.now(UTC))
    while won < 50:
        RunLock.is_held(Path(sys.argv[1]))
        try:
            lock = RunLock.acquire(Path(sys.argv[1]), owner)
        except RunHeld:
            continue
        counter.write_text(str(int(counter.read_text()) + 1))
        won += 1
        if sys.argv[3] == "remove":
            lock.path.unlink()
        lock.release()
"""


def make_owner(**changes) -> LockOwner:
    facts = {"pid": os.getpid(), "host": "here", "started": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}
    return LockOwner(**(facts | changes))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "flow-260102-030405-abcd"
    folder.mkdir()
    return folder / "run.lock"


def test_owner_can_be_read_while_held_and_not_after(path: Path):
    owner = make_owner(socket="/run/user/1/s")

    with RunLock.acquire(path, owner):
        assert RunLock.owner(path) == owner
        assert RunLock.is_held(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    assert RunLock.owner(path) is None
    assert not RunLock.is_held(path)
    assert path.exists()


def test_missing_lock_file_has_no_owner(path: Path):
    assert RunLock.owner(path) is None
    assert not RunLock.is_held(path)
    assert not path.exists()


def test_shorter_record_replaces_a_longer_one_whole(path: Path):
    with RunLock.acquire(path, make_owner(socket="/" + "s" * 90)) as lock:
        lock.record(make_owner(socket="/t"))

        assert RunLock.owner(path) == make_owner(socket="/t")
        json.loads(path.read_text())


def test_second_process_is_refused_and_told_who_holds(path: Path):
    with start_python(HOLD, path) as child:
        child.stdout.readline()

        with pytest.raises(RunHeld) as caught:
            RunLock.acquire(path, make_owner(), force=True)
        child.stdin.close()

    assert caught.value.exit_code is ExitCode.HELD
    assert caught.value.owner == make_owner(pid=child.pid, socket="/s")
    assert f"'flow-260102-030405-abcd' is held by process {child.pid} on 'here' since 2026-01-02" in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert child.returncode == 0
    RunLock.acquire(path, make_owner()).release()


def test_lock_of_a_killed_owner_is_free(path: Path):
    with start_python(HOLD, path) as child:
        child.stdout.readline()
        child.send_signal(signal.SIGKILL)

    assert RunLock.owner(path) == make_owner(pid=child.pid, socket="/s")
    assert not RunLock.is_held(path)
    with RunLock.acquire(path, make_owner()):
        assert RunLock.owner(path) == make_owner()


def test_lock_recorded_on_another_host_needs_force(path: Path):
    with start_python(HOLD, path) as child:
        child.stdout.readline()
        child.send_signal(signal.SIGKILL)

    with pytest.raises(RunHeld, match="--force") as caught:
        RunLock.acquire(path, make_owner(host="there"))
    assert caught.value.elsewhere
    assert RunLock.owner(path) == make_owner(pid=child.pid, socket="/s")

    with RunLock.acquire(path, make_owner(host="there"), force=True):
        assert RunLock.owner(path) == make_owner(host="there")


def test_lock_released_on_another_host_is_free(path: Path):
    RunLock.acquire(path, make_owner(host="there")).release()

    RunLock.acquire(path, make_owner()).release()


@pytest.mark.parametrize("text", ["", "\0" * 64, '{"pid": 1', "[]", '{"pid": 1}', "\xff\n"])
def test_torn_record_counts_as_none(path: Path, text: str):
    path.write_bytes(text.encode("latin-1"))

    assert RunLock.owner(path) is None
    RunLock.acquire(path, make_owner()).release()


def test_same_process_cannot_take_it_twice(path: Path):
    with RunLock.acquire(path, make_owner()), pytest.raises(RunHeld):
        RunLock.acquire(path, make_owner())


def test_child_processes_do_not_inherit_the_lock(path: Path):
    lock = RunLock.acquire(path, make_owner())
    with start_python("import sys; sys.stdin.read()") as child:
        lock.release()
        RunLock.acquire(path, make_owner()).release()
        alive = child.poll() is None
        child.stdin.close()

    assert alive


@pytest.mark.parametrize("after", ["keep", "remove"])
def test_competing_processes_never_hold_it_together(path: Path, tmp_path: Path, after: str):
    counter = tmp_path / "counter"
    counter.write_text("0")
    children = [start_python(COMPETE, path, counter, after) for _ in range(3)]

    for child in children:
        with child:
            pass

    assert [child.returncode for child in children] == [0, 0, 0]
    assert counter.read_text() == "150"


def test_probing_does_not_refuse_an_owner(path: Path):
    code = """
        import sys
        from pathlib import Path
        from prodigy_tui.storage import RunLock
        print("probing", flush=True)
        while not Path(sys.argv[2]).exists():
            RunLock.is_held(Path(sys.argv[1]))
    """
    done = path.with_name("done")
    with start_python(code, path, done) as child:
        child.stdout.readline()
        for _ in range(200):
            RunLock.acquire(path, make_owner()).release()
        done.touch()

    assert child.returncode == 0


def test_lock_in_a_missing_folder_is_trouble(path: Path):
    with pytest.raises(DiskTrouble, match="cannot lock"):
        RunLock.acquire(path.parent / "gone" / "run.lock", make_owner())


def test_release_twice_does_nothing(path: Path):
    lock = RunLock.acquire(path, make_owner())
    lock.release()

    with RunLock.acquire(path, make_owner(pid=7)):
        lock.release()
        assert RunLock.owner(path) == make_owner(pid=7)


def test_process_that_ends_without_release_leaves_its_name(path: Path):
    run_python(HOLD.replace("lock.release()", ""), path, input="")

    assert RunLock.owner(path) is not None
    assert not RunLock.is_held(path)


def test_who_had_it_and_died_is_told(path: Path):
    path.write_bytes(json.dumps({"pid": 4711, "host": "here", "started": "2026-01-02T03:04:05Z"}).encode())

    with RunLock.acquire(path, make_owner()) as lock:
        assert lock.before == make_owner(pid=4711)


def test_the_same_machine_under_another_name_needs_no_force(path: Path):
    path.write_bytes(json.dumps({"pid": 1, "host": "a", "started": "2026-01-02T03:04:05Z", "boot": "b"}).encode())

    RunLock.acquire(path, make_owner(host="c", boot="b")).release()


@pytest.mark.parametrize(
    ("facts", "fate"),
    [
        ({"boot": this_boot(), "born": own_birth()}, "alive"),
        ({"boot": this_boot(), "born": own_birth() + 1}, "reused"),
        ({"boot": "before", "born": own_birth()}, "gone"),
        ({"pid": 2**22 + 1, "boot": this_boot(), "born": 1}, "gone"),
        ({}, "unknown"),
    ],
)
def test_a_process_is_told_from_a_later_one_with_its_number(facts, fate):
    assert make_owner(**facts).fate(this_boot()) == fate

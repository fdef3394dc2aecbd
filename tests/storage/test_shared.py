"""What processes share: a record that they change in turn, and signs of life that the kernel takes back."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from prodigy_tui.storage.shared import RecordBusy, SharedRecord, SignOfLife
from prodigy_tui.storage.trouble import DiskTrouble

COUNTS = """
import sys
from pathlib import Path
from prodigy_tui.storage.shared import RecordBusy, SharedRecord
record = SharedRecord(Path(sys.argv[1]))
for _ in range(200):
    while True:
        try:
            record.change(lambda before: str(int(before or b"0") + 1).encode())
        except RecordBusy:
            continue
        break
"""
LIVES = """
import sys, time
from pathlib import Path
from prodigy_tui.storage.shared import SignOfLife
print(SignOfLife.give(Path(sys.argv[1])).name, flush=True)
time.sleep(1000)
"""


def read(record: SharedRecord) -> bytes:
    found = []
    record.change(lambda before: found.append(before) or before)
    return found[0]


def write(record: SharedRecord, text: bytes) -> None:
    record.change(lambda _: text)


def test_a_record_begins_empty_and_keeps_what_was_written(tmp_path):
    record = SharedRecord(tmp_path / "a" / "b.json")

    assert read(record) == b""
    write(record, b"a long first text")
    write(record, b"short")

    assert read(SharedRecord(record.path)) == b"short"
    assert record.path.read_bytes() == b"short\n"
    assert (record.path.stat().st_mode & 0o777, record.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize("damage", [b"torn with no end", b"x" * 400_000 + b"\n", b""])
def test_a_damaged_record_is_empty_and_mends(tmp_path, damage):
    record = SharedRecord(tmp_path / "r")
    record.path.write_bytes(damage)

    assert read(record) == b""
    write(record, b"mended")
    assert read(record) == b"mended"


def test_what_was_left_of_a_longer_record_is_not_read(tmp_path):
    """A process that is killed between its two writes leaves the rest of the old line behind the new one."""
    record = SharedRecord(tmp_path / "r")
    record.path.write_bytes(b"new\nest of the old one\n")

    assert read(record) == b"new"


def test_processes_take_turns(tmp_path):
    children = [subprocess.Popen([sys.executable, "-c", COUNTS, str(tmp_path / "r")]) for _ in range(4)]

    assert [child.wait() for child in children] == [0] * 4
    assert read(SharedRecord(tmp_path / "r")) == b"800"


def test_a_record_that_is_held_is_not_waited_for_long(tmp_path):
    record = SharedRecord(tmp_path / "r")
    write(record, b"x")
    with record.path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        began = time.monotonic()
        with pytest.raises(RecordBusy, match="another process holds it"):
            read(record)
        assert time.monotonic() - began < 5


def test_a_short_hold_is_waited_out(tmp_path):
    record = SharedRecord(tmp_path / "r")
    write(record, b"x")
    other = record.path.open("rb")
    fcntl.flock(other, fcntl.LOCK_EX)
    timer = threading.Timer(0.02, other.close)
    timer.start()

    assert read(record) == b"x"
    timer.join()


@pytest.mark.parametrize("place", ["file/below", "/dev/null/x", "/proc/nothing/x"])
def test_a_place_that_cannot_be_written_is_named(place, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(DiskTrouble):
        read(SharedRecord(tmp_path / place))
    with pytest.raises(DiskTrouble):
        SignOfLife.give(tmp_path / place)


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "other").write_bytes(b"precious\n")
    (tmp_path / "r").symlink_to(tmp_path / "other")

    with pytest.raises(DiskTrouble):
        write(SharedRecord(tmp_path / "r"), b"x")
    assert (tmp_path / "other").read_bytes() == b"precious\n"


def test_life_is_seen_until_kill_9(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", LIVES, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    name = child.stdout.readline().strip()
    own = SignOfLife.give(tmp_path)

    assert own.lives(name)
    assert own.lives(own.name)
    assert not own.lives("1-never")
    assert own.lives(name), "looking changes nothing"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert not own.lives(name)

    own.close()
    own.close()
    assert not (tmp_path / own.name).exists()


def test_children_do_not_prolong_a_life(tmp_path):
    own = SignOfLife.give(tmp_path)
    with subprocess.Popen(["sleep", "1000"]) as child:
        own.close()
        other = SignOfLife.give(tmp_path)
        assert not other.lives(own.name)
        child.kill()
    other.close()


def test_old_signs_of_the_dead_are_taken_away(tmp_path):
    living = SignOfLife.give(tmp_path)
    for name, age in (("1-old", 3600), ("2-young", 1)):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    os.utime(tmp_path / living.name, (0, 0))

    other = SignOfLife.give(tmp_path)

    assert {path.name for path in Path(tmp_path).iterdir()} == {living.name, other.name, "2-young"}
    living.close()
    other.close()

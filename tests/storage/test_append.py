"""Appending whole pieces, on disks that are full or gone, and recovery of a torn end."""

import errno
import os
import pickle
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodigy_tui.errors import ExitCode
from prodigy_tui.storage import AppendFile, DiskTrouble, recover
from tests.storage.children import mounted, run_python

FILL_UP = """
    import resource, signal, sys
    from pathlib import Path
    from prodigy_tui.storage import AppendFile, DiskTrouble

    path, limit, line = Path(sys.argv[1]), int(sys.argv[2]), b"x" * 999 + b"\\n"
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    log, written = AppendFile.open(path), 0
    try:
        while written < 1000:
            log.write(line)
            written += 1
    except DiskTrouble as trouble:
        message = str(trouble)
    assert path.read_bytes() == line * written, "a partial line stayed"
    assert log.size == len(line) * written

    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    else:
        path.with_name("ballast").unlink()
    log.write(b"again\\n")
    log.sync()
    assert path.read_bytes() == line * written + b"again\\n"
    print(written, message)
"""


def test_pieces_follow_each_other_and_old_content_stays(tmp_path: Path):
    path = tmp_path / "log"
    path.write_bytes(b"old\n")

    with AppendFile.open(path) as log:
        assert log.size == 4
        assert log.write(b"new\n") == 8
        log.sync()

    assert path.read_bytes() == b"old\nnew\n"


def test_new_file_is_private(tmp_path: Path):
    with AppendFile.open(tmp_path / "log"):
        mode = stat.S_IMODE((tmp_path / "log").stat().st_mode)

    assert mode & 0o077 == 0


def test_full_disk_leaves_whole_writes_only_and_room_helps(tmp_path: Path):
    code = "from pathlib import Path; import sys; Path(sys.argv[1]).with_name('ballast').write_bytes(bytes(20480))"
    printed = run_python(f"{code}\n{_flat(FILL_UP)}", tmp_path / "log", 0, before=mounted(tmp_path, "size=64k"))

    assert int(printed.split()[0]) == 45056 // 1000
    assert "no space left on device; make room on the disk" in printed
    assert "--home DIR or PRODIGY_HOME" in printed


def test_short_write_at_a_size_limit_is_taken_back(tmp_path: Path):
    printed = run_python(FILL_UP, tmp_path / "log", 10_500)

    assert printed.startswith("10 cannot append to ")
    assert "file too large; raise the limit on the size of files" in printed


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_write_that_cannot_be_taken_back_is_trouble_each_time():
    with AppendFile.open(Path("/dev/full")) as log:
        for _ in range(2):
            with pytest.raises(DiskTrouble):
                log.write(b"x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_nothing_is_promised_after_a_failed_sync():
    with AppendFile.open(Path("/dev/full")) as log:
        with pytest.raises(DiskTrouble, match="cannot sync"):
            log.sync()
        with pytest.raises(DiskTrouble, match="its end is in doubt"):
            log.write(b"x")
        with pytest.raises(DiskTrouble, match="its end is in doubt"):
            log.sync()


def test_failed_sync_is_mended_by_writing_everything_since_the_last_one_again(tmp_path: Path, monkeypatch):
    with AppendFile.open(tmp_path / "log") as log:
        log.write(b"one\n")
        log.sync()
        log.write(b"two\n")
        with monkeypatch.context() as patch, pytest.raises(DiskTrouble) as refused:
            patch.setattr("os.fdatasync", _fails(errno.EIO))
            log.sync()
        assert refused.value.may_pass

        log.back_to_synced()
        assert (tmp_path / "log").read_bytes() == b"one\n"
        log.write(b"two\nthree\n")
        log.sync()

    assert (tmp_path / "log").read_bytes() == b"one\ntwo\nthree\n"


@pytest.mark.parametrize("gone", ["removed", "replaced", "folder"])
def test_file_that_is_not_at_its_place_any_more_cannot_be_synced(tmp_path: Path, gone: str):
    path = tmp_path / "run" / "log"
    path.parent.mkdir()
    with AppendFile.open(path) as log:
        match gone:
            case "removed":
                path.unlink()
            case "replaced":
                path.unlink()
                path.touch()
            case _:
                path.parent.rename(tmp_path / "elsewhere")
        log.write(b"one\n")
        with pytest.raises(DiskTrouble) as refused:
            log.sync()

    assert not refused.value.may_pass
    assert refused.value.path in (path, path.parent)


def test_cut_back_takes_the_last_piece_away(tmp_path: Path):
    with AppendFile.open(tmp_path / "log") as log:
        log.write(b"one\n")
        log.write(b"two\n")
        log.cut_back(4)
        log.write(b"three\n")

    assert (tmp_path / "log").read_bytes() == b"one\nthree\n"


def test_closed_file_is_not_written_into_another_descriptor(tmp_path: Path):
    log = AppendFile.open(tmp_path / "log")
    log.close()
    log.close()

    with pytest.raises(ValueError, match="is closed"):
        log.write(b"x")


def test_folder_in_place_of_the_file_is_named(tmp_path: Path):
    with pytest.raises(DiskTrouble) as caught:
        AppendFile.open(tmp_path)

    assert caught.value.exit_code is ExitCode.ENVIRONMENT
    assert str(tmp_path) in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.path, again.number) == (str(caught.value), tmp_path, caught.value.number)


def test_every_torn_length_recovers_to_the_whole_lines(tmp_path: Path):
    path, text = tmp_path / "log", b"one\n\ntwo two\nthree\n"

    for length in range(len(text) + 1):
        path.write_bytes(text[:length])
        whole = text[: text[:length].rfind(b"\n") + 1]
        assert recover(path) == length - len(whole)
        assert path.read_bytes() == whole
        with AppendFile.open(path) as log:
            log.write(b"more\n")
        assert path.read_bytes() == whole + b"more\n"


@pytest.mark.parametrize(
    ("end", "dropped"),
    [
        (bytes(5000), 5000),
        (b"thr" + bytes(70_000), 70_003),
        (b"three" + bytes(9) + b"x\n", 16),
        (bytes(3) + b"\n" + bytes(2) + b"\n", 7),
    ],
    ids=["zeros", "half a line", "a line with a hole", "lines with holes"],
)
def test_zeros_that_a_loss_of_power_leaves_at_the_end_are_dropped(tmp_path: Path, end: bytes, dropped: int):
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n" + end)

    assert recover(path) == dropped
    assert path.read_bytes() == b"one\ntwo\n"


def test_zeros_before_whole_lines_are_left_for_whoever_reads_them(tmp_path: Path):
    path, text = tmp_path / "log", b"one\n\0\0\0\nthree\n"
    path.write_bytes(text)

    assert recover(path) == 0
    assert path.read_bytes() == text


@settings(deadline=None)
@given(whole=st.integers(0, 3), torn=st.sampled_from([0, 1, 65_535, 65_536, 65_537, 200_000]))
def test_torn_line_of_any_length_is_dropped(tmp_path_factory: pytest.TempPathFactory, whole: int, torn: int):
    path = tmp_path_factory.mktemp("torn") / "log"
    path.write_bytes(b"line\n" * whole + bytes(torn))

    assert recover(path) == torn
    assert path.read_bytes() == b"line\n" * whole


def test_recovery_of_a_missing_file_drops_nothing(tmp_path: Path):
    assert recover(tmp_path / "log") == 0
    assert not any(tmp_path.iterdir())


def _fails(number: int):
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def _flat(code: str) -> str:
    return "\n".join(line.removeprefix("    ") for line in code.splitlines())

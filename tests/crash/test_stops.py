"""The real program is asked to stop in the midst of its agents, or its disk is full: it says so, and goes on later.

One of three signals is sent in every test run (`tests/cli/test_interrupts.py` sends all); `-m soak` sends the others.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from prodigy_tui.errors import ExitCode
from tests.crash.killing import PATIENCE_S, Watched, marked_processes, pages
from tests.support.project import Project

ITEMS = 8
LARGE = 1_100_000
"""Bytes of a file that a small disk holds twice: it is full as soon as two agents work at once."""

LOG_LIMIT_BLOCKS = 40
"""Of 512 bytes: `run_started` and the setup fit in, the agents' events do not."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def check_resumed(project: Project) -> None:
    resumed = project.call("resume", project.runs()[0], "--headless", "-y")
    assert resumed.code == 0, resumed.err
    check_landed(project)


def check_landed(project: Project) -> None:
    run_id = project.runs()[0]
    pages_landed = [path for path in project.repo.files("main") if path.startswith("page-")]
    assert len(pages_landed) == ITEMS
    assert project.repo.git("for-each-ref", "refs/heads/prodigy", "refs/prodigy") == ""
    assert marked_processes(run_id) == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, ExitCode.TERMINATED),
        pytest.param(signal.SIGINT, ExitCode.INTERRUPTED, marks=pytest.mark.soak),
        pytest.param(signal.SIGHUP, ExitCode.HANGUP, marks=pytest.mark.soak),
    ],
)
def test_signal_amid_agents_ends_them_and_the_run_goes_on_later(project: Project, number, code) -> None:
    watched = Watched("run", project.workflow(pages(ITEMS)))
    watched.until("merge_finished", 2)

    watched.process.send_signal(number)
    ended, said = watched.end()

    run_id = project.runs()[0]
    assert ended == code, said
    assert f"prodigy-tui resume {run_id}" in said
    assert marked_processes(run_id) == []
    assert project.repo.git("log", "-1", "--format=%s", "main") == "first"
    check_resumed(project)


def test_second_interrupt_amid_agents_leaves_a_run_that_goes_on_later(project: Project) -> None:
    watched = Watched("run", project.workflow(pages(ITEMS)))
    watched.until("step_started", 12)

    watched.process.send_signal(signal.SIGINT)
    watched.until("signal_received")
    watched.process.send_signal(signal.SIGINT)
    ended, said = watched.end()

    assert ended == ExitCode.INTERRUPTED, said
    assert marked_processes(project.runs()[0]) == []
    check_resumed(project)


def test_limit_on_the_size_of_files_ends_the_run_with_one_line_and_it_goes_on_without_it(project: Project) -> None:
    program = f"{sys.executable} -m prodigy_tui run '{project.workflow(pages(ITEMS))}' --headless -y --quiet"

    full = subprocess.run(
        ["sh", "-c", f"ulimit -f {LOG_LIMIT_BLOCKS}; exec {program}"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    (run_id,) = project.runs()
    log = project.folder(run_id).events
    assert full.returncode == ExitCode.ENVIRONMENT, full.stderr
    (line,) = full.stderr.splitlines()
    assert str(log) in line
    assert "ulimit -f" in line
    assert all(json.loads(event) for event in log.read_text().splitlines())
    assert marked_processes(run_id) == []
    check_resumed(project)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MiB; `mount -o remount` makes it larger."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("only root may mount")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("file_size", [LARGE, 600_000], ids=["worktrees", "records"])
def test_full_disk_holds_the_run_still_and_costs_no_item(
    project: Project, small_disk, file_size, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("PRODIGY_HOME", str(small_disk / "state"))
    project = Project(project.repo, small_disk / "state", capsys)
    project.repo.commit("large.txt", "x" * file_size)

    watched = Watched("run", project.workflow(pages(ITEMS)))
    assert watched.until("disk_refused") is not None, watched.end()
    subprocess.run(["mount", "-o", "remount,size=60m", small_disk], check=True)
    code, said = watched.end()

    assert code == ExitCode.OK, said
    check_landed(project)


def test_interrupted_run_without_room_goes_on_later(project: Project, small_disk, monkeypatch, capsys) -> None:
    monkeypatch.setenv("PRODIGY_HOME", str(small_disk / "state"))
    project = Project(project.repo, small_disk / "state", capsys)
    project.repo.commit("large.txt", "x" * LARGE)
    watched = Watched("run", project.workflow(pages(ITEMS)))
    assert watched.until("disk_refused") is not None, watched.end()
    ballast = small_disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(512))

    watched.process.send_signal(signal.SIGTERM)
    code, said = watched.end()
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=60m", small_disk], check=True)

    assert code == ExitCode.TERMINATED, said
    found_room_in_its_last_page = '"type":"run_finished"' in said
    assert found_room_in_its_last_page or "no space left on device; make room on the disk" in said
    assert f"prodigy-tui resume {project.runs()[0]}" in said
    assert marked_processes(project.runs()[0]) == []
    check_resumed(project)

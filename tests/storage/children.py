"""Real child processes for tests of this room: competitors for a lock, and places where the disk refuses."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run_python(code: str, *arguments: object, before: tuple[str, ...] = (), **options) -> str:
    """Runs `code` in a fresh interpreter (behind the command `before`) and returns what it printed."""
    done = subprocess.run(
        [*before, sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=ROOT,
        **options,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def start_python(code: str, *arguments: object) -> subprocess.Popen:
    """Starts `code` in a fresh interpreter with pipes to talk to it."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def without_privilege() -> tuple[str, ...]:
    """Returns the command under which permissions of files hold, for root too."""
    if os.geteuid() != 0:
        return ()
    command = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
    if shutil.which(command[0]) is None:
        pytest.skip("root may write everywhere here")
    return command


def mounted(folder: Path, options: str) -> tuple[str, ...]:
    """Returns the command under which `folder` is a small file system; nothing is mounted outside it."""
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    script = 'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"'
    command = (*namespace, "sh", "-c", script, "sh", options, str(folder))
    try:
        works = subprocess.run([*command, "true"], capture_output=True, timeout=10, check=False).returncode == 0
    except FileNotFoundError:
        works = False
    if not works:
        pytest.skip("no small file system can be mounted here")
    return command

"""P11: what a step prints, taken in, hidden where it is secret, timed and kept.

A shell step runs as the engine runs it, into the files of its output. The floor is the same program with its output
redirected to a file by the shell. Beside it stands what a bare loop takes that copies from a pipe to a file: who looks
at what is printed cannot take less.
"""

import asyncio
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from prodigy_tui.clock import SystemClock
from prodigy_tui.engine.kinds.execution import Place
from prodigy_tui.engine.kinds.shell import run_shell
from prodigy_tui.process.mask import Masker
from prodigy_tui.storage.output import OutputReader, OutputWriter
from tests.benchmarks.engine.ground import environment
from tests.benchmarks.engine.spent import Spent, medians, spent_here
from tests.benchmarks.figures import Figure
from tests.benchmarks.garbage import settled

_LINES: Final = 100_000
_PRINTS: Final = """
import sys
for first in range(0, {count}, 100):
    sys.stdout.write("".join(f"{text} {{n:06}}\\n" for n in range(first, first + 100)))
"""
_TEXT: Final = (
    "12:04:33 INFO tests/checkout/test_rounding.py::test_half_up[JPY-12.50] PASSED: a KeyError less, sk-1 through "
)
"""Like what tests and compilers print: as a wide terminal has them, with letters that tokens begin with, no token."""
_LONG: Final = 3
"""Times as long: what agents print in JSON. Copying it is most of all work then."""
_SECRET: Final = "correct-horse-battery"
_PIPE_BYTES: Final = 512 * 1024
_ROUNDS: Final = 21
"""Each is over in a tenth of a second, and the machine gives now half as much again of it, now less."""


def printed(folder: Path, quick: bool) -> Iterator[Figure]:
    """All in turn, of lines as usual and of long ones."""
    count = _LINES // 10 if quick else _LINES
    lines = f"{count // 1000}k lines"
    step, plain, bare = _measured(folder / "usual", _TEXT, count)
    yield Figure.ratio("P11", f"CPU of {lines}", ours=step.cpu, floor=plain.cpu, unit="ms", target=1.5)
    yield Figure.ratio("P11", "  of a bare copy from a pipe", ours=bare.cpu, floor=plain.cpu, unit="ms")
    yield Figure.ratio("P11", "time of them", ours=step.wall, floor=plain.wall, unit="ms")
    step, plain, bare = _measured(folder / "long", _TEXT * _LONG, count)
    yield Figure.ratio("P11", f"CPU of {lines} of 330 bytes", ours=step.cpu, floor=plain.cpu, unit="ms")
    yield Figure.ratio("P11", "  of a bare copy from a pipe", ours=bare.cpu, floor=plain.cpu, unit="ms")


def _measured(folder: Path, text: str, count: int) -> tuple[Spent, Spent, Spent]:
    """Returns the medians of a step, of the floor and of the bare loop."""
    folder.mkdir()
    program = folder / "prints.py"
    program.write_text(_PRINTS.format(count=count, text=text))
    command, given = f"{sys.executable} -I -S {program}", environment(folder)
    ours, floor, bare = list[Spent](), list[Spent](), list[Spent]()
    with settled():
        for number in range(_ROUNDS):
            stream, file = folder / f"stream-{number}", folder / f"plain-{number}"
            ours.append(spent_here(partial(_run, command, given, stream)))
            floor.append(spent_here(partial(_redirected, command, given, file)))
            bare.append(spent_here(partial(_copied, command, given, folder / f"copied-{number}")))
            if OutputReader(stream).size() != file.stat().st_size:
                raise SystemExit("error: not all lines were kept")
            for kept in folder.glob(f"*-{number}*"):  # up to thirty megabytes each
                kept.unlink()
    return medians(ours), medians(floor), medians(bare)


def _run(command: str, given: Mapping[str, str], stream: Path) -> None:
    asyncio.run(_step(command, given, stream))


async def _step(command: str, given: Mapping[str, str], stream: Path) -> None:
    clock = SystemClock()
    with OutputWriter(stream) as writer:

        def log(text: str | memoryview) -> None:
            writer.write(text, clock.now())

        place = Place(
            cwd=stream.parent,
            env=given,
            marker="benchmark",
            timeout_s=None,
            idle_timeout_s=None,
            attempt=1,
            log=log,
        )
        done = await run_shell(command, place, interpreter="sh", stdin=b"", clock=clock, masker=Masker([_SECRET]))
    if done.failure is not None:
        raise SystemExit(f"error: {done.failure.message}")


def _redirected(command: str, given: Mapping[str, str], file: Path) -> None:
    subprocess.run(("sh", "-c", f"{command} > {file}"), env=given, check=True)


def _copied(command: str, given: Mapping[str, str], file: Path) -> None:
    with subprocess.Popen(("sh", "-c", command), env=given, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        source, place = process.stdout.fileno(), bytearray(_PIPE_BYTES)
        fcntl.fcntl(source, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        with file.open("wb", buffering=0) as target:
            while size := os.readv(source, (place,)):
                target.write(memoryview(place)[:size])

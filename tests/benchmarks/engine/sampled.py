"""The program with a sampling profiler in it: `python -m tests.benchmarks.engine.sampled FILE WORDS…`.

Whenever the process has used some CPU, what stands on the stack of the thread that used most of it is counted.
`SIGUSR2` makes it write what was counted so far, as one more line of FILE.
"""

import json
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

from prodigy_tui.cli.main import run_program

_EVERY_S: Final = 0.002
"""Of CPU; the system may make it a tick of its clock."""


class Sampler:
    """Counts while the program works; belongs to the main thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._main = threading.get_ident()
        self._used: dict[int, float] = {}
        self._looks = 0
        self._top: Counter[CodeType] = Counter()
        self._within: Counter[CodeType] = Counter()

    def begin(self) -> None:
        """Begins."""
        signal.signal(signal.SIGPROF, self._look)
        signal.signal(signal.SIGUSR2, self._tell)
        signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)

    def _look(self, _number: int, frame: FrameType | None) -> None:
        frames: dict[int, FrameType | None] = {**sys._current_frames(), self._main: frame}
        used = {thread: time.clock_gettime(time.pthread_getcpuclockid(thread)) for thread in frames}
        busiest = max(used, key=lambda thread: used[thread] - self._used.get(thread, 0.0))
        self._used = used
        self._looks += 1
        frame, stack = frames[busiest], set[CodeType]()
        if frame is not None:
            self._top[frame.f_code] += 1
        while frame is not None:
            stack.add(frame.f_code)
            frame = frame.f_back
        self._within.update(stack)

    def _tell(self, *_: Any) -> None:
        with self._file.open("a") as file:
            counts = {
                "at": time.monotonic(),
                "looks": self._looks,
                "top": _named(self._top),
                "within": _named(self._within),
            }
            file.write(json.dumps(counts) + "\n")


def _named(counts: Counter[CodeType]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for code, count in dict(counts).items():  # a copy, as it goes on being counted meanwhile
        found[f"{'/'.join(Path(code.co_filename).parts[-2:])}:{code.co_qualname}"] += count
    return found


def main(arguments: Sequence[str]) -> int:
    """Calls the program."""
    file, *words = arguments
    Sampler(Path(file)).begin()
    return run_program(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

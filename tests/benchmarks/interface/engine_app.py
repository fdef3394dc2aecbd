"""`prodigy-tui run` with a stopwatch: the real program, engine and interface, with only the app's class exchanged.

`python -m tests.benchmarks.interface.engine_app RESULT WORDS…` takes what the program takes. It counts from the first
agent on, and closes when the run is over.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from prodigy_tui.cli import live
from prodigy_tui.cli.main import run_program
from tests.benchmarks.interface.stopwatch import Stopwatched


class Watched(Stopwatched):
    """The app of a run that is driven beside it."""

    made: ClassVar["list[Watched]"] = []
    result: ClassVar[Path]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.made.append(self)
        self.goes_through(Watched._watch, self.result.with_suffix(".ready"))

    async def _watch(self) -> None:
        while not any(item.attempt for item in self.model.state.items.values()):  # noqa: ASYNC110  # as below
            await asyncio.sleep(0.01)
        self.begin()
        cpu, wall, process = time.thread_time(), time.monotonic(), time.process_time()
        while self.model.state.ended_at is None:  # noqa: ASYNC110  # an event for it would be one more thing to measure
            await asyncio.sleep(0.05)
        passed = time.monotonic() - wall
        self.results["cpu_share"] = (time.thread_time() - cpu) / passed
        self.results["process_share"] = (time.process_time() - process) / passed
        self.results["seconds"] = passed
        self.results["done"] = self.model.state.counts.success
        self.ready.with_suffix(".over").touch()


def main(arguments: Sequence[str]) -> int:
    """Calls the program and writes what was measured."""
    result, *words = arguments
    Watched.result = Path(result)
    live.ProdigyApp = Watched  # type: ignore[misc]  # in the place of the app alone
    code = run_program(words)
    for app in Watched.made:
        app.results.update(painted=app.painted, lags=app.lags, code=code)
        Path(result).write_text(json.dumps(app.results))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The program's side: the app over chosen events, which goes through a scene and says what it has measured.

`python -m tests.benchmarks.interface.app RESULT SCENE [NAME=NUMBER …]` is started in a pseudo-terminal by the program
beside it and writes what it has measured to RESULT as JSON.
"""

import json
import sys
import traceback
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from prodigy_tui.events.bus import Bus
from prodigy_tui.tui.feed import LiveFeed
from prodigy_tui.tui.ports import World
from tests.benchmarks.interface.lent_scenes import Standing, lent, machine, seen_afresh
from tests.benchmarks.interface.log_scenes import followed, looked_for, turned_over
from tests.benchmarks.interface.scenes import at_rest, much_to_remember, under_load
from tests.benchmarks.interface.stopwatch import Stopwatched

THEMES: Final = Path(__file__).parents[3] / "themes"
SCENES: Final[Mapping[str, Callable[..., Coroutine[Any, Any, None]]]] = {
    "under_load": under_load,
    "at_rest": at_rest,
    "much_to_remember": much_to_remember,
    "followed": followed,
    "turned_over": turned_over,
    "looked_for": looked_for,
    "lent": lent,
    "seen_afresh": seen_afresh,
}
_WITH_OUTPUT: Final = frozenset({"followed", "turned_over", "looked_for"})
_LENT: Final = frozenset({"lent", "seen_afresh"})


def main(arguments: Sequence[str]) -> int:
    """Goes through a scene and writes what was measured."""
    result, name, *words = arguments
    options = {key: float(value) if "." in value else int(value) for key, value in (word.split("=") for word in words)}
    bus = Bus()
    feed = LiveFeed(bus, clock=Standing()) if name in _LENT else LiveFeed(bus)
    app = Stopwatched(
        feed,
        World(outputs=Path(result).with_suffix(".output") if name in _WITH_OUTPUT else None),
        themes=THEMES,
        theme="dark",
        zone=UTC,
        machine=machine() if name in _LENT else None,
    )
    app.goes_through(lambda app: SCENES[name](app, bus, **options), Path(result).with_suffix(".ready"))
    app.run()
    if app.crash is not None:
        Path(result).with_suffix(".txt").write_text("".join(traceback.format_exception(app.crash)))
        return 1
    app.results.update(painted=app.painted, first_painted=app.first_painted, frames_left_out=app.frames_left_out)
    Path(result).write_text(json.dumps(app.results))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

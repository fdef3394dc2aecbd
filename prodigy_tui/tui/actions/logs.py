"""What agents print: one log, several as one, or tiles of them."""

from collections.abc import Callable
from typing import Final

from prodigy_tui.tui.actions.action import Action, performs
from prodigy_tui.tui.desk import Desk, PlaceName
from prodigy_tui.tui.model.log_subject import at_work, lately_at_work

_BOTH: Final[tuple[PlaceName, ...]] = ("fleet", "log")
_MERGED: Final = 100
"""Logs that are merged at most, when people say which, and where no agent is at work."""
_LOGS: Final[tuple[PlaceName, ...]] = ("log",)


def several(*, tiled: bool) -> Callable[[Desk], None]:
    """Returns what shows the logs of the marked agents, of those at work, else of the last that were.

    Where several are shown already, one is shown again.
    """

    def show(desk: Desk) -> None:
        from prodigy_tui.tui.model.log_tiles import MOST

        items = desk.chosen_items if len(desk.chosen_items) > 1 else ()
        if not items and not at_work(desk.model.state):
            items = lately_at_work(desk.model.state, MOST if tiled else _MERGED)
        most = MOST if tiled else _MERGED
        if len(items) > most:
            desk.say(f"shows the first {most} of {len(items):,} logs")
            items = items[:most]
        desk.show_logs(items, tiled=tiled)

    return show


def nothing_printed(desk: Desk) -> str:
    if desk.place == "log" or any(item.attempt for item in desk.model.state.items.values()):
        return ""
    return "no agent has begun"


def _log(
    name: str,
    caption: str,
    *keys: str,
    hint: str = "",
    only: tuple[PlaceName, ...] = _BOTH,
    why_not: Callable[[Desk], str] = lambda _: "",
    run: Callable[[Desk], None] | None = None,
) -> Action:
    return Action(
        id=f"log.{name}",
        only=only,
        caption=f"Log: {caption}",
        hint=hint,
        keys=keys,
        scope="log",
        why_not=why_not,
        run=run or performs(name),
    )


ACTIONS: Final[tuple[Action, ...]] = (
    _log("follow", "follow the end, or hold", "f", hint="follow"),
    _log("look", "look for words, ~pattern~ or !without", "/", hint="find", only=_LOGS),
    _log("next-match", "next match", "n"),
    _log("previous-match", "previous match", "N"),
    _log("context", "lines around matches: none, one, three, all", "c", hint="context"),
    _log("timestamps", "when lines were printed, or not", "T", hint="times"),
    _log("wrap", "wrap long lines, or cut them", "W", hint="wrap"),
    _log("right", "half a page to the right", "right"),
    _log("left", "half a page to the left", "left"),
    _log("minute-back", "one minute back", "<", hint="1 min", only=_LOGS),
    _log("minute-on", "one minute on", ">", only=_LOGS),
    _log("ten-back", "ten minutes back", "{", only=_LOGS),
    _log("ten-on", "ten minutes on", "}", only=_LOGS),
    _log(
        "merged",
        "several logs as one by time, and back",
        "V",
        hint="merged",
        why_not=nothing_printed,
        run=several(tiled=False),
    ),
    _log("tiles", "tiles of up to nine logs, and back", "v", hint="tiles", only=_LOGS, run=several(tiled=True)),
    _log(
        "tiles-of-fleet",
        "tiles of the marked agents",
        only=("fleet",),
        why_not=nothing_printed,
        run=several(tiled=True),
    ),
    _log("choose", "choose an agent, an attempt or a step", "o", hint="open other", only=_LOGS),
    _log("save", "save to a file", "S", hint="save"),
    _log("save-all", "save everything to a file, whatever is shown of it"),
    _log("folds", "unfold everything, or fold it again"),
    _log("stderr", "only standard error, or everything"),
    _log("failure", "go to the line that failed"),
)

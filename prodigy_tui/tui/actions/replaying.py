"""Moving about in a past run. In the past these keys mean what they mean on the bar, whatever the screen."""

from collections.abc import Callable
from typing import Final

from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.feed import ReplayFeed


def replaying(deed: Callable[[ReplayFeed], object]) -> Callable[[Desk], None]:
    def run(desk: Desk) -> None:
        if desk.replay is not None:
            deed(desk.replay)

    return run


def mark(direction: int) -> Callable[[Desk], None]:
    def go(desk: Desk) -> None:
        if desk.replay is not None and not desk.replay.to_mark(direction):
            desk.say("no further mark")

    return go


ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="replay.play",
        caption="Replay: play or hold",
        hint="play",
        keys=("space",),
        scope="replay",
        run=replaying(ReplayFeed.toggle),
    ),
    Action(
        id="replay.forward",
        caption="Replay: next event",
        hint="event",
        keys=("right",),
        scope="replay",
        run=replaying(lambda feed: feed.step(1)),
    ),
    Action(
        id="replay.back",
        caption="Replay: previous event",
        keys=("left",),
        scope="replay",
        run=replaying(lambda feed: feed.step(-1)),
    ),
    Action(
        id="replay.later",
        caption="Replay: ten seconds on",
        hint="10 s",
        keys=("shift+right",),
        scope="replay",
        run=replaying(lambda feed: feed.skip(10)),
    ),
    Action(
        id="replay.earlier",
        caption="Replay: ten seconds back",
        keys=("shift+left",),
        scope="replay",
        run=replaying(lambda feed: feed.skip(-10)),
    ),
    Action(id="replay.next-mark", caption="Replay: next mark", hint="marks", keys=("]",), scope="replay", run=mark(1)),
    Action(id="replay.previous-mark", caption="Replay: previous mark", keys=("[",), scope="replay", run=mark(-1)),
    Action(
        id="replay.faster",
        caption="Replay: faster",
        hint="faster",
        keys=("+", "="),
        scope="replay",
        run=replaying(lambda feed: feed.change_speed(1)),
    ),
    Action(
        id="replay.slower",
        caption="Replay: slower",
        keys=("-",),
        scope="replay",
        run=replaying(lambda feed: feed.change_speed(-1)),
    ),
)

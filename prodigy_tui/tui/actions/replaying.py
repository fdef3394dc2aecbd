"""Moving about in a past run. In the past these keys mean what they mean on the bar, whatever the screen."""

from collections.abc import Callable
from typing import Final

from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.feed import ReplayFeed
from prodigy_tui.tui.model.keynames import key

_MINUTE: Final = 60.0


def replaying(deed: Callable[[ReplayFeed], object]) -> Callable[[Desk], None]:
    def run(desk: Desk) -> None:
        if desk.replay is not None:
            deed(desk.replay)

    return run


def mark(direction: int) -> Callable[[Desk], None]:
    def go(desk: Desk) -> None:
        if not desk.travel.to_mark(direction):
            unread = direction > 0 and desk.replay is not None and desk.replay.reading is not None
            desk.say("no further mark yet: the log is still being read" if unread else "no further mark")

    return go


def shift(seconds: float) -> Callable[[Desk], None]:
    return lambda desk: desk.travel.shift(seconds)


def no_past(desk: Desk) -> str:
    return desk.travel.no_past()


def skip_quiet(desk: Desk) -> None:
    if desk.replay is not None:
        desk.replay.skips_quiet = not desk.replay.skips_quiet
        desk.replay.show_anew()
        desk.say("quiet stretches are skipped" if desk.replay.skips_quiet else "quiet stretches are played")


def name_bookmark(desk: Desk, name: str) -> str:
    if not name:
        return "a bookmark needs a name"
    desk.travel.bookmark(name)
    return ""


def retry_now(desk: Desk) -> None:
    desk.travel.send_now(SignalReceived(signal="retry", item_id=desk.current_item, source="interface"))
    desk.say(f"retried in the live run; {key('replay.live')} goes there")


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
    Action(
        id="replay.start",
        caption="Replay: to the beginning",
        keys=("home",),
        scope="replay",
        run=replaying(lambda feed: feed.go(1)),
    ),
    Action(
        id="replay.end",
        caption="Replay: to the end",
        keys=("end",),
        scope="replay",
        run=replaying(lambda feed: feed.go(feed.timeline.total)),
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
    Action(
        id="replay.quiet",
        caption="Replay: skip quiet stretches, or play them",
        hint="skip quiet",
        keys=("Q",),
        scope="replay",
        run=skip_quiet,
    ),
    Action(id="replay.minute-back", caption="Replay: a minute back", keys=("<",), scope="replay", run=shift(-_MINUTE)),
    Action(id="replay.minute-on", caption="Replay: a minute on", keys=(">",), scope="replay", run=shift(_MINUTE)),
    Action(
        id="replay.ten-back",
        caption="Replay: ten minutes back",
        keys=("{",),
        scope="replay",
        run=shift(-10 * _MINUTE),
    ),
    Action(
        id="replay.ten-on",
        caption="Replay: ten minutes on",
        keys=("}",),
        scope="replay",
        run=shift(10 * _MINUTE),
    ),
    Action(
        id="replay.bookmark",
        caption="Replay: bookmark this moment, or take its bookmark away",
        hint="bookmark",
        keys=("B",),
        scope="replay",
        run=lambda desk: desk.travel.bookmark(),
    ),
    Action(
        id="replay.name-bookmark",
        caption="Replay: bookmark this moment by name…",
        scope="replay",
        ask="name of the bookmark",
        run_with=name_bookmark,
    ),
    Action(
        id="replay.compare",
        caption="Replay: compare two moments: this one, and the one where it is pressed again",
        hint="compare",
        keys=("c",),
        scope="replay",
        yields_in=("log",),
        run=lambda desk: desk.travel.compare(),
    ),
    Action(
        id="replay.compare-with",
        caption="Replay: compare this moment with another, or a bookmark…",
        scope="replay",
        ask="@12:31, @-5m, @#611 or a bookmark",
        run_with=lambda desk, text: desk.travel.compare_with(text),
    ),
    Action(
        id="replay.copy",
        caption="Replay: copy this position",
        keys=("y",),
        scope="timeline",
        why_not=lambda desk: "" if desk.travel.position() else "no run is shown",
        run=lambda desk: desk.copy(desk.travel.position()),
    ),
    Action(
        id="replay.live",
        caption="Replay: back to the live run",
        hint="live",
        keys=("L",),
        scope="everywhere",
        why_not=lambda desk: desk.travel.no_live(),
        run=lambda desk: desk.travel.to_live(),
    ),
    Action(
        id="replay.look-back",
        caption="Look back: into the past of this run, while it goes on",
        keys=("<",),
        scope="agent",
        only=("fleet", "merges", "dlq"),
        why_not=no_past,
        run=shift(-_MINUTE),
    ),
    Action(
        id="replay.go",
        caption="Replay: go to a moment…",
        ask="@12:31, @+5m, @#611, @a044 failed, @merge",
        why_not=no_past,
        run_with=lambda desk, text: desk.travel.jump(text),
    ),
    Action(
        id="agent.retry-now",
        caption="Agent: retry this item now, in the live run",
        scope="replay",
        why_not=lambda desk: desk.travel.no_retry_now(desk.current_item),
        run=retry_now,
    ),
)

"""Going about in time: from a live run into its past and back, by keys, places, marks, the mouse."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual import events as textual_events

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.codec import encode
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import AgentFinished, Envelope, ItemDeadLettered
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.tui.feed import LiveFeed, ReplayFeed
from prodigy_tui.tui.screens.compare import CompareScreen
from prodigy_tui.tui.widgets.timelinebar import TimelineBar
from tests.support.make import make_run
from tests.tui.scene import Control, Scene, clock_at, index_of, make_app, replay, settle

RUN = make_run(items=30, failing={3}, retried={7}, max_parallel=5)
HALF = RUN[:180]


@asynccontextmanager
async def lived(events: Sequence[Envelope], folder: Path, *, size: tuple[int, int] = (120, 38)) -> AsyncIterator[Scene]:
    """Shows a live run whose log is on disk."""
    log = folder / "events.jsonl"
    log.write_bytes(b"".join(encode(envelope) for envelope in RUN))
    clock, bus, control = clock_at(events), Bus(), Control()
    app = make_app(LiveFeed(bus, clock=clock, log=log), control=control)
    async with app.run_test(size=size, notifications=True) as pilot:
        scene = Scene(app=app, pilot=pilot, clock=clock, bus=bus, control=control)
        await scene.publish(*events)
        yield scene


def the_replay(scene: Scene) -> ReplayFeed:
    feed = scene.app.steering.replay
    assert feed is not None
    return feed


def messages(scene: Scene) -> list[str]:
    return [notification.message for notification in scene.app._notifications]


async def test_back_in_time_while_the_run_goes_on_and_back_to_it(tmp_path: Path) -> None:
    async with lived(HALF, tmp_path) as scene:
        scene.fleet.show_item("item-2")
        await scene.press("<")
        feed = the_replay(scene)
        assert feed.now() == max(HALF[-1].at - timedelta(minutes=1), HALF[0].at)
        assert scene.app.model.state == fold(HALF[: feed.cursor])
        assert "◀◀ LIVE +" in scene.text()

        await scene.press("p", "x")
        assert scene.control.sent == []
        assert messages(scene).count("in the past") == 2

        total = feed.timeline.total
        await scene.publish(*RUN[180:200])
        assert feed.timeline.total == total + 20
        assert "200 events" in scene.text()
        await scene.press("{", "}")
        assert scene.app.steering.replay is None  # beyond the last event is the present
        assert scene.app.model.state == fold(RUN[:200])
        assert scene.fleet.current_item == "item-2"

        await scene.press("<", "<", ">", "L")
        assert "● LIVE" in scene.text()
        assert scene.app.steering.replay is None
        await scene.press("L")
        assert messages(scene)[-1] == "no run is live here"


async def test_escape_leaves_the_past_of_a_live_run_and_never_a_replay(tmp_path: Path) -> None:
    async with lived(HALF, tmp_path) as scene:
        await scene.press("<", "c", "escape")
        assert scene.app.steering.travel.other is None
        assert scene.app.steering.replay is not None
        await scene.press("escape")
        assert scene.app.steering.replay is None
    async with replay(RUN, at=20) as scene:
        await scene.press("escape", "escape")
        assert the_replay(scene).cursor == 20


async def test_a_place_typed_in_a_live_run_is_looked_back_to(tmp_path: Path) -> None:
    async with lived(HALF, tmp_path) as scene:
        await scene.press(":", *"@#40", "enter")
        assert the_replay(scene).cursor == 40
        await scene.press(":", *"@a002 dead", "enter")
        for _ in range(50):
            await scene.pilot.pause(0.01)
        await settle(scene.pilot)
        assert the_replay(scene).cursor == index_of(RUN, ItemDeadLettered)


async def test_keys_of_time_mean_the_same_on_every_screen() -> None:
    async with replay(RUN, at=100) as scene:
        for place in ("1", "2", "3", "4"):
            await scene.press(place)
            feed = the_replay(scene)
            feed.seek(100)
            await scene.press("right")
            assert feed.cursor == 101, place
            await scene.press("left", "left", "]")
            assert feed.cursor == next(mark.seq for mark in feed.timeline.marks if mark.seq > 99), place
            before = feed.now()
            await scene.press("shift+left")
            assert before - feed.now() == timedelta(seconds=10), place


async def test_bookmarks_are_marks_with_names() -> None:
    async with replay(RUN, at=100) as scene:
        await scene.press("B")
        assert "★" in scene.text()
        feed, travel = the_replay(scene), scene.app.steering.travel
        feed.seek(97)
        await scene.press("]")
        assert feed.cursor in (98, 99, 100)
        feed.seek(100)
        await scene.press(":", *"bookmark by name", "enter", *"the fall", "enter")
        assert [one.name for one in travel.bookmarks.all] == ["the fall"]
        await scene.press(":", *"@#5", "enter")
        assert feed.cursor == 5
        await scene.press(":", *"@bookmark the", "enter")
        await scene.pilot.pause(0.1)
        await settle(scene.pilot)
        assert feed.cursor == 100
        await scene.press("B")
        assert travel.bookmarks.all == ()


async def test_two_moments_are_compared() -> None:
    async with replay(RUN, at=60) as scene:
        await scene.press("c")
        the_replay(scene).seek(200)
        await scene.press("c")
        assert isinstance(scene.app.screen, CompareScreen)
        assert "event 60" in scene.text()
        assert "agents changed state" in scene.text()
        await scene.press("j", "G", "g", "escape")
        assert not isinstance(scene.app.screen, CompareScreen)
        await scene.press("escape", ":", *"compare this moment with", "enter", *"@#20", "enter")
        assert isinstance(scene.app.screen, CompareScreen)
        assert "event 20" in scene.text()


async def test_a_position_is_copied_and_gone_to_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with replay(RUN, at=100) as scene:
        copied: list[str] = []
        monkeypatch.setattr(scene.app, "copy_to_clipboard", copied.append)
        scene.app.screen.query_one(TimelineBar).focus()
        await scene.press("y")
        assert copied == [f"run {RUN[0].event.run_id} @{RUN[99].at:%H:%M:%S.%f}"[:-3]]  # type: ignore[union-attr]  # a run begins so
        the_replay(scene).seek(5)
        await scene.press(":", *copied[0], "enter")
        assert the_replay(scene).cursor == 100
        await scene.press(":", *"run another @09:30", "enter")
        assert "prodigy-tui replay another" in messages(scene)[-1]


async def test_the_mouse_takes_the_playhead_along() -> None:
    async with replay(RUN, at=100, size=(120, 38)) as scene:
        feed, bar = the_replay(scene), scene.app.screen.query_one(TimelineBar)
        region = bar.region
        await scene.pilot.mouse_down(bar, offset=(2, 2))
        assert feed.cursor <= 2
        move = textual_events.MouseMove(
            bar, 60, 2, 58, 0, 1, False, False, False, screen_x=region.x + 60, screen_y=region.y + 2
        )
        bar.on_mouse_move(move)
        await settle(scene.pilot)
        middle = feed.cursor
        assert 100 < middle < len(RUN)
        await scene.pilot.mouse_up(bar, offset=(60, 2))
        bar.on_mouse_move(move)
        assert feed.cursor == middle


async def test_an_item_of_the_past_is_retried_in_the_present(tmp_path: Path) -> None:
    dead = index_of(RUN, ItemDeadLettered)
    async with lived(RUN[: dead + 20], tmp_path) as scene:
        await scene.press("<")
        the_replay(scene).seek(index_of(RUN, AgentFinished) - 2)
        await settle(scene.pilot)
        scene.fleet.show_item("item-3")
        await scene.press("r")
        assert scene.control.sent == []
        await scene.press(":", *"retry this item now", "enter")
        assert [(signal.signal, signal.item_id) for signal in scene.control.sent] == [("retry", "item-3")]
        scene.fleet.show_item("item-1")
        scene.app.steering.do("agent.retry-now")
        assert len(scene.control.sent) == 1


async def test_quiet_stretches_are_leapt_over() -> None:
    quiet = [*RUN[:40], *(replace(envelope, at=envelope.at + timedelta(hours=1)) for envelope in RUN[40:])]
    async with replay(quiet, at=40) as scene:
        feed = the_replay(scene)
        feed.toggle()
        await scene.shows("Q skips")  # whoever waits is told how not to
        feed.toggle()
        await scene.press("Q")
        assert feed.skips_quiet
        assert "skips quiet" in scene.text()
        feed.toggle()
        scene.clock.advance_now(0.1)
        feed.advance(1.0)
        assert quiet[40].at - feed.now() == timedelta(seconds=0.5)


@pytest.mark.parametrize("place", ["1", "2", "3", "4"])
async def test_a_screen_of_the_present_is_that_of_its_past(place: str, tmp_path: Path) -> None:
    async with lived(HALF, tmp_path, size=(120, 26)) as scene:
        await scene.press("j", "k", place)
        now = scene.text().splitlines()
        await scene.publish(*RUN[180:260])
        await scene.press(":", *"@#180", "enter")
        then = scene.text().splitlines()
        # Lines above the panels come and go; the panels say the same.
        tops = [
            next(n for n, line in enumerate(lines) if line.lstrip()[:1] in "╭┏" and line.strip())
            for lines in (now, then)
        ]
        shown = [[line[:58] for line in lines[top + 1 : top + 9]] for lines, top in zip((now, then), tops, strict=True)]
        assert shown[0] == shown[1]


async def test_a_mark_that_is_not_read_yet_is_not_said_to_be_none(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    log.write_bytes(b"".join(encode(envelope) for envelope in RUN))
    app = make_app(ReplayFeed(Timeline.begin(log), clock=clock_at(RUN)))  # nobody reads on
    async with app.run_test(size=(120, 38), notifications=True) as pilot:
        scene = Scene(app=app, pilot=pilot, clock=clock_at(RUN), bus=Bus())
        feed = the_replay(scene)
        assert feed.timeline.last_seq < len(RUN)
        feed.seek(feed.timeline.last_seq)
        await scene.press("]")
        feed.seek(1)
        await scene.press("[")
        assert messages(scene) == ["no further mark yet: the log is still being read", "no further mark"]

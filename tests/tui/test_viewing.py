"""The app is pointed at another feed while it is open."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.tui.feed import EmptyFeed, LiveFeed, ReplayFeed
from prodigy_tui.tui.ports import World
from prodigy_tui.tui.viewing import Viewing
from tests.support.clock import FakeClock
from tests.support.make import make_run
from tests.tui.runs import AT_WORK, RUN
from tests.tui.scene import Control, clock_at, live, settle

OTHER = make_run(items=3, failing={1})


def past(events: Sequence[Envelope], at: int | None = None, *, clock: FakeClock | None = None) -> ReplayFeed:
    feed = ReplayFeed(Timeline(list(events)), clock=clock or clock_at(events))
    feed.seek(at or len(events))
    return feed


class Live:
    """A live feed and what becomes of it."""

    def __init__(self, events: Sequence[Envelope] = ()) -> None:
        self.bus = Bus()
        self.feed = LiveFeed(self.bus, clock=clock_at(RUN))
        self.closed = 0
        for envelope in events:
            self.bus.publish(envelope)

    def closing(self) -> None:
        self.closed += 1


def opened(feed: LiveFeed | ReplayFeed | EmptyFeed, world: World | None = None) -> tuple[Viewing, list[None]]:
    wakes: list[None] = []
    viewing = Viewing(feed, world or World())
    viewing.open(lambda: wakes.append(None))
    return viewing, wakes


def test_a_live_run_is_taken_in_while_its_past_is_shown() -> None:
    own = Live(AT_WORK)
    viewing, _ = opened(own.feed, World(control=Control()))
    viewing.advance(1.0)
    viewing.look_back(past(AT_WORK, 5))
    assert viewing.past
    first = viewing.advance(1.0)
    assert first is not None
    assert first.jumped
    assert first.state == fold(AT_WORK[:5])

    for envelope in RUN[len(AT_WORK) :]:
        own.bus.publish(envelope)
    assert not viewing.settled
    assert viewing.advance(1.0) is None  # nothing of what is shown has changed
    assert viewing.settled
    assert viewing.live_state == fold(RUN)
    assert [envelope for change in viewing.meanwhile() for envelope in change.envelopes] == list(RUN[len(AT_WORK) :])
    assert viewing.meanwhile() == []

    assert viewing.back()
    now = viewing.advance(1.0)
    assert now is not None
    assert now.jumped
    assert now.state == fold(RUN)
    assert now.envelopes == tuple(RUN[-len(now.envelopes) :])


def test_what_is_left_is_closed_once_and_the_home_only_at_the_end() -> None:
    home, attached = Live(AT_WORK), Live(OTHER)
    viewing, _ = opened(home.feed)
    viewing.turn_to(attached.feed, World(), attached.closing)
    viewing.look_back(past(OTHER, 3))
    assert attached.closed == 0
    viewing.turn_to(past(OTHER), World())
    assert attached.closed == 1
    attached.bus.publish(OTHER[0])
    assert attached.feed.advance(1.0) is not None  # what had come before the end
    assert attached.feed.advance(1.0) is None

    viewing.turn_to(home.feed, World())
    home.bus.publish(RUN[len(AT_WORK)])
    change = viewing.advance(1.0)
    assert change is not None
    assert change.state == fold(RUN[: len(AT_WORK) + 1])
    viewing.close()
    viewing.close()
    home.bus.publish(RUN[len(AT_WORK) + 1])
    assert viewing.advance(1.0) is None
    assert attached.closed == 1


def test_a_feed_turned_to_wakes_the_frame() -> None:
    viewing, wakes = opened(EmptyFeed(clock=clock_at(RUN)))
    viewing.advance(1.0)
    attached = Live()
    viewing.turn_to(attached.feed, World())
    viewing.advance(1.0)
    wakes.clear()
    attached.bus.publish(OTHER[0])

    assert len(wakes) == 1


def test_only_the_live_run_at_home_is_driven_here() -> None:
    control = Control()
    own = Live(AT_WORK)
    viewing, _ = opened(own.feed, World(control=control))
    viewing.advance(1.0)
    viewing.turn_to(past(OTHER), World())

    assert viewing.driven_state == fold(AT_WORK)
    assert viewing.world.control is None
    beside = viewing.beside()
    assert beside is not None
    assert not beside.same


async def test_the_past_of_a_live_run_and_back() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("j", "j")
        chosen, before = scene.fleet.current_item, scene.text()
        scene.clock.advance_now(41)
        scene.app.look_back(past(AT_WORK, 20, clock=scene.clock))
        await settle(scene.pilot)
        text = scene.text()
        behind = scene.clock.now() - AT_WORK[19].at
        assert f"LIVE +00:{behind.seconds:02d} behind" in text
        assert "event 20" in text
        assert scene.app.screen.has_class("-behind")
        assert not scene.app.steering.can_steer

        await scene.press("left")
        assert "event 19" in scene.text()
        await scene.publish(*RUN[len(AT_WORK) : len(AT_WORK) + 4])
        assert "event 19" in scene.text()

        assert scene.app.back()
        await settle(scene.pilot)
        assert "● LIVE" in scene.text()
        assert "Timeline" not in scene.text()
        assert not scene.app.screen.has_class("-behind")
        assert scene.app.model.state == fold(RUN[: len(AT_WORK) + 4])
        assert scene.fleet.current_item == chosen
        assert before.splitlines()[3][:10] in scene.text()


async def test_the_age_timer_goes_on_while_a_live_run_is_behind_the_picture() -> None:
    async with live(AT_WORK) as scene:
        timer: Callable[[], bool] = lambda: scene.app._age_timer is not None and scene.app._age_timer._active.is_set()  # noqa: E731
        assert timer()
        scene.app.look_back(past(AT_WORK, 20, clock=scene.clock))
        await settle(scene.pilot)
        assert timer()
        scene.clock.advance_now(60)
        scene.app._age()
        await scene.pilot.pause(0)
        seconds = (scene.clock.now() - AT_WORK[19].at) // timedelta(seconds=1)
        assert f"+{seconds // 60:02d}:{seconds % 60:02d} behind" in scene.text()

        scene.app.show(past(OTHER), World())
        await settle(scene.pilot)
        assert timer()  # the run at home lives
        await scene.publish(*RUN[len(AT_WORK) :])
        scene.app.back()
        await settle(scene.pilot)
        assert not timer()


async def test_another_run_begins_anew() -> None:
    async with live(AT_WORK) as scene:
        await scene.press("/", *"item-2", "enter")
        await scene.press("l")
        scene.app.show(past(OTHER), World())
        await settle(scene.pilot)
        await scene.press("1")
        text = scene.text()
        assert "◀◀ REPLAY" in text
        assert "filter:" not in text
        assert "item-3" in text or "3 done" in text or "done" in text
        assert scene.app.model.state == fold(OTHER)


async def test_no_run_and_then_one() -> None:
    async with live(AT_WORK) as scene:
        empty = EmptyFeed(clock=scene.clock)
        scene.app.show(empty, World())
        await settle(scene.pilot)
        assert scene.app.model.state.run_id == ""
        assert "item-" not in scene.text()
        attached = Live(OTHER)
        scene.app.show(attached.feed, World(), closing=attached.closing)
        await settle(scene.pilot)
        assert scene.app.model.state == fold(OTHER)
        scene.app.show(EmptyFeed(clock=scene.clock), World())
        await settle(scene.pilot)
        assert attached.closed == 1


async def test_a_sheet_of_one_picture_does_not_stay_over_another() -> None:
    async with live(RUN[: len(AT_WORK)]) as scene:
        await scene.press("q")
        assert len(scene.app.screen_stack) == 2
        scene.app.show(past(OTHER), World())
        await settle(scene.pilot)
        await scene.pilot.pause(0)
        assert len(scene.app.screen_stack) == 1


async def test_leaving_is_about_the_run_that_is_driven_here_whatever_is_shown() -> None:
    async with live(AT_WORK) as scene:
        scene.app.show(past(OTHER), World())
        await settle(scene.pilot)
        await scene.press("q")
        assert "stop" in scene.text()
        await scene.press("s")

        assert [signal.signal for signal in scene.control.sent] == ["stop"]

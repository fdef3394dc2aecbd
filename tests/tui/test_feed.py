import threading
from datetime import timedelta
from pathlib import Path

import pytest

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.codec import encode
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.tui.feed import LOOK_BACK, Change, LiveFeed, ReplayFeed, replay_of
from prodigy_tui.tui.model.run import RunModel
from tests.support.clock import FakeClock
from tests.support.make import make_run
from tests.tui.scene import clock_at

EVENTS = make_run(items=8, failing={2}, conflicting={5}, retried={7})


def live_feed(*, clock: FakeClock | None = None) -> tuple[Bus, LiveFeed]:
    bus = Bus()
    return bus, LiveFeed(bus, clock=clock or clock_at(EVENTS))


def replay_feed(at: int = 1) -> ReplayFeed:
    feed = ReplayFeed(Timeline(EVENTS), clock=clock_at(EVENTS))
    feed.seek(at)
    feed.open(lambda: None)
    return feed


def test_live_feed_folds_every_event_in_order_and_names_what_it_touched() -> None:
    bus, feed = live_feed()

    for envelope in EVENTS:
        bus.publish(envelope)
    change = feed.advance(1.0)

    assert change is not None
    assert change.envelopes == EVENTS
    assert change.state == fold(EVENTS)
    assert change.touched == {f"item-{n}" for n in range(1, 9)}
    assert feed.settled
    assert feed.advance(1.0) is None


def test_live_feed_wakes_once_until_it_is_advanced() -> None:
    bus, feed = live_feed()
    calls: list[None] = []
    feed.open(lambda: calls.append(None))
    feed.advance(1.0)
    calls.clear()

    for envelope in EVENTS[:5]:
        bus.publish(envelope)
    assert len(calls) == 1
    feed.advance(1.0)
    bus.publish(EVENTS[5])

    assert len(calls) == 2


def test_live_feed_stops_at_its_budget_and_goes_on_later() -> None:
    class Ticking(FakeClock):
        def monotonic(self) -> float:
            self.advance_now(0.001)
            return super().monotonic()

    bus, feed = live_feed(clock=Ticking())
    for envelope in EVENTS:
        bus.publish(envelope)

    first = feed.advance(0.001)

    assert first is not None
    assert 0 < len(first.envelopes) < len(EVENTS)
    assert feed.backlog == len(EVENTS) - len(first.envelopes)
    seen = len(first.envelopes)
    while (change := feed.advance(0.002)) is not None:
        seen += len(change.envelopes)
    assert seen == len(EVENTS)


def test_nothing_is_lost_from_another_thread() -> None:
    bus, feed = live_feed()
    woken = threading.Event()
    feed.open(woken.set)
    publisher = threading.Thread(target=lambda: [bus.publish(envelope) for envelope in EVENTS])

    publisher.start()
    seen = 0
    while seen < len(EVENTS):
        assert woken.wait(5)
        woken.clear()
        change = feed.advance(0.001)
        while change is not None:
            seen += len(change.envelopes)
            change = feed.advance(0.001)
    publisher.join()

    assert seen == len(EVENTS)


def test_events_before_the_interface_was_up_are_history() -> None:
    bus = Bus()
    feed = LiveFeed(bus, history=EVENTS[:10], clock=clock_at(EVENTS))
    for envelope in EVENTS[10:]:
        bus.publish(envelope)

    change = feed.advance(1.0)

    assert change is not None
    assert change.state == fold(EVENTS)


def test_an_event_that_cannot_follow_is_told_and_ends_the_picture_there() -> None:
    bus, feed = live_feed()
    bus.publish(EVENTS[0])
    bus.publish(EVENTS[5])

    change = feed.advance(1.0)

    assert change is not None
    assert "cannot follow the run" in change.trouble
    assert change.state == fold(EVENTS[:1])
    assert feed.settled


def test_growth_of_an_output_is_last_wins() -> None:
    bus, feed = live_feed()
    for offset in range(1000):
        bus.output_grew("items/a/1", offset)

    change = feed.advance(1.0)

    assert change is not None
    assert change.streams == {"items/a/1"}
    assert change.envelopes == ()


def test_a_closed_feed_hears_nothing() -> None:
    bus, feed = live_feed()
    feed.close()
    bus.publish(EVENTS[0])

    assert feed.advance(1.0) is None


def test_replay_shows_the_state_at_every_cursor_forward_and_back() -> None:
    feed = replay_feed()
    for seq in [*range(1, len(EVENTS) + 1), *range(len(EVENTS), 0, -1)]:
        feed.seek(seq)
        change = feed.advance(0.004)
        if change is not None:
            assert change.state == fold(EVENTS[:seq])


def test_live_and_replay_give_one_model() -> None:
    bus, feed = live_feed()
    lived, replayed = RunModel(past=False), RunModel(past=True)
    past = replay_feed()
    for envelope in EVENTS:
        bus.publish(envelope)
        change, then = feed.advance(1.0), None
        assert change is not None
        lived.apply(change, envelope.at)
        past.seek(envelope.seq)
        then = past.advance(1.0)
        assert then is not None
        replayed.apply(then, envelope.at)

        assert lived.state == replayed.state
        assert lived.latest(LOOK_BACK) == replayed.latest(LOOK_BACK)
        assert [lived.rows.at(n) for n in range(len(lived.rows))] == [
            replayed.rows.at(n) for n in range(len(replayed.rows))
        ]


def test_a_jump_brings_the_activity_before_it() -> None:
    stepped, jumped = RunModel(past=True), RunModel(past=True)
    feed = replay_feed()
    for seq in range(1, len(EVENTS) + 1):
        feed.seek(seq)
        if (change := feed.advance(1.0)) is not None:
            stepped.apply(change, feed.now())
    straight = replay_feed(len(EVENTS))
    change = straight.advance(1.0)
    assert change is not None
    assert change.jumped
    jumped.apply(change, straight.now())

    assert jumped.latest(LOOK_BACK) == stepped.latest(LOOK_BACK)


def test_steps_stay_within_the_run() -> None:
    feed = replay_feed()
    feed.step(-5)
    assert feed.cursor == 1
    feed.step(10_000)
    assert feed.cursor == len(EVENTS)
    assert feed.now() == EVENTS[-1].at


def test_skipping_goes_by_time() -> None:
    feed = replay_feed()
    feed.skip(10)

    assert feed.now() == EVENTS[0].at + timedelta(seconds=10)
    assert EVENTS[feed.cursor - 1].at <= feed.now() < EVENTS[feed.cursor].at


def test_marks_are_visited_in_order() -> None:
    feed = replay_feed()
    visited = []
    while feed.to_mark(1):
        visited.append(feed.cursor)

    assert visited == [mark.seq for mark in feed.timeline.marks if mark.seq > 1]
    assert feed.to_mark(-1)
    assert feed.cursor == visited[-2]


@pytest.mark.parametrize(("faster", "speed"), [(0, 1), (1, 2), (2, 4), (6, 64), (9, 64)])
def test_playing_follows_the_clock_times_the_speed(faster: int, speed: int) -> None:
    feed = replay_feed()
    clock = feed.clock
    assert isinstance(clock, FakeClock)
    for _ in range(faster):
        feed.change_speed(1)

    feed.toggle()
    assert feed.moving
    assert not feed.settled
    clock.advance_now(0.1)
    feed.advance(0.004)

    assert feed.now() == EVENTS[0].at + timedelta(seconds=0.1 * speed)


def test_playing_ends_at_the_end_and_starts_over_from_there() -> None:
    feed = replay_feed()
    clock = feed.clock
    assert isinstance(clock, FakeClock)
    feed.toggle()
    clock.advance_now(100_000)
    feed.advance(0.004)

    assert not feed.playing
    assert feed.cursor == len(EVENTS)
    feed.toggle()
    assert feed.cursor == 1


def test_an_empty_log_can_be_opened() -> None:
    feed = ReplayFeed(Timeline(()), clock=clock_at(EVENTS))
    feed.open(lambda: None)
    feed.step(1)
    feed.skip(10)
    feed.toggle()

    change = feed.advance(0.004)

    assert change is not None
    assert change.state.last_seq == 0


def test_a_short_way_in_time_leaves_the_list_as_one_made_anew() -> None:
    events = make_run(items=60, failing={3, 20}, conflicting={9}, retried={7}, max_parallel=5)
    feed = ReplayFeed(Timeline(events), clock=clock_at(events))
    gone = RunModel(past=True)
    for seq in (300, 330, 320, 290, 310, 620, 625, 560, 400):
        feed.seek(seq)
        if seq in (290, 310):
            feed.redraw()
        change = feed.advance(1.0)
        assert change is not None
        gone.apply(change, feed.now())
        fresh = RunModel(past=True)
        fresh.apply(Change(state=change.state, jumped=True), feed.now())

        for model in (gone, fresh):
            for name in ("done", "queued", "dead", "merging"):
                model.rows.reveal(name)
        assert [gone.rows.at(n) for n in range(len(gone.rows))] == [fresh.rows.at(n) for n in range(len(fresh.rows))]
        assert list(gone.rows.item_ids()) == list(fresh.rows.item_ids())
        assert gone.longest_name == fresh.longest_name


def test_a_log_that_is_taken_away_is_told_and_the_picture_stays(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    log.write_bytes(b"".join(map(encode, EVENTS)))
    feed = ReplayFeed(Timeline.open(log), clock=clock_at(EVENTS))
    feed.seek(20)
    shown = feed.advance(1.0)
    assert shown is not None
    log.unlink()
    feed.seek(40)
    change = feed.advance(1.0)

    assert change is not None
    assert "cannot be read any more" in change.trouble
    assert change.state == shown.state


def test_a_place_that_is_not_read_yet_is_gone_to_when_it_is(tmp_path: Path) -> None:
    events = make_run(items=60)
    log = tmp_path / "events.jsonl"
    log.write_bytes(b"".join(map(encode, events)))
    told = threading.Event()
    feed = replay_of(Timeline.begin(log), clock=clock_at(events))
    feed.go(events[600].at)
    assert (feed.cursor, feed.ahead, feed.settled) == (1, events[600].at, False)
    assert feed.reading is not None
    feed.open(told.set)
    assert not any(thread.name == "timeline" for thread in threading.enumerate())  # before there is a picture
    feed.pictured()
    for _ in range(100):
        assert told.wait(5)
        told.clear()
        feed.advance(1.0)
        if feed.settled:
            break
    assert (feed.cursor, feed.ahead, feed.reading) == (601, None, None)
    feed.close()
    feed.close()


def test_damage_further_on_is_told_and_what_comes_before_is_shown(tmp_path: Path) -> None:
    events = make_run(items=60)
    log = tmp_path / "events.jsonl"
    lines = [encode(envelope) for envelope in events]
    log.write_bytes(b"".join([*lines[:400], b"{}\n", *lines[401:]]))
    told = threading.Event()
    feed = replay_of(Timeline.begin(log), clock=clock_at(events))
    feed.open(told.set)
    feed.pictured()
    change, tries = feed.advance(1.0), 0
    while (change is None or not change.trouble) and tries < 100:
        assert told.wait(5)
        told.clear()
        change, tries = feed.advance(1.0), tries + 1

    assert change is not None
    assert "after event 400" in change.trouble
    feed.go(600)
    assert feed.cursor == 400
    feed.close()

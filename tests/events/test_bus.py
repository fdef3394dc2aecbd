"""Who hears of events and of output, in which order, and until when."""

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import Envelope, PhaseStarted
from tests.support.make import make_envelope

EVENT = make_envelope(PhaseStarted(phase="map"))


def test_every_subscriber_gets_the_event_in_the_order_of_coming():
    bus, heard = Bus(), []
    for name in "abc":
        bus.subscribe(lambda envelope, name=name: heard.append((name, envelope.seq)))

    bus.publish(EVENT)

    assert heard == [("a", 1), ("b", 1), ("c", 1)]


def test_unsubscribed_callback_hears_nothing_more():
    bus = Bus()
    heard: list[Envelope] = []
    unsubscribe = bus.subscribe(heard.append)
    bus.publish(EVENT)

    unsubscribe()
    unsubscribe()
    bus.publish(EVENT)

    assert heard == [EVENT]


def test_same_callback_subscribed_twice_is_two_subscriptions():
    bus = Bus()
    heard: list[Envelope] = []
    first = bus.subscribe(heard.append)
    bus.subscribe(heard.append)

    first()
    bus.publish(EVENT)

    assert heard == [EVENT]


def test_subscriber_may_leave_while_it_is_being_called():
    bus, heard = Bus(), []

    def once(envelope: Envelope) -> None:
        heard.append("once")
        leave()

    leave = bus.subscribe(once)
    bus.subscribe(lambda envelope: heard.append("always"))

    bus.publish(EVENT)
    bus.publish(EVENT)

    assert heard == ["once", "always", "always"]


def test_growth_of_output_reaches_only_those_who_asked_for_output():
    bus, events, output = Bus(), [], []
    bus.subscribe(events.append)
    leave = bus.on_output(lambda stream, offset: output.append((stream, offset)))

    bus.output_grew("items/a/1", 10)
    leave()
    bus.output_grew("items/a/1", 20)

    assert (events, output) == ([], [("items/a/1", 10)])

"""Hands every event, once it is in the log's buffer, to those who watch: the interface, printers, the engine itself.

The bus keeps nothing: who comes late reads the log. Publishing belongs to the log's thread and calls subscribers there,
in the order in which they came; subscribing and unsubscribing are safe from any thread.
"""

from collections.abc import Callable
from typing import Generic, ParamSpec

from prodigy_tui.events.schema import Envelope

P = ParamSpec("P")


class Bus:
    """The way of events, and of the news that a stream of output has grown, to their subscribers.

    A subscriber returns quickly, publishes nothing itself, and does not raise: what it raises reaches the publisher.
    """

    def __init__(self) -> None:
        self._events: _Subscribers[[Envelope]] = _Subscribers()
        self._output: _Subscribers[[str, int]] = _Subscribers()

    def subscribe(self, callback: Callable[[Envelope], None]) -> Callable[[], None]:
        """Calls `callback` with every event from now on; returns what ends that."""
        return self._events.add(callback)

    def on_output(self, callback: Callable[[str, int], None]) -> Callable[[], None]:
        """Calls `callback` with stream and new end offset of output from now on; returns what ends that.

        Only the last offset of a stream matters; a subscriber that is busy may forget the earlier ones.
        """
        return self._output.add(callback)

    def publish(self, envelope: Envelope) -> None:
        """Hands an event to every subscriber."""
        self._events.call(envelope)

    def output_grew(self, stream: str, offset: int) -> None:
        """Tells that the output named `stream` now ends at `offset`."""
        self._output.call(stream, offset)


class _Subscribers(Generic[P]):
    """Callbacks in the order of their coming. A `dict` changes and is copied atomically; the copy is walked."""

    def __init__(self) -> None:
        self._callbacks: dict[object, Callable[P, None]] = {}

    def add(self, callback: Callable[P, None]) -> Callable[[], None]:
        ticket = object()
        self._callbacks[ticket] = callback

        def remove() -> None:
            self._callbacks.pop(ticket, None)

        return remove

    def call(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for callback in self._callbacks.copy().values():
            callback(*args, **kwargs)

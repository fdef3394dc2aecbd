"""First in, first out, on the persistent queue of rpds, whose published types are wrong in two methods."""

from __future__ import annotations  # rpds.Queue cannot be subscripted at run time

from typing import TypeVar

from rpds import Queue

T = TypeVar("T")


def first(queue: Queue[T]) -> T | None:
    """Returns the oldest element, or `None`."""
    return next(iter(queue), None)


def without_first(queue: Queue[T]) -> Queue[T]:
    """Returns the queue without its oldest element; it must have one."""
    return queue.dequeue()  # type: ignore[call-arg]  # the stub asks for a value that the method does not take

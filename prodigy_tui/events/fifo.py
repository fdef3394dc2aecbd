"""First in, first out, on the persistent queue of rpds, whose published types are wrong in two methods.

Never by the beginning of an iteration: that is as dear as the queue is long until something has been taken out of it.
"""

from __future__ import annotations  # rpds.Queue cannot be subscripted at run time

from typing import TypeVar

from rpds import Queue

T = TypeVar("T")


def first(queue: Queue[T]) -> T | None:
    """Returns the oldest element, or `None`."""
    return queue.peek() if len(queue) else None  # type: ignore[operator]  # a method, where the stub has a property


def without_first(queue: Queue[T]) -> Queue[T]:
    """Returns the queue without its oldest element; it must have one."""
    return queue.dequeue()  # type: ignore[call-arg]  # the stub asks for a value that the method does not take

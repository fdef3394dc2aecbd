"""Notices that the terminal is gone, also where nobody sends SIGHUP: a pseudo-terminal whose other side was closed."""

import os
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


@contextmanager
def watched_terminal(descriptor: int, gone: Callable[[], object]) -> Iterator[None]:
    """Calls `gone`, once and from a thread of its own, when the terminal behind `descriptor` hangs up meanwhile."""
    reader, writer = os.pipe()
    watcher = threading.Thread(target=_watch, args=(descriptor, reader, gone), name="terminal")
    watcher.start()
    try:
        yield
    finally:
        os.close(writer)
        watcher.join()
        os.close(reader)


def _watch(descriptor: int, end: int, gone: Callable[[], object]) -> None:
    """Sleeps in the kernel until one of the two hangs up; input that waits to be read wakes nobody."""
    poll = select.poll()
    poll.register(descriptor, 0)
    poll.register(end, 0)
    for found, events in poll.poll():
        if found == descriptor and events & _GONE:
            gone()
            return

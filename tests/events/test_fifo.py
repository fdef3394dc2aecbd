"""The ends of a persistent queue."""

import pytest
from rpds import Queue

from prodigy_tui.events.fifo import first, without_first


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_the_oldest_comes_first_also_among_what_came_after_the_first_was_taken(taken):
    queue = Queue(["a", "b", "c"])
    for _ in range(taken):
        queue = without_first(queue)
    queue = queue.enqueue("d")

    assert first(queue) == "abcd"[taken]
    assert list(without_first(queue)) == list("abcd"[taken + 1 :])


def test_an_empty_queue_has_no_oldest():
    assert first(Queue()) is None

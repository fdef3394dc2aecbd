"""Garbage as a run has it, where a part of the engine is measured in the process of the benchmark."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from prodigy_tui.garbage import settle


@contextmanager
def settled() -> Iterator[None]:
    """Looks for garbage as seldom as a run does, and not through what other measurements have left here: 3 to 5 ms."""
    before = gc.get_threshold()
    settle()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)

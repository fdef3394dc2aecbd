"""Blocking work in a thread that nothing outlives: a cancelled caller waits for its end before it goes on."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T], on_end: Callable[[T], None] | None = None) -> T:
    """Runs `work` in a thread and returns its result.

    A thread cannot be interrupted. When the caller is cancelled meanwhile, the work is still carried to its end, so
    that whoever uses the same worktree next finds nobody at work in it. `on_end` gets the result in that case too.
    """
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        result = await asyncio.shield(working)
    except asyncio.CancelledError:
        while not working.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({working})
        if working.exception() is None and on_end is not None:
            on_end(working.result())
        raise
    if on_end is not None:
        on_end(result)
    return result

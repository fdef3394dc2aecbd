"""Blocking work in a thread that nothing outlives: a cancelled caller waits for its end before it goes on."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Final, TypeVar

from prodigy_tui.engine.disk_patience import present_patience, refusal_of_disk
from prodigy_tui.errors import ProdigyError

T = TypeVar("T")

_PATIENCE_S: Final = 0.02
_turn = threading.Lock()


async def in_thread(work: Callable[[], T], on_end: Callable[[T], None] | None = None) -> T:
    """Runs `work` in a thread and returns its result.

    A thread cannot be interrupted. When the caller is cancelled meanwhile, the work is still carried to its end, so
    that whoever uses the same worktree next finds nobody at work in it. `on_end` gets the result in that case too.

    Work that the disk had no room for is done again when there is some: so it begins anew wherever it was broken off.
    """
    while True:
        try:
            return await _once(work, on_end)
        except (OSError, ProdigyError) as error:
            refusal, patience = refusal_of_disk(error), present_patience()
            if refusal is None or patience is None:
                raise
            await patience.until_there_is_room(refusal)


async def _once(work: Callable[[], T], on_end: Callable[[T], None] | None) -> T:
    # What `to_thread` does, without a task around it: a fifth less CPU for such a hop, of which an item takes several.
    working = asyncio.get_running_loop().run_in_executor(None, copy_context().run, work)
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


async def in_turn(work: Callable[[], T]) -> T:
    """Does what `in_thread` does with work of a few milliseconds: one at a time, where that holds nobody up for long.

    One thread of a process at a time runs Python. Several that look at many files hand it on at each of them, which
    took a tenth of the CPU of a map of short agents. Work that is slow, as on a cold disk, is overtaken.
    """
    return await in_thread(lambda: _in_turn(work))


def _in_turn(work: Callable[[], T]) -> T:
    its_turn = _turn.acquire(timeout=_PATIENCE_S)
    try:
        return work()
    finally:
        if its_turn:
            _turn.release()

"""Waiting for something with a deadline on an injected clock."""

import asyncio
from typing import Any

from prodigy_tui.clock import Clock


async def done_within(seconds: float, future: "asyncio.Future[Any]", clock: Clock) -> bool:
    """Returns whether `future` is done before `seconds` have passed; it is left alone if not."""
    if not future.done():
        async with asyncio.TaskGroup() as tasks:
            alarm = tasks.create_task(clock.sleep(seconds))
            await asyncio.wait((future, alarm), return_when=asyncio.FIRST_COMPLETED)
            alarm.cancel()
    return future.done()

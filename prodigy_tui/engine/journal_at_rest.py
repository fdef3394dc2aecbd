"""The log of a run that nobody drives, opened to record what is decided about it meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prodigy_tui.clock import Clock
from prodigy_tui.engine.journal import Journal
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.schema import Envelope
from prodigy_tui.storage.paths import RunFolder


@asynccontextmanager
async def journal_at_rest(folder: RunFolder, *, clock: Clock) -> AsyncIterator[Journal]:
    """Opens the log of a run whose lock the caller holds; all that was recorded is on disk after the block.

    It is read in a thread: the loop may drive the run that has called this one.

    Raises:
        LogDamaged: a line cannot be read, or one is missing.
        DiskTrouble: it cannot be opened or written.
    """
    opened: list[tuple[EventLog, tuple[Envelope, ...]]] = []
    try:
        log, envelopes = await in_thread(
            lambda: EventLog.open(folder.events, clock=clock, bus=Bus()),
            opened.append,  # also when nobody wants it any more: it is to be closed
        )
        yield Journal(log, await in_thread(lambda: fold(envelopes)))
    finally:
        for log, _ in opened:
            await log.close()

"""Taking dead letters out for good: by the process that drives the run, or by this one, which then tidies up."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from msgspec import Struct

from prodigy_tui.cli.control import Request, ask_run, discards, forget_listener, in_lines
from prodigy_tui.clock import SystemClock
from prodigy_tui.engine.signals import Decision, decide_at_rest
from prodigy_tui.engine.upkeep.discarded import tidy_discarded
from prodigy_tui.events.state import RunState
from prodigy_tui.storage import RunFolder, RunHeld, RunLock


class Done(Struct, frozen=True, kw_only=True):
    """What has become of it."""

    status: str
    """Of the run."""
    said: str
    stays: tuple[str, ...] = ()
    """Branches that could not be removed, and why."""


def live(folder: RunFolder, item_ids: Sequence[str], reason: str) -> Done:
    """Has the process that drives the run discard entries; it removes their branches when the run ends."""
    pid = None
    for part in in_lines(item_ids):
        pid = ask_run(folder, Request(signal="discard", items=part, note=reason))
    return Done(status="running", said=f"goes on in process {pid}")


def at_rest(folder: RunFolder, item_ids: Sequence[str], reason: str) -> Done:
    """Records the discard of entries of a run that nobody drives, and removes their branches.

    Raises:
        RunHeld: somebody has taken it up meanwhile.
        NotTaken: an entry has left the queue meanwhile.
    """
    before = RunLock.owner(folder.lock)
    stays: tuple[str, ...] = ()

    def make(state: RunState) -> Sequence[Decision]:
        return discards(item_ids, state, reason, "cli")

    state = asyncio.run(decide_at_rest(folder, make, clock=SystemClock()))
    forget_listener(before)
    with suppress(RunHeld):  # whoever has taken it up tidies up as well
        stays = asyncio.run(tidy_discarded(folder, state, clock=SystemClock()))
    status = state.status if state.ended_at is not None else "interrupted"
    message = f": {state.message}" if state.message else ""
    return Done(status=status, said=f"is {status}{message}", stays=stays)

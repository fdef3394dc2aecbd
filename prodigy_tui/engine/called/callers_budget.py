"""The budget of a called run is that of the run that calls it: there it asks, and there it is counted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prodigy_tui.engine.decisions.budget import Caps
from prodigy_tui.engine.providers.reserving import Executing, Reservations, Ticket
from prodigy_tui.events.values import Caller, PhaseName
from prodigy_tui.workflow.model import Budget


def path_in_caller(path: str, phase: PhaseName, item_id: str | None, inner: str) -> str:
    """Returns how the caller's log names a step of a run that its step at `path` has called."""
    return f"{path}/m.{phase}.{item_id or ''}.{inner}"


class CallersBudget(Reservations):
    """Lets agent steps of a called run start as the caller's budget allows."""

    def __init__(self, around: Reservations, caller: Caller) -> None:
        self._around = around
        self._caller = caller

    def learn(self, budget: Budget) -> None:
        """The called workflow's own limits are not heard."""

    @property
    def caps(self) -> Caps:
        return self._around.caps

    @asynccontextmanager
    async def reserved(self, who: Executing) -> AsyncIterator[Ticket]:
        caller = self._caller
        there = Executing(
            phase=caller.phase,
            path=path_in_caller(caller.path, who.phase, who.item_id, who.path),
            item_id=None,
            attempt=0,
            name=f"{caller.phase} {caller.path}/m {who.step}",
        )
        async with self._around.reserved(there) as ticket:
            yield ticket

    async def work_goes_on(self, phase: PhaseName, path: str) -> None:
        caller = self._caller
        await self._around.work_goes_on(caller.phase, path_in_caller(caller.path, phase, None, path))

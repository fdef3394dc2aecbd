"""The budget at work: agent steps ask before they start, and are ended when an item has used what it may.

What is set aside and who waits are events, so that the scheduler and people see the same as the steps. Belongs to the
engine's event loop.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from msgspec import Struct, field

from prodigy_tui.clock import Clock
from prodigy_tui.engine.decisions.budget import (
    CODE,
    STOPPABLE,
    Amount,
    Caps,
    caps_of,
    expected,
    shortage,
    span,
    spent_item,
    step_name,
    time_is_up,
)
from prodigy_tui.engine.journal import Journal
from prodigy_tui.engine.time_limits import uncounted
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import (
    BudgetAwaited,
    BudgetRaised,
    BudgetReserved,
    BudgetSettled,
    Envelope,
    SignalReceived,
    StopDecided,
    UsageReported,
)
from prodigy_tui.events.values import Failure, PhaseName
from prodigy_tui.workflow.model import Budget

T = TypeVar("T")


class Executing(Struct, frozen=True, kw_only=True):
    """One execution of an agent step, and where it belongs."""

    phase: PhaseName
    path: str
    item_id: str | None
    attempt: int
    name: str = ""
    """Which step of a called run it is."""

    @property
    def step(self) -> str:
        return self.name or step_name(self.phase, self.path)


class Ticket(Struct):
    """The leave to start, for as long as the execution takes."""

    failure: Failure | None = None
    """Why it has to end, or must not begin at all."""
    finished: bool = False
    """Set when it has come to its end, so that it tells what the next will cost."""
    on_over: Callable[[], None] = field(default=lambda: None)
    """Called when `failure` comes while it runs: the agent is to be ended gently."""

    def has_failed(self) -> bool:
        return self.failure is not None

    async def carry(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Does the work and returns what comes of it; None when it has been ended, or must not begin."""
        if self.has_failed():
            return None
        try:
            async with asyncio.timeout(None) as scope:
                self.on_over = lambda: scope.reschedule(asyncio.get_running_loop().time())
                result = await work()
        except TimeoutError:
            if self.has_failed():
                return None
            raise
        self.finished = True
        return result


class Reservations:
    """Lets agent steps of one run start as the budget allows."""

    def __init__(self, budget: Budget | None, journal: Journal, bus: Bus, clock: Clock) -> None:
        self._budget = budget
        self._journal = journal
        self._bus = bus
        self._clock = clock

    def learn(self, budget: Budget) -> None:
        """Takes the limits of the workflow once their values are known."""
        self._budget = budget

    @property
    def caps(self) -> Caps:
        """The limits that hold now."""
        return caps_of(self._budget, self._journal.state)

    @asynccontextmanager
    async def reserved(self, who: Executing) -> AsyncIterator[Ticket]:
        """Waits until an execution may start, and gives back what is left when it has ended.

        A ticket that has a `failure` at once is no leave: the step fails without being started.
        """
        ticket, caps = Ticket(), self.caps
        ticket.failure = self._over(who, before=True)
        if ticket.failure is not None or not (caps.meter or self._is_watched(who)):
            yield ticket
            return
        if caps.meter:
            ticket.failure = await self._admitted(who)
            if ticket.failure is not None:
                yield ticket
                return
        forget = self._bus.subscribe(self._watcher(who, ticket))
        try:
            yield ticket
        finally:
            forget()
            if caps.meter:
                self._settle(who, finished=ticket.finished)

    async def work_goes_on(self, phase: PhaseName, path: str) -> None:
        """Returns when the next step of a phase may begin; there is no new work once the time of the budget is up."""
        if phase not in STOPPABLE or self.caps.time_s is None:
            return
        who = Executing(phase=phase, path=path, item_id=None, attempt=0)
        if self._time_shortage():
            await self._wait(who, self._time_shortage)
            self._settle(who, finished=False)

    # --------------------------------------------------------------------------------------------------- admission

    async def _admitted(self, who: Executing) -> Failure | None:
        """Sets aside what the execution needs as soon as that fits; returns why it never will."""
        if self._shortage(who):
            refused = await self._wait(who, lambda: self._shortage(who))
            if refused is not None:
                return refused
        wanted = self._wanted(who)
        self._journal.record(
            BudgetReserved(
                step=who.step,
                usd=wanted.usd,
                tokens=wanted.tokens,
                phase=who.phase,
                path=who.path,
                item_id=who.item_id,
                attempt=who.attempt,
            )
        )
        return None

    async def _wait(self, who: Executing, shortage: Callable[[], str]) -> Failure | None:
        """Waits until there is no shortage; the scheduler sees that, and decides when waiting makes no sense."""
        changed = asyncio.Event()

        def listen(envelope: Envelope) -> None:
            if isinstance(envelope.event, BudgetSettled | BudgetRaised | StopDecided | SignalReceived):
                changed.set()

        forget = self._bus.subscribe(listen)
        said, waits = False, True
        try:
            with uncounted():
                while reason := shortage():
                    state = self._journal.state
                    if state.stop is not None and who.item_id is None and who.phase not in STOPPABLE:
                        return Failure(kind="budget", code=CODE, message=state.stop.message or reason)
                    changed.clear()
                    if not said:
                        said = True
                        self._journal.record(
                            BudgetAwaited(
                                step=who.step,
                                message=reason,
                                phase=who.phase,
                                path=who.path,
                                item_id=who.item_id,
                                attempt=who.attempt,
                            )
                        )
                        continue
                    await changed.wait()
            waits = False
        finally:
            forget()
            if waits and said:
                self._settle(who, finished=False)
        return None

    def _wanted(self, who: Executing) -> Amount:
        return expected(self.caps, self._journal.state.spending, who.step)

    def _shortage(self, who: Executing) -> str:
        return shortage(self.caps, self._journal.state, self._wanted(who))

    def _time_shortage(self) -> str:
        caps = self.caps
        if not time_is_up(caps, self._journal.state, self._clock.now()):
            return ""
        return f"budget: the time limit of {span(caps.time_s or 0.0)} has passed"

    def _settle(self, who: Executing, *, finished: bool) -> None:
        self._journal.record(
            BudgetSettled(finished=finished, phase=who.phase, path=who.path, item_id=who.item_id, attempt=who.attempt)
        )

    # ---------------------------------------------------------------------------------------------------- per item

    def _is_watched(self, who: Executing) -> bool:
        limit = self.caps.per_item
        return who.item_id is not None and (limit.usd is not None or limit.tokens is not None)

    def _over(self, who: Executing, *, before: bool = False) -> Failure | None:
        entry = self._journal.state.items.get(who.item_id) if who.item_id is not None else None
        return spent_item(self.caps.per_item, entry.attempt_usage, before=before) if entry is not None else None

    def _watcher(self, who: Executing, ticket: Ticket) -> Callable[[Envelope], None]:
        def watch(envelope: Envelope) -> None:
            event = envelope.event
            if ticket.failure is not None or not isinstance(event, UsageReported) or event.item_id != who.item_id:
                return
            if who.item_id is not None and (failure := self._over(who)) is not None:
                ticket.failure = failure
                ticket.on_over()

        return watch

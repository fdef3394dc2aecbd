"""Questions of steps to people, and how the answers come back to the steps that wait for them (language 5.8).

The question is an event before anybody waits; so is the answer before anybody goes on. Under `-y` a question is
answered at once. An agent that has asked gives its place back, and goes on when it has one again.
"""

import asyncio
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from prodigy_tui.clock import Clock
from prodigy_tui.engine.journal import Journal
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import AgentContinued, Envelope, GateAnswered, GateOpened
from prodigy_tui.events.told import Answer


class Gates:
    """Asks people on behalf of the steps of one run. Belongs to the engine's event loop."""

    def __init__(self, journal: Journal, bus: Bus, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._answers: dict[str, asyncio.Future[Answer]] = {}
        """By the name of the question."""
        self._turns: dict[str, asyncio.Event] = {}
        """By item: set when its agent has a slot again."""
        bus.subscribe(self._hear)

    async def ask(self, gate: GateOpened, *, timeout_s: float | None = None, person_only: bool = False) -> Answer:
        """Asks, waits for the answer, and for a slot where an agent has given its own back meanwhile.

        Args:
            gate: The question; its name is the same whenever this step asks, so that a kept answer is found.
            timeout_s: Seconds after which `gate.on_timeout` answers.
            person_only: Whether `-y` is no answer to it.
        """
        if timeout_s is not None:
            gate = replace(gate, due=self._clock.now() + timedelta(seconds=timeout_s))
        kept = self._journal.state.answers.get(gate.gate)
        heard: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[gate.gate] = heard
        try:
            opened = self._journal.record(gate)
            if kept is None and self._journal.state.settings.yes and not person_only:
                kept = Answer(answer=gate.default or gate.options[0], by="option")
            if kept is None and timeout_s is not None and not await self._in_time(heard, timeout_s):
                kept = Answer(answer=gate.on_timeout, by="timeout")
            if kept is not None:
                self._journal.record(
                    GateAnswered(gate=gate.gate, answer=kept.answer, note=kept.note, by=kept.by), cause=opened.seq
                )
            answer = await heard
        finally:
            del self._answers[gate.gate]
        if gate.item_id is not None:
            await self._turn(gate.item_id)
        return answer

    async def _turn(self, item_id: str) -> None:
        """Waits until the agent of an item has a slot."""
        while self._journal.state.items[item_id].status == "waiting":
            turn = self._turns.setdefault(item_id, asyncio.Event())
            turn.clear()
            await turn.wait()

    async def _in_time(self, heard: asyncio.Future[Answer], timeout_s: float) -> bool:
        slept = asyncio.ensure_future(self._clock.sleep(timeout_s))
        try:
            waiters: set[asyncio.Future[Any]] = {heard, slept}
            await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
            return heard.done()
        finally:
            slept.cancel()
            await asyncio.gather(slept, return_exceptions=True)

    def _hear(self, envelope: Envelope) -> None:
        match envelope.event:
            case GateAnswered(gate=gate, answer=answer, note=note, by=by) if gate in self._answers:
                heard = self._answers[gate]
                if not heard.done():
                    heard.set_result(Answer(answer=answer, note=note, by=by))
            case AgentContinued(item_id=item_id) if item_id in self._turns:
                self._turns.pop(item_id).set()
            case _:
                pass

"""What a called run and the run that calls it tell each other while both are driven.

Down go signals and stops; up go what agents use, one line an item for the step's log, and questions, where there is
somebody who can answer. A called run that nobody answers comes to rest by itself; its questions are asked then.
"""

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.called.callers_budget import path_in_caller
from prodigy_tui.engine.kinds.inner import Inner
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import (
    AgentFinished,
    Envelope,
    GateAnswered,
    GateOpened,
    ItemDeadLettered,
    ItemsLoaded,
    PhaseStarted,
    SignalReceived,
    StopDecided,
    UsageReported,
)
from prodigy_tui.events.spending import tokens_of
from prodigy_tui.events.told import Answer
from prodigy_tui.events.values import Usage

if TYPE_CHECKING:
    from prodigy_tui.engine.session import RunSession

HANDED_DOWN = frozenset({"pause", "resume", "drain", "kill", "leave"})
"""Signals of the caller that the called run takes as its own; a stop reaches it through the step that calls."""

_LABEL = 60


def gate_in_caller(run_id: str, gate: str) -> str:
    """Returns how the caller names a question of a called run."""
    return f"{run_id}:{gate}"


async def ask_for(inner: Inner, run_id: str, gate: GateOpened) -> Answer:
    """Asks a question of a called run in the run that calls it, and returns the answer."""
    workflow = inner.run.state.calls[run_id].workflow
    return await inner.run.gates.ask(
        GateOpened(
            gate=gate_in_caller(run_id, gate.gate),
            kind="approve",
            question=f"{workflow}: {gate.question}",
            options=gate.options,
            phase=inner.context.phase,
            path=inner.view.path,
            detail=gate.detail,
            due=gate.due,
            called_run=run_id,
        ),
        person_only=True,
    )


def answer_to(gate: str, answer: Answer) -> SignalReceived:
    """Returns the answer as the called run takes it."""
    return SignalReceived(signal="answer", gate=gate, answer=answer.answer, note=answer.note, source=answer.by)


class HandingOn:
    """The two of them, for as long as the called run is driven. Belongs to the engine's loop."""

    def __init__(self, inner: Inner, session: "RunSession", bus: Bus) -> None:
        self._inner = inner
        self._session = session
        self._run_id = session.state.run_id
        self._asking: dict[str, asyncio.Task[None]] = {}
        """By question of the called run."""
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Never done but with an error: a question was not handed on, and whoever has asked would wait forever."""
        self._forget = (bus.subscribe(self._hear_called), inner.run.bus.subscribe(self._hear_caller))

    async def close(self) -> None:
        """Ends it; questions that are still open are not asked any more."""
        for forget in self._forget:
            forget()
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        if not self.failed.cancel():
            self.failed.exception()  # who drives the called run knows

    def take_over(self) -> None:
        """Hands on what has been said and asked before."""
        used, known = self._session.state.usage, self._inner.run.state.calls[self._run_id].usage
        missing = Usage(
            input_tokens=max(0, used.input_tokens - known.input_tokens),
            output_tokens=max(0, used.output_tokens - known.output_tokens),
            usd=None if used.usd is None else max(0.0, used.usd - (known.usd or 0.0)) or None,
        )
        if tokens_of(missing) or missing.usd:
            self._used(missing, self._run_id, self._inner.view.path)
        for gate in self._session.state.gates.values():
            self._ask(gate)

    # ------------------------------------------------------------------------------------------------------------ down

    def _hear_caller(self, envelope: Envelope) -> None:
        match envelope.event:
            case SignalReceived(signal=signal, source=source) if signal in HANDED_DOWN:
                self._session.take(SignalReceived(signal=signal, source=source))
            case StopDecided() if self._session.state.stop is None:
                self._session.take(SignalReceived(signal="drain", source=self._inner.run.run_id))
            case _:
                pass

    # -------------------------------------------------------------------------------------------------------------- up

    def _hear_called(self, envelope: Envelope) -> None:
        inner, event = self._inner, envelope.event
        match event:
            case UsageReported(usage=usage, provider=provider, phase=phase, item_id=item_id, path=path):
                self._used(usage, provider, path_in_caller(inner.view.path, phase, item_id, path))
            case GateOpened() if event.kind != "landing":
                self._ask(event)
            case GateAnswered():
                self._answered(event)
            case PhaseStarted(phase=phase):
                inner.say(f"phase {phase}")
            case ItemsLoaded(items=items):
                inner.say(f"items {len(items)}")
            case AgentFinished(item_id=item_id, outcome=outcome, failure=failure):
                why = f": {failure.message}" if failure is not None else ""
                word = "ok" if outcome == "success" else "fail" if outcome == "failed" else outcome
                inner.say(f"{word:5} {self._label(item_id)}{why}")
                self._withdraw()
            case ItemDeadLettered(item_id=item_id):
                inner.say(f"dead  {self._label(item_id)}")
            case _:
                pass

    def _label(self, item_id: str) -> str:
        entry = self._session.state.items.get(item_id)
        return one_line(entry.item.label or item_id if entry is not None else item_id, _LABEL)

    def _used(self, usage: Usage, provider: str, path: str) -> None:
        self._inner.run.journal.record(
            UsageReported(
                usage=usage,
                provider=provider,
                phase=self._inner.context.phase,
                path=path,
                called_run=self._run_id,
            )
        )

    def _ask(self, gate: GateOpened) -> None:
        """Hands a question on where somebody may answer, or has done so while the run was at rest."""
        state = self._inner.run.state
        if gate.gate in self._asking or not (
            state.attended or gate_in_caller(self._run_id, gate.gate) in state.answers
        ):
            return

        async def ask() -> None:
            answer = await ask_for(self._inner, self._run_id, gate)
            if gate.gate in self._session.state.gates:
                self._session.take(answer_to(gate.gate, answer))

        asking = asyncio.create_task(ask(), name=f"question {gate.gate}")
        self._asking[gate.gate] = asking
        asking.add_done_callback(lambda _: self._asked(gate.gate, asking))

    def _asked(self, name: str, asking: asyncio.Task[None]) -> None:
        self._asking.pop(name, None)
        if not asking.cancelled() and (error := asking.exception()) is not None and not self.failed.done():
            self.failed.set_exception(error)

    def _withdraw(self) -> None:
        """Closes questions that nobody waits for any more: their item was stopped, say."""
        for name in [name for name in self._asking if name not in self._session.state.gates]:
            gate = gate_in_caller(self._run_id, name)
            if gate in self._inner.run.state.gates:
                self._inner.run.journal.record(GateAnswered(gate=gate, answer="withdrawn", by=self._run_id))

    def _answered(self, event: GateAnswered) -> None:
        """Closes a question that was answered in the called run itself."""
        name = gate_in_caller(self._run_id, event.gate)
        if name in self._inner.run.state.gates:
            self._inner.run.journal.record(replace(event, gate=name))

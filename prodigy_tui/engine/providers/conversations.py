"""Conversations with agents that outlive one call: after a limit, and when a person tells a running agent something.

A `Conversation` is one execution of an agent step and knows what the next call says. `Conversations` are those under
way, by item, so that a person's words reach them.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any, Final

from msgspec import Struct, field

from prodigy_tui.agents import AgentCall, AgentResult, Provider
from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.kinds.execution import Place
from prodigy_tui.engine.time_limits import give_back
from prodigy_tui.events.values import Usage
from prodigy_tui.process import StopRequest

AFTER_LIMIT: Final = (
    "A limit of the service interrupted you; it is over now. Go on with the task from where you were."
    " The files are as you left them."
)


class Conversation(Struct, kw_only=True):
    """One execution of an agent step: the calls that it takes."""

    provider: Provider
    prompt: str
    model: str | None
    options: Mapping[str, Any]
    place: Place
    random: Random
    limits: int = 0
    told: list[str] = field(default_factory=list)
    """What a person wants it to know and no call has said yet."""
    answered: bool = False
    """The agent has said or done something, so that there is a conversation to go on with."""
    denied: list[str] = field(default_factory=list)
    """Tools that were not permitted in the calls so far."""
    usage: Usage | None = None
    duration_s: float = 0.0
    """Time that this execution has used in its calls so far."""
    _id: str | None = None
    _usd: float = 0.0
    _tokens: tuple[int, int] = (0, 0)
    _stop: StopRequest | None = None
    """How the present call is ended; None between calls."""

    def next_call(self) -> AgentCall:
        """Returns the next call: the first one, or how the conversation goes on."""
        self._stop = StopRequest()
        resume = self._id if self.answered and self.provider.resumes else None
        told, self.told = "\n\n".join(self.told), []
        if resume is None:
            self.denied.clear()  # all is asked for again
            self.prompt = f"{self.prompt}\n\n{told}" if told else self.prompt
        place = self.place
        return AgentCall(
            prompt=self.prompt if resume is None else told or AFTER_LIMIT,
            model=self.model,
            options=self.options,
            cwd=place.cwd,
            env=place.env,
            marker=place.marker,
            session_id=str(uuid.UUID(int=self.random.getrandbits(128), version=4)),
            attempt=place.attempt,
            limits=self.limits,
            resume=resume,
            resumed_usd=self._usd if resume is not None else 0.0,
            denied=tuple(self.denied),
            resumed_tokens=self._tokens if resume is not None else (0, 0),
            stop=self._stop,
            timeout_s=None if place.timeout_s is None else max(0.0, place.timeout_s - self.duration_s),
            idle_timeout_s=place.idle_timeout_s,
            grace_s=place.grace_s,
        )

    def ended(self, call: AgentCall, result: AgentResult) -> None:
        """Notes how a call ended."""
        self._stop = None
        used = result.usage
        if used is not None:
            before = self.usage or Usage(usd=0.0)
            usd = None if before.usd is None or used.usd is None else before.usd + used.usd
            self.usage = Usage(
                input_tokens=before.input_tokens + used.input_tokens,
                output_tokens=before.output_tokens + used.output_tokens,
                usd=usd,
            )
        if result.lost:
            if call.prompt != AFTER_LIMIT:
                self.told.insert(0, call.prompt)
            self._id, self._usd, self._tokens, self.answered = None, 0.0, (0, 0), False
            return
        if result.session_id is not None:
            cost = used.usd if used is not None and used.usd is not None else 0.0
            self._usd = (call.resumed_usd if call.resume == result.session_id else 0.0) + cost
            past = call.resumed_tokens if call.resume == result.session_id else (0, 0)
            self._tokens = (past[0] + used.input_tokens, past[1] + used.output_tokens) if used is not None else past
            self._id = result.session_id
        if result.kind == "limit":
            # What was cut off by a limit counts for nothing, wherever its time was counted.
            give_back(self.duration_s + result.duration_s)
            self.limits, self.duration_s = self.limits + 1, 0.0
        else:
            self.duration_s += result.duration_s

    def goes_on(self, result: AgentResult) -> bool:
        """Tells whether another call follows: the conversation was not there, or a person has something to say."""
        return result.lost or (bool(self.told) and result.kind != "timeout")

    def tell(self, text: str) -> str | None:
        """Takes what a person says; the agent hears it in its next call. Returns why it cannot."""
        if not self.provider.resumes and self._stop is not None:
            return f"the provider '{self.provider.name}' cannot go on with a conversation"
        self.told.append(text)
        if self._stop is not None:
            self._stop.ask()
        return None


class Conversations:
    """The executions of agent steps under way in one run. Belongs to the engine's loop."""

    def __init__(self) -> None:
        self._open: dict[str, list[Conversation]] = {}
        self._briefed: dict[str, int] = {}
        """Item → the last attempt whose agent has been given the instruction."""

    def briefing(self, item_id: str | None, attempt: int, instruction: str) -> tuple[str, ...]:
        """Returns what the agent of an attempt is told besides its prompt: to the first that asks, and to it alone."""
        if item_id is None or not instruction or self._briefed.get(item_id) == attempt:
            return ()
        self._briefed[item_id] = attempt
        return (instruction,)

    @contextmanager
    def opened(self, item_id: str | None, conversation: Conversation) -> Iterator[None]:
        """Lets people reach a conversation inside the block, if it is about an item."""
        if item_id is None:
            yield
            return
        self._open.setdefault(item_id, []).append(conversation)
        try:
            yield
        finally:
            self._open[item_id].remove(conversation)
            if not self._open[item_id]:
                del self._open[item_id]

    def tell(self, item_id: str, text: str) -> tuple[str, ...]:
        """Tells every running agent step of an item something; returns what is in the way of it."""
        name = one_line(item_id)
        if not text.strip():
            return (f"there is nothing to tell '{name}'",)
        found = self._open.get(item_id)
        if found is None:
            return (f"'{name}' cannot be told anything: no agent is at work on it",)
        refused = (conversation.tell(text) for conversation in found)
        return tuple(f"'{name}' cannot be told anything: {why}" for why in refused if why is not None)

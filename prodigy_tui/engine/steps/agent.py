"""`agent` and `claude`: one call of a provider, its messages made into events and log lines.

A limit of the provider is waited out here and the call taken up again from the files as they stand; it is no execution
that counts (language 6.7). Only the wait is recorded.
"""

import itertools
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

from prodigy_tui.agents import (
    AgentCall,
    AgentResult,
    Denied,
    Message,
    Provider,
    Retrying,
    Said,
    Started,
    Thought,
    ToolAnswered,
    ToolCalled,
    Used,
    render,
)
from prodigy_tui.agents.oneline import one_line
from prodigy_tui.clock import Clock
from prodigy_tui.engine.provider_pool import ProviderPool
from prodigy_tui.engine.steps.execution import Execution, Place, tail
from prodigy_tui.events.values import Failure, MessageKind, Usage
from prodigy_tui.process import CannotStart, Masker

EVENT_TEXT_LIMIT = 300
"""Characters of a message that its event keeps; the log has it whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvents:
    """How an agent step tells what happens; the step runner adds whose step it is."""

    message: Callable[[MessageKind, str], None]
    usage: Callable[[Usage], None]
    limited: Callable[[datetime, str], None]
    raw: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentServices:
    """What every agent step of a run shares."""

    providers: Mapping[str, Provider]
    pool: ProviderPool
    clock: Clock
    masker: Masker
    random: Random


async def run_agent(
    prompt: str,
    *,
    provider: str,
    model: str | None,
    options: Mapping[str, Any],
    place: Place,
    events: AgentEvents,
    services: AgentServices,
) -> Execution:
    """Calls the provider until it answers with something other than a limit."""
    chosen = services.providers.get(provider)
    if chosen is None:
        return _refused(f"there is no provider '{provider}'")
    missing = chosen.missing(place.env)
    if missing is not None:
        return _refused(missing)
    logged = replace(place, log=lambda text: place.log(services.masker.text(text)))
    for limits in itertools.count():
        call = AgentCall(
            prompt=prompt,
            model=model,
            options=options,
            cwd=place.cwd,
            env=place.env,
            marker=place.marker,
            session_id=str(uuid.UUID(int=services.random.getrandbits(128), version=4)),
            attempt=place.attempt,
            limits=limits,
            timeout_s=place.timeout_s,
            idle_timeout_s=place.idle_timeout_s,
        )
        async with services.pool.admitted(provider):
            try:
                result = await chosen.run(
                    call,
                    lambda message: _tell(message, logged, events),
                    lambda _stream, text: events.raw(text),
                    clock=services.clock,
                    masker=services.masker,
                )
            except CannotStart as error:
                return _refused(str(error))
            if result.kind != "limit":
                services.pool.served(provider)
                return _execution(result)
            until = services.pool.limited(provider, result.limit_s)
            events.limited(until, result.reason)
            logged.log(f"limit  {result.reason}; next try at {until:%H:%M:%S} UTC\n")
    raise AssertionError("a count without end has ended")


def _refused(message: str) -> Execution:
    return Execution(exit_code=127, failure=Failure(kind="agent", message=message, exit_code=127))


def _execution(result: AgentResult) -> Execution:
    failure = None
    if not result.ok:
        kind = {"timeout": "timeout", "denied": "denied"}.get(result.kind, "agent")
        failure = Failure(kind=kind, message=result.reason, exit_code=result.exit_code, tail=tail(result.text))
    usage = result.usage
    return Execution(
        exit_code=result.exit_code,
        failure=failure,
        stdout=result.text,
        output=result.text,
        duration_s=result.duration_s,
        session_id=result.session_id,
        usd=usage.usd if usage is not None else None,
        tokens=usage.input_tokens + usage.output_tokens if usage is not None else None,
        needs_commit=result.empty,
    )


def _tell(message: Message, place: Place, events: AgentEvents) -> None:
    line = render(message)
    if line:
        place.log(f"{line}\n")
    match message:
        case Started(session_id=session):
            events.message("session", session)
        case Said(text=text):
            events.message("said", one_line(text, EVENT_TEXT_LIMIT))
        case Thought(text=text):
            events.message("thought", one_line(text, EVENT_TEXT_LIMIT))
        case ToolCalled(name=name, summary=summary):
            events.message("tool", one_line(f"{name} {summary}", EVENT_TEXT_LIMIT))
        case ToolAnswered(ok=ok, summary=summary):
            if not ok:
                events.message("result", one_line(summary, EVENT_TEXT_LIMIT))
        case Retrying():
            events.message("retry", line.strip())
        case Denied(tool=tool, message=text):
            events.message("denied", one_line(f"{tool}: {text}", EVENT_TEXT_LIMIT))
        case Used(input_tokens=taken, output_tokens=given, usd=usd):
            events.usage(Usage(input_tokens=taken, output_tokens=given, usd=usd))

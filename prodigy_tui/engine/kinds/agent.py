"""`agent` and `claude`: the calls of a provider that one execution takes, its messages made into events and log lines.

A limit of the provider is waited out here and the execution taken up again from the files as they stand, in the
provider's own conversation where it can; it is no execution that counts (language 6.7). So is what a person tells a
running agent: the call is ended gently, and the conversation goes on with these words.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.agents import (
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
from prodigy_tui.engine.kinds.execution import Execution, Place, tail
from prodigy_tui.engine.providers.conversations import Conversation, Conversations
from prodigy_tui.engine.providers.limiter import Limiter, Request, Ticket
from prodigy_tui.events.values import Failure, MessageKind, Usage
from prodigy_tui.process import CannotStart, Masker, Stream

EVENT_TEXT_LIMIT = 300
"""Characters of a message that its event keeps; the log has it whole."""

ANSWERS = Said | Thought | ToolCalled
"""Messages that come from the provider's service: it does not refuse."""


class AgentEvents(Struct, frozen=True, kw_only=True):
    """How an agent step tells what happens; the step runner adds whose step it is."""

    message: Callable[[MessageKind, str], None]
    usage: Callable[[Usage], None]
    limited: Callable[[datetime, str, bool], None]
    """Until when, the provider's words, and whether that is another one of a burst."""
    raw: Callable[[str], None]


class AgentServices(Struct, frozen=True, kw_only=True):
    """What every agent step of a run shares."""

    providers: Mapping[str, Provider]
    limiter: Limiter
    conversations: Conversations
    clock: Clock
    masker: Masker
    random: Random


async def run_agent(
    prompt: str,
    *,
    model: str | None,
    options: Mapping[str, Any],
    place: Place,
    request: Request,
    events: AgentEvents,
    services: AgentServices,
    told: Sequence[str] = (),
) -> Execution:
    """Calls the provider until it answers with something other than a limit, and nobody has more to say.

    `told`: what a person wants it to know from the start, besides the prompt.
    """
    provider = services.providers.get(request.provider)
    if provider is None:
        return _refused(f"there is no provider '{request.provider}'")
    missing = provider.missing(place.env)
    if missing is not None:
        return _refused(missing)
    conversation = Conversation(
        provider=provider,
        prompt=prompt,
        model=model,
        options=options,
        place=replace(place, log=lambda text: place.log(services.masker.text(text))),
        random=services.random,
        told=list(told),
    )
    with services.conversations.opened(request.item_id, conversation):
        while True:
            asks = replace(request, goes_on=conversation.answered)
            async with services.limiter.admitted(asks) as ticket:
                try:
                    execution = await _call(conversation, ticket, events, services)
                except CannotStart as error:
                    return _refused(str(error))
            if execution is not None:
                return execution


async def _call(
    conversation: Conversation, ticket: Ticket, events: AgentEvents, services: AgentServices
) -> Execution | None:
    """Makes the next call; returns how the execution ended, None where another call follows."""
    place = conversation.place
    for text in conversation.told:
        place.log(f"tell  {text}\n")
        events.message("told", one_line(text, EVENT_TEXT_LIMIT))
    call = conversation.next_call()

    def hear(message: Message) -> None:
        if isinstance(message, ANSWERS):
            conversation.answered = True
            ticket.answered()
        elif isinstance(message, Denied):
            conversation.denied.append(message.tool)
        _tell(message, place, events)

    errors = _ErrorOutput(place)

    def take(stream: Stream, text: str) -> None:
        events.raw(text)
        if stream == "stderr":
            errors.add(text)

    result = await conversation.provider.run(call, hear, take, clock=services.clock, masker=services.masker)
    errors.close()
    conversation.ended(call, result)
    if result.kind == "limit":
        limited = ticket.limited(result.limit_s)
        events.limited(limited.until, result.reason, not limited.is_news)
        place.log(f"limit  {result.reason}; next try at {limited.until:%H:%M:%S} UTC\n")
        return None
    if result.ok:
        conversation.answered = True
        ticket.answered()
    if conversation.goes_on(result):
        return None
    return _execution(result, conversation)


class _ErrorOutput:
    """What the program prints on standard error, for the log: in whole lines, since messages come between them."""

    def __init__(self, place: Place) -> None:
        self._log = place.log_error or place.log
        self._rest = ""

    def add(self, text: str) -> None:
        """Takes the next piece."""
        lines, end, rest = (self._rest + text).rpartition("\n")
        self._rest = rest
        if end:
            self._log(lines + end)

    def close(self) -> None:
        """Takes the end."""
        if self._rest:
            self._log(self._rest + "\n")
            self._rest = ""


def _refused(message: str) -> Execution:
    return Execution(exit_code=127, failure=Failure(kind="agent", message=message, exit_code=127))


def _execution(result: AgentResult, conversation: Conversation) -> Execution:
    failure, usage = None, conversation.usage
    if not result.ok:
        kind = {"timeout": "timeout", "denied": "denied"}.get(result.kind, "agent")
        failure = Failure(kind=kind, message=result.reason, exit_code=result.exit_code, tail=tail(result.text))
    return Execution(
        exit_code=result.exit_code,
        failure=failure,
        stdout=result.text,
        output=result.text,
        duration_s=conversation.duration_s,
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

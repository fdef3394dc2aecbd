"""What an agent step tells while it works, made into the events of its run, with the step that it belongs to."""

from prodigy_tui.engine.context import Context
from prodigy_tui.engine.kinds.agent import AgentEvents
from prodigy_tui.engine.providers.limiter import Request
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.events.schema import AgentMessage, ProviderLimited, StepHeld, StepLetIn, UsageReported


def events_of(run: RunContext, view: StepView, context: Context, provider: str) -> AgentEvents:
    """Returns how an agent step tells what its agent says, uses and is refused."""
    journal, phase, path = run.journal, context.phase, view.path
    item_id, attempt = context.item_id, context.attempt
    return AgentEvents(
        message=lambda kind, text: _ignore(
            journal.record(AgentMessage(kind=kind, text=text, phase=phase, path=path, item_id=item_id, attempt=attempt))
        ),
        usage=lambda usage: _ignore(
            journal.record(
                UsageReported(usage=usage, provider=provider, phase=phase, path=path, item_id=item_id, attempt=attempt)
            )
        ),
        limited=lambda until, message, again: _ignore(
            journal.record(
                ProviderLimited(provider=provider, until=until, message=message, item_id=item_id, again=again)
            )
        ),
        raw=lambda text: run.keep_raw(context.stream, text),
    )


def request_of(run: RunContext, view: StepView, context: Context, provider: str) -> Request:
    """Returns what the limiter is asked for an agent step, and how the step tells that it waits."""
    journal, phase, path = run.journal, context.phase, view.path
    item_id, attempt = context.item_id, context.attempt
    return Request(
        provider=provider,
        item_id=item_id,
        held=lambda by, until: _ignore(
            journal.record(
                StepHeld(
                    by=by, until=until, provider=provider, phase=phase, path=path, item_id=item_id, attempt=attempt
                )
            )
        ),
        let_in=lambda: _ignore(
            journal.record(StepLetIn(provider=provider, phase=phase, path=path, item_id=item_id, attempt=attempt))
        ),
    )


def _ignore(_envelope: object) -> None:
    """An event that nothing here waits for."""

"""What a person decides about dead letters in the interface, handed to the run that this process drives."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from prodigy_tui.cli.control import Steered
from prodigy_tui.cli.names import NotTaken
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.schema import ItemDiscarded, ParametersChanged, ReduceRequested
from prodigy_tui.events.state import RunState

SOURCE: Final = "interface"
"""Who decides, in the record."""


class LiveDecisions:
    """Implements the interface's `Decisions`; harmless once the run is closed."""

    def __init__(self, session: Callable[[], Steered | None]) -> None:
        self._session = session

    async def change_parameters(self, given: Mapping[str, str]) -> str:
        """Gives parameters other values; returns why that cannot be, or nothing."""
        return await asyncio.to_thread(self._change, given)

    def _change(self, given: Mapping[str, str]) -> str:
        session = self._session()
        if session is None:
            return "the run is closed"
        try:
            values = read_values(session.state, given)
            session.require_parameters(values)
            if values:
                session.decide(ParametersChanged(values=values, by=SOURCE))
        except ProdigyError as error:
            return str(error)
        except RuntimeError:  # its loop is closed
            return "the run is closed"
        return ""

    def reduce_again(self) -> None:
        """Has reduce run anew after the map."""
        session = self._session()
        if session is not None:
            with suppress(RuntimeError):
                session.decide(ReduceRequested(by=SOURCE))

    def discard(self, item_ids: tuple[str, ...], reason: str) -> None:
        """Takes items out of the dead letter queue for good; what has left it meanwhile is a warning of the run."""
        session = self._session()
        if session is not None:
            with suppress(RuntimeError):
                session.decide(*(ItemDiscarded(item_id=one, reason=reason, by=SOURCE) for one in item_ids))


def read_values(state: RunState, given: Mapping[str, str]) -> dict[str, Any]:
    """Returns values as the workflow understands what was typed, where they differ from those that hold.

    Raises:
        ProdigyError: there is no such parameter, it is secret, or the value does not fit.
    """
    from prodigy_tui.engine.recorded import changed_parameters, recorded_workflow
    from prodigy_tui.workflow.load import Given

    typed = Given(params=tuple(given.items()), complete=False)
    workflow, values = recorded_workflow(state, typed, landing_only=True, may_change=True)
    secret = next((spec.name for spec in workflow.parameters if spec.secret and spec.name in given), None)
    if secret is not None:
        hint = "stop the run, and give it when you take the run up again"
        raise NotTaken(f"the secret parameter {secret!r} cannot be given to a live run", hint=hint)
    return changed_parameters(state, typed, workflow, values)

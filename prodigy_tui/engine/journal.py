"""The engine's hold on the truth: appending an event and folding it are one thing."""

from collections.abc import Callable

from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.masking import masked
from prodigy_tui.events.schema import Envelope, KnownEvent
from prodigy_tui.events.state import RunState
from prodigy_tui.process import Masker


class Journal:
    """The event log with the state that it amounts to.

    Belongs to the engine's loop, like the log. An event that cannot follow is refused before it is written; `mask`
    takes secrets out of its texts.
    """

    def __init__(self, log: EventLog, state: RunState, mask: Callable[[str], str] | None = None) -> None:
        self._log = log
        self._state = state
        self._mask = mask or Masker().text

    @property
    def state(self) -> RunState:
        return self._state

    def record(self, event: KnownEvent, *, cause: int | None = None) -> Envelope:
        """Appends an event; it is not yet on disk.

        Raises:
            InvalidTransition: the event cannot happen now.
            DiskTrouble: the log could not be written.
        """
        return self._log.append(masked(event, self._mask), cause=cause, check=self._fold)

    async def durable(self) -> None:
        """Returns when everything recorded so far survives a loss of power.

        Raises:
            DiskTrouble: the log could not be written.
        """
        await self._log.durable()

    async def close(self) -> None:
        await self._log.close()

    def _fold(self, envelope: Envelope) -> None:
        self._state = evolve(self._state, envelope)

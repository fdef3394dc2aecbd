"""The engine's hold on the truth: appending an event and folding it are one thing."""

from collections.abc import Callable

from msgspec.structs import replace

from prodigy_tui.engine.disk_patience import DiskPatience
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.masking import masked
from prodigy_tui.events.schema import Envelope, KnownEvent, StepFinished
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseName, StepResult
from prodigy_tui.process import Masker


class Journal:
    """The event log with the state that it amounts to.

    Belongs to the engine's loop, like the log. An event that cannot follow is refused before it is written; `mask`
    takes secrets out of its texts.
    """

    def __init__(
        self,
        log: EventLog,
        state: RunState,
        mask: Callable[[str], str] | None = None,
        disk: DiskPatience | None = None,
    ) -> None:
        self._log = log
        self._state = state
        self._mask = mask or Masker().text
        self.unmasked: dict[tuple[PhaseName, str], StepResult] = {}
        """What steps of this process have said whose record lacks secrets, by phase and path."""
        self.disk = disk
        """Who waits for the disk, where somebody drives the run."""
        if disk is not None:
            disk.record = self.record

    @property
    def state(self) -> RunState:
        return self._state

    def record(self, event: KnownEvent, *, cause: int | None = None) -> Envelope:
        """Appends an event; it is not yet on disk.

        Raises:
            InvalidTransition: the event cannot happen now.
            DiskTrouble: the log could not be written.
        """
        return self._log.append(self._masked(event), cause=cause, check=self._fold)

    def _masked(self, event: KnownEvent) -> KnownEvent:
        """Takes secrets out of an event; what a step has said with them stays here, for this process."""
        fresh = masked(event, self._mask)
        if not isinstance(event, StepFinished) or not isinstance(fresh, StepFinished) or event.result is None:
            return fresh
        if fresh.result is None or fresh.result is event.result:
            return fresh
        self.unmasked[event.phase, event.path] = event.result
        return replace(fresh, result=replace(fresh.result, masked=True))

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

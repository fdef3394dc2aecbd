"""How many attempts a run's workflow gives an item, for the interface: read once, in a thread, from the record."""

from threading import Timer
from typing import Final

from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.state import RunState

_SETTLED: Final = "map.retry.attempts"
_LATER_S: Final = 0.5
"""Reading a workflow costs as much as a start; the first picture comes before it."""


class ItemAttempts:
    """Answers at once, with `None` until it is known; a workflow that cannot be read any more never is."""

    def __init__(self) -> None:
        self._known: dict[str, int | None] = {}

    def __call__(self, state: RunState) -> int | None:
        settled = state.settled.get(_SETTLED)
        if isinstance(settled, int):
            return settled
        if not state.digest:
            return None
        if state.digest not in self._known:
            self._known[state.digest] = None
            reading = Timer(_LATER_S, self._read, (state,))
            reading.name, reading.daemon = "item attempts", True
            reading.start()
        return self._known[state.digest]

    def _read(self, state: RunState) -> None:
        from prodigy_tui.engine.planning.plan import item_attempts
        from prodigy_tui.workflow.build.context import Surroundings
        from prodigy_tui.workflow.load import load_recorded

        try:
            workflow = load_recorded(
                {state.file: state.text, **state.sources.files}, state.file, Surroundings()
            ).workflow
        except (ProdigyError, ValueError):
            return
        if workflow is not None and workflow.map is not None:
            self._known[state.digest] = item_attempts(workflow.map, workflow.error_policy)

"""The live run that goes on while something else is shown: how far the picture is behind it, and what it asks."""

from datetime import datetime

from msgspec import Struct

from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import Line, Role, Span
from prodigy_tui.tui.model.text import safe, stopwatch
from prodigy_tui.wording import plural


class Beside(Struct, frozen=True, kw_only=True):
    """A live run that is not shown."""

    name: str
    at: datetime
    """How far it is: now, or its end."""
    asks: int
    """Questions that wait for a person."""
    over: bool
    same: bool
    """Whether what is shown is its own past."""

    @property
    def news(self) -> tuple[str, int, bool, bool]:
        """What is worth drawing anew; time alone is not."""
        return self.name, self.asks, self.over, self.same


def beside_of(state: RunState, now: datetime, *, same: bool) -> Beside:
    """Returns what is said of a live run that is not shown."""
    return Beside(
        name=state.label or state.run_id,
        at=state.ended_at or now,
        asks=len(state.gates),
        over=state.ended_at is not None,
        same=same,
    )


def behind_badge(beside: Beside, shown: datetime) -> tuple[str, Role]:
    """Returns the badge of a live run's past: how far the picture is behind."""
    behind = stopwatch(max(0.0, (beside.at - shown).total_seconds()))
    return f"◀◀ REPLAY {behind} before the end" if beside.over else f"◀◀ LIVE +{behind} behind", "accent"


def beside_line(beside: Beside) -> Line:
    """Returns what a person must know of it meanwhile; empty when it needs nobody."""
    if not beside.asks:
        return ()
    name = "the live run" if beside.same else f"run {safe(beside.name, 24)}"
    verb = "waits" if beside.asks == 1 else "wait"
    words: Span = (f"! {plural(beside.asks, 'question')} of {name} {verb} · {key('replay.live')} goes there", "warning")
    return (words,)

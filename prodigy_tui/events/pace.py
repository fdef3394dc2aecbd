"""What sets how fast work is given out: the canary, the breaker, waiting for providers, an end that was decided."""

from datetime import datetime
from typing import Literal

from prodigy_tui.events.frozen import Frozen
from prodigy_tui.events.values import HeldBy, PhaseName


class Window(Frozen, frozen=True, kw_only=True):
    """What has happened since the number of agents at once was changed last."""

    attempts: int = 0
    limits: int = 0
    """Of providers."""


class Breaker(Frozen, frozen=True, kw_only=True):
    """The circuit breaker: what it is, and the results since that became so."""

    opens: int = 0
    opened_seq: int = 0
    """Of the event that opened it last: results of attempts from before do not count."""
    until: datetime | None = None
    """Not closed: no agent starts before, and from then on a few on trial."""
    trials: int = 0
    """Agents at once while it is tried."""
    failures: int = 0
    """In a row up to now."""
    worst: int = 0
    """The longest row of failures."""
    successes: int = 0
    """In a row up to now."""
    best: int = 0
    """The longest row of successes."""


class Canary(Frozen, frozen=True, kw_only=True):
    """The items that go first, and what has become of them."""

    count: int
    done: int = 0
    success: int = 0
    cancelled: int = 0
    status: Literal["running", "passed", "refused"] = "running"
    denied: bool = False
    """Refused by a person."""
    message: str = ""


class Held(Frozen, frozen=True, kw_only=True):
    """What waits for a provider, and why."""

    by: HeldBy
    provider: str
    phase: PhaseName
    paths: tuple[str, ...]
    """The steps; more than one where loops are parallel."""
    item_id: str | None = None


def held_key(phase: PhaseName, item_id: str | None) -> str:
    """Returns under what `RunState.held` tells of the steps of an item, or of a phase of the run's own."""
    return phase if item_id is None else f"{phase}/{item_id}"


class Stop(Frozen, frozen=True, kw_only=True):
    """Why no more work is given out."""

    kind: Literal["policy", "drain", "stop", "kill"]
    message: str = ""
    code: str | None = None
    exit_code: int = 1
    running: Literal["drain", "cancel", "all"] = "drain"
    """What becomes of agents at work; `all`: everything under way is ended, steps of phases too."""

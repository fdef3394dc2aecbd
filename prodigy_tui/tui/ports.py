"""What the interface asks of the world; `cli` hands in who does it."""

from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from prodigy_tui.events.schema import SignalReceived


class RunControl(Protocol):
    """Takes what a person wants of the live run."""

    def send(self, signal: SignalReceived) -> None:
        """Hands a signal to the engine; never blocks, may be called from any thread."""
        ...


class DiffSource(Protocol):
    """Where the text of changes comes from."""

    def diff(self, base: str, head: str) -> Awaitable[str]:
        """Returns the unified diff of what `head` adds since it left `base` (git's three dots)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is at hand of a run besides its events; what is not at hand is `None`, and the interface says so."""

    control: RunControl | None = None
    """Takes signals for the run; `None` when another process drives it, or none."""
    outputs: Path | None = None
    """The folder of the run's outputs."""
    diffs: DiffSource | None = None
    """The repository's changes."""

"""What the interface asks of the world; `cli` hands in who does it."""

from collections.abc import Awaitable
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

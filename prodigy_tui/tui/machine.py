"""What the interface asks of the machine that it runs on, whichever run it shows; `cli` hands in who does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from prodigy_tui.tui.abilities import Abilities

if TYPE_CHECKING:
    from pathlib import Path

    from prodigy_tui.tui.model.engine_commands import Ran


class Lending(Protocol):
    """Starts programs that take the terminal for themselves."""

    @property
    def has_terminal(self) -> bool:
        """Whether there is one to be lent."""
        ...

    def shell(self) -> tuple[str, ...]:
        """Returns the person's shell."""
        ...

    def editor(self) -> tuple[str, ...]:
        """Returns the person's editor as program and arguments; empty when none is set."""
        ...

    async def run(self, command: tuple[str, ...], folder: Path) -> str:
        """Runs a program in a folder until it ends; returns why it could not be, or nothing."""
        ...


class CommandSource(Protocol):
    """Knows what the program has run."""

    def commands(self) -> tuple[Ran, ...]:
        """Returns the last commands, without secrets, the newest last."""
        ...


class Machine(Struct, frozen=True, kw_only=True):
    """What is at hand besides any run; what is not at hand is `None`, and the interface says so."""

    terminal: Abilities = Abilities()
    """What the terminal can do."""
    themes: Path | None = None
    """A folder with themes of the person's own; it need not exist."""
    top: str = ""
    """The working tree that the interface was opened in; empty where it was opened in none."""
    lending: Lending | None = None
    commands: CommandSource | None = None

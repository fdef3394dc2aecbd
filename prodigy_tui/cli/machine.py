"""What the interface is told of the machine: its terminal, the person's own themes, who lends it, what was run."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prodigy_tui.cli.lending import Lending
from prodigy_tui.cli.ran import RanCommands
from prodigy_tui.cli.usual_places import user_library
from prodigy_tui.tui.abilities import abilities_of
from prodigy_tui.tui.machine import Machine

if TYPE_CHECKING:
    from prodigy_tui.cli.invocation import Invocation

_THEMES: Final = "themes"


def machine_of(invocation: "Invocation") -> Machine:
    """Returns the machine that this call of the program runs on."""
    library = user_library(invocation.environ)
    encoding = sys.__stderr__.encoding if sys.__stderr__ is not None else ""
    return Machine(
        terminal=abilities_of(invocation.environ, encoding),
        themes=library.with_name(_THEMES) if library is not None else None,
        top=top_of(invocation.cwd),
        lending=Lending(invocation.environ),
        commands=RanCommands(invocation.output.secrecy.text),
    )


def top_of(folder: Path) -> str:
    """Returns the working tree that a folder is in, without asking git; empty where it is in none."""
    try:
        return next((str(place) for place in (folder, *folder.parents) if (place / ".git").exists()), "")
    except OSError:
        return ""

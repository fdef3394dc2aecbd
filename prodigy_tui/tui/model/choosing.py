"""Things to choose from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing that can be chosen."""

    id: str
    caption: str
    note: str = ""
    chosen: bool = False
    """Whether it holds now."""

"""Things to choose from."""

from msgspec import Struct


class Choice(Struct, frozen=True, kw_only=True):
    """One thing that can be chosen."""

    id: str
    caption: str
    note: str = ""
    chosen: bool = False
    """Whether it holds now."""

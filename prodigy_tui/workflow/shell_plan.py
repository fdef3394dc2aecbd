"""What a scan finds out about a shell text before its data are known, kept for all that are put into it.

The items of a map have the texts of their steps in common, and a scan takes 50 to 100 us. Where the place of a datum
says all about how it goes in, that is kept; wherever its value has a say as well, each text is scanned with its values.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from prodigy_tui.workflow.shell_cursor import MARK, Cursor, Datum, ShellTextError
from prodigy_tui.workflow.shell_frames import HereDocument
from prodigy_tui.workflow.shell_quote import escape_double, escape_single, quote_word
from prodigy_tui.workflow.shell_scan import scan

_BY_PLACE: Final = frozenset({escape_double, escape_single, quote_word})
"""Functions of the value alone."""
_KEPT: Final = 256
_LONGEST: Final = 8 * 1024
"""Characters up to which a text is kept."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How one text takes its data, whatever they are."""

    start: str
    """What stands before the first."""
    places: tuple[tuple[Callable[[str], str], str], ...]
    """How each is escaped, and what stands behind it."""

    def filled(self, data: Sequence[Datum]) -> str:
        """Returns the text with the data."""
        chunks = [self.start]
        for datum, (escape, behind) in zip(data, self.places, strict=True):
            chunks += (escape(datum.text), behind)
        return "".join(chunks)


def plan_for(text: str, data: Sequence[Datum], inserted: tuple[int, ...]) -> Plan | None:
    """Returns how a text with a mark for each of the data takes them; None where it must be scanned with them.

    `inserted`: where trusted text begins in it.
    """
    if len(text) > _LONGEST or any(datum.words is not None or datum.expansion for datum in data):
        return None
    return _plan(text, inserted)


@lru_cache(maxsize=_KEPT)
def _plan(text: str, inserted: tuple[int, ...]) -> Plan | None:
    places = _Places(text, [_UNKNOWN] * text.count(MARK), inserted)
    try:
        scan(places)
    except (ShellTextError, _ValueWanted):
        return None  # the scan with the values finds what is wrong, and says of which
    start, *behind = places.edited(0, len(text)).split(MARK)
    return Plan(start=start, places=tuple(zip(places.escapes, behind, strict=True)))


class _ValueWanted(Exception):
    """A value has a say in how a text is read."""


class _Unknown(Datum, frozen=True, kw_only=True):
    """Stands for any datum that is one word."""

    @property  # type: ignore[misc]  # whoever asks for the text is to be noticed
    def text(self) -> str:
        raise _ValueWanted


_UNKNOWN: Final = _Unknown(text="")


class _Places(Cursor):
    """A scan that notes how data are escaped, and puts their marks back in."""

    def __init__(self, text: str, data: Sequence[Datum], inserted: Sequence[int]) -> None:
        super().__init__(text, data, inserted)
        self.escapes: list[Callable[[str], str]] = []

    def escaped_datum(self, escape: Callable[[str], str]) -> str:
        if escape not in _BY_PLACE:
            raise _ValueWanted
        self.escapes.append(escape)
        return MARK

    def check_delimiter(self, document: HereDocument, start: int, end: int) -> None:  # noqa: ARG002
        raise _ValueWanted

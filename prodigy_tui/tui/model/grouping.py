"""Patterns as a person wants them: one split in two by what its failures say, two joined into one."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct

from prodigy_tui.tui.model.filtering import Filter, FilterWrong, Grammar

if TYPE_CHECKING:
    from prodigy_tui.events.fingerprint import Fingerprint
    from prodigy_tui.events.values import Failure

SPLIT: Final = "split "
"""What a saved choice about a pattern begins with, before the pattern's id; likewise the next."""
JOIN: Final = "join "
_SIGN: Final = "~"


class Grouping(Protocol):
    """How a person groups failures otherwise than by their fingerprints."""

    def pattern(self, found: "Fingerprint", failure: "Failure | None") -> str:
        """Returns the id of the pattern that a failure belongs to."""
        ...

    def words(self, pattern: str) -> str:
        """Returns what tells a pattern from others with the same fingerprint; mostly nothing."""
        ...


class ByFingerprint:
    """Every fingerprint is a pattern."""

    def pattern(self, found: "Fingerprint", failure: "Failure | None") -> str:
        del failure
        return found.id

    def words(self, pattern: str) -> str:
        del pattern
        return ""


class _Said(Struct, frozen=True):
    """What a failure says, as what a filter looks at."""

    text: str
    name: str = ""

    def value(self, name: str) -> object:
        del name
        return None

    def document(self) -> Mapping[str, object]:
        return {}


class Grouped:
    """Fingerprints, and over them what a person has chosen."""

    def __init__(self, saved: Mapping[str, str]) -> None:
        self._splits: dict[str, tuple[str, Filter]] = {}
        self._joins: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        for name, value in saved.items():
            if name.startswith(SPLIT):
                self._split(name.removeprefix(SPLIT), value)
            elif name.startswith(JOIN):
                self._joins[name.removeprefix(JOIN)] = value

    def _split(self, pattern: str, text: str) -> None:
        try:
            wanted = splitting(text)
        except FilterWrong:
            return  # of a file that somebody has edited: as if it were not there
        from hashlib import sha256

        part = f"{pattern}{_SIGN}{sha256(text.encode()).hexdigest()[:6]}"
        self._splits[pattern] = part, wanted
        self._texts[part] = text

    def pattern(self, found: "Fingerprint", failure: "Failure | None") -> str:
        """Returns the id of the pattern that a failure belongs to."""
        name = found.id
        if name in self._splits and failure is not None:
            part, wanted = self._splits[name]
            with suppress(FilterWrong):  # it takes too long: from now on it finds nothing
                name = part if wanted.admits(_Said(f"{failure.message}\n{failure.tail}")) else name
        seen = {name}
        while (into := self._joins.get(name)) is not None and into not in seen:
            seen.add(into)
            name = into
        return name

    def words(self, pattern: str) -> str:
        """Returns what tells the part of a pattern from the rest of it."""
        return self._texts.get(pattern, "")


def splitting(text: str) -> Filter:
    """Returns what finds the failures that a regular expression splits off.

    Raises:
        FilterWrong: it is none.
    """
    from prodigy_tui.tui.model.filter_parsing import parse_filter

    return parse_filter(f"~{text.replace(_SIGN, chr(92) + _SIGN)}~", Grammar(fields={}))


def choices_about(pattern: str, saved: Mapping[str, str]) -> list[str]:
    """Returns the names of the saved choices that have made a pattern what it is."""
    whole = pattern.partition(_SIGN)[0]
    return [
        name
        for name, value in saved.items()
        if name in (f"{SPLIT}{whole}", f"{JOIN}{pattern}") or (name.startswith(JOIN) and value == pattern)
    ]

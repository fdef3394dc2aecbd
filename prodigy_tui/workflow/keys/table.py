"""What can be said about the keys of one mapping.

A key is *ready*, or declared and not available yet (`later`, PT199). It has its name, *equal* spellings and *legacy*
ones (PT901). A mapping can also name keys that are *ignored* (PT902) or *refused* with words of its own; every other
key is unknown (PT110).
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec
from msgspec.structs import replace

from prodigy_tui.workflow.keys.forms import Form

TIMEOUT_SPELLINGS = ("timeout_secs", "timeout_seconds")
"""Legacy spellings of every `timeout`."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A key that is declared, but not here."""

    code: str
    message: str
    hint: str = ""


class Key(msgspec.Struct, frozen=True):
    """One declared key."""

    name: str
    form: Form
    says: str
    default: str = ""
    """For people; empty: there is none."""
    required: bool = False
    later: bool = False
    """Declared, read and checked, but nothing runs it in this version."""
    equal: tuple[str, ...] = ()
    legacy: tuple[str, ...] = ()
    """Spellings that are understood with a warning; one that ends in `_ms` counts milliseconds."""
    moved: str = ""
    """Where the key belongs, when this place is a legacy one."""
    instead: str = ""
    """What to write for a key that only older workflows have."""
    hidden: bool = False
    """Read for older workflows by a reader that has its own words for it."""

    @property
    def is_current(self) -> bool:
        """Whether the key is more than a reminder of older workflows."""
        return not (self.moved or self.instead or self.hidden)

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.name, *self.equal, *self.legacy)


class Keys(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The keys of one mapping; `name` is what other tables call this one by."""

    name: str
    keys: tuple[Key, ...]
    ignored: tuple[str, ...] = ()
    refused: Mapping[str, Refusal] = msgspec.field(default_factory=dict)

    def __iter__(self) -> Iterator[Key]:
        return iter(self.keys)

    @cached_property
    def _by_spelling(self) -> Mapping[str, Key]:
        return {spelling: key for key in self.keys for spelling in key.spellings}

    @cached_property
    def found_forms(self) -> dict[tuple[str, type], Any]:
        """Forms of keys that have been asked for, by name and kind; readers ask for every key of every step."""
        return {}

    def find(self, spelling: str) -> Key | None:
        """Returns the key that `spelling` means."""
        return self._by_spelling.get(spelling)

    def canonical(self, spelling: str) -> str:
        """Returns the name under which a reader finds `spelling`."""
        key = self.find(spelling)
        return key.name if key else spelling

    def spellings(self) -> tuple[str, ...]:
        """Returns every spelling that is understood, for near misses: names first."""
        current = (key.name for key in self.keys if key.is_current)
        others = (name for key in self.keys for name in key.spellings[1 if key.is_current else 0 :])
        return (*current, *others, *self.ignored, *self.refused)

    def joined(self, other: "Keys", name: str = "") -> "Keys":
        """Returns the table with the keys of both; where both have a key, this one's counts."""
        own = {key.name for key in self.keys}
        return Keys(
            name=name or self.name,
            keys=(*self.keys, *(key for key in other.keys if key.name not in own)),
            ignored=(*self.ignored, *other.ignored),
            refused={**other.refused, **self.refused},
        )

    def without(self, *spellings: str, name: str = "") -> "Keys":
        """Returns the table without these keys, ignored words and refusals."""
        return Keys(
            name=name or self.name,
            keys=tuple(key for key in self.keys if key.name not in spellings),
            ignored=tuple(key for key in self.ignored if key not in spellings),
            refused={key: why for key, why in self.refused.items() if key not in spellings},
        )

    def moved_to(self, place: str) -> tuple[Key, ...]:
        """Returns the keys as they are understood at a legacy place."""
        return tuple(replace(key, moved=place) for key in self.keys)

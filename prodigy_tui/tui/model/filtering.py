"""What a filter is, whatever is filtered: items, dead letters and lines of logs are `Subject`s."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from prodigy_tui.errors import ProdigyError

FieldKind: TypeAlias = Literal["text", "word", "number", "time"]
"""`text` holds what is asked for, `word` begins with it, `number` and `time` (in seconds) are compared."""
Test: TypeAlias = Callable[["Subject"], bool]


class FilterWrong(ProdigyError):
    """A filter cannot be used."""


class Subject(Protocol):
    """What a filter looks at."""

    @property
    def text(self) -> str:
        """All that words and patterns are looked for in."""
        ...

    @property
    def name(self) -> str:
        """Where a word may be misspelt."""
        ...

    def value(self, name: str) -> object:
        """Returns what a field holds, a tuple where any of several will do, `None` where it holds nothing."""
        ...

    def document(self) -> Mapping[str, object]:
        """Returns what an expression can name."""
        ...


class Expressions(Protocol):
    """The workflow's own expression language."""

    def compile(self, text: str) -> Callable[[Mapping[str, object]], bool]:
        """Returns the test of a document; a document on which it makes no sense does not pass.

        Raises:
            ProdigyError: it is no expression.
        """
        ...


class Grammar(Struct, frozen=True, kw_only=True):
    """What may be asked of a kind of subject."""

    fields: Mapping[str, FieldKind]
    more: Collection[str] = ()
    """Names of further fields, of what kind is known only when one is looked at."""
    expressions: Expressions | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """What a subject must be like; empty, it admits everything."""

    text: str = ""
    tests: tuple[Test, ...] = field(default=(), compare=False)
    timed: bool = field(default=False, compare=False)
    """Whether the answer changes as time goes by."""

    def __bool__(self) -> bool:
        return bool(self.tests)

    def admits(self, subject: Subject) -> bool:
        """Whether a subject passes.

        Raises:
            FilterWrong: a pattern takes too long; from then on it finds nothing.
        """
        return all(test(subject) for test in self.tests)

"""The forms that the value of a key can have (language 3).

One description serves the readers, the JSON Schema and the reference pages. Shapes are named, because steps hold
handlers and handlers hold steps.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """Any scalar by its spelling; `interpolated` says how references in it are read (language 8.1)."""

    interpolated: Literal["no", "plain", "shell"] = "no"


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean."""


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number within limits, both included."""

    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number within limits, both included."""

    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Duration:
    """A time; a limit of zero would forbid everything, so it is refused unless `zero`. A delay is not `endless`."""

    zero: bool = False
    endless: bool = True


@dataclass(frozen=True, slots=True)
class Ratio:
    """A part of a whole, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Score:
    """Points, 0 to 100."""


@dataclass(frozen=True, slots=True)
class Size:
    """A number of bytes."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of an enumeration; a `legacy` one stands for older workflows only."""

    words: tuple[str, ...]
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """A name that the author chooses (language 8.5, 11)."""


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern for paths."""


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition (language 10), or a boolean."""


@dataclass(frozen=True, slots=True)
class Anything:
    """Any value."""


@dataclass(frozen=True, slots=True)
class Each:
    """A list."""

    of: "Form"


@dataclass(frozen=True, slots=True)
class OneOrMore:
    """One, or a list of them."""

    of: "Form"


@dataclass(frozen=True, slots=True)
class Named:
    """A mapping whose keys are names that the author chooses."""

    of: "Form"


@dataclass(frozen=True, slots=True)
class Shape:
    """A mapping with declared keys: the table of that name."""

    table: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a text, or a mapping with one command."""


@dataclass(frozen=True, slots=True)
class Handler:
    """What follows an outcome: a boolean, one step, a list of steps, or steps with options."""


@dataclass(frozen=True, slots=True)
class Either:
    """One of several forms."""

    forms: tuple["Form", ...]


Form: TypeAlias = (
    Text
    | Flag
    | Integer
    | Number
    | Duration
    | Ratio
    | Score
    | Size
    | Word
    | Name
    | Glob
    | Regex
    | Expression
    | Anything
    | Each
    | OneOrMore
    | Named
    | Shape
    | Step
    | Handler
    | Either
)

STEPS = Each(Step())
TEXTS = OneOrMore(Text())
GLOBS = OneOrMore(Glob())


def either(*forms: Form) -> Either:
    """Returns the form that is one of `forms`."""
    return Either(forms)


def parts(form: Form) -> tuple[Form, ...]:
    """Returns the alternatives of a form, itself if it has none."""
    return form.forms if isinstance(form, Either) else (form,)

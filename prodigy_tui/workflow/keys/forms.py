"""The forms that the value of a key can have (language 3).

One description serves the readers, the JSON Schema and the reference pages. Shapes are named, because steps hold
handlers and handlers hold steps.
"""

from typing import Literal, TypeAlias

import msgspec


class Text(msgspec.Struct, frozen=True):
    """Any scalar by its spelling; `interpolated` says how references in it are read (language 8.1)."""

    interpolated: Literal["no", "plain", "shell"] = "no"


class Flag(msgspec.Struct, frozen=True):
    """A boolean."""


class Integer(msgspec.Struct, frozen=True):
    """A whole number within limits, both included."""

    minimum: int | None = None
    maximum: int | None = None


class Number(msgspec.Struct, frozen=True):
    """A number within limits, both included."""

    minimum: float | None = None
    maximum: float | None = None


class Duration(msgspec.Struct, frozen=True):
    """A time; a limit of zero would forbid everything, so it is refused unless `zero`. A delay is not `endless`."""

    zero: bool = False
    endless: bool = True


class Ratio(msgspec.Struct, frozen=True):
    """A part of a whole, 0 to 1."""


class Score(msgspec.Struct, frozen=True):
    """Points, 0 to 100."""


class Size(msgspec.Struct, frozen=True):
    """A number of bytes."""


class Word(msgspec.Struct, frozen=True):
    """One word of an enumeration; a `legacy` one stands for older workflows only."""

    words: tuple[str, ...]
    legacy: bool = False


class Name(msgspec.Struct, frozen=True):
    """A name that the author chooses (language 8.5, 11)."""


class Glob(msgspec.Struct, frozen=True):
    """A pattern for paths."""


class Regex(msgspec.Struct, frozen=True):
    """A regular expression."""


class Expression(msgspec.Struct, frozen=True):
    """A condition (language 10), or a boolean."""


class Anything(msgspec.Struct, frozen=True):
    """Any value."""


class Each(msgspec.Struct, frozen=True):
    """A list."""

    of: "Form"


class OneOrMore(msgspec.Struct, frozen=True):
    """One, or a list of them."""

    of: "Form"


class Named(msgspec.Struct, frozen=True):
    """A mapping whose keys are names that the author chooses."""

    of: "Form"


class Shape(msgspec.Struct, frozen=True):
    """A mapping with declared keys: the table of that name."""

    table: str


class Step(msgspec.Struct, frozen=True):
    """One step: a text, or a mapping with one command."""


class Handler(msgspec.Struct, frozen=True):
    """What follows an outcome: a boolean, one step, a list of steps, or steps with options."""


class Either(msgspec.Struct, frozen=True):
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

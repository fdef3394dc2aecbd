"""Options of providers, and whatever else people write about agent programs: a struct says what may be there.

A mapping is read as a whole, and everything that is wrong with it is told, each with its place; `msgspec` itself would
stop at the first mistake. What a type cannot say stands in its `Meta`, as `extra`: `before` turns a value into what is
read, `check` looks at what was read; both raise `ValueError` with what to say.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar, Union, get_args, get_origin

from msgspec import Meta, Struct
from msgspec.structs import FieldInfo, fields

_LIKE = 75.0
Place: TypeAlias = tuple[int | str, ...]
_BOOLEANS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("true", "yes", "on", "1", "t", "y"), True),
    **dict.fromkeys(("false", "no", "off", "0", "f", "n"), False),
}
_END: Final = r"\Z"
"""What `$` would be, if it did not overlook a last newline."""


class Options(Struct, frozen=True, kw_only=True):
    """Frozen, closed; numbers and booleans may be written as text and the other way round, as everywhere."""


O = TypeVar("O", bound=Options)  # noqa: E741 - the usual letter


class Mistake(Struct, frozen=True):
    """One thing that is wrong, and where."""

    place: Place
    kind: Literal["missing", "unknown", "unfit"]
    text: str


class OptionsWrong(Exception):
    """A mapping is not what it should be."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(mistakes[0].text)
        self.mistakes = mistakes


def read_options(model: type[O], given: object) -> O:
    """Returns what a mapping says.

    Raises:
        OptionsWrong: It does not fit `model`.
    """
    reader = _Reader()
    found: O = reader.read(model, given, ())
    if reader.mistakes:
        raise OptionsWrong(reader.mistakes)
    return found


def problems_of(model: type[Options], options: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns one message for every way in which `options` do not fit `model`."""
    try:
        read_options(model, options)
    except OptionsWrong as wrong:
        return tuple(_message(model, mistake) for mistake in wrong.mistakes)
    return ()


def given_in(options: Options) -> Iterator[tuple[str, Any]]:
    """Returns what is not as it would be without a word, by name."""
    for field in _fields(type(options)):
        value = getattr(options, field.name)
        if field.required or value != (field.default_factory() if callable(field.default_factory) else field.default):
            yield field.name, dict(given_in(value)) if isinstance(value, Options) else value


def _message(model: type[Options], mistake: Mistake) -> str:
    where = "options" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in mistake.place)
    if mistake.kind == "unknown":
        from rapidfuzz import fuzz, process  # only a mistake needs it

        last = str(mistake.place[-1])
        close = process.extractOne(last, model.__struct_fields__, scorer=fuzz.ratio, score_cutoff=_LIKE)
        hint = f" (did you mean '{close[0]}'?)" if close is not None and len(mistake.place) == 1 else ""
        return f"{where} is unknown{hint}"
    return f"{where} is missing" if mistake.kind == "missing" else f"{where}: {mistake.text}"


@cache
def _fields(model: type[Struct]) -> tuple[FieldInfo, ...]:
    return fields(model)


class _Unfit(Exception):
    """What holds a value is not what it should be, and it has been told why."""


class _Reader:
    """Reads one mapping, and takes note of what is wrong."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def read(self, kind: Any, value: object, place: Place) -> Any:
        """Returns what a value means, or anything where it means nothing. `kind` is the annotation of a field."""
        try:
            return self._read(kind, value, place)
        except ValueError as error:
            self.mistakes.append(Mistake(place, "unfit", str(error)))
        except _Unfit:
            pass
        return None

    def _read(self, kind: Any, value: object, place: Place) -> Any:
        args: tuple[Any, ...] = get_args(kind)
        match get_origin(kind):
            case None if isinstance(kind, type) and issubclass(kind, Struct):
                return self._struct(kind, value, place)
            case origin if origin is Annotated:
                return self._checked(args[0], args[1], value, place)
            case origin if origin in (Union, UnionType):
                return None if value is None and NoneType in args else self._read(_meant(args, value), value, place)
            case origin if origin is dict:
                return self._mapping(args[0], args[1], value, place)
            case origin if origin in (tuple, list):
                items = self._items(args[0], value, place)
                return tuple(items) if origin is tuple else items
            case origin if origin is Literal:
                return _word(args, value)
            case _:
                return _SCALARS[kind](value)

    def _checked(self, kind: Any, meta: Meta, value: object, place: Place) -> Any:
        extra, known = meta.extra or {}, len(self.mistakes)
        found = self._read(kind, extra["before"](value) if "before" in extra else value, place)
        if len(self.mistakes) == known:
            _check(meta, found)
            if "check" in extra:
                extra["check"](found)
        return found

    def _struct(self, kind: type[Struct], value: object, place: Place) -> Any:
        known, read, given = len(self.mistakes), {}, _mapping(value)
        for field in _fields(kind):
            if field.name in given:
                read[field.name] = self.read(field.type, given[field.name], (*place, field.name))
            elif field.required:
                self.mistakes.append(Mistake((*place, field.name), "missing", "field required"))
        for name in given:
            if name not in kind.__struct_fields__:
                self.mistakes.append(Mistake((*place, str(name)), "unknown", "it is unknown"))
        if len(self.mistakes) > known:
            raise _Unfit
        return kind(**read)

    def _mapping(self, key: Any, kind: Any, value: object, place: Place) -> dict[Any, Any]:
        return {
            self.read(key, name, (*place, str(name))): self.read(kind, each, (*place, str(name)))
            for name, each in _mapping(value).items()
        }

    def _items(self, kind: Any, value: object, place: Place) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise ValueError("input should be a list")  # noqa: TRY004 - as everything that does not fit
        return [self.read(kind, each, (*place, number)) for number, each in enumerate(value)]


def _mapping(value: object) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("input should be a mapping")  # noqa: TRY004 - as everything that does not fit
    return value


def _meant(kinds: Sequence[Any], value: object) -> Any:
    """Returns the one of several types that has the form of a value, else the first."""
    some = [kind for kind in kinds if kind is not NoneType]
    forms = (tuple, list) if isinstance(value, tuple | list) else (type(value),)
    fitting = [kind for kind in some if _form(kind) in forms]
    if not fitting and len(some) > 1 and all(kind in _SCALARS for kind in some):
        raise ValueError("input should be a text, a number or a boolean")
    return (fitting or some)[0]


def _form(kind: Any) -> Any:
    return _form(get_args(kind)[0]) if get_origin(kind) is Annotated else get_origin(kind) or kind


def _check(meta: Meta, found: Any) -> None:
    if meta.min_length is not None and len(found) < meta.min_length:
        raise ValueError(f"input should have a length of at least {meta.min_length}")
    if meta.ge is not None and found < meta.ge:
        raise ValueError(f"input should be greater than or equal to {meta.ge}")
    if meta.le is not None and found > meta.le:
        raise ValueError(f"input should be less than or equal to {meta.le}")
    if meta.pattern is not None and re.search(meta.pattern, found) is None:
        raise ValueError(f"input should match the pattern {meta.pattern.replace(_END, '$')}")


def _word(words: Sequence[Any], value: object) -> Any:
    if value not in words:
        *most, last = (f"'{word}'" for word in words)
        raise ValueError(f"input should be {', '.join(most)} or {last}")
    return value


def _boolean(value: object) -> bool:
    found = _BOOLEANS.get(value.lower()) if isinstance(value, str) else value
    if found not in (True, False):
        raise ValueError("input should be a valid boolean")
    return bool(found)


def _whole(value: object) -> int:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = int(value)
        except (ValueError, OverflowError):
            pass
        else:
            if isinstance(value, str) or number == value:
                return number
    raise ValueError("input should be a valid integer")


def _number(value: object) -> float:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            pass
        else:
            if math.isfinite(number):
                return number
            raise ValueError("input should be a finite number")
    raise ValueError("input should be a valid number")


def _text(value: object) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError("input should be a valid string")  # noqa: TRY004 - as everything that does not fit
    return str(value)


_SCALARS: Final[Mapping[type, Callable[[object], Any]]] = {bool: _boolean, int: _whole, float: _number, str: _text}

"""Hypothesis strategies for events, built from the types themselves: a new event is tested without a word here."""

import functools
from datetime import UTC, datetime
from typing import Any, get_args

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from prodigy_tui.events.schema import Envelope, Event, KnownEvent

EVENT_TYPES: tuple[type[Event], ...] = get_args(KnownEvent)

# Text as strict UTF-8 holds it: everything but surrogates, control characters and line ends included.
TEXTS = st.text(max_size=30)
NUMBERS = st.integers(min_value=-(2**63), max_value=2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
INSTANTS = st.datetimes(min_value=datetime(1, 1, 2), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis wants it naive
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def events_of(event_type: type[Event]) -> st.SearchStrategy[Any]:
    """Returns a strategy for one type of event."""
    return _values(inspect.type_info(event_type))


@functools.cache
def envelopes_of(event_type: type[Event]) -> st.SearchStrategy[Envelope]:
    """Returns a strategy for one type of event, somewhere in a log."""
    seqs = st.integers(min_value=1, max_value=2**53)
    return st.builds(Envelope, seq=seqs, at=INSTANTS, event=events_of(event_type), cause=st.none() | seqs)


def _values(described: inspect.Type) -> st.SearchStrategy[Any]:
    match described:
        case inspect.AnyType():
            return JSON_VALUES
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return NUMBERS
        case inspect.FloatType():
            return FLOATS
        case inspect.StrType():
            return TEXTS
        case inspect.DateTimeType():
            return INSTANTS
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.UnionType(types=types):
            return st.one_of([_values(one) for one in types])
        case inspect.VarTupleType(item_type=item_type):
            return st.lists(_values(item_type), max_size=3).map(tuple)
        case inspect.DictType(key_type=key_type, value_type=value_type):
            return st.dictionaries(_values(key_type), _values(value_type), max_size=3)
        case inspect.StructType(cls=cls, fields=fields):
            return _structs(cls, fields)
        case _:
            raise NotImplementedError(f"no values for {described}")


def _structs(cls: type[msgspec.Struct], fields: tuple[inspect.Field, ...]) -> st.SearchStrategy[Any]:
    required = {field.name: _values(field.type) for field in fields if field.required}
    optional = {field.name: _values(field.type) for field in fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda values: cls(**values))

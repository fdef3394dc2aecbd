"""The base of the values that the state of a run is made of."""

import msgspec


class Frozen(msgspec.Struct, frozen=True, kw_only=True):
    """A value of the state."""

"""The base of all events."""

import re

import msgspec


def _tag(name: str) -> str:
    """`StepFinished` is written as `step_finished`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag=_tag, gc=False):
    """The base of all events. Like `Frozen`, left out of garbage collection."""

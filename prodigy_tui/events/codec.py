"""Events as lines of JSON and back. Pure: bytes in, values out.

A line is `seq`, `at`, `cause`, `type` and the event's own fields, flat, in this order. Decoding ignores fields that
this program does not know, and keeps events of unknown types byte for byte. Text that UTF-8 cannot hold (lone
surrogates, from names of files that are not UTF-8) becomes U+FFFD on the way out; `NaN` and infinities become `null`.
"""

from datetime import datetime
from typing import Annotated, Any, Final, get_args

import msgspec

from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.schema import Envelope, Event, KnownEvent, Unknown

LARGEST_LINE: Final = 512 * 1024 * 1024
"""Bytes; a longer line is no event, and none is written. The largest there are hold all items of a map."""


class EventTooLarge(ProdigyError):
    """An event is too large to be recorded."""

    exit_code = ExitCode.FAILED

    def __init__(self, kind: str, size: int) -> None:
        super().__init__(
            f"event {kind} has {size >> 20} MiB, more than the {LARGEST_LINE >> 20} MiB that can be recorded",
            hint="give items less data, such as the names of files in the place of what they hold",
        )
        self.args = (kind, size)  # what pickle hands to `__init__`


class UndecodableLine(ValueError):
    """A line is no event; the message says why, in one line."""


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """What comes before `type` in a line. `cause` is written even when it is null: every line reads alike."""

    seq: int
    at: datetime
    cause: int | None


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """What every line must have, whatever its type."""

    seq: int
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    type: str
    cause: int | None = None


_KNOWN = frozenset(kind.__struct_config__.tag for kind in get_args(KnownEvent))
_ENCODER = msgspec.json.Encoder()
_HEAD = msgspec.json.Decoder(_Head)
_EVENT: msgspec.json.Decoder[KnownEvent] = msgspec.json.Decoder(KnownEvent)


def encode(envelope: Envelope) -> bytes:
    """Returns one line, its newline included. An `Unknown` event's line is the one it was read from.

    Raises:
        EventTooLarge: nobody would read it back.
    """
    if isinstance(envelope.event, Unknown):
        return envelope.event.raw + b"\n"
    place = _ENCODER.encode(_Place(seq=envelope.seq, at=envelope.at, cause=envelope.cause))
    line = b"%b,%b\n" % (place[:-1], _encode_event(envelope.event)[1:])
    if len(line) > LARGEST_LINE:
        raise EventTooLarge(type(envelope.event).__name__, len(line))
    return line


def decode(line: bytes) -> Envelope:
    """Returns the event of one line, given with or without its newline.

    Raises:
        UndecodableLine: the line is not JSON, lacks what every event has, or has a known type and unfit fields.
    """
    raw = line.removesuffix(b"\n")
    try:
        head = _HEAD.decode(raw)
        event = _EVENT.decode(raw) if head.type in _KNOWN else Unknown(type=head.type, raw=raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UndecodableLine(str(error)) from error
    return Envelope(seq=head.seq, at=head.at, event=event, cause=head.cause)


def decode_lines(text: bytes) -> list[Envelope] | None:
    """Returns the events of many whole lines, `None` where one of them has to be looked at alone.

    Twice as fast as `decode` for each of them, which is what can say what is wrong with a line or keep it as it is.
    """
    try:
        heads = _HEAD.decode_lines(text)
        # The decoder minds no line ends between values. Where each of them ends one value and begins another, as many
        # as there are values, every value has a line of its own: inside of a value `}` is never followed by `{`.
        alone = text.endswith(b"}\n") and text.count(b"}\n{") == len(heads) - 1 == text.count(b"\n") - 1
        if not alone or not _KNOWN.issuperset([head.type for head in heads]):
            return None
        events = _EVENT.decode_lines(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return [
        Envelope(seq=head.seq, at=head.at, event=event, cause=head.cause)
        for head, event in zip(heads, events, strict=True)
    ]


def place_of(line: bytes) -> tuple[int, datetime]:
    """Returns `seq` and `at` of one line, without a look at the rest.

    Raises:
        UndecodableLine: the line is not JSON or lacks what every event has.
    """
    try:
        head = _HEAD.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UndecodableLine(str(error)) from error
    return head.seq, head.at


def _encode_event(event: Event) -> bytes:
    try:
        return _ENCODER.encode(event)
    except UnicodeEncodeError:
        return _ENCODER.encode(_encodable(msgspec.to_builtins(event, str_keys=True)))


def _encodable(value: Any) -> Any:
    """Returns the same JSON value with every lone surrogate replaced, in keys too."""
    match value:
        case str():
            # UTF-16 joins two surrogates that belong together and names the ones that do not.
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        case list() | tuple():
            return [_encodable(entry) for entry in value]
        case dict():
            return {_encodable(key): _encodable(entry) for key, entry in value.items()}
        case _:
            return value

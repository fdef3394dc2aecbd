"""Events as lines of JSON and back: form, hostile text, events of other versions."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.events.codec import UndecodableLine, decode, encode
from prodigy_tui.events.schema import AgentMessage, Envelope, Event, ItemsLoaded, PhaseStarted, Unknown, WarningRaised
from prodigy_tui.events.values import Item
from tests.support.make import START, make_envelope
from tests.support.strategies import EVENT_TYPES, envelopes_of


def test_line_holds_place_then_type_then_fields_in_order():
    envelope = make_envelope(WarningRaised(message="low disk", code="PT900"), 7, at=START, cause=3)

    line = encode(envelope)

    assert line == (
        b'{"seq":7,"at":"2026-03-14T09:26:53Z","cause":3,"type":"warning_raised","message":"low disk","code":"PT900"}\n'
    )


def test_missing_cause_is_written_as_null():
    assert b'"cause":null,"type":"phase_started"' in encode(make_envelope(PhaseStarted(phase="map")))


def test_line_may_be_decoded_without_its_newline():
    envelope = make_envelope(PhaseStarted(phase="map"))

    assert decode(encode(envelope).rstrip(b"\n")) == envelope


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_no_event_has_a_field_that_the_envelope_needs(event_type: type[Event]):
    assert not {"seq", "at", "cause", "type"} & set(event_type.__struct_fields__)


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_event_survives_the_round_trip(event_type: type[Event], data: st.DataObject):
    envelope = data.draw(envelopes_of(event_type))

    line = encode(envelope)

    assert decode(line) == envelope
    assert encode(decode(line)) == line


@pytest.mark.parametrize(
    "text",
    [
        "two\nlines",
        "\r\n",
        "nul \x00 here",
        "\x1b[2J\x1b]0;owned\x07",
        "\u2028 and \u0085",
        '"},{"seq":9',
        "\\",
        "\x7f\x9b",
    ],
)
def test_hostile_text_stays_one_line_and_comes_back_whole(text: str):
    line = encode(make_envelope(WarningRaised(message=text)))

    assert line.count(b"\n") == 1
    assert not any(byte < 0x20 for byte in line[:-1])
    assert decode(line).event == WarningRaised(message=text)


@pytest.mark.parametrize(
    ("text", "read"),
    [("a\ud800b", "a\ufffdb"), ("\udcff", "\ufffd"), ("\ude00\ud83d", "\ufffd\ufffd"), ("\ud83d\ude00", "\U0001f600")],
)
def test_lone_surrogates_are_replaced(text: str, read: str):
    event = AgentMessage(kind="said", text=text, phase="map", path="0")

    assert decode(encode(make_envelope(event))).event == msgspec.structs.replace(event, text=read)


def test_lone_surrogates_are_replaced_inside_items_and_their_keys():
    data = {"na\udc80me": ["x\ud800", {"\udfff": None}], "n": 1}

    line = encode(make_envelope(ItemsLoaded(items=(Item(id="i", safe_id="i", data=data),))))

    loaded = decode(line).event
    assert isinstance(loaded, ItemsLoaded)
    assert loaded.items[0].data == {"na\ufffdme": ["x\ufffd", {"\ufffd": None}], "n": 1}


@given(text=st.text(st.characters(categories=["L", "Cs", "Cc", "Zl"])))
def test_no_text_makes_encoding_fail_or_a_line_unreadable(text: str):
    line = encode(make_envelope(WarningRaised(message=text)))

    assert encode(decode(line)) == line


def test_numbers_that_json_lacks_become_null():
    data = [math.nan, math.inf, 10**40]

    loaded = decode(encode(make_envelope(ItemsLoaded(items=(Item(id="i", safe_id="i", data=data),))))).event

    assert isinstance(loaded, ItemsLoaded)
    assert loaded.items[0].data == [None, None, 10**40]


def test_unknown_fields_are_ignored():
    line = b'{"seq":1,"at":"2026-03-14T09:26:53Z","mood":"good","type":"phase_started","phase":"map","pace":[1,2]}\n'

    assert decode(line) == Envelope(seq=1, at=START, event=PhaseStarted(phase="map"))


def test_unknown_type_is_kept_byte_for_byte():
    line = '{ "at":"2031-01-01T00:00:00Z", "type":"dream_seen","seq":4, "depth":1e2,"what":"\\u00e9 é" }\r\n'.encode()

    envelope = decode(line)

    assert (envelope.seq, envelope.event) == (4, Unknown(type="dream_seen", raw=line[:-1]))
    assert encode(envelope) == line


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b"\x00\x00\x00\n",
        b'{"seq":1,"at":"2026-03-14T09:26:53Z"}\n',
        b'{"seq":"1","at":"2026-03-14T09:26:53Z","type":"phase_started","phase":"map"}\n',
        b'{"seq":1,"at":"2026-03-14T09:26:53","type":"phase_started","phase":"map"}\n',
        b'{"seq":1,"at":"2026-03-14T09:26:53Z","type":"phase_started"}\n',
        b'{"seq":1,"at":"2026-03-14T09:26:53Z","type":"phase_started","phase":"nap"}\n',
        b'{"seq":1,"at":"2026-03-14T09:26:53Z","type":"warning_raised","message":"\xff"}\n',
        b'{"seq":1,"at":"2026-03-14T09:26:53Z","type":"warning_raised","message":"\\ud800"}\n',
        b'{"seq":1,"at":"2026-03-14T09:26:53Z","type":"warning_raised","message":"x"}{"seq":2}\n',
    ],
)
def test_line_that_is_no_event_is_refused_by_one_error(line: bytes):
    with pytest.raises(UndecodableLine):
        decode(line)


@given(line=st.binary(max_size=60))
def test_arbitrary_bytes_are_an_event_or_undecodable(line: bytes):
    try:
        decode(line)
    except UndecodableLine as error:
        assert "\n" not in str(error)

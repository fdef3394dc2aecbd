from typing import get_args

import msgspec
import pytest

from prodigy_tui.cli.lines import line_of, plural, span
from prodigy_tui.cli.output import Painted
from prodigy_tui.events.schema import AgentFinished, AgentStarted, KnownEvent, StepFinished, Unknown
from prodigy_tui.events.values import Failure
from tests.support.make import make_envelope, make_run


def text(line) -> str:
    return "".join(part.text if isinstance(part, Painted) else part for part in line.parts)


def least(kind: type) -> KnownEvent:
    """An event of `kind` with nothing but what must be there."""
    samples = {
        "str": "x",
        "int": 1,
        "dict[str, int]": {},
    }
    fields = {}
    for field in msgspec.structs.fields(kind):
        if not field.required:
            continue
        literal = get_args(field.type)
        name = getattr(field.type, "__name__", "")
        if name == "Failure":
            fields[field.encode_name] = {"kind": "exit", "message": "x"}
        elif name == "Usage":
            fields[field.encode_name] = {}
        elif name == "datetime":
            fields[field.encode_name] = "2026-03-14T09:26:53Z"
        elif name == "tuple" or "tuple" in str(field.type):
            fields[field.encode_name] = []
        elif literal:
            fields[field.encode_name] = literal[0]
        else:
            fields[field.encode_name] = samples[name or str(field.type)]
    return msgspec.convert(fields, kind)


@pytest.mark.parametrize("kind", get_args(KnownEvent), ids=lambda kind: kind.__name__)
def test_every_event_has_a_line_of_its_own(kind) -> None:
    line = line_of(make_envelope(least(kind)))

    assert kind.__name__ not in text(line)
    assert "\n" not in text(line)


def test_event_of_a_newer_program_is_named() -> None:
    line = line_of(make_envelope(Unknown(type="moon_phase", raw=b"{}")))

    assert "moon_phase" in text(line)
    assert line.level == 2


def test_failure_says_where_and_why() -> None:
    failure = Failure(kind="exit", message="pytest failed", step="tests")

    line = line_of(make_envelope(AgentFinished(item_id="a.py", attempt=1, outcome="failed", failure=failure)))

    assert text(line).endswith("a.py: failed at tests: pytest failed")


def test_second_attempt_is_said() -> None:
    started = AgentStarted(item_id="a", attempt=2, slot=0, branch="b", base="c", worktree="d")

    assert text(line_of(make_envelope(started))).endswith("a: agent started, attempt 2")


def test_steps_of_items_are_details_and_their_messages_small_print() -> None:
    levels = {type(envelope.event).__name__: line_of(envelope).level for envelope in make_run(failing=[1])}

    assert levels["AgentFinished"] == 0
    assert levels["AgentMessage"] == 2
    finished = StepFinished(phase="map", path="0", status="ok", item_id="a", attempt=1)
    assert line_of(make_envelope(finished)).level == 1


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.04, "0.0s"), (9.94, "9.9s"), (12.4, "12s"), (185, "3m05s"), (7620, "2h07m")]
)
def test_spans(seconds, said) -> None:
    assert span(seconds) == said


def test_plural() -> None:
    assert (plural(1, "file"), plural(2, "file")) == ("1 file", "2 files")

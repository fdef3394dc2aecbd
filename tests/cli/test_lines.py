from typing import get_args

import msgspec
import pytest

from prodigy_tui.cli.lines.event import line_of
from prodigy_tui.cli.output import Painted
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentStarted,
    BreakerOpened,
    CalledRunFinished,
    CanaryJudged,
    DiskRefused,
    FailuresReported,
    GateAnswered,
    KnownEvent,
    MergeFinished,
    ParallelChanged,
    RunFinished,
    SignalReceived,
    StepFinished,
    StepRetryScheduled,
    StepStarted,
    StopDecided,
    Unknown,
    ValidationFinished,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure
from prodigy_tui.tui.model.activity import describe
from tests.support.make import START, make_envelope, make_run
from tests.support.rules import rule


def text(line) -> str:
    return "".join(part.text if isinstance(part, Painted) else part for part in line.parts)


def least(kind: type) -> KnownEvent:
    """An event of `kind` with nothing but what must be there."""
    samples = {
        "str": "x",
        "int": 1,
        "float": 1.0,
        "bool": True,
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
        elif name == "dict" or "dict" in str(field.type):
            fields[field.encode_name] = {}
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
    ("fields", "said"),
    [
        ({"conflicts": ("a", "b", "c", "d", "e")}, "a: conflict in a, b, c and 2 more"),
        ({"detail": "the two histories have no commit in common"}, "a: conflict: the two histories have no commit"),
        ({}, "a: conflict"),
    ],
)
def test_a_conflict_says_where_or_why(fields, said) -> None:
    line = line_of(make_envelope(MergeFinished(item_id="a", attempt=1, status="conflict", tip="t", **fields)))

    assert said in text(line)
    assert not text(line).endswith(" ")


def test_a_wait_for_the_next_execution_says_when_and_why() -> None:
    waits = StepRetryScheduled(phase="steps", path="2", execution=3, due=START, message="no luck")

    assert text(line_of(make_envelope(waits))).endswith(f"starts again at {START.astimezone():%H:%M:%S}: no luck")


@pytest.mark.parametrize(
    ("fields", "said", "level"),
    [
        ({"score": 60, "passed": False, "missing": ("a", "b")}, "60 of 90 points, missing a, b", 0),
        ({"score": 92.5, "passed": True}, "92.5 of 90 points", 1),
        ({"score": 0, "passed": False, "message": "it is not JSON"}, "invalid: it is not JSON", 0),
        ({"score": 60, "passed": False, "item_id": "x"}, "60 of 90 points", 1),
    ],
)
def test_a_check_says_its_score(fields, said, level) -> None:
    line = line_of(make_envelope(ValidationFinished(phase="map", path="0", round=1, threshold=90, **fields)))

    assert text(line).endswith(f"check of step 0: {said}")
    assert line.level == level


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (FailuresReported(item_ids=("a", "b"), total=2), "2 items failed: a, b"),
        (FailuresReported(item_ids=("a",), total=3), "3 items failed: a and 2 more"),
        (CanaryJudged(passed=True, message="2 of 2"), "canary passed: 2 of 2"),
        (CanaryJudged(passed=False, message="1 of 2"), "canary refused: 1 of 2"),
        (ParallelChanged(number=1, reason="a provider's limit"), "1 agent at once now: a provider's limit"),
        (StopDecided(message="nobody is here"), "stopping: nobody is here"),
        (StopDecided(message="enough", code="PT620"), "stopping: enough (PT620)"),
    ],
)
def test_how_a_map_gets_on(event, said) -> None:
    assert text(line_of(make_envelope(event))).endswith(f"  {said}")


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (RunFinished(status="failed", exit_code=1, message="setup failed"), "run failed: setup failed"),
        (RunFinished(status="failed", exit_code=1, message="1 item is dead"), "run failed: 1 item is dead"),
        (
            RunFinished(status="failed", exit_code=1, message="1 item is dead", landed="main"),
            "run landed on main: 1 item is dead",
        ),
        (CalledRunFinished(run_id="r.1", status="failed", message="setup failed"), "run r.1 failed: setup failed"),
        (CalledRunFinished(run_id="r.1", status="failed", message="1 is dead", dead=1), "run r.1 ended: 1 is dead"),
    ],
)
def test_a_run_whose_work_is_there_but_for_some_items_is_not_told_to_have_failed(event, said) -> None:
    envelope = make_envelope(event)

    assert text(line_of(envelope)).endswith(f"  {said}")
    assert describe(envelope, RunState()).text == said


def test_an_open_breaker_says_until_when() -> None:
    line = text(line_of(make_envelope(BreakerOpened(until=START, opens=1, trials=1, failures=5))))

    assert (
        f"circuit breaker open after 5 failures in a row: no agent starts before {START.astimezone():%H:%M:%S}" in line
    )


@pytest.mark.parametrize(("path", "level"), [("2", 0), ("2/r1.0", 0), ("2/e7.0", 1)], ids=["step", "handler", "loop"])
def test_of_the_many_rounds_of_a_loop_a_line_each_is_for_those_who_ask_for_more(path: str, level: int) -> None:
    line = line_of(make_envelope(StepStarted(phase="reduce", path=path, label="write", kind="shell")))

    assert line is not None
    assert line.level == level


@pytest.mark.parametrize(("path", "who"), [("verify/0", "verification"), ("resolve/1/0", "resolution")])
def test_steps_that_work_on_merges_are_told_from_those_of_the_phase(path: str, who: str) -> None:
    line = line_of(make_envelope(StepStarted(phase="map", path=path, label="make test", kind="shell")))

    assert (text(line).split("  ")[1], line.level) == (f"{who}: step make test", 1)


@rule("cli 4 disk: full")
def test_refused_disk_says_what_it_takes_to_go_on() -> None:
    refused = DiskRefused(path="/x", message="cannot append to '/x': no space left on device", needed=1 << 18, free=512)

    said = text(line_of(make_envelope(refused, 1)))

    assert said.endswith(
        "paused: cannot append to '/x': no space left on device; "
        "the run goes on by itself when there is room for 256 KiB more (512 B are free)"
    )


@pytest.mark.parametrize(
    ("source", "who"),
    [("cli", "the command line"), ("signal", "the command line"), ("interface", "the interface"), ("SIGINT", "SIGINT")],
)
def test_who_asks_and_who_answers_is_said_in_words(source: str, who: str) -> None:
    asked = SignalReceived(signal="set-parallel", number=3, source=source)
    answered = GateAnswered(gate="canary", answer="approve", by=source)

    assert text(line_of(make_envelope(asked))).endswith(f"  asked  set-parallel 3, by {who}")
    assert text(line_of(make_envelope(answered))).endswith(f"answer: approve, by {who}")

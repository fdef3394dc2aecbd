"""What people are told of the merge queue: in lines while the run goes on, and by `runs show`."""

import io

import pytest

from prodigy_tui.cli.lines.event import line_of
from prodigy_tui.cli.output import Output
from prodigy_tui.cli.summary import print_summary
from prodigy_tui.events.schema import MergeFinished, StopDecided, VerifyFinished, VerifyStarted
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure
from tests.support.make import START, make_envelope
from tests.support.queued import four_finished, interrupted, started, then

COMMIT = "0123456789abcdef"
FAILED = Failure(kind="merge", code="PT642", message="verification failed: no")


def shown(state: RunState) -> list[str]:
    out = io.StringIO()
    print_summary(Output(out, io.StringIO(), environ={}), state, live=True)
    return [line.strip() for line in out.getvalue().splitlines() if line.startswith(("  verify", "  queue"))]


def test_a_run_says_what_is_verified_and_who_waits_since_when() -> None:
    clock = f"{START.astimezone():%H:%M:%S}"
    queue = f"queue   4 branches wait to be merged, the first since {clock}"
    waiting = four_finished()
    verified = then(waiting, *started("a", "b", "c"), VerifyStarted(item_ids=("a", "b", "c"), commit=COMMIT))
    base = then(
        verified,
        VerifyFinished(item_ids=("a", "b", "c"), commit=COMMIT, status="failed"),
        VerifyStarted(item_ids=(), commit="base", purpose="base"),
    )
    stopped = then(waiting, *started("a"), StopDecided(message="broken"), *interrupted("a"))

    assert shown(waiting) == [queue]
    assert shown(verified) == [
        f"verify  src/a.py, src/b.py, src/c.py, since {clock}",
        f"queue   1 branch waits to be merged, the first since {clock}",
    ]
    assert shown(base)[0] == f"verify  the run branch alone, since {clock}"
    assert shown(stopped) == [f"{queue}; they are merged when the run is resumed"]


@pytest.mark.parametrize(
    ("event", "said", "level"),
    [
        (VerifyStarted(item_ids=("a",), commit=COMMIT), "verifying 012345678: 1 branch", 1),
        (
            VerifyStarted(item_ids=("a", "b"), commit=COMMIT, purpose="part"),
            "verifying 012345678: a part of them (2 branches)",
            1,
        ),
        (VerifyStarted(item_ids=(), commit=COMMIT, purpose="base"), "verifying 012345678: the run branch alone", 1),
        (
            VerifyStarted(item_ids=(), commit=COMMIT, landing=True),
            "verifying 012345678: the result of the run",
            1,
        ),
        (
            VerifyFinished(item_ids=("a",), commit=COMMIT, status="ok", duration_s=12, batch=2),
            "verification of 012345678 ok after 12s, from now on 2 at once",
            1,
        ),
        (
            VerifyFinished(item_ids=("a",), commit=COMMIT, status="failed", duration_s=1, message="no"),
            "verification of 012345678 failed after 1.0s: no",
            0,
        ),
        (
            MergeFinished(item_id="a", attempt=1, status="failed", tip="t", failure=FAILED),
            "a: not merged: verification failed: no",
            0,
        ),
    ],
)
def test_what_is_said_of_a_verification(event, said, level) -> None:
    line = line_of(make_envelope(event))

    assert "".join(str(getattr(part, "text", part)) for part in line.parts).endswith(f"  {said}")
    assert line.level == level

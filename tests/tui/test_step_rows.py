"""Steps that wait for their next execution, and what checks have found, as rows and lines of the interface say it."""

from datetime import timedelta

import pytest

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import PhaseStarted, StepFinished, StepRetryScheduled, StepStarted, ValidationFinished
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.activity import describe
from prodigy_tui.tui.model.cells import row_cells
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.rows import Row
from tests.support.make import START, make_envelope, make_envelopes, make_run_started

NOW = START + timedelta(seconds=5)
STEP = {"phase": "setup", "path": "0"}


def after(*events) -> RunState:
    started = StepStarted(label="uv sync", kind="shell", **STEP)
    return fold(make_envelopes(make_run_started(), PhaseStarted(phase="setup"), started, *events))


def says(state: RunState) -> str:
    return row_cells(Row(kind="step", id="setup/0"), Glance(state=state, now=NOW), None).detail


def test_a_row_says_that_its_step_waits_and_how_long() -> None:
    waits = StepRetryScheduled(execution=2, due=NOW + timedelta(seconds=20), message="no \x1b[31mluck", **STEP)

    assert says(after(waits)).endswith("in 20s")
    assert says(after(waits)).startswith("waits: try 2 after: no ")
    assert "\x1b" not in says(after(waits))


@pytest.mark.parametrize(("status", "shown"), [("ok", "70 points"), ("tolerated", "tolerated · 70 points")])
def test_a_row_says_what_the_check_found(status, shown) -> None:
    checked = ValidationFinished(round=1, score=70, passed=False, **STEP)

    assert says(after(checked)) == "70 points"
    assert says(after(checked, StepFinished(status=status, **STEP))) == shown


@pytest.mark.parametrize(
    ("event", "text", "role"),
    [
        (StepRetryScheduled(execution=3, due=NOW, message="no luck", **STEP), "waits for try 3: no luck", "warning"),
        (ValidationFinished(round=1, score=70, passed=False, missing=("a",), **STEP), "70 of 100 points: a", "warning"),
        (ValidationFinished(round=1, score=100, passed=True, **STEP), "100 of 100 points", "success"),
        (ValidationFinished(round=1, score=0, passed=False, message="no JSON", **STEP), "invalid: no JSON", "error"),
    ],
)
def test_the_activity_log_tells_waits_and_scores(event, text, role) -> None:
    told = describe(make_envelope(event), after())

    assert told.text.endswith(text)
    assert told.role == role

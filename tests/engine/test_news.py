"""Which events are told, as a table (language 17)."""

from datetime import timedelta

import pytest

from prodigy_tui.engine.decisions.news import Told, hear
from prodigy_tui.events.schema import (
    Envelope,
    GateOpened,
    KnownEvent,
    LandingFinished,
    ProviderLimited,
    RunFinished,
    RunResumed,
    StopDecided,
    UsageReported,
    WarningRaised,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Usage
from tests.support.make import START
from tests.support.rules import rule


def told(*events: KnownEvent) -> list[tuple[str, ...]]:
    """The names of what is told after each event that tells something."""
    memory, found = Told(), []
    for event in events:
        memory, news = hear(memory, Envelope(seq=1, at=START, event=event), RunState(workflow="work"))
        found += [news.events] if news is not None else []
    return found


def ended(status: str) -> RunFinished:
    return RunFinished(status=status, exit_code=1)  # type: ignore[arg-type]


def asked(kind: str) -> GateOpened:
    return GateOpened(gate="g", kind=kind, question="go on?", options=("yes", "no"))  # type: ignore[arg-type]


LIMITED = ProviderLimited(provider="claude", until=START + timedelta(minutes=5))
WORKED = UsageReported(usage=Usage(input_tokens=1), provider="claude", phase="steps", path="0")
OTHER = UsageReported(usage=Usage(input_tokens=1), provider="codex", phase="steps", path="0")


@pytest.mark.parametrize(
    ("events", "names"),
    [
        pytest.param([ended("succeeded")], [("run_finished",)], marks=rule("17 runs: once"), id="well"),
        pytest.param([ended("failed")], [("run_failed",)], marks=rule("17 runs: once"), id="failed"),
        pytest.param([ended("stopped")], [("run_failed",)], marks=rule("17 runs: once"), id="stopped"),
        pytest.param([ended("interrupted")], [], marks=rule("17 runs: once"), id="interrupted"),
        pytest.param([ended("waiting")], [("needs_input",)], marks=rule("17 runs: needs_input"), id="a conflict waits"),
        pytest.param(
            [asked("approve"), ended("waiting")],
            [("needs_input",)],
            marks=rule("17 runs: needs_input"),
            id="asked once",
        ),
        pytest.param(
            [asked("suspect"), ended("waiting"), RunResumed(version="1"), ended("waiting")],
            [("needs_input",)] * 2,
            marks=rule("17 runs: needs_input"),
            id="and once more when it is taken up",
        ),
        pytest.param([asked("canary")], [("canary_ready", "needs_input")], marks=rule("17 runs: canary"), id="canary"),
        pytest.param([asked("budget")], [("budget", "needs_input")], marks=rule("17 runs: budget news"), id="budget"),
        pytest.param(
            [StopDecided(code="PT630", message="spent")], [("budget",)], marks=rule("17 runs: budget news"), id="spent"
        ),
        pytest.param([StopDecided(code="PT620", message="x")], [], marks=rule("17 runs: budget news"), id="policy"),
        pytest.param([LIMITED, LIMITED, OTHER, LIMITED], [("quota",)], marks=rule("17 runs: quota"), id="one limit"),
        pytest.param([LIMITED, WORKED, LIMITED], [("quota",)] * 2, marks=rule("17 runs: quota"), id="two limits"),
        pytest.param(
            [LandingFinished(status="landed", target="main", commit="c")],
            [("merged",)],
            marks=rule("17 runs: merged"),
            id="landed",
        ),
        pytest.param(
            [LandingFinished(status="unmerged", target="main")], [], marks=rule("17 runs: merged"), id="unmerged"
        ),
        pytest.param([WarningRaised(message="x")], [], marks=rule("17 runs: once"), id="anything else"),
    ],
)
def test_what_is_told(events, names):
    assert told(*events) == names


def test_messages_are_one_bounded_line():
    gate = GateOpened(gate="g", kind="approve", question="a\nb\x1b[31m" + "x" * 900, options=("yes",))
    _, news = hear(Told(), Envelope(seq=1, at=START, event=gate), RunState(workflow="work"))

    assert news is not None
    assert news.message.startswith("work: a b")
    assert len(news.message) <= 501
    assert not set(news.message) & {"\n", "\x1b"}

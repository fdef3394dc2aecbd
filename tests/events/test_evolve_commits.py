"""Commits that the program makes itself, in the state of a run."""

from datetime import UTC, datetime

import pytest

from prodigy_tui.events.evolve import InvalidTransition, fold
from prodigy_tui.events.schema import (
    CommitsSquashed,
    Envelope,
    KnownEvent,
    LeftoversCommitted,
    PhaseFinished,
    PhaseStarted,
    RunStarted,
    StepCommitted,
)
from prodigy_tui.events.state import RunState

STARTED = RunStarted(
    run_id="r",
    workflow="w",
    kind="plain",
    file="w.yml",
    text="",
    digest="",
    repository="/r",
    target="main",
    base="0" * 40,
    run_branch="prodigy/r/run",
    version="1",
    outline=(),
)


def after(*events: KnownEvent) -> RunState:
    return fold(
        Envelope(seq=seq, at=datetime.fromtimestamp(seq, UTC), event=event)
        for seq, event in enumerate((STARTED, *events), 1)
    )


def committed(commit: str, squash: str = "", item_id: str | None = None) -> StepCommitted:
    return StepCommitted(phase="steps", path="0", commit=commit, squash=squash, item_id=item_id)


def test_commits_that_are_to_become_one_are_known_until_they_are() -> None:
    begun = (PhaseStarted(phase="steps"), committed("1", "a"), committed("2"), committed("3", "a"))

    assert [event.commit for event in after(*begun).phases["steps"].to_squash] == ["3", "1"]
    assert not after(*begun, CommitsSquashed(phase="steps", head="4")).phases["steps"].to_squash


def test_they_are_still_known_when_the_phase_is_taken_up_again() -> None:
    state = after(
        PhaseStarted(phase="steps"),
        committed("1", "a"),
        PhaseFinished(phase="steps", status="interrupted"),
        PhaseStarted(phase="steps"),
    )
    assert [event.commit for event in state.phases["steps"].to_squash] == ["1"]


def test_those_of_agents_are_no_business_of_the_run() -> None:
    state = after(PhaseStarted(phase="map"), committed("1", "a", item_id="x"))
    assert not state.phases["map"].to_squash


def test_a_phase_that_has_not_begun_commits_nothing() -> None:
    with pytest.raises(InvalidTransition):
        after(committed("1", "a"))


def test_the_run_stands_where_its_leftovers_were_committed() -> None:
    assert after(LeftoversCommitted(commit="1" * 40)).tip == "1" * 40

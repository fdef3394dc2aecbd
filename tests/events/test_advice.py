"""What a person is told to do about a landing that did not come about."""

import shlex

import pytest
from msgspec.structs import replace

from prodigy_tui.events.advice import landing_advice
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import LandingFinished
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import LandingStatus
from tests.support.make import make_run

UNMERGED = fold(make_run(items=2, answer="later"))
MERGE = f"prodigy-tui merge {UNMERGED.run_id}"


def ended(status: LandingStatus, *paths: str) -> RunState:
    return replace(UNMERGED, landing=LandingFinished(status=status, target="main", paths=paths))


@pytest.mark.parametrize("state", [RunState(), UNMERGED, ended("nothing"), replace(ended("refused"), ended_at=None)])
def test_nothing_in_the_way_needs_no_advice(state: RunState) -> None:
    assert landing_advice(state) is None


def test_a_conflict_is_merged_by_hand_in_the_repository_of_the_run() -> None:
    advice = landing_advice(replace(ended("conflict"), repository="/my shop"))

    assert advice is not None
    switch, merge, again = map(shlex.split, advice.commands)
    assert switch == ["git", "-C", "/my shop", "switch", "main"]
    assert merge == ["git", "-C", "/my shop", "merge", UNMERGED.run_branch]
    assert shlex.join(again) == MERGE


@pytest.mark.parametrize(("status", "paths"), [("conflict", ()), ("refused", ("a",)), ("refused", ("*",))])
def test_what_is_to_be_done_is_done_where_the_target_is_checked_out(status: LandingStatus, paths: tuple[str]) -> None:
    state = ended(status, *paths)
    advice = landing_advice(replace(state, landing=replace(state.landing, worktree="/other tree")))

    assert advice is not None
    ours = [shlex.split(command) for command in advice.commands if command != MERGE]
    assert {tuple(command[:3]) for command in ours} == {("git", "-C", "/other tree")}
    assert all(command[3] != "switch" for command in ours)


def test_files_in_the_way_are_put_aside_and_come_back() -> None:
    advice = landing_advice(ended("refused", "a b.txt", "ü/-c"))

    assert advice is not None
    aside, merge, back = advice.commands
    assert shlex.split(aside)[3:] == ["stash", "push", "--all", "--", "a b.txt", "ü/-c"]
    assert (merge, shlex.split(back)[3:]) == (MERGE, ["stash", "pop"])


@pytest.mark.parametrize("paths", [("*.txt",), ("new\nline",), (":(top)x",), tuple("abcdef")])
def test_files_that_no_command_should_name_are_only_listed(paths: tuple[str, ...]) -> None:
    advice = landing_advice(ended("refused", *paths))

    assert advice is not None
    assert [shlex.split(command)[-1] for command in advice.commands] == ["status", UNMERGED.run_id]


def test_another_obstacle_is_named_by_the_reason_alone() -> None:
    advice = landing_advice(ended("refused"))

    assert advice is not None
    assert advice.commands == (MERGE,)

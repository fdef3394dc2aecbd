"""Sentences name the keys in force: the shipped ones, or those that a person has put in their place."""

import pytest

from prodigy_tui.tui.actions.keymap import Keymap, read_keys
from prodigy_tui.tui.actions.registry import BY_ID
from prodigy_tui.tui.model.keynames import SHIPPED, key
from tests.support.make import make_run
from tests.tui.scene import live, until_gate


def test_the_shipped_names_are_the_first_keys_of_the_actions() -> None:
    keymap = Keymap()

    assert {name: keymap.first(BY_ID[name]) for name in SHIPPED} == SHIPPED


def test_only_actions_that_have_a_name_here_are_asked_for() -> None:
    with pytest.raises(KeyError):
        key("fleet.mark")


async def test_sentences_footers_and_sheets_follow_the_keys_of_a_person() -> None:
    mine = read_keys(
        {"merge.open": ["M"], "merge.approve": ["f5"], "screen.dlq": ["9"], "screen.runs": ["f6"], "merge.later": []}
    )
    async with live(until_gate(), keys=mine) as scene:
        assert "M opens it" in scene.text()
        assert "9 DLQ" in scene.text()
        assert "f6 Runs" in scene.text()
        await scene.press("M")
        assert "f5 lands it on main" in scene.text()
        assert ": leaves the run unmerged" in scene.text()
    async with live(make_run(items=6, failing={2}), keys=mine) as scene:
        assert "dead letter → 9" in scene.text()
    async with live(make_run(items=6, failing={2})) as scene:
        assert "dead letter → 4" in scene.text()

"""Keys: which are in force, what a person may put in their place, and that every one reaches its action."""

from collections.abc import Mapping, Sequence

import pytest

from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.actions.keymap import GROUNDS, Keymap, KeysWrong, canonical, read_keys
from prodigy_tui.tui.actions.registry import ACTIONS, BY_ID, applies
from prodigy_tui.tui.preferences import Personal
from prodigy_tui.tui.screens.merge import MergeScreen
from prodigy_tui.tui.screens.review import ReviewScreen
from tests.tui.runs import AT_WORK, AT_WORK_WITH_DEAD, signal
from tests.tui.scene import Scene, live, replay, until_gate


@pytest.mark.parametrize(
    ("written", "key"),
    [("x", "x"), ("X", "X"), (",", "comma"), (" ", "space"), ("Delete", "delete"), ("F5", "f5"), ("ctrl+x", "ctrl+x"),
     ("alt+1", "alt+1"), ("shift+left", "shift+left"), ("ctrl+shift+left", "ctrl+shift+left"), ("?", "?"),
     ("xx", ""), ("shift+x", ""), ("ctrl+", ""), ("", ""), ("\x1b", ""), ("hyper+x", "")],
)  # fmt: skip
def test_keys_are_read_as_people_write_them(written: str, key: str) -> None:
    assert canonical(written) == key


def test_keys_take_the_place_of_the_shipped_ones() -> None:
    keymap = Keymap(read_keys({"agent.stop": ["delete", "x"], "view.failures": []}))

    assert keymap.shown(BY_ID["agent.stop"]) == "del x"
    assert keymap.first(BY_ID["view.failures"]) == ""
    assert keymap.shown(BY_ID["agent.retry"]) == "r"


def test_two_actions_may_change_their_keys_with_each_other() -> None:
    assert read_keys({"agent.stop": ["t"], "agent.tell": ["x"]}) == {"agent.stop": ("t",), "agent.tell": ("x",)}


@pytest.mark.parametrize(
    ("given", "action", "why"),
    [
        ({"agent.stopp": ["x"]}, "agent.stopp", "is no action"),
        ({"back": ["x"]}, "back", "is no action"),
        ({"agent.stop": ["xx"]}, "agent.stop", "'xx' is no key"),
        ({"agent.stop": ["escape"]}, "agent.stop", "goes one level back"),
        ({"agent.stop": ["d"]}, "agent.stop", "means 'agent.diff' in the same place"),
        ({"agent.stop": ["j"]}, "agent.stop", "means 'move.down'"),
        ({"log.look": ["o"]}, "log.look", "means 'log.choose' in the same place (log)"),
        ({"palette": []}, "palette", "must have a key"),
    ],
)
def test_keys_that_cannot_be_are_refused(given: Mapping[str, Sequence[str]], action: str, why: str) -> None:
    with pytest.raises(KeysWrong) as refused:
        read_keys(given)

    assert refused.value.action == action
    assert why in str(refused.value)
    assert "\n" not in f"{refused.value}{refused.value.hint}"


def test_a_wrong_name_is_put_right() -> None:
    with pytest.raises(KeysWrong) as refused:
        read_keys({"agent.stopp": ["x"]})

    assert refused.value.hint == "did you mean 'agent.stop'?"


def test_shipped_keys_do_not_clash() -> None:
    every = {action.id: list(action.keys) for action in ACTIONS if action.keys and action.id != "back"}

    assert set(read_keys(every)) == set(every)


async def test_a_key_of_ones_own_works_and_is_told_everywhere() -> None:
    async with live(AT_WORK, keys=read_keys({"run.pause": ["delete"]})) as scene:
        assert "del pause" in scene.text()
        await scene.press("p")
        assert scene.control.sent == []
        await scene.press("delete")
        assert scene.control.sent == [signal("pause")]

        await scene.press("?", *"pause")
        assert "del" in next(line for line in scene.text().splitlines() if "pause, or go on" in line)


async def test_keys_of_ones_own_leave_what_shares_their_old_key() -> None:
    async with replay(AT_WORK, keys=read_keys({"fleet.mark": ["insert"]})) as scene:
        reached = Reached(scene)
        await scene.press("space", "insert")

        assert reached.names == ["replay.play", "fleet.mark"]


class Reached:
    """Takes the place of what runs actions, and keeps their names."""

    def __init__(self, scene: Scene) -> None:
        self.names: list[str] = []
        scene.app.action_do = self.keep  # type: ignore[method-assign]  # a wire-tap, not a stand-in

    def keep(self, name: str) -> None:
        self.names.append(name)


async def press_every_key(scene: Scene, place: str) -> set[str]:
    """Presses every key that means something at a place; returns the actions that were reached."""
    desk, reached, found = scene.app.steering, Reached(scene), set()
    here = [action for action in ACTIONS if action.scope in GROUNDS[place]]
    meant: dict[str, Action] = {}
    for action in here:
        for key in action.keys if applies(action, desk) else ():
            meant.setdefault(key, action)
    for key, action in meant.items():
        await scene.press(key)
        assert reached.names == [action.id], f"{key!r} at {place}"
        found.add(action.id)
        reached.names.clear()
    return found


async def test_every_key_reaches_its_action_wherever_it_applies() -> None:
    reached: set[str] = set()
    async with live(AT_WORK_WITH_DEAD) as scene:
        for place, screen in scene.app.steering.screens.items():
            scene.app.switch_mode(place)
            await scene.press("home")
            assert scene.app.screen is screen
            reached |= await press_every_key(scene, place)
            del scene.app.action_do
    async with replay(AT_WORK_WITH_DEAD, size=(120, 38)) as scene:
        reached |= await press_every_key(scene, "fleet")
        scene.app.screen.query("TimelineBar").first().focus()
        reached |= await press_every_key(scene, "timeline")
    async with live(until_gate()) as scene:
        scene.app.steering.open_landing_diff()
        await scene.press("end")
        assert isinstance(scene.app.screen, ReviewScreen)
        reached |= await press_every_key(scene, "review")
    async with live(until_gate()) as scene:
        await scene.press("m")
        assert isinstance(scene.app.screen, MergeScreen)
        reached |= await press_every_key(scene, "merge")

    scopes = {scope for scopes in GROUNDS.values() for scope in scopes}
    assert {action.id for action in ACTIONS if action.keys and action.scope in scopes} - reached == set()


async def test_what_is_typed_into_an_input_is_no_command() -> None:
    async with live(AT_WORK_WITH_DEAD) as scene:
        await scene.press("/")
        reached = Reached(scene)
        typed = [key for key in dict.fromkeys(key for action in ACTIONS for key in action.keys) if len(key) == 1]
        await scene.press(*typed, ",", " ", "backspace")

        assert reached.names == []
        assert scene.fleet.filter_input.value == "".join(typed) + ","


@pytest.mark.parametrize("place", ["fleet", "log", "merges", "dlq"])
async def test_escape_never_leaves_the_program(place: str) -> None:
    async with live(AT_WORK) as scene:
        scene.app.switch_mode(place)
        await scene.press(*["escape"] * 4)

        assert scene.app.is_running
        assert scene.app.steering.place == "fleet"


def test_a_person_without_a_store_is_not_pointed_to_the_keys() -> None:
    assert Personal().kept.help_used

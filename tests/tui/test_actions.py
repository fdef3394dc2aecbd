import subprocess
import sys
from collections import Counter

import pytest

from prodigy_tui.tui.actions.keymap import Keymap
from prodigy_tui.tui.actions.registry import ACTIONS, BY_ID, bindings_for
from prodigy_tui.tui.screens.dlq import DlqScreen
from prodigy_tui.tui.screens.fleet import FleetScreen
from prodigy_tui.tui.screens.log import LogScreen


def test_ids_are_unique_and_every_action_does_something() -> None:
    assert len(BY_ID) == len(ACTIONS)
    for action in ACTIONS:
        ways = [action.run, action.run_with, action.run_chosen]
        assert len([way for way in ways if way is not None]) == 1, action.id
        assert bool(action.choose) == (action.run_chosen is not None), action.id
        assert not action.ask or action.run is None, action.id


@pytest.mark.parametrize("screen", [FleetScreen, DlqScreen, LogScreen])
def test_a_key_means_one_thing_on_a_screen_live_and_one_in_the_past(screen: type) -> None:
    bound = [str(binding.id).split(":")[0] for binding in screen.BINDINGS if hasattr(binding, "id")]
    actions = [BY_ID[name] for name in dict.fromkeys(bound)]
    here = [action for action in actions if not action.only or screen.place in action.only]

    live = Counter(key for action in here if action.scope != "replay" for key in action.keys)

    assert [key for key, count in live.items() if count > 1] == []


def test_no_action_needs_a_control_key() -> None:
    for action in ACTIONS:
        letters = [key for key in action.keys if len(key.removeprefix("ctrl+")) == 1 and key.startswith("ctrl+")]
        assert not action.keys or len(letters) < len(action.keys), action.id


def test_hints_of_screens_name_actions_with_a_word() -> None:
    for screen in (FleetScreen, DlqScreen, LogScreen):
        for name in screen.hint_ids:
            assert BY_ID[name].hint, name


def test_bindings_carry_caption_and_identity() -> None:
    (binding,) = [binding for binding in bindings_for("merge") if binding.key == "a"]

    assert binding.action == "app.do('merge.approve')"
    assert binding.description == "Merge: land it"
    assert Keymap().shown(BY_ID["replay.forward"]) == "→"


def test_the_model_of_the_interface_needs_no_textual() -> None:
    code = (
        "import sys, pkgutil, importlib, prodigy_tui.tui.model as m\n"
        "names = [i.name for i in pkgutil.iter_modules(m.__path__, m.__name__ + '.')]\n"
        "for name in [*names, 'prodigy_tui.tui.feed', 'prodigy_tui.tui.ports', 'prodigy_tui.tui.frame']:\n"
        "    importlib.import_module(name)\n"
        "sys.exit('textual' in sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

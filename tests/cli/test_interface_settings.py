"""What the interface is told of a person: keys of their own from the settings, and what it keeps by itself."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from prodigy_tui.cli.kept import KeptFile
from prodigy_tui.cli.settings import SettingsWrong, read_settings
from prodigy_tui.tui.preferences import Kept, Personal


def test_keys_may_be_one_a_list_or_none(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text("keys: {agent.stop: [x, Delete], view.failures: f6, problem.next: []}\n")

    effective = read_settings(file, None, {})

    assert effective.keys() == {"agent.stop": ("x", "delete"), "view.failures": ("f6",), "problem.next": ()}
    assert effective.origin("keys.agent.stop").kind == "user"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("merge: ask\nkeys: {agent.stopp: x}", ":2: keys.agent.stopp: is no action that can have other keys"),
        ("keys:\n  agent.stop: d", ":2: keys.agent.stop: key 'd' means 'agent.diff' in the same place (fleet)"),
        ("keys: {palette: []}", ":1: keys.palette: must have a key"),
        ("keys: {agent.stop: banana}", ":1: keys.agent.stop: 'banana' is no key"),
        ("keys: {agent.stop: 7}", ":1: keys.agent.stop: "),
    ],
)
def test_keys_that_cannot_be_are_one_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "config.yml"
    file.write_text(text)

    with pytest.raises(SettingsWrong) as refused:
        read_settings(file, None, {})

    assert str(refused.value).startswith(f"{file}{message}")
    assert "\n" not in str(refused.value)
    assert refused.value.hint


def test_a_project_may_not_change_what_keys_do(tmp_path: Path) -> None:
    file = tmp_path / ".prodigy" / "config.yml"
    file.parent.mkdir()
    file.write_text("keys: {agent.stop: y}")

    with pytest.raises(SettingsWrong, match="keys: a project cannot change what your keys do"):
        read_settings(None, file, {})


def test_what_is_kept_comes_back_and_two_interfaces_do_not_undo_each_other(tmp_path: Path) -> None:
    path = tmp_path / "state" / "interface.json"
    first, second = Personal(KeptFile(path)), Personal(KeptFile(path))

    assert first.prefer(theme="light") == ""
    assert second.prefer(bell=False) == ""
    second.used_help()

    kept = KeptFile(path).load()
    assert kept.help_used
    assert not kept.preferences.bell
    assert kept.preferences.theme == "light"
    assert [file.name for file in path.parent.iterdir()] == ["interface.json"]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '{"preferences": {"glyphs": 7}}', "\x00", '{"recent": "x"}'])
def test_a_file_that_is_no_such_thing_counts_as_empty(tmp_path: Path, text: str) -> None:
    path = tmp_path / "interface.json"
    path.write_text(text)

    assert KeptFile(path).load() == Kept()
    assert KeptFile(path).save(lambda kept: replace(kept, help_used=True)) == ""
    assert KeptFile(path).load().help_used


def test_what_a_newer_version_keeps_besides_is_no_reason_to_forget_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "interface.json"
    path.write_text('{"preferences": {"theme": "light", "sparkle": true}, "moods": []}')

    assert KeptFile(path).load().preferences.theme == "light"


def test_a_folder_that_cannot_be_written_is_said_and_nothing_breaks(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    personal = Personal(KeptFile(tmp_path / "file" / "interface.json"))

    assert "cannot" in personal.prefer(theme="light")
    assert personal.preferences.theme == "light"

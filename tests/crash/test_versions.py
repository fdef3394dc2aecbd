"""A run that another version of the program began goes on in this one, and the other's events survive."""

import json
from pathlib import Path
from typing import Any

import pytest

from prodigy_tui.events.schema import MergeFinished, Unknown
from prodigy_tui.events.source import read_events
from tests.crash.test_power_loss import FILES, WORKFLOW
from tests.support.crash import Crash
from tests.support.drive import Driver
from tests.support.rules import rule


@pytest.fixture
def cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """A run that died when it had merged an item."""
    undisturbed = Driver(tmp_path / "undisturbed", WORKFLOW)
    undisturbed.start()
    events = read_events(undisturbed.folder.events)
    at = next(envelope.seq for envelope in events if isinstance(envelope.event, MergeFinished))
    driver = Driver(tmp_path / "cut", WORKFLOW)
    Crash(at, "after").drive(driver, monkeypatch)
    return driver


def rewrite(driver: Driver, change: Any) -> list[bytes]:
    """Puts what `change` makes of each line in its place."""
    lines = driver.folder.events.read_bytes().splitlines()
    changed = [json.dumps(change(json.loads(line)), separators=(",", ":")).encode() for line in lines]
    driver.folder.events.write_bytes(b"\n".join(changed) + b"\n")
    return changed


@rule("cli 4 disk: versions")
def test_events_and_fields_of_a_newer_program_survive_and_change_nothing(cut_short: Driver) -> None:
    lines = rewrite(cut_short, lambda event: {**event, "from_the_future": {"nested": [1, None]}})
    unknown = b'{"type":"worktree_teleported","seq":%d,"at":"2031-01-01T00:00:00Z","to":"\xc3\xa9", "why":null}'
    unknown %= len(lines) + 1
    with cut_short.folder.events.open("ab") as log:
        log.write(unknown + b"\n")

    state = cut_short.resume()

    assert (state.status, state.merged) == ("succeeded", 2)
    assert set(cut_short.repo.files("main")) == FILES
    assert cut_short.folder.events.read_bytes().splitlines()[: len(lines) + 1] == [*lines, unknown]
    kept = [envelope.event for envelope in read_events(cut_short.folder.events)][len(lines)]
    assert kept == Unknown(type="worktree_teleported", raw=unknown)
    assert any("worktree_teleported" in warned.message for warned in state.warnings)

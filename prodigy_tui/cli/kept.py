"""What the interface remembers of a person: one small file in the state folder, beside the runs.

Settings that people write by hand (`config.yml`) are never touched. A file that cannot be read is no reason not to open
the interface; it counts as empty and is replaced with the next change.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from prodigy_tui.storage import make_folder
from prodigy_tui.storage.trouble import DiskTrouble, disk
from prodigy_tui.tui.machine import Machine
from prodigy_tui.tui.preferences import Kept, Personal

if TYPE_CHECKING:
    from prodigy_tui.cli.invocation import Invocation
    from prodigy_tui.tui.actions.keymap import Keys
    from prodigy_tui.tui.recordports import RunsSource

FILE: Final = "interface.json"
_MOST_BYTES: Final = 1_000_000


class KeptFile:
    """Implements the interface's `KeptStore`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Kept:
        try:
            if self.path.stat().st_size > _MOST_BYTES:
                return Kept()
            return msgspec.json.decode(self.path.read_bytes(), type=Kept)
        except (OSError, msgspec.DecodeError):
            return Kept()

    def save(self, change: Callable[[Kept], Kept]) -> str:
        part = self.path.with_name(f".{self.path.name}.{os.urandom(4).hex()}.part")
        try:
            make_folder(self.path.parent)
            with disk(self.path, "write"):
                part.write_bytes(msgspec.json.format(msgspec.json.encode(change(self.load())), indent=1))
                part.chmod(0o600)
                part.replace(self.path)
        except DiskTrouble as trouble:
            return str(trouble)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return ""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """What the interface is told of the person in front of it."""

    personal: Personal = msgspec.field(default_factory=Personal)
    keys: "Keys" = {}
    runs: "RunsSource | None" = None
    """The other runs that there are here."""
    machine: Machine = Machine()


def person_of(invocation: "Invocation", runs: "RunsSource | None" = None) -> Person:
    """Returns who sits in front of this call of the program; `runs` are those that there are, if not the usual.

    Raises:
        SettingsWrong: The settings cannot be used.
    """
    from prodigy_tui.cli.machine import machine_of
    from prodigy_tui.cli.recorded import RecordedRuns

    return Person(
        personal=Personal(KeptFile(invocation.state_root / FILE)),
        keys=_keys_of(invocation),
        runs=runs or RecordedRuns(invocation),
        machine=machine_of(invocation),
    )


def _keys_of(invocation: "Invocation") -> "Keys":
    """Returns the keys that the person has set; where there is no file of settings, that is known without reading."""
    from prodigy_tui.cli.usual_places import project_file, user_file

    files = (user_file(invocation.environ), project_file(invocation.repo))
    if not any(file is not None and _may_exist(file) for file in files):
        return {}
    from prodigy_tui.cli.settings import settings_of

    return settings_of(invocation).keys()


def _may_exist(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True

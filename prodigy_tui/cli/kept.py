"""What the interface remembers of a person: one small file in the state folder, beside the runs.

Settings that people write by hand (`config.yml`) are never touched. A file that cannot be read is no reason not to open
the interface; it counts as empty and is replaced with the next change.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from pydantic import ValidationError

from prodigy_tui.storage import make_folder
from prodigy_tui.storage.trouble import DiskTrouble, disk
from prodigy_tui.tui.preferences import Kept

if TYPE_CHECKING:
    from prodigy_tui.cli.invocation import Invocation

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
            return Kept.model_validate_json(self.path.read_bytes())
        except (OSError, ValidationError):
            return Kept()

    def save(self, change: Callable[[Kept], Kept]) -> str:
        part = self.path.with_name(f".{self.path.name}.{uuid4().hex[:8]}.part")
        try:
            make_folder(self.path.parent)
            with disk(self.path, "write"):
                part.write_text(change(self.load()).model_dump_json(indent=1, exclude_defaults=True), "utf-8")
                part.chmod(0o600)
                part.replace(self.path)
        except DiskTrouble as trouble:
            return str(trouble)
        finally:
            part.unlink(missing_ok=True)
        return ""


def kept_of(invocation: "Invocation") -> KeptFile:
    """Returns where it is kept for this call of the program."""
    return KeptFile(invocation.state_root / FILE)

"""Child processes: start, stream, time out, stop, reap, sweep, mask. Nothing else here starts agents or shells."""

from prodigy_tui.process.child import CannotStart, Child, Ended, FolderMissing, ProgramMissing, Stream
from prodigy_tui.process.mask import MASK, Masker, is_private_name
from prodigy_tui.process.spawn import OnOutput, run_child
from prodigy_tui.process.stop import StopRequest, kill_all_now, kill_marked_now
from prodigy_tui.process.strays import kill_strays_of, wait_for_orphans

__all__ = [
    "MASK",
    "CannotStart",
    "Child",
    "Ended",
    "FolderMissing",
    "Masker",
    "OnOutput",
    "ProgramMissing",
    "StopRequest",
    "Stream",
    "is_private_name",
    "kill_all_now",
    "kill_marked_now",
    "kill_strays_of",
    "run_child",
    "wait_for_orphans",
]

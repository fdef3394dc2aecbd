"""An attempt that starts from the files of one that failed: its commits, and what it had left uncommitted (cli 8.1)."""

from pathlib import Path

from msgspec import Struct

from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.events.item_state import AttemptRecord, ItemState
from prodigy_tui.events.schema import AgentStarted
from prodigy_tui.events.state import RunState
from prodigy_tui.git.patches import apply_patch
from prodigy_tui.git.run import GitFailed


class FilesLost(Exception):
    """What an earlier attempt has left cannot be brought back."""


class Origin(Struct, frozen=True, kw_only=True):
    """Where an attempt begins."""

    base: str
    """What its changes are counted from."""
    start: str = ""
    """The commit that its worktree begins at, if another."""
    patch: str | None = None


def kept_attempt(entry: ItemState) -> AttemptRecord | None:
    """Returns the newest attempt that has left something to start from."""
    return next((record for record in reversed(entry.history) if _left_something(record)), None)


def origin_of(state: RunState, entry: ItemState) -> Origin:
    """Returns where the next attempt at an item begins: at the tip, unless it goes on from an earlier one."""
    record = next((record for record in entry.history if record.attempt == entry.from_attempt), None)
    if record is None:
        return Origin(base=state.tip)
    start = record.head if record.head != record.base else ""
    return Origin(base=record.base, start=start, patch=record.leftover)


def bring_back(run: RunContext, started: AgentStarted, worktree: Path) -> None:
    """Brings back what the earlier attempt had left uncommitted. Blocking.

    Raises:
        FilesLost: it is not there any more, or does not fit.
    """
    if started.patch is None:
        return
    try:
        apply_patch(worktree, run.folder.artifact(started.patch).read_bytes())
    except (OSError, GitFailed) as error:
        raise FilesLost(f"{started.patch}, left by an earlier attempt, cannot be applied: {error}") from error


def _left_something(record: AttemptRecord) -> bool:
    return record.leftover is not None or record.head not in ("", record.base)

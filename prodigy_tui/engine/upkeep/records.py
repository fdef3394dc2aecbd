"""What a run's record says that the run has made: nothing else of it is ever removed."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from prodigy_tui.events.evolve import InvalidTransition, evolve
from prodigy_tui.events.schema import AgentStarted, Envelope, KnownEvent, RunStarted, Unknown, WorktreeCreated
from prodigy_tui.events.source import LogDamaged, read_events
from prodigy_tui.events.state import RunState
from prodigy_tui.storage.paths import RunFolder


class Record(Struct, frozen=True, kw_only=True):
    """A run as its log tells it."""

    folder: RunFolder
    state: RunState
    made: Mapping[Path, WorktreeCreated]
    """Every worktree that was ever made, by its path with the links above it followed."""
    branches: frozenset[str]
    """Every branch that was ever made, by its short name."""
    damaged_at: int | None = None
    """The line of the log from which on it cannot be read."""

    @property
    def repository(self) -> Path:
        return Path(self.state.repository)


def read_record(folder: RunFolder, *, as_far_as_it_goes: bool = False) -> Record:
    """Reads the log of a run, live or not; `as_far_as_it_goes`: up to where it is damaged.

    Raises:
        LogDamaged: it cannot be read, makes no sense, or lacks its beginning.
    """
    state, made, branches, damaged_at = RunState(), dict[Path, WorktreeCreated](), set[str](), None
    try:
        for state, envelope in _states(folder.events):
            _note(state, envelope.event, made, branches)
    except LogDamaged as error:
        if not as_far_as_it_goes:
            raise
        damaged_at = error.line
    if damaged_at is not None and state.run_id != folder.run_id:
        return Record(
            folder=folder, state=RunState(run_id=folder.run_id), made={}, branches=frozenset(), damaged_at=damaged_at
        )
    prefix = f"prodigy/{state.run_id}/"
    ours = frozenset(branch for branch in branches if branch.startswith(prefix))
    return Record(folder=folder, state=state, made=made, branches=ours, damaged_at=damaged_at)


def _states(events: Path) -> Iterator[tuple[RunState, Envelope]]:
    """Yields the state behind each event, with the event."""
    state = RunState()
    for envelope in read_events(events):
        try:
            state = evolve(state, envelope)
        except InvalidTransition as error:
            raise LogDamaged(events, envelope.seq, str(error)) from error
        yield state, envelope
    if not state.run_id:
        raise LogDamaged(events, 1, "the event 'run_started' is missing")


def _note(state: RunState, event: KnownEvent | Unknown, made: dict[Path, WorktreeCreated], branches: set[str]) -> None:
    """Notes what an event tells of worktrees and branches that were made."""
    match event:
        case RunStarted(run_branch=branch):
            branches.add(branch)
        case WorktreeCreated(name="run") if state.caller is not None:
            pass  # a called run works in its caller's
        case WorktreeCreated(path=path, branch=branch):
            made[own_path(path)] = event
            branches.add(branch)
        case AgentStarted(branch=branch):
            branches.add(branch)
        case _:
            pass


def own_path(path: str | Path) -> Path:
    """Returns a path with links above it followed; its last part is taken as it is, even if it is a link."""
    given = Path(path)
    return given.parent.resolve() / given.name

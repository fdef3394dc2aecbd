"""What a run's record says that the run has made: nothing else of it is ever removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prodigy_tui.events.evolve import InvalidTransition, evolve
from prodigy_tui.events.schema import AgentStarted, RunStarted, WorktreeCreated
from prodigy_tui.events.source import LogDamaged, read_events
from prodigy_tui.events.state import RunState
from prodigy_tui.storage.paths import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A run as its log tells it."""

    folder: RunFolder
    state: RunState
    made: Mapping[Path, WorktreeCreated]
    """Every worktree that was ever made, by its path with the links above it followed."""
    branches: frozenset[str]
    """Every branch that was ever made, by its short name."""

    @property
    def repository(self) -> Path:
        return Path(self.state.repository)


def read_record(folder: RunFolder) -> Record:
    """Reads the log of a run, live or not.

    Raises:
        LogDamaged: it cannot be read, makes no sense, or lacks its beginning.
    """
    state, made, branches = RunState(), dict[Path, WorktreeCreated](), set[str]()
    for envelope in read_events(folder.events):
        event = envelope.event
        try:
            state = evolve(state, envelope)
        except InvalidTransition as error:
            raise LogDamaged(folder.events, envelope.seq, str(error)) from error
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
    if not state.run_id:
        raise LogDamaged(folder.events, 1, "the event 'run_started' is missing")
    prefix = f"prodigy/{state.run_id}/"
    ours = frozenset(branch for branch in branches if branch.startswith(prefix))
    return Record(folder=folder, state=state, made=made, branches=ours)


def own_path(path: str | Path) -> Path:
    """Returns a path with links above it followed; its last part is taken as it is, even if it is a link."""
    given = Path(path)
    return given.parent.resolve() / given.name

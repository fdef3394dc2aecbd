"""The part of the fold that concerns worktrees: which there are, whose files they hold, and which are kept (cli 6).

The worktree of an item that has failed for good leaves the pool with all that the agent left there, and the next agent
gets another. Only the newest of them are kept: the oldest then goes back into the pool, so that a run takes the room of
so many worktrees and no more. What its agent did lives on as a branch and a patch.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec.structs import replace

from prodigy_tui.events.item_state import AgentFiles
from prodigy_tui.events.schema import (
    AgentStarted,
    ItemDeadLettered,
    ItemDiscarded,
    ItemRequeued,
    RunTidied,
    WorktreeCreated,
    WorktreeLeft,
    WorktreeRemoved,
)
from prodigy_tui.events.state import RunState

WorktreeEvent: TypeAlias = WorktreeCreated | WorktreeRemoved | WorktreeLeft | RunTidied
UseEvent: TypeAlias = AgentStarted | ItemDeadLettered | ItemRequeued | ItemDiscarded
"""What changes whose worktrees are in use, and whose are kept."""


def evolve_worktree(state: RunState, event: WorktreeEvent) -> RunState:
    """Returns the state after a worktree was made, or was to be removed."""
    match event:
        case WorktreeCreated(name=name, path=path, base=base):
            made = replace(
                state,
                worktrees=state.worktrees.insert(path, event),
                orphans=state.orphans.discard(path),
                tidied=False,
            )
            return replace(made, tip=base, run_worktree=path) if name == "run" else made
        case WorktreeRemoved(path=path):
            return replace(_gone(state, path), orphans=state.orphans.discard(path))
        case WorktreeLeft(path=path, message=message):
            return replace(_gone(state, path), orphans=state.orphans.insert(path, message))
        case RunTidied():
            return replace(state, tidied=True)


def evolve_use(state: RunState, event: UseEvent) -> RunState:
    """Returns the state in which it is known whose files a worktree holds, and whether it stays out of use."""
    match event:
        case AgentStarted(worktree=path, slot=slot, item_id=item_id, attempt=attempt):
            mine = AgentFiles(slot=slot, item_id=item_id, attempt=attempt)
            return replace(
                state,
                agent_files=state.agent_files.insert(path, mine),
                kept=_without(state.kept, path),
                slots_used=max(state.slots_used, slot),
                tidied=False,
            )
        case ItemDeadLettered(item_id=item_id):
            entry = state.items[item_id]
            files = state.agent_files.get(entry.worktree)
            limit = state.settings.keep_failed
            if not limit or files is None or (files.item_id, files.attempt) != (item_id, entry.attempt):
                return state  # another agent has had it since
            return replace(state, kept=(*state.kept, entry.worktree)[-limit:])
        case ItemRequeued(item_id=item_id) | ItemDiscarded(item_id=item_id):
            return replace(state, kept=_without(state.kept, state.items[item_id].worktree))


def _gone(state: RunState, path: str) -> RunState:
    return replace(
        state,
        worktrees=state.worktrees.discard(path),
        run_worktree="" if path == state.run_worktree else state.run_worktree,
        agent_files=state.agent_files.discard(path),
        kept=_without(state.kept, path),
    )


def _without(kept: tuple[str, ...], path: str) -> tuple[str, ...]:
    return tuple(one for one in kept if one != path) if path in kept else kept

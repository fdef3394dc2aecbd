"""What taking a run up would find and do, said without doing it: no lock, nothing written, nothing ended."""

from collections.abc import Sequence

from msgspec import Struct

from prodigy_tui.engine.recovering.look import Look
from prodigy_tui.engine.recovering.refs import refs_to_put
from prodigy_tui.engine.recovering.worktrees import NOTES, trouble_of
from prodigy_tui.engine.recovery import settlements
from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.schema import Envelope, KnownEvent, RunResumed, WorkLost
from prodigy_tui.events.state import RunState
from prodigy_tui.git.repo import Repository
from prodigy_tui.storage.paths import RunFolder
from prodigy_tui.workflow.model import Workflow


class Foreseen(Struct, frozen=True, kw_only=True):
    """A run as it is, and as it would be when it has been taken up."""

    before: RunState
    after: RunState
    notes: tuple[str, ...] = ()
    """What is not as the log says, and would be put right."""


def foresee(
    history: Sequence[Envelope],
    repository: Repository,
    folder: RunFolder,
    workflow: Workflow,
    more: Sequence[KnownEvent] = (),
) -> Foreseen:
    """Returns what a resume with a workflow would begin with; `more` is what it would record besides.

    Blocking; reads git.

    Raises:
        NotResumable: so much is gone that nothing can be built upon the rest.
    """
    known = list(history)
    before = after = fold(known)

    def look() -> Look:
        return Look(state=after, history=known, repository=repository, worktrees=folder.worktrees, workflow=workflow)

    notes = []
    for event in settlements(look):
        known.append(_envelope(after, event))
        after = evolve(after, known[-1])
        if isinstance(event, WorkLost):
            notes.append(event.message)
    notes += [put.note for put in refs_to_put(look()) if put.note]
    trouble = trouble_of(look())
    if trouble is not None and NOTES[trouble]:
        notes.append(NOTES[trouble])
    for event in (*more, RunResumed(version=after.version)):
        after = evolve(after, _envelope(after, event))
    return Foreseen(before=before, after=after, notes=tuple(notes))


def _envelope(state: RunState, event: KnownEvent) -> Envelope:
    assert state.last_at is not None, "the run has begun"
    return Envelope(seq=state.last_seq + 1, at=state.last_at, event=event)

"""Commits that the log tells of and git does not have any more: what made them is done again. Reads only.

The log names every place where the run branch has stood. The last one that is whole is where it stands again; merges
behind it happen again if the items' own commits are there, and whatever is gone altogether is done again.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from prodigy_tui.engine.recorded import NotResumable
from prodigy_tui.engine.recovering.look import Look
from prodigy_tui.events.schema import (
    Envelope,
    KnownEvent,
    LandingFinished,
    LeftoversCommitted,
    MergeFinished,
    PhaseFinished,
    RunStarted,
    WorkLost,
    WorktreeCreated,
)
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseName
from prodigy_tui.git.repair import last_known_head
from prodigy_tui.ids import Oid

UNMERGED = frozenset({"merging", "suspect"})
"""Items that are finished and whose commits only their branch holds."""

_MANY: Final = 200
"""Places where the run branch has stood: for fewer another process would take longer than it saves."""


class Stand(Struct, frozen=True, kw_only=True):
    """A place where the run branch has stood, and what had brought it there."""

    tip: str
    item_id: str | None = None
    phase: PhaseName | None = None


def lost_work(look: Look) -> Iterator[KnownEvent]:
    """Yields what is lost, if anything is.

    Raises:
        NotResumable: so much is gone that nothing can be built upon the rest.
    """
    state = look.state
    stands = stands_of(look.history)
    heads = {one: state.items[one].head for one in unmerged_items(state)}
    if not stands and not heads:
        return
    if not look.has(state.base):
        raise NotResumable(
            f"run {state.run_id}: {look.repository.top} has no commit {state.base[:12]}, where the run began",
            hint="name the repository that it was started in with --repo",
        )
    present = where_branch_stands(look)
    tip = stands[-1].tip if stands else ""
    half = stands[len(stands) // 2].tip if len(stands) > _MANY else ""
    broken = look.broken({*heads.values(), tip, present or ""}, half)
    if not broken:
        return
    kept = len(stands)
    if tip in broken:
        kept = _whole(look, stands)
        if not kept:
            raise NotResumable(
                f"run {state.run_id}: the commit that its branch began with is gone", hint="start it again"
            )
    yield _loss(look, stands, kept, broken, heads, under_way=bool(present) and present in broken)


def unmerged_items(state: RunState) -> tuple[str, ...]:
    """Returns the items whose commits only their branch holds: those that wait for their merge, and suspects."""
    if not (state.counts.merging or state.counts.suspect):
        return ()
    return tuple(one for one in state.order if state.items[one].status in UNMERGED)


def stands_of(history: Sequence[Envelope]) -> list[Stand]:
    """Returns where the run branch has stood since it began, or since it has landed: one place after the other."""
    stands: list[Stand] = []
    for envelope in history:
        match envelope.event:
            case RunStarted(base=base) | WorktreeCreated(name="run", base=base):
                stands.append(Stand(tip=base))
            case MergeFinished(status="merged" | "contained", tip=tip, item_id=item_id):
                stands.append(Stand(tip=tip, item_id=item_id))
            case PhaseFinished(tip=str(tip), phase=phase) if stands and stands[-1].tip != tip:
                stands.append(Stand(tip=tip, phase=phase))
            case LeftoversCommitted(commit=commit):
                stands.append(Stand(tip=commit))
            case LandingFinished(status="landed"):
                stands.clear()
            case WorkLost(tip=tip):
                while stands and stands[-1].tip != tip:
                    stands.pop()
            case _:
                pass
    return stands


def where_branch_stands(look: Look) -> Oid | None:
    """Returns the commit of the run branch, also if it is only known where that was; None without a worktree."""
    if not look.has_own_worktree:
        return None
    return look.ref(look.branch_ref) or last_known_head(look.repository, look.worktrees / "run")


def _whole(look: Look, stands: Sequence[Stand]) -> int:
    """Returns how many stands are whole: of a commit that is whole all before are."""
    low, high = 0, len(stands) - 1
    while low < high:
        middle = (low + high) // 2
        if look.broken({stands[middle].tip}):
            high = middle
        else:
            low = middle + 1
    return low


def _loss(
    look: Look, stands: Sequence[Stand], kept: int, broken: frozenset[Oid], heads: dict[str, str], *, under_way: bool
) -> WorkLost:
    state = look.state
    merged = [one.item_id for one in stands[kept:] if one.item_id is not None]
    merged = [one for one in dict.fromkeys(merged) if state.items[one].status == "success"]
    gone = look.broken({state.items[one].head for one in merged})
    to_merge = tuple(one for one in merged if state.items[one].head not in gone)
    to_redo = (
        *(one for one in merged if state.items[one].head in gone),
        *(one for one, head in heads.items() if head in broken),
    )
    phases = {one.phase for one in stands[kept:] if one.phase is not None}
    if under_way and state.phase is not None and state.phase != "map":
        phases.add(state.phase)
    redone = tuple(name for name in state.phases if name in phases)
    tip = stands[kept - 1].tip if stands else state.tip
    return WorkLost(
        message=_message(len(to_merge), len(to_redo), redone),
        tip=tip,
        to_merge=to_merge,
        to_redo=to_redo,
        phases=redone,
    )


def _message(to_merge: int, to_redo: int, phases: Sequence[str]) -> str:
    told = []
    if to_redo:
        told.append(f"{to_redo} {'item is' if to_redo == 1 else 'items are'} done again")
    if to_merge:
        told.append(f"{to_merge} {'item is' if to_merge == 1 else 'items are'} merged again")
    if phases:
        told.append(f"{' and '.join(phases)} {'is' if len(phases) == 1 else 'are'} done again")
    what = ", ".join(told) or "the run branch goes back to where it is whole"
    return f"the repository has lost commits of this run: {what}"

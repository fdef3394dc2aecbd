"""Where the refs of a run have to stand: the private tip, the run branch, branches of unmerged items. Reads only.

The log is right. What somebody else has made of a ref is kept under a name of its own, and said.
"""

from collections.abc import Iterator

from msgspec import Struct

from prodigy_tui.engine.recovering.look import Look
from prodigy_tui.engine.recovering.lost import unmerged_items
from prodigy_tui.git.repair import last_known_head
from prodigy_tui.ids import Oid


class Put(Struct, frozen=True, kw_only=True):
    """A ref that has to be moved, or made again."""

    ref: str
    commit: Oid
    note: str = ""
    """What a person should know."""


def refs_to_put(look: Look) -> Iterator[Put]:
    """Yields the refs that do not stand where they have to."""
    state = look.state
    if look.has_own_worktree:
        yield from _run_branch(look)
    if state.tip:
        yield from _tip(look)
    for item_id in unmerged_items(state):
        entry = state.items[item_id]
        yield from _item_branch(look, f"refs/heads/{entry.branch}", Oid(entry.head))


def place_of_branch(look: Look) -> Oid | None:
    """Returns where the run branch has to stand: where it is or was, if that is whole and goes with the tip."""
    tip = look.state.tip
    if not look.has_own_worktree:
        return look.ref(look.branch_ref)
    for place in (look.ref(look.branch_ref), last_known_head(look.repository, look.worktrees / "run")):
        if place is not None and not look.broken({place}) and _in_line(look, place, tip):
            return place
    return Oid(tip) if look.has(tip) else None


def _in_line(look: Look, place: str, tip: str) -> bool:
    """Tells whether one of two commits contains the other; the tip is asked first, which nearly always is ahead."""
    return look.contains(tip, place) or look.contains(place, tip)


def _aside(look: Look, what: str, commit: Oid) -> Iterator[Put]:
    """Keeps what somebody has put in the place of ours, if nothing else holds it."""
    target = look.ref(f"refs/heads/{look.state.target}")
    if look.contains(look.state.tip, commit) or (target is not None and look.contains(target, commit)):
        return
    yield Put(ref=f"refs/prodigy/{look.state.run_id}/kept/{what}/{commit[:12]}", commit=commit)


def _run_branch(look: Look) -> Iterator[Put]:
    branch, place = look.ref(look.branch_ref), place_of_branch(look)
    if place is None or place == branch:
        return
    name = look.state.run_branch
    if branch is None:
        yield Put(ref=look.branch_ref, commit=place, note=f"{name} was deleted; it is at {place[:12]} again")
        return
    if look.broken({branch}):
        yield Put(ref=look.branch_ref, commit=place)
        return
    yield from _aside(look, "run", branch)
    yield Put(ref=look.branch_ref, commit=place, note=_moved(name, branch, place))


def _tip(look: Look) -> Iterator[Put]:
    """The ref and the log agree; one that is missing comes back, or is made with the run's worktree."""
    tip, ref = look.state.tip, look.ref(look.tip_ref)
    if ref == tip or not look.has(tip):
        return
    if ref is None:
        if look.has_own_worktree:
            yield Put(ref=look.tip_ref, commit=Oid(tip))
        return
    branch = place_of_branch(look)
    if look.contains(ref, tip) and branch is not None and look.contains(branch, ref):
        return  # a phase moves the tip to its last commit just before it says so; it will say so again
    if look.contains(tip, ref) or look.broken({ref}):
        # The run's worktree was about to be made anew further on, or what it stood at is lost.
        yield Put(ref=look.tip_ref, commit=Oid(tip))
        return
    yield from _aside(look, "tip", ref)
    yield Put(ref=look.tip_ref, commit=Oid(tip), note=_moved(look.tip_ref, ref, tip))


def _item_branch(look: Look, ref: str, head: Oid) -> Iterator[Put]:
    """The commits of an item that is not merged yet keep a ref; the item is merged as it was finished."""
    branch, name = look.ref(ref), ref.removeprefix("refs/heads/")
    if branch == head or (branch is not None and look.contains(branch, head)):
        return
    if branch is None or not look.has(branch):
        yield Put(ref=ref, commit=head, note=f"{name} was deleted; it is at {head[:12]} again")
        return
    yield from _aside(look, ref.removeprefix(f"refs/heads/prodigy/{look.state.run_id}/"), branch)
    yield Put(ref=ref, commit=head, note=_moved(name, branch, head))


def _moved(name: str, found: str, place: str) -> str:
    return f"{name} was moved to {found[:12]} by another program; it is back at {place[:12]}"

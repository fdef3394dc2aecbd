"""What would be lost with a run, and what keeps it from being removed at all."""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from prodigy_tui.engine.upkeep.inventory import Listed
from prodigy_tui.engine.upkeep.records import Record
from prodigy_tui.events.item_state import AttemptRecord
from prodigy_tui.git.administration import list_worktrees
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import run_git
from prodigy_tui.wording import plural

NAMED: Final = 5
"""Branches that are named before the rest is only counted."""


class Ref(Struct, frozen=True, kw_only=True):
    """A ref of a run."""

    name: str
    """Full."""
    commit: str
    unmerged: int
    """Commits that nothing but refs of this run, and of those that it has called, holds; each counts at one ref."""

    @property
    def shown(self) -> str:
        return self.name.removeprefix("refs/heads/")


def refs_of(record: Record, repository: Repository) -> tuple[Ref, ...]:
    """Returns the refs that a run has made, each with what would be lost with it."""
    standing = sorted(own_refs(record, repository), key=lambda one: _rank(record, one[0]))
    uncounted = _held_by_nobody_else(repository, [oid for _, oid in standing], record.state.run_id)
    return tuple(Ref(name=name, commit=oid, unmerged=_taken(uncounted, oid)) for name, oid in standing)


def _taken(uncounted: dict[str, Sequence[str]], oid: str) -> int:
    """Takes a commit and what it is made upon out of those that are not counted yet; returns how many they are."""
    pending, taken = [oid], 0
    while pending:
        parents = uncounted.pop(pending.pop(), None)
        if parents is not None:
            taken += 1
            pending += parents
    return taken


def own_refs(record: Record, repository: Repository) -> tuple[tuple[str, str], ...]:
    """Returns where the refs stand that a run has made: the branches in its record, and all below its private place."""
    run_id = record.state.run_id
    listing = (
        "for-each-ref",
        "--format=%(refname) %(objectname)",
        f"refs/heads/prodigy/{run_id}/",
        f"refs/prodigy/{run_id}/",
    )
    found = _git(repository, *listing)
    private = f"refs/prodigy/{run_id}/"
    return tuple(
        (name, oid)
        for name, oid in (line.split(" ") for line in found.splitlines())
        if name.startswith(private) or name.removeprefix("refs/heads/") in record.branches
    )


def _rank(record: Record, name: str) -> tuple[int, str]:
    """Where commits count that several refs hold: the run's own branch has what the items begin with."""
    if name == f"refs/heads/{record.state.run_branch}":
        return 0, name
    return 1 if name.startswith("refs/heads/") else 2, name


def obstacles(repository: Repository | None, listed: Sequence[Listed], refs: Sequence[Ref]) -> Iterator[str]:
    """Yields what keeps a run from being removed, whoever insists."""
    for one in listed:
        if one.verdict.state == "foreign":
            yield f"{one.path} is in its folder, and {one.verdict.obstacle}: move it away"
        elif one.holdings.locked is not None:
            said = f" ({one.holdings.locked})" if one.holdings.locked else ""
            yield f"its worktree {one.name} is locked{said}: 'git worktree unlock {one.path}' frees it"
        elif one.holdings.kind == "link":
            yield f"something else stands where its worktree {one.name} was, at {one.path}: move it away"
        elif one.users:
            yield f"process {', '.join(one.users[:3])} is at work in its worktree {one.name}: end it"
    if repository is None:
        return
    own = {one.path for one in listed}
    mine = {ref.shown for ref in refs}
    for info in list_worktrees(repository):
        if info.branch in mine and info.path not in own:
            yield f"its branch {info.branch} is checked out in {info.path}: check out another there"


def losses(
    record: Record, repository: Repository | None, listed: Sequence[Listed], refs: Sequence[Ref]
) -> Iterator[str]:
    """Yields what would be lost with a run."""
    if record.damaged_at is not None:
        yield f"what its record told from line {record.damaged_at} on, which is damaged"
    if repository is None and record.state.repository:
        yield f"its repository {record.repository} cannot be read, so nobody can say what is not merged"
    unmerged = [ref for ref in refs if ref.unmerged]
    for ref in unmerged[:NAMED]:
        yield f"{plural(ref.unmerged, 'commit')} on {ref.shown}"
    if len(unmerged) > NAMED:
        yield f"the commits of {len(unmerged) - NAMED} more branches"
    for one in listed:
        holds = one.holdings
        if holds.unreferenced:
            yield f"{plural(holds.unreferenced, 'commit')} in worktree {one.name}"
        if holds.changed and not one.patch_is_kept:
            yield f"{plural(holds.changed, 'uncommitted file')} in worktree {one.name}"
        if holds.kind == "damaged" and repository is not None:
            yield f"what is in worktree {one.name}, which git cannot read"
        if holds.repositories:
            yield f"the repository {', '.join(holds.repositories[:3])} in worktree {one.name}"
    patches = sum(1 for entry in record.state.items.values() if entry.status != "success" and _has_patch(entry.history))
    if patches:
        yield f"the uncommitted changes of {plural(patches, 'item')}, kept as patches"


def _has_patch(history: Sequence[AttemptRecord]) -> bool:
    return any(attempt.leftover for attempt in history)


def _held_by_nobody_else(repository: Repository, oids: Sequence[str], run_id: str) -> dict[str, Sequence[str]]:
    """Returns the commits that only refs of the run hold, each with its parents."""
    ours = (f"{place}/prodigy/{run_id}{rest}*" for place in ("refs/heads", "refs") for rest in ("/", "."))
    others = [f"--exclude={pattern}" for pattern in ours]
    asked = ("rev-list", "--parents", "--stdin", "--not", *others, "--glob=refs/*")
    lines = _git(repository, *asked, stdin="".join(f"{oid}\n" for oid in oids)).splitlines() if oids else ()
    return {commit: parents for commit, *parents in (line.split(" ") for line in lines)}


def _git(repository: Repository, *arguments: str, stdin: str = "") -> str:
    folder = repository.common_dir
    return run_git(f"--git-dir={folder}", *arguments, cwd=folder, stdin=stdin.encode()).text

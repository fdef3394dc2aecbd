"""Joining two commits: the one way in which branches of items and of runs are merged (language 16.2, 16.4, 16.5).

    forbid ▸ merge in the object store ▸ ours, theirs, union ▸ the agent of `conflict` ▸ regenerate ▸ one merge commit

What comes out is a commit that no ref has yet; verifying it and moving refs are the caller's.
"""

from functools import partial
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from prodigy_tui.engine.merging.policies import (
    FORBIDDEN,
    Rule,
    commands_of,
    forbidden,
    no_rule,
    rule_of,
    under,
    word_of,
)
from prodigy_tui.engine.merging.resolving import regenerate, solve
from prodigy_tui.engine.merging.workbench import Interrupted, Task, Workbench
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.worktrees.paths import listed
from prodigy_tui.events.values import Failure
from prodigy_tui.git.inspect import changed_paths
from prodigy_tui.git.merge import UNRELATED, join, make_commit, merge_base
from prodigy_tui.git.run import shown
from prodigy_tui.git.settling import Settled, Sides, settle
from prodigy_tui.ids import Oid
from prodigy_tui.wording import merge_conflict
from prodigy_tui.workflow.model import MergeRules


class Combined(Struct, frozen=True, kw_only=True):
    """A merge commit whose first parent is the commit that was merged onto."""

    commit: Oid
    resolved_by: str = ""
    """What settled a conflict, in words for people; empty where there was none."""


class Contained(Struct, frozen=True, kw_only=True):
    """There was nothing to merge."""


class Conflicted(Struct, frozen=True, kw_only=True):
    """Nothing was merged."""

    paths: tuple[str, ...]
    """Where, sorted."""
    detail: str
    """What git says about it, one line per conflict."""
    failure: Failure
    """What it means for the item or the landing."""

    @property
    def is_conflict(self) -> bool:
        """Whether the two sides do not agree; else a policy, or the command of one, says no."""
        return self.failure.kind == "merge" and self.failure.code != FORBIDDEN


class Undecided(Struct, frozen=True, kw_only=True):
    """The run stops before it was found out; it has to be done again."""


Combination: TypeAlias = Combined | Contained | Conflicted | Undecided


class _Joined(Struct, frozen=True, kw_only=True):
    """What git and the policies make of two sides."""

    settled: Settled
    detail: str
    remade: tuple[str, ...]
    """Files that are made anew."""


async def combine(
    run: RunContext,
    steps: StepRunner,
    *,
    onto: Oid,
    head: Oid,
    message: str,
    rules: MergeRules,
    who: str,
    item_id: str | None,
) -> Combination:
    """Merges `head` into `onto`.

    Args:
        run: The run. Its worktree has the attributes that hold, so it must have followed to any that `onto` brought.
        steps: Runs what has to be run.
        onto: The commit to merge onto.
        head: The commit to merge.
        message: Of the merge commit, trailers included.
        rules: Those of agent merges or of the landing.
        who: What is merged, for people.
        item_id: The item whose branch it is; None: the landing.

    Raises:
        GitFailed: A commit is missing, or the repository is damaged.
    """
    rule = rule_of(run.settled.merge.policies)
    bench = Workbench(run, steps, Task(onto=onto, head=head, who=who, item_id=item_id))
    joined = await in_thread(partial(_join, run.run_worktree, bench.task, rule))
    if not isinstance(joined, _Joined):
        return joined
    tree, by_policy = joined.settled.tree, tuple(map(shown, joined.settled.settled))
    resolved_by = f"policies settled {listed(by_policy)}" if by_policy else ""
    left = tuple(sorted({shown(clash.path) for clash in joined.settled.left}))
    try:
        if left:
            if rules.conflict.action != "agent":
                return Conflicted(paths=left, detail=joined.detail, failure=conflict_failure(left, joined.detail))
            solved = await solve(bench, rules.conflict, joined.settled, rule)
            if isinstance(solved, Failure):
                return Conflicted(paths=left, detail=joined.detail, failure=solved)
            tree, resolved_by = solved, "; ".join(filter(None, (resolved_by, f"an agent solved {listed(left)}")))
        commit = await in_thread(partial(make_commit, run.run_worktree, tree, (onto, head), message))
        commands = commands_of(rule, joined.remade)
        if commands:
            made = await regenerate(bench, commit, commands, partial(_is_made, rule, frozenset(commands)))
            if isinstance(made, Failure):
                return Conflicted(paths=tuple(map(shown, joined.remade)), detail="", failure=made)
            commit = await in_thread(partial(make_commit, run.run_worktree, made, (onto, head), message))
    except Interrupted:
        return Undecided()
    return Combined(commit=commit, resolved_by=resolved_by)


def _join(worktree: Path, task: Task, rule: Rule) -> _Joined | Contained | Conflicted:
    """Merges, and does what the policies say without running anything. Blocking."""
    onto, head = task.onto, task.head
    base = merge_base(worktree, onto, head) if onto != head else head
    if base == head:
        return Contained()
    if base is None:
        return Conflicted(paths=(), detail=UNRELATED.detail, failure=conflict_failure((), UNRELATED.detail))
    incoming = changed_paths(worktree, base, head) if rule is not no_rule else []
    refused = under(rule, "forbid", incoming)
    if refused:
        return Conflicted(paths=tuple(map(shown, refused)), detail="", failure=forbidden(refused))
    joined = join(worktree, onto, head)
    assert joined is not None, "they have a commit in common"
    remade = under(rule, "regenerate", incoming)
    settled = Settled(tree=joined.tree, left=joined.clashes, settled=(), edits={})
    if joined.clashes or remade:
        sides = Sides(worktree=worktree, onto=onto, head=head)
        settled = settle(sides, joined, word_of(rule), restore=remade)
    remade = tuple(sorted({*remade, *under(rule, "regenerate", settled.settled)}))
    return _Joined(settled=settled, detail=joined.detail, remade=remade)


def _is_made(rule: Rule, commands: frozenset[str], path: str) -> bool:
    """Tells whether a file is one that the commands make."""
    policy = rule(path)
    return policy is not None and policy.policy == "regenerate" and policy.command in commands


def conflict_failure(paths: tuple[str, ...], detail: str = "") -> Failure:
    """Returns the failure of a merge that nothing could settle."""
    return Failure(kind="merge", code="PT640", message=merge_conflict(paths, detail), tail=detail)

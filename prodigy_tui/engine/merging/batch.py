"""A batch of branches that become one verified candidate, or as many as it takes to find out whom to blame (16.4).

    gather    branches onto the tip, in order, until one does not fit  →  a chain of merge commits
    verify    the chain's end:   passes  →  the tip moves there, all of the chain are merged
                                 fails   →  the tip alone is verified: fails too → the run stops
                                         →  halves, first the earlier one; of the other what comes on top of that
                                         →  a single branch: again, then the step that mends, then it is blamed

The tip moves only to what has passed. A branch that does not fit is not judged before all below it has passed: it
begins the next chain, and only there a conflict counts and an agent is called for it. So what becomes of a branch is
the same as if all had been merged one by one.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace as revised

from prodigy_tui.engine.decisions.batches import stop_of_base, stop_of_conflict
from prodigy_tui.engine.merging.combining import Combination, Combined, Conflicted, Contained, Undecided, combine
from prodigy_tui.engine.merging.merge_variables import merge_root
from prodigy_tui.engine.merging.policies import FORBIDDEN
from prodigy_tui.engine.merging.tip import merge_message, move_tip
from prodigy_tui.engine.merging.verify_rounds import WORKTREE, Checked
from prodigy_tui.engine.merging.verifying import check, verify, verify_base
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.worktrees.worktree_contents import make_run_worktree
from prodigy_tui.events.schema import MergeFinished, MergeInterrupted, MergeStarted, WarningRaised
from prodigy_tui.events.values import Failure, MergeStatus
from prodigy_tui.git.merge import steers_merges
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.model import Conflict, Verify
from prodigy_tui.workflow.variables import Value

NAMED = 5
"""Branches that the log names at most."""


class _Link(Struct, frozen=True, kw_only=True):
    """A branch with its place in a chain."""

    started: MergeStarted
    commit: Oid
    """Its merge commit; the one before is its first parent."""
    resolved_by: str
    """What settled a conflict, for people."""


class MergeBatch:
    """Merges one batch. Belongs to the engine's event loop."""

    def __init__(self, run: RunContext, steps: StepRunner, started: tuple[MergeStarted, ...]) -> None:
        self._run = run
        self._steps = steps
        self._started = started
        self._rules = run.settled.merge.agents
        self._tip = Oid(started[0].onto)
        """Where the ref stands: everything below has passed."""
        self._combined: dict[tuple[Oid, Oid], Combination] = {}
        """What came of merging a head onto a commit."""
        self._failed: dict[Oid, Checked] = {}
        """Candidates that have not passed, and why."""
        self._base_passed = False
        self._over = False
        """The run stops; what is left goes back to the queue."""

    async def carry(self) -> None:
        """Merges the branches, and records what has become of each.

        Raises:
            TipMoved: the tip is not where the log says.
            GitFailed: the repository is damaged.
        """
        try:
            await in_thread(self._prepare)
            await self._merge(self._started)
        except asyncio.CancelledError:
            give_back(self._run)
            raise
        give_back(self._run)

    def _prepare(self) -> None:
        if not self._run.run_worktree.is_dir():
            make_run_worktree(self._run, self._tip)

    async def _merge(self, branches: Sequence[MergeStarted]) -> None:
        """Merges branches in order, as many at once as fit and pass."""
        left = deque(branches)
        while left and not self._over:
            links = await self._gather(left)
            if links:
                await self._judge(links)

    # -------------------------------------------------------------------------------------------------------- gather

    async def _gather(self, left: deque[MergeStarted]) -> list[_Link]:
        """Takes branches from the front, as long as they fit, and returns their chain upon the tip."""
        links: list[_Link] = []
        while left:
            started = left[0]
            found = await self._combine(links[-1].commit if links else self._tip, started, alone=not links)
            match found:
                case Combined(commit=commit, resolved_by=resolved_by):
                    left.popleft()
                    links.append(_Link(started=started, commit=commit, resolved_by=resolved_by))
                    if self._steers(started):
                        return links  # the worktree has to follow before the next is merged
                case Contained() if not links:
                    left.popleft()
                    self._record(started, "contained")
                # What is forbidden is so whatever a branch is merged onto.
                case Conflicted(failure=failure) if not links or failure.code == FORBIDDEN:
                    left.popleft()
                    self._record_conflict(started, found)
                case Undecided():
                    self._over = True
                    return links
                case _:
                    return links
        return links

    async def _combine(self, onto: Oid, started: MergeStarted, *, alone: bool) -> Combination:
        key = onto, Oid(started.head)
        known = self._combined.get(key)
        if known is not None and not (alone and isinstance(known, Conflicted)):
            return known
        rules = self._rules
        if not alone and rules.conflict.action == "agent":
            rules = revised(rules, conflict=Conflict(action="dlq"))
        state = self._run.state
        item = state.items[started.item_id].item
        found = self._combined[key] = await combine(
            self._run,
            self._steps,
            onto=onto,
            head=Oid(started.head),
            message=merge_message(state, started),
            rules=rules,
            who=f"branch {item.label or item.id}",
            item_id=started.item_id,
        )
        return found

    def _steers(self, started: MergeStarted) -> bool:
        return steers_merges(self._run.state.items[started.item_id].files)

    # --------------------------------------------------------------------------------------------------------- judge

    async def _judge(self, links: list[_Link]) -> None:
        """Moves the tip to the end of a chain that passes, or finds out which branches cannot go there."""
        rules, commit = self._rules.verify, links[-1].commit
        if rules is None or await self._passes(rules, links):
            await self._land(links, commit)
        elif not self._over and len(links) == 1:
            await self._try_alone(rules, links[0])
        elif not self._over:
            branches = [link.started for link in links]
            half = len(branches) // 2
            await self._merge(branches[:half])
            await self._merge(branches[half:])

    async def _passes(self, rules: Verify, links: list[_Link]) -> bool:
        commit, items = links[-1].commit, [link.started.item_id for link in links]
        if commit in self._failed:
            return False
        whole = not self._failed and len(links) == len(self._started)
        checked = await check(
            self._run,
            self._steps,
            rules,
            commit,
            who=self._names(links),
            items=items,
            purpose="candidate" if whole else "part",
            roots=await self._roots(links),
        )
        if checked.verdict == "failed":
            self._failed[commit] = checked
            await self._look_at_base(rules, links)
        elif not checked.ok:
            self._over = True
        return checked.ok

    async def _look_at_base(self, rules: Verify, links: list[_Link]) -> None:
        """Makes sure, once a batch, that a failure can be the fault of a branch at all."""
        if self._base_passed:
            return
        roots = await self._roots([])
        base = await verify_base(self._run, self._steps, rules, self._tip, who=self._names(links), roots=roots)
        self._base_passed, self._over = base.ok, not base.ok
        if base.verdict == "base":
            self._run.journal.record(stop_of_base(base.message))

    async def _try_alone(self, rules: Verify, link: _Link) -> None:
        """The last chances of a branch that has failed alone, on top of what passes."""
        verified = await verify(
            self._run,
            self._steps,
            rules,
            link.commit,
            who=self._names([link]),
            items=[link.started.item_id],
            failed=self._failed[link.commit],
            roots=await self._roots([link]),
        )
        if verified.ok:
            await self._land([link], verified.fixed or link.commit)
        elif verified.verdict == "undecided":
            self._over = True
        else:
            self._record(link.started, "failed", verified.failure)

    async def _roots(self, links: Sequence[_Link]) -> dict[str, Value]:
        """Returns `merge.*` of what some links bring to the tip."""
        run, tip = self._run, self._tip
        commit = links[-1].commit if links else tip
        source = ", ".join(run.state.items[link.started.item_id].branch for link in links)
        place = run.folder.worktrees / WORKTREE
        root = await in_thread(
            lambda: merge_root(
                run, run.run_worktree, tip, commit, source=source, target=run.run_branch, target_path=run.run_worktree
            )
        )
        return {"merge": Value({**root.data, "worktree": place.name, "path": str(place)})}

    async def _land(self, links: list[_Link], commit: Oid) -> None:
        """Moves the tip to a commit that has passed."""
        onto, mended = self._tip, commit != links[-1].commit
        follow = mended or any(link.resolved_by or self._steers(link.started) for link in links)

        def landed(warning: WarningRaised | None) -> None:
            self._tip = commit
            if warning is not None:
                self._run.journal.record(warning)
            for link in links:
                self._record(link.started, "merged", resolved_by=link.resolved_by)

        await self._run.journal.durable()  # that it has passed is known before the tip is there
        await in_thread(lambda: move_tip(self._run, onto, commit, follow=follow), landed)

    # ------------------------------------------------------------------------------------------------------- records

    def _record(
        self, started: MergeStarted, status: MergeStatus, failure: Failure | None = None, *, resolved_by: str = ""
    ) -> None:
        finished = MergeFinished(
            item_id=started.item_id,
            attempt=started.attempt,
            status=status,
            tip=self._tip,
            failure=failure,
            resolved_by=resolved_by,
        )
        self._run.journal.record(finished)

    def _record_conflict(self, started: MergeStarted, conflict: Conflicted) -> None:
        finished = MergeFinished(
            item_id=started.item_id,
            attempt=started.attempt,
            status="conflict" if conflict.is_conflict else "failed",
            tip=self._tip,
            conflicts=conflict.paths,
            detail=conflict.detail,
            failure=conflict.failure,
        )
        self._run.journal.record(finished)
        stop = stop_of_conflict(self._rules, finished)
        if stop is not None:
            self._run.journal.record(stop)

    def _names(self, links: Sequence[_Link]) -> str:
        """Returns whose branches these are, for people; nobody's can be taken for the landing."""
        items = [self._run.state.items[link.started.item_id].item for link in links[:NAMED]]
        more = f" and {len(links) - NAMED} more" if len(links) > NAMED else ""
        noun = "branch" if len(links) == 1 else "branches"
        return f"{noun} {', '.join(item.label or item.id for item in items)}{more}"


def give_back(run: RunContext) -> None:
    """Records that what nothing has become of is the front of the queue again, in its order."""
    for started in reversed(tuple(run.state.merges.values())):
        run.journal.record(MergeInterrupted(item_id=started.item_id, attempt=started.attempt))

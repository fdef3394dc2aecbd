"""`sub_workflows`: calls before the steps, in order; neighbours with `parallel: true` at once (language 15.5).

Those that run at once have a worktree each, whose commits are merged in order. A merge that a crash has prevented is
made up for when the run is taken up again: the branch is there until its commits are merged. One that conflicted is
done again then, from what the others have made; its commits are under a ref of their own until that has been merged.
"""

from collections.abc import Collection, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.artifacts import write_leftover
from prodigy_tui.engine.context import Context
from prodigy_tui.engine.kinds.foreach import MarkedLog, together
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_outcome import OK, StepOutcome
from prodigy_tui.engine.steps.step_paths import path_of_call
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.worktrees.commits import squash
from prodigy_tui.engine.worktrees.ledger import Ledger
from prodigy_tui.events.evolve_calls import call_key
from prodigy_tui.events.schema import WarningRaised, WorktreeCreated, WorktreeRemoved
from prodigy_tui.events.values import Failure
from prodigy_tui.git.inspect import head, leftover_patch
from prodigy_tui.git.merge import Conflict, Merged, merge
from prodigy_tui.git.messages import TRAILER_RUN, with_trailers
from prodigy_tui.git.refs import delete_ref, move_ref, read_ref
from prodigy_tui.git.sync import follow
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.declared import step_of_call
from prodigy_tui.workflow.model import Step

if TYPE_CHECKING:
    from prodigy_tui.engine.steps.step_runner import StepRunner


class _Entry(Struct, frozen=True, kw_only=True):
    """One sub-workflow."""

    index: int
    step: Step
    parallel: bool


class SubWorkflows:
    """Runs the sub-workflows of one workflow."""

    def __init__(self, run: RunContext, steps: "StepRunner") -> None:
        self._run = run
        self._steps = steps

    async def run(self, context: Context, prefix: str, done: Collection[int] = ()) -> StepOutcome:
        """Runs those that are not `done` yet; the first failure ends it and is the outcome."""
        entries = [
            _Entry(index=index, step=step_of_call(call), parallel=call.parallel)
            for index, call in enumerate(self._run.workflow.sub_workflows)
        ]
        for group in _groups(entries):
            if len(group) > 1:
                outcome = await self._at_once(group, context, prefix, done)
                if not outcome.goes_on:
                    return outcome
                continue
            for entry in group:
                if entry.index in done:
                    continue
                path = f"{prefix}{path_of_call(entry.index)}"
                outcome = await self._steps.run_step(entry.step, context, path, entry.index)
                if not outcome.goes_on:
                    return outcome
        return OK

    async def _at_once(self, group: list[_Entry], context: Context, prefix: str, done: Collection[int]) -> StepOutcome:
        """Runs neighbours in worktrees of their own and merges what they have committed, in order."""
        base = await in_thread(lambda: head(context.worktree))
        lost = await in_thread(lambda: {entry.index for entry in group if self._has_conflicted(entry, context, prefix)})
        done = frozenset(done) - lost
        outcomes: dict[int, StepOutcome] = {}

        async def work(entry: _Entry) -> None:
            path, branch = self._place(entry, context, prefix)
            if not self._goes_on(entry, context, prefix):
                self._run.journal.record(WorktreeCreated(name=path.name, path=str(path), branch=branch, base=base))
                await self._run.journal.durable()
                await in_thread(lambda: self._run.worktrees.add(path, branch, base))
            log = MarkedLog(context.writer, f"[{one_line(entry.step.label, 40)}] ")
            inner = replace(
                context.next_pass(context.iteration, context.argument),
                worktree=path,
                writer=log,
                ledger=Ledger(base=base),
                at_line_start=True,
            )
            try:
                outcomes[entry.index] = await self._steps.run_step(
                    entry.step, inner, f"{prefix}{path_of_call(entry.index)}", entry.index
                )
                await squash(self._run, inner)
            finally:
                log.end(self._run.clock.now())

        await together(work(entry) for entry in group if entry.index not in done)
        failed: StepOutcome | None = None
        for entry in group:
            outcome = outcomes.get(entry.index)
            if outcome is not None and outcome.result is not None:
                context.adopt(entry.step, outcome.result)
            ok = outcome is None or outcome.goes_on
            problem = await self._take_in(entry, context, prefix, merged=ok)
            if not ok:
                failed = failed or outcome
            elif problem is not None:
                failed = failed or StepOutcome(status="failed", failure=problem)
        return failed or OK

    def _place(self, entry: _Entry, context: Context, prefix: str) -> tuple[Path, str]:
        who = f"{context.work.item.safe_id}-{context.attempt}" if context.work is not None else context.phase
        name = f"sub-{who}-{prefix.replace('/', '.')}{entry.index}"
        return self._run.folder.worktrees / name, f"prodigy/{self._run.run_id}/{name}"

    def _goes_on(self, entry: _Entry, context: Context, prefix: str) -> bool:
        """Tells whether a run that it has called is taken up again, which needs the worktree as it is."""
        key = call_key(context.phase, f"{prefix}{path_of_call(entry.index)}")
        path, _ = self._place(entry, context, prefix)
        calls = self._run.state.open_calls
        return str(path) in self._run.state.worktrees and any(f"{one}/".startswith(f"{key}/") for one in calls)

    def _kept(self, path: Path) -> str:
        """Returns the ref of commits that could not be merged."""
        return f"refs/prodigy/{self._run.run_id}/kept/{path.name}"

    def _has_conflicted(self, entry: _Entry, context: Context, prefix: str) -> bool:
        """Tells whether a sub-workflow that has ended could not be merged. Blocking."""
        path, branch = self._place(entry, context, prefix)
        refs = (self._kept(path), f"refs/heads/{branch}")
        return [read_ref(self._run.repository, ref) is not None for ref in refs] == [True, False]

    async def _take_in(self, entry: _Entry, context: Context, prefix: str, *, merged: bool) -> Failure | None:
        """Merges the commits of a sub-workflow that has succeeded, and takes its worktree away."""
        path, branch = self._place(entry, context, prefix)
        failure, leftover = await in_thread(lambda: self._merge(entry, context, path, branch, merged=merged))
        if leftover:
            message = f"uncommitted changes of the sub-workflow '{entry.step.label}' are kept as {leftover}"
            self._run.journal.record(WarningRaised(code="PT612", message=message, item_id=context.item_id))
        if str(path) in self._run.state.worktrees:
            self._run.journal.record(WorktreeRemoved(path=str(path)))
        return failure

    def _merge(
        self, entry: _Entry, context: Context, path: Path, branch: str, *, merged: bool
    ) -> tuple[Failure | None, str]:
        """Does so, and returns why it could not and where uncommitted changes are kept. Blocking."""
        run, leftover = self._run, ""
        if path.is_dir() and (patch := leftover_patch(path)):
            leftover = write_leftover(run.folder, path.name, run.masker.bytes(patch))
        tip = read_ref(run.repository, f"refs/heads/{branch}")
        failure = None
        if tip is not None and merged:
            failure = self._merge_commits(entry, context, tip)
        if path.is_dir():
            run.worktrees.remove(path)
        if tip is not None:
            kept = self._kept(path)
            if failure is not None:
                move_ref(run.repository, kept, tip, read_ref(run.repository, kept))
            elif merged and read_ref(run.repository, kept) is not None:
                delete_ref(run.repository, kept)
            run.worktrees.delete_branches([branch])
        return failure, leftover

    def _merge_commits(self, entry: _Entry, context: Context, tip: Oid) -> Failure | None:
        run, worktree = self._run, context.worktree
        message = with_trailers(f"Merge sub-workflow {one_line(entry.step.label, 60)}", {TRAILER_RUN: run.run_id})
        match merge(worktree, head(worktree), tip, message):
            case Conflict(paths=paths):
                where = one_line(", ".join(paths[:5]))
                return Failure(
                    kind="merge",
                    code="PT640",
                    message=f"'{entry.step.label}' conflicts with a sub-workflow before it in {where}",
                    step=entry.step.label,
                    exit_code=1,
                )
            case Merged(commit=commit):
                follow(worktree, commit, lambda patch: self._keep(worktree, patch))
            case _:
                pass
        return None

    def _keep(self, worktree: Path, patch: bytes) -> None:
        write_leftover(self._run.folder, f"{worktree.name}-before-sub-workflows", self._run.masker.bytes(patch))


def _groups(entries: list[_Entry]) -> Iterator[list[_Entry]]:
    """Yields neighbours that run at once together, the others one by one."""
    for parallel, group in groupby(entries, key=lambda entry: entry.parallel):
        if parallel:
            yield list(group)
        else:
            yield from ([entry] for entry in group)

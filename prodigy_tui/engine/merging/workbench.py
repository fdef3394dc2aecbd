"""Where steps work on a merge that is on no ref yet: a worktree, a log, variables, and the events that tell of it.

What they print is in the run's output under `phases/resolve`, one section for each time.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.artifacts import phase_stream, write_item
from prodigy_tui.engine.context import Context, Frame, Work
from prodigy_tui.engine.items.map_results import map_roots
from prodigy_tui.engine.merging.merge_variables import merge_root, merge_roots, target_of
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_outcome import StepOutcome
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.variables.scope import roots_of_work, variables_of_work
from prodigy_tui.engine.worktrees.ledger import Ledger
from prodigy_tui.engine.worktrees.paths import listed
from prodigy_tui.events.schema import ResolutionFinished, ResolutionStarted
from prodigy_tui.events.values import Failure, ResolutionPurpose, VerifyStatus
from prodigy_tui.git.merge import merge_base
from prodigy_tui.git.run import shown
from prodigy_tui.ids import Oid
from prodigy_tui.storage.output import OutputWriter
from prodigy_tui.workflow.item_environment import item_environment
from prodigy_tui.workflow.variables import Value

WORKTREE: Final = "resolve"
"""The name of the worktree."""
STREAM: Final = phase_stream("resolve")


class Interrupted(Exception):
    """The run stops before it is known how the merge would have ended."""


class Task(Struct, frozen=True, kw_only=True):
    """One merge."""

    onto: Oid
    head: Oid
    who: str
    """What is merged, for people."""
    item_id: str | None
    """The item whose branch it is; None: the landing."""


class Outcome(Struct):
    """What came of the work; whoever does it says so."""

    status: VerifyStatus = "interrupted"
    message: str = "interrupted"


class Workbench:
    """Lets steps work on one merge."""

    def __init__(self, run: RunContext, steps: StepRunner, task: Task) -> None:
        self.run = run
        self.steps = steps
        self.task = task

    @asynccontextmanager
    async def session(
        self, purpose: ResolutionPurpose, paths: Sequence[str], attempt: int = 1
    ) -> AsyncIterator[tuple[OutputWriter, Outcome]]:
        """Opens the log and records that the work begins, and at the end what came of it."""
        run, item_id, began = self.run, self.task.item_id, self.run.clock.monotonic()
        files, outcome = tuple(map(shown, paths)), Outcome()
        with OutputWriter(run.folder.stream(STREAM)) as writer:
            offset = writer.offset
            again = f", try {attempt}" if attempt > 1 else ""
            title = f"{self.task.who}: {purpose} in {listed(files)}{again}"
            writer.write(f"── {one_line(run.masker.text(title))} ──\n", run.clock.now())
            run.journal.record(
                ResolutionStarted(item_id=item_id, purpose=purpose, paths=files, attempt=attempt, log_offset=offset)
            )
            try:
                await run.journal.durable()
                yield writer, outcome
            finally:
                run.journal.record(
                    ResolutionFinished(
                        item_id=item_id,
                        purpose=purpose,
                        status=outcome.status,
                        message=outcome.message,
                        duration_s=round(run.clock.monotonic() - began, 3),
                        log_offset=writer.offset,
                    )
                )

    async def context(self, worktree: Path, base: Oid, writer: OutputWriter, conflicts: Sequence[str]) -> Context:
        """Returns what steps in `worktree` see, whose HEAD stands at `base`."""
        run = self.run
        work = await in_thread(self._work)
        roots = await in_thread(lambda: self._roots(worktree, conflicts))
        environment: Mapping[str, Value] = {}
        if work is not None:
            roots |= roots_of_work(work)
            environment = {name: Value(text) for name, text in variables_of_work(work).items() if "\0" not in text}
        return Context(
            phase="merge" if self.task.item_id is None else "map",
            worktree=worktree,
            writer=writer,
            stream=STREAM,
            recorded=False,
            enclosing=run.enclosing("merge"),
            roots=roots,
            frames=[Frame(folder=None, env=environment)],
            ledger=Ledger(base=base),
        )

    def failure_of(self, outcome: StepOutcome) -> Failure | None:
        """Returns why a step failed, None where it did not.

        Raises:
            Interrupted: the run has no means left for it, and stops.
        """
        if outcome.goes_on:
            return None
        failure = outcome.failure or Failure(kind="exit", message="failed without a reason")
        if failure.kind == "budget" and self.run.state.stop is not None:
            raise Interrupted(failure.message)
        return failure

    def _work(self) -> Work | None:
        state, item_id = self.run.state, self.task.item_id
        if item_id is None:
            return None
        entry = state.items[item_id]
        return Work(
            item=entry.item,
            index=entry.position,
            total=len(state.order),
            attempt=entry.attempt,
            slot=0,
            last_error="",
            file=write_item(self.run.folder, entry.item),
            variables=item_environment(entry.item.data).variables,
        )

    def _roots(self, worktree: Path, conflicts: Sequence[str]) -> dict[str, Value]:
        of_map = map_roots(self.run.state) if self.run.workflow.kind == "mapreduce" else {}
        return {**of_map, **self._merge_roots(worktree, conflicts)}

    def _merge_roots(self, worktree: Path, conflicts: Sequence[str]) -> dict[str, Value]:
        run, task = self.run, self.task
        if task.item_id is None:
            return merge_roots(run, target_of(run), worktree=worktree, conflicts=conflicts)
        base = merge_base(worktree, task.onto, task.head) or task.onto
        source, place = run.state.items[task.item_id].branch, run.run_worktree
        root = merge_root(
            run,
            worktree,
            base,
            task.head,
            source=source,
            target=run.run_branch,
            target_path=place,
            conflicts=conflicts,
        )
        return {"merge": root}

"""One run of the steps of `verify` at a commit that nothing has been moved to yet (language 16.4).

They run in a clean worktree; whatever they change or commit there is dropped. What they print is in the run's output
under `phases/verify`. A failure is a value; cancellation and trouble with the log or the repository are exceptions.
"""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from msgspec import Struct, field

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.artifacts import phase_stream
from prodigy_tui.engine.context import Context, Frame
from prodigy_tui.engine.decisions.batches import adapted
from prodigy_tui.engine.items.map_results import map_roots
from prodigy_tui.engine.merging.candidate_worktree import candidate_worktree
from prodigy_tui.engine.phases import WORKTREE_TROUBLE
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_outcome import StepOutcome, error_variables
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.time_limits import time_limit
from prodigy_tui.engine.worktrees.ledger import Ledger
from prodigy_tui.events.evolve_merges import VERIFY
from prodigy_tui.events.schema import VerifyFinished, VerifyStarted, WarningRaised
from prodigy_tui.events.values import VerifyPurpose
from prodigy_tui.git.inspect import head
from prodigy_tui.git.refs import is_ancestor
from prodigy_tui.ids import Oid
from prodigy_tui.storage.output import OutputWriter
from prodigy_tui.workflow.model import Step, Verify
from prodigy_tui.workflow.variables import Value

WORKTREE: Final = "verify"
"""The name of the worktree in which the steps run."""
STREAM: Final = phase_stream("verify")


class Checked(Struct, frozen=True, kw_only=True):
    """What one run of the steps has come to."""

    verdict: Literal["ok", "failed", "undecided"]
    message: str = ""
    """Why it failed, one line."""
    tail: str = ""
    """The last lines of what the failed step printed."""
    error: Mapping[str, Any] = field(default_factory=dict)
    """`error.*` of the failure (language 6.4)."""

    @property
    def ok(self) -> bool:
        return self.verdict == "ok"


class Rounds(Struct, frozen=True, kw_only=True):
    """Runs of the steps for one candidate, or for what is below it. Belongs to the engine's event loop."""

    run: RunContext
    steps: StepRunner
    rules: Verify
    """Settled."""
    landing: bool
    who: str
    """Whose work it is, for people."""
    items: tuple[str, ...]
    roots: Mapping[str, Value]

    async def check(self, commit: Oid, purpose: VerifyPurpose = "candidate", *, adapts: bool = False) -> Checked:
        """Runs the steps at a commit and records what came of it; `adapts`: it says how large the next batch is."""

        async def run_all(context: Context) -> StepOutcome:
            return await self.steps.run_steps(self.rules.steps, context, prefix=VERIFY)

        return await self._recorded(commit, purpose, run_all, adapts=adapts)

    async def retried(self, checked: Checked, commit: Oid, purpose: VerifyPurpose) -> Checked:
        """Runs the steps again after a failure, as often as the workflow wants to be sure."""
        for _ in range(self.rules.flaky_retries):
            if checked.verdict != "failed":
                break
            checked = await self.check(commit, purpose)
            if checked.ok:
                message = f"verification of {self.who} failed, and passed when it ran again at the same commit"
                item_id = self.items[0] if len(self.items) == 1 else None
                self.run.journal.record(WarningRaised(message=message, item_id=item_id))
        return checked

    async def fix(self, step: Step, commit: Oid, error: Mapping[str, Any]) -> tuple[Checked, Oid | None]:
        """Runs the step that mends; returns how that went, and the commit that it has made on top, if any."""
        made: list[Oid] = []

        async def mend(context: Context) -> StepOutcome:
            context.frames[:] = [Frame(error=dict(error) or None, folder=None, env={})]
            outcome = await self.steps.run_step(step, context, f"{VERIFY}fix", len(self.rules.steps))
            if outcome.goes_on:
                there = await in_thread(lambda: head(context.worktree))
                if there != commit and await in_thread(lambda: is_ancestor(self.run.repository, commit, there)):
                    made.append(there)
            return outcome

        mended = await self._recorded(commit, "fix", mend)
        return mended, made[0] if made else None

    async def _recorded(
        self,
        commit: Oid,
        purpose: VerifyPurpose,
        work: Callable[[Context], Awaitable[StepOutcome]],
        *,
        adapts: bool = False,
    ) -> Checked:
        """Does the work between the two events that tell of it."""
        run, began, landing = self.run, self.run.clock.monotonic(), self.landing
        with OutputWriter(run.folder.stream(STREAM)) as writer:
            what = f"the base of {self.who}" if purpose == "base" else self.who
            offset = writer.offset
            writer.write(f"── {commit[:12]} {one_line(run.masker.text(what))} ({purpose}) ──\n", run.clock.now())
            run.journal.record(
                VerifyStarted(item_ids=self.items, commit=commit, purpose=purpose, landing=landing, log_offset=offset)
            )
            checked = Checked(verdict="undecided", message="interrupted")
            try:
                await run.journal.durable()
                checked = await self._carried(commit, writer, work)
            finally:
                ok = checked.ok
                adapted_to = adapted(self.rules, run.state, ok=ok) if adapts and checked.verdict != "undecided" else 0
                run.journal.record(
                    VerifyFinished(
                        item_ids=self.items,
                        commit=commit,
                        status="interrupted" if checked.verdict == "undecided" else checked.verdict,
                        message=checked.message,
                        duration_s=round(run.clock.monotonic() - began, 3),
                        batch=adapted_to,
                        landing=landing,
                        log_offset=writer.offset,
                    )
                )
        return checked

    async def _carried(
        self, commit: Oid, writer: OutputWriter, work: Callable[[Context], Awaitable[StepOutcome]]
    ) -> Checked:
        timeout = self.rules.timeout
        async with candidate_worktree(self.run, WORKTREE, commit) as worktree:
            context = await in_thread(lambda: self._context(worktree, commit, writer))  # tells of every item
            try:
                async with time_limit(timeout, self.run.clock):
                    return self._judged(await work(context))
            except TimeoutError:
                if timeout is None:
                    raise
                return _failed("timeout", f"timed out after {timeout:g} s")
            except WORKTREE_TROUBLE as error:  # a step has damaged it, or deleted it
                return _failed("worktree", f"its worktree cannot be used: {error}")

    def _context(self, worktree: Path, commit: Oid, writer: OutputWriter) -> Context:
        run = self.run
        roots = map_roots(run.state) if run.workflow.kind == "mapreduce" else {}
        return Context(
            phase="merge" if self.landing else "map",
            worktree=worktree,
            writer=writer,
            stream=STREAM,
            recorded=False,
            enclosing=run.enclosing("merge"),
            roots={**roots, **self.roots},
            frames=[Frame(is_check=True, folder=None, env={})],
            ledger=Ledger(base=commit),
        )

    def _judged(self, outcome: StepOutcome) -> Checked:
        failure = outcome.failure
        if outcome.goes_on or failure is None:
            return Checked(verdict="ok" if outcome.goes_on else "failed")
        if failure.kind == "budget" and self.run.state.stop is not None:
            return Checked(verdict="undecided", message=failure.message)
        where = f"step '{failure.step}' failed: " if failure.step else ""
        # The last words of a command do not say that it failed.
        code = f" (exit code {failure.exit_code})" if failure.kind == "exit" and failure.tail else ""
        error = error_variables(outcome, failure.step, 1, 1, self.run.clock.now().isoformat())
        return Checked(
            verdict="failed", message=one_line(f"{where}{failure.message}{code}"), tail=failure.tail, error=error
        )


def _failed(kind: str, message: str) -> Checked:
    said = one_line(message)
    return Checked(verdict="failed", message=said, error={"message": said, "kind": kind})

"""Phases that run in the run worktree: setup, reduce, the steps of a plain workflow, and custom merge steps.

Steps that the log says have ended are not run again; what they said is taken from there.
"""

from collections.abc import Mapping

from prodigy_tui.engine.artifacts import phase_stream, write_leftover
from prodigy_tui.engine.context import Context
from prodigy_tui.engine.decisions.scheduler import phase_steps
from prodigy_tui.engine.disk_patience import refusal_of_disk
from prodigy_tui.engine.items.map_results import map_roots
from prodigy_tui.engine.passes import Pass, iterations_of, next_pass
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.steps.step_outcome import OK, StepOutcome
from prodigy_tui.engine.steps.step_paths import path_of_call, with_template
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.engine.sub_workflows import SubWorkflows
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.time_limits import Allowance
from prodigy_tui.engine.tip_ref import place_tip
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.engine.worktrees.commits import squash, take_up_commits
from prodigy_tui.engine.worktrees.ledger import Ledger
from prodigy_tui.engine.worktrees.worktree_contents import made_in_run, make_run_worktree, set_up_run
from prodigy_tui.events.evolve_sessions import SEQUENCES
from prodigy_tui.events.phase_state import StepRecord
from prodigy_tui.events.schema import PassStarted, PhaseFinished, WarningRaised
from prodigy_tui.events.values import Failure, PhaseName
from prodigy_tui.git.inspect import head, head_and
from prodigy_tui.git.refs import contains, read_ref
from prodigy_tui.git.repo import NotARepository, UnfinishedMerge
from prodigy_tui.git.run import GitFailed, is_sparse
from prodigy_tui.git.sync import Diverged, follow
from prodigy_tui.ids import Oid
from prodigy_tui.storage.output import OutputWriter
from prodigy_tui.workflow.declared import step_of_call
from prodigy_tui.workflow.late import LateError, settle_model
from prodigy_tui.workflow.model import Step
from prodigy_tui.workflow.variables import Value

DONE = frozenset({"ok", "recovered", "tolerated", "skipped"})

WORKTREE_TROUBLE = (GitFailed, Diverged, UnfinishedMerge, NotARepository, OSError)
"""What using a worktree raises that a step has damaged, deleted or left in the middle of something."""


class PhaseRunner:
    """Runs the steps of one phase after the other."""

    def __init__(self, run: RunContext, steps: StepRunner, commands: CommandRunner) -> None:
        self._run = run
        self._steps = steps
        self._commands = commands

    async def run(self, phase: PhaseName) -> None:
        """Runs a phase from where the log says it stands, and records its end."""
        outcome, tip = await self.steps_and_tip(phase, {})
        failed = outcome.failure
        self._run.journal.record(
            PhaseFinished(
                phase=phase,
                status="failed" if failed is not None else "ok",
                message=_summary(phase, failed),
                failure=failed,
                tip=tip,
            )
        )

    async def steps_and_tip(
        self, phase: PhaseName, roots: Mapping[str, Value], allowance: Allowance | None = None
    ) -> tuple[StepOutcome, str | None]:
        """Runs what is left of a phase's steps, and returns also where the run branch stands after them.

        A worktree in which git cannot work any more is a failure of the phase. `roots` are variables that only it has;
        `allowance` is the time that they share with others.
        """
        try:
            outcome = await self.steps_of(phase, roots, allowance)
            return outcome, await in_thread(self.follow)
        except WORKTREE_TROUBLE as error:
            if refusal_of_disk(error) is not None:
                raise
            message = f"the run's worktree cannot be used: {error}"
            tip = await in_thread(lambda: tip_of_branch(self._run))
            return StepOutcome(status="failed", failure=Failure(kind="worktree", message=message)), tip

    async def steps_of(
        self, phase: PhaseName, roots: Mapping[str, Value], allowance: Allowance | None = None
    ) -> StepOutcome:
        """Runs what is left of a phase's steps."""
        wanted = phase_steps(self._run.workflow, phase)
        if phase == "reduce":
            await self._sync()
        with OutputWriter(self._run.folder.stream(phase_stream(phase))) as writer:
            context = self._context(phase, writer, roots)
            try:
                wanted = settle_model(wanted, self._run.scope(roots), without={"steps", "captures"})
            except LateError as error:
                return StepOutcome(
                    status="failed", failure=Failure(kind="interpolation", code=error.code, message=str(error))
                )
            allowance = allowance or Allowance(wanted.timeout, self._run.clock)
            try:
                async with allowance.spent():
                    outcome = await set_up_run(self._run, self._steps, context)
                    if outcome.goes_on:
                        outcome = await self._whole(phase, wanted.steps, context)
            except TimeoutError:
                if allowance.seconds is None:
                    raise
                outcome = StepOutcome(status="failed", failure=timed_out(phase, allowance.seconds))
            await squash(self._run, context)
            await self._run.disk.flushed(writer)
            return outcome

    def _context(self, phase: PhaseName, writer: OutputWriter, roots: Mapping[str, Value]) -> Context:
        if phase in ("reduce", "merge") and self._run.workflow.kind == "mapreduce":
            roots = {**map_roots(self._run.state), **roots}
        context = Context(
            phase=phase,
            worktree=self._run.run_worktree,
            writer=writer,
            stream=phase_stream(phase),
            enclosing=self._run.enclosing(phase),
            roots=roots,
            ledger=Ledger(
                base=Oid(self._run.state.base), made=made_in_run(self._run), sparse=is_sparse(self._run.run_worktree)
            ),
            frames=self._run.frames,
        )
        take_up_commits(self._run, context)
        return context

    async def _whole(self, phase: PhaseName, steps: tuple[Step, ...], context: Context) -> StepOutcome:
        """Runs what is left of a phase: before the first one the sub-workflows, then its steps, maybe in passes."""
        if phase == SEQUENCES[self._run.workflow.kind][0]:
            done = self._adopt_calls(phase, context)
            outcome = await SubWorkflows(self._run, self._steps).run(context, "", done)
            if not outcome.goes_on:
                return outcome
        if phase == "steps":
            return await self._passes(steps, context)
        start, again = await self._adopt(phase, steps, context)
        return await self._steps.run_steps(steps, context, start=start) if again.goes_on else again

    async def _passes(self, steps: tuple[Step, ...], context: Context) -> StepOutcome:
        """Runs the passes over the steps that are left, the present one from where the log says it stands."""
        state, workflow = self._run.state, self._run.workflow
        arguments, outcome = state.settings.arguments, OK
        try:
            iterations = state.settings.max_iterations or iterations_of(workflow, self._run.scope())
        except LateError as error:
            return StepOutcome(
                status="failed", failure=Failure(kind="interpolation", code=error.code, message=str(error))
            )
        current: Pass | None = Pass(argument=0 if len(arguments) > 1 else None)
        known = state.phases.get("steps")
        passing = known.passing if known is not None else None
        if passing is not None:
            current = Pass(argument=passing.argument, iteration=passing.iteration)
        while current is not None:
            if passing is None and (iterations > 1 or len(arguments) > 1):
                passing = PassStarted(
                    iteration=current.iteration,
                    iterations=iterations,
                    argument=current.argument,
                    head=await in_thread(lambda: head(context.worktree)),
                )
                self._run.journal.record(passing)
            argument = arguments[current.argument] if current.argument is not None else None
            inner = context.next_pass(current.iteration, argument)
            start, outcome = await self._adopt("steps", steps, inner)
            if outcome.goes_on:
                outcome = await self._steps.run_steps(steps, inner, start=start)
            if not outcome.goes_on or passing is None:
                return outcome
            moved = await in_thread(lambda: head(context.worktree)) != passing.head
            current = next_pass(current, iterations=iterations, arguments=len(arguments), moved=moved)
            passing = None
        return outcome

    def _adopt_calls(self, phase: PhaseName, context: Context) -> frozenset[int]:
        """Takes over sub-workflows that have ended; returns which."""
        known = self._run.state.phases.get(phase)
        done = set()
        for number, call in enumerate(self._run.workflow.sub_workflows):
            record = known.steps.get(path_of_call(number)) if known is not None else None
            if record is not None and record.status in DONE:
                self._take_over(step_of_call(call), record, context)
                done.add(number)
        return frozenset(done)

    async def _adopt(self, phase: PhaseName, steps: tuple[Step, ...], context: Context) -> tuple[int, StepOutcome]:
        """Takes over steps that have ended; returns the index of the first that has not.

        Those among them whose values are not in the record, because they are secret, run again; the outcome is theirs.
        """
        known = self._run.state.phases.get(phase)
        if known is None:
            return 0, OK
        ended_steps = {path for path, record in known.steps.items() if record.status in DONE}
        behind = max((index + 1 for index in range(len(steps)) if str(index) in ended_steps), default=0)
        for index, step in enumerate(steps[:behind]):
            record = known.steps.get(str(index))
            if record is None or record.status not in DONE:
                outcome = await self._steps.run_step(step, context, str(index), index)
                if not outcome.goes_on:
                    return index, outcome
                continue
            for path, inner in with_template(str(index), step):
                if (ended := known.steps.get(path)) is not None and ended.status in DONE:
                    self._take_over(inner, ended, context)
            if record.status != "skipped":
                view = StepView(step=step, path=str(index), index=index)
                if not step.temporary:
                    await self._commands.prepare(view, context)
                self._commands.leave_env(view, context)
        return behind, OK

    def _take_over(self, step: Step, record: StepRecord, context: Context) -> None:
        if record.result is not None:
            context.adopt(step, record.result)
        elif step.id is not None:
            context.statuses[step.id] = record.status

    async def _sync(self) -> None:
        """Brings the run worktree up to what the merge queue has made."""
        warning = await in_thread(lambda: sync_run_worktree(self._run, Oid(self._run.state.tip)))
        if warning is not None:
            self._run.journal.record(warning)

    def follow(self) -> str:
        """Returns where the run branch stands after the steps, and moves the private tip there. Blocking."""
        tip, at = head_and(self._run.run_worktree, self._run.tip_ref)
        if at != tip:
            place_tip(self._run, tip)
        return tip


def tip_of_branch(run: RunContext) -> Oid:
    """Returns the tip, or what steps have committed upon it, read without the run's worktree. Blocking."""
    tip, branch = Oid(run.state.tip), read_ref(run.repository, f"refs/heads/{run.run_branch}")
    if branch is not None and contains(run.repository.common_dir, branch, tip):
        return branch
    return tip


def sync_run_worktree(run: RunContext, tip: Oid) -> WarningRaised | None:
    """Brings the run worktree to `tip`; what is in the way is saved as a patch first. Blocking.

    A worktree that somebody has deleted is made anew.
    """
    if not run.run_worktree.is_dir():
        make_run_worktree(run, tip)
        return None
    saved: list[str] = []

    def save(patch: bytes) -> None:
        saved.append(write_leftover(run.folder, f"run/{tip[:12]}", run.masker.bytes(patch)))

    follow(run.run_worktree, tip, save)
    if not saved:
        return None
    return WarningRaised(code="PT612", message=f"uncommitted changes in the run's worktree are kept as {saved[0]}")


def timed_out(phase: PhaseName, seconds: float) -> Failure:
    """Returns the failure of a phase that has used up its time."""
    return Failure(kind="timeout", message=f"{phase} timed out after {seconds:g} s", exit_code=124)


def _summary(phase: PhaseName, failure: Failure | None) -> str:
    if failure is None:
        return ""
    where = f" in step '{failure.step}'" if failure.step else ""
    return f"{phase} failed{where}: {failure.message}"

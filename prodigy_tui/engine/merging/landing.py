"""Landing: the run's result comes to the user's branch, after a yes (language 16.1, 16.3).

    propose    candidate ─▶ verify ─▶ the question
    land       candidate ─▶ verify ─▶ asked for this one? ─▶ merge.steps ─▶ once more from the start ─▶ land

Every round takes the target as it stands and uses the candidate that is known, if that still fits; so whatever moves
meanwhile, only what has been verified and said yes to lands, all of it or nothing. The user's checkout is read only
until then.
"""

from functools import partial
from typing import assert_never

from prodigy_tui.engine.decisions.scheduler import phase_steps
from prodigy_tui.engine.merging.landing_candidate import CandidateMaker, Undecided
from prodigy_tui.engine.merging.landing_ends import Ends
from prodigy_tui.engine.merging.merge_variables import merge_roots, target_of
from prodigy_tui.engine.merging.settled_worktree import SettledWorktree, settle_run_worktree
from prodigy_tui.engine.phases import WORKTREE_TROUBLE, PhaseRunner, timed_out
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.time_limits import Allowance
from prodigy_tui.events.schema import (
    GateAnswered,
    GateOpened,
    LandingFinished,
    LandingStarted,
    PhaseFinished,
    PhaseStarted,
    WarningRaised,
)
from prodigy_tui.events.values import Failure, MergeMode
from prodigy_tui.git.candidates import Candidate, is_unsigned
from prodigy_tui.git.landing import Landed, Moved, Refused, checkout_of, land, obstacle
from prodigy_tui.git.refs import read_ref
from prodigy_tui.git.repo import Repository
from prodigy_tui.workflow.late import LateError, settle_model

APPROVE = "approve"
LATER = "later"
GATE = "landing"

ROUNDS = 6
"""How often a moved target gets a new candidate before landing is left to the user; the merge steps take one."""


class Landing:
    """Brings a run's result to the user's branch."""

    def __init__(self, run: RunContext, phases: PhaseRunner, steps: StepRunner) -> None:
        self._run = run
        self._phases = phases
        self._maker = CandidateMaker(run, steps)
        self._ends = Ends(run)
        self._time: Allowance | None = None
        """What is left of `merge.timeout`, once it is known."""

    @property
    def target(self) -> str:
        """The branch to land on."""
        return target_of(self._run)

    async def propose(self) -> None:
        """Makes what would land and asks whether it may."""
        try:
            left = await in_thread(partial(settle_run_worktree, self._run), self._record_all)
            if left.failure is not None:
                self._ends.fail(left.failure)
            elif self._mode == "no":
                self._run.journal.record(self._ends.not_asked_for(await self._maker.preview()))
            elif (found := await self._ready()) is not None:
                gate = self._ask(found)
                if self._mode == "yes":
                    self._run.journal.record(GateAnswered(gate=gate, answer=APPROVE, by="option"))
        except WORKTREE_TROUBLE as error:
            await self._ends.record(self._ends.without_landing(Refused(reason=str(error))))

    def _ask(self, found: Candidate) -> str:
        """Opens the gate for a candidate and returns its name."""
        gate = f"{GATE}-{self._run.state.sessions}-{self._run.state.last_seq}"
        made = self._run.state.candidate
        self._run.journal.record(
            GateOpened(
                gate=gate,
                kind="landing",
                question=f"Merge {self._run.run_branch} into {self.target}?",
                options=(APPROVE, LATER),
                detail=made.resolved_by if made is not None else "",
                source=self._run.run_branch,
                target=self.target,
                onto=found.onto,
                head=found.commit,
                commits=len(found.commits),
                files=len(found.files),
                insertions=found.insertions,
                deletions=found.deletions,
                strategy=found.strategy,
            )
        )
        return gate

    async def land(self) -> None:
        """Runs the merge steps and lands the candidate."""
        try:
            await self._land_or_say_why()
        except WORKTREE_TROUBLE as error:
            await self._ends.record(self._ends.without_landing(Refused(reason=str(error))))

    async def _land_or_say_why(self) -> None:
        for _ in range(ROUNDS):
            found = await self._ready()
            if found is None or self._must_ask_again(found):
                return
            if self._run.workflow.merge.steps and not self._has_run_steps():
                if not await self._merge_steps():
                    return
                continue
            blocked = await in_thread(partial(obstacle, self._run.repository, found, self.target))
            if blocked is not None:
                await self._ends.record(self._ends.without_landing(blocked))
                return
            self._end_phase()
            self._run.journal.record(
                LandingStarted(
                    source=found.source,
                    target=self.target,
                    onto=found.onto,
                    commit=found.commit,
                    strategy=found.strategy,
                )
            )
            await self._run.journal.durable()
            ended = await in_thread(partial(self._land, found), self._record_end)
            if ended is not None:
                if ended.status == "landed":
                    await self._tell_of_signatures(found)
                return
        await self._ends.record(self._ends.ending("refused", f"{self.target} keeps moving; try again"))

    async def _ready(self) -> Candidate | None:
        """Returns a candidate that has been verified; else says why there is none, unless the run stops anyway."""
        try:
            time = self._time = self._time or Allowance(await in_thread(self._timeout), self._run.clock)
        except LateError as error:
            self._ends.fail(Failure(kind="interpolation", code=error.code, message=str(error)))
            return None
        try:
            async with time.spent():
                return await self._made_and_verified()
        except TimeoutError:
            if time.seconds is None:
                raise
            self._ends.fail(timed_out("merge", time.seconds))
            return None

    def _timeout(self) -> float | None:
        """Returns how long the landing may take, waiting for a person left out. Blocking.

        Raises:
            LateError: that has no value.
        """
        merge = phase_steps(self._run.workflow, "merge")
        if not merge.late:
            return merge.timeout
        roots = merge_roots(self._run, self.target)
        return settle_model(merge, self._run.scope(roots), without={"steps", "captures"}).timeout

    async def _made_and_verified(self) -> Candidate | None:
        found = await self._maker.make()
        if isinstance(found, Undecided):
            return None
        if not isinstance(found, Candidate):
            ending = self._ends.without_landing(found)
            if self._has_run_steps():
                ending = await in_thread(partial(self._landed_by_steps, ending))
            await self._ends.record(ending)
            return None
        verified = await self._maker.verified(found)
        if isinstance(verified, Failure):
            self._ends.fail(verified)
            return None
        return None if isinstance(verified, Undecided) else verified

    def _must_ask_again(self, found: Candidate) -> bool:
        """Opens the gate once more where a person said yes to something else: the target has moved since."""
        asked = self._run.state.asked
        if self._mode != "ask" or asked is None or found.onto == asked.onto:
            return False
        self._ask(found)
        return True

    @property
    def _mode(self) -> MergeMode:
        """Whether to land; a person who wants to land a run that was not to is asked like any other."""
        state = self._run.state
        return "ask" if state.settings.merge == "no" and state.merge_wanted else state.settings.merge

    def _record_end(self, event: LandingFinished | None) -> None:
        if event is not None:
            self._run.journal.record(event)

    # --------------------------------------------------------------------------------------------- before a candidate

    def _record_all(self, settled: SettledWorktree) -> None:
        for event in settled.events:
            self._run.journal.record(event)

    def _end_phase(self) -> None:
        """What has failed verification before has passed it now."""
        phase = self._run.state.phases.get("merge")
        if phase is None or phase.status in ("ok", "skipped"):
            return
        if phase.status != "running":
            self._run.journal.record(PhaseStarted(phase="merge"))
        self._run.journal.record(PhaseFinished(phase="merge", status="ok"))

    # ---------------------------------------------------------------------------------------------------- the landing

    def _land(self, found: Candidate) -> LandingFinished | None:
        """Lands, or returns nothing when the target has moved meanwhile. Blocking."""
        result = land(self._run.repository, found, self.target)
        match result:
            case Landed(commit=commit, undo=undo):
                return LandingFinished(
                    status="landed",
                    target=self.target,
                    commit=commit,
                    undo=undo,
                    source=found.source,
                    strategy=found.strategy,
                )
            case Refused(reason=reason, paths=paths):
                return self._ends.located(self._ends.ending("refused", reason, paths))
            case Moved():
                return None
            case _:
                assert_never(result)

    async def _tell_of_signatures(self, found: Candidate) -> None:
        """A key may be asked for, and nobody may be there: so nothing is signed, and never in silence."""
        if await in_thread(partial(is_unsigned, self._run.repository, found)):
            message = "what landed is not signed, although commit.gpgSign says so: sign it yourself if it has to be"
            self._run.journal.record(WarningRaised(message=message))

    def _has_run_steps(self) -> bool:
        """The merge steps have gone well in this landing already, only what follows was interrupted."""
        phase = self._run.state.phases.get("merge")
        return bool(self._run.workflow.merge.steps) and phase is not None and phase.status == "ok"

    async def _merge_steps(self) -> bool:
        """Runs `merge.steps`; they decide whether anything lands."""
        roots = await in_thread(lambda: merge_roots(self._run, self.target))
        phase = self._run.state.phases.get("merge")
        if phase is None or phase.status != "running":
            self._run.journal.record(PhaseStarted(phase="merge"))
        outcome, tip = await self._phases.steps_and_tip("merge", roots, self._time)
        failure = outcome.failure
        message = ""
        if failure is None and await in_thread(self._is_unfinished):
            message = "PT644: a merge step left a merge unfinished"
            failure = Failure(kind="merge", code="PT644", message=message)
        elif failure is not None:
            where = f"merge step '{failure.step}' failed" if failure.step else "merge failed"
            message = f"{where}: {failure.message}"
        if failure is not None:
            self._run.journal.record(
                PhaseFinished(phase="merge", status="failed", message=message, failure=failure, tip=tip)
            )
            self._run.journal.record(self._ends.ending("unmerged", message))
            return False
        self._run.journal.record(PhaseFinished(phase="merge", status="ok", tip=tip))
        return True

    def _landed_by_steps(self, ending: LandingFinished) -> LandingFinished:
        """A merge step may have landed the run by itself; then there is nothing left to land. Blocking."""
        if ending.status != "nothing":
            return ending
        target = read_ref(self._run.repository, f"refs/heads/{self.target}")
        return LandingFinished(status="landed", target=self.target, commit=target or "", message="by a merge step")

    def _is_unfinished(self) -> bool:
        places = [self._run.run_worktree, checkout_of(self._run.repository, self.target)]
        return any(Repository.open(path).unfinished_operation() is not None for path in places if path is not None)

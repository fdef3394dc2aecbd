"""Landing: the run branch is merged into the user's branch, after a yes (language 16.1, 16.3).

`propose` computes the candidate and asks; `land` runs custom steps, makes the candidate anew where something moved, and
lands all of it or nothing. The user's checkout is read only until then.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import assert_never

from prodigy_tui.engine.items.map_results import map_roots
from prodigy_tui.engine.phases import WORKTREE_TROUBLE, PhaseRunner, sync_run_worktree, tip_of_branch
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.worktrees.leftovers import settle_leftovers
from prodigy_tui.engine.worktrees.worktree_contents import made_in_run
from prodigy_tui.events.schema import (
    GateAnswered,
    GateOpened,
    KnownEvent,
    LandingFinished,
    LandingStarted,
    LeftoversCommitted,
    PhaseFinished,
    PhaseStarted,
    WarningRaised,
)
from prodigy_tui.events.values import Failure, MergeMode
from prodigy_tui.git.inspect import changes, commit_infos, head
from prodigy_tui.git.landing import (
    Candidate,
    Landed,
    Moved,
    Nothing,
    Refused,
    TargetMissing,
    candidate,
    checkout_of,
    land,
)
from prodigy_tui.git.merge import Conflict
from prodigy_tui.git.messages import TRAILER_RUN, with_trailers
from prodigy_tui.git.refs import contains, move_ref, read_ref
from prodigy_tui.git.repo import Repository
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.variables import Value

APPROVE = "approve"
LATER = "later"
GATE = "landing"

MOVES = 5
"""How often a moved target gets a new candidate before landing is left to the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What was done before a candidate was computed."""

    events: tuple[KnownEvent, ...]
    failure: Failure | None


class Landing:
    """Brings a run's result to the user's branch."""

    def __init__(self, run: RunContext, phases: PhaseRunner) -> None:
        self._run = run
        self._phases = phases

    async def propose(self) -> None:
        """Computes what would land and asks whether it may."""
        try:
            left = await in_thread(self._before, self._record_all)
            if left.failure is not None:
                self._fail(left.failure)
                return
            found = await in_thread(self._candidate)
        except WORKTREE_TROUBLE as error:
            found = Refused(reason=str(error))
        if not isinstance(found, Candidate):
            self._run.journal.record(self._without_landing(found))
            return
        if self._mode == "no":
            self._run.journal.record(
                LandingFinished(status="unmerged", target=self.target, message="landing was not asked for")
            )
            return
        gate = self._ask(found)
        if self._mode == "yes":
            self._run.journal.record(GateAnswered(gate=gate, answer=APPROVE, by="option"))

    def _ask(self, found: Candidate) -> str:
        """Opens the gate for a candidate and returns its name."""
        gate = f"{GATE}-{self._run.state.sessions}-{self._run.state.last_seq}"
        self._run.journal.record(
            GateOpened(
                gate=gate,
                kind="landing",
                question=f"Merge {self._run.run_branch} into {self.target}?",
                options=(APPROVE, LATER),
                source=self._run.run_branch,
                target=self.target,
                onto=found.onto,
                commits=len(found.commits),
                files=len(found.files),
                insertions=found.insertions,
                deletions=found.deletions,
            )
        )
        return gate

    async def land(self) -> None:
        """Runs the merge steps and lands the candidate."""
        try:
            await self._land_or_say_why()
        except WORKTREE_TROUBLE as error:
            self._run.journal.record(self._without_landing(Refused(reason=str(error))))

    async def _land_or_say_why(self) -> None:
        steps = bool(self._run.workflow.merge.steps)
        if steps and not self._has_run_steps() and not await self._merge_steps():
            return
        for _ in range(MOVES):
            found = await in_thread(self._candidate)
            if not isinstance(found, Candidate):
                ending = self._without_landing(found)
                self._run.journal.record(self._landed_by_steps(ending) if steps else ending)
                return
            if self._must_ask_again(found):
                return
            self._run.journal.record(
                LandingStarted(source=self._run.state.tip, target=self.target, onto=found.onto, commit=found.commit)
            )
            await self._run.journal.durable()
            if await in_thread(partial(self._land, found), self._record_end) is not None:
                return
        self._run.journal.record(
            LandingFinished(status="refused", target=self.target, message=f"{self.target} keeps moving; try again")
        )

    def _must_ask_again(self, found: Candidate | Conflict | Nothing | Refused) -> bool:
        """Opens the gate once more where a person said yes to something else: the target has moved since."""
        asked = self._run.state.asked
        if self._mode != "ask" or asked is None or not isinstance(found, Candidate):
            return False
        if found.onto == asked.onto:
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

    @property
    def target(self) -> str:
        """The branch to land on."""
        return self._run.workflow.merge.target or self._run.state.target

    # -------------------------------------------------------------------------------------------------- the candidate

    def _before(self) -> "_Before":
        """Brings the run worktree up to date and settles what nobody committed in it. Blocking."""
        run, events = self._run, list[KnownEvent]()
        known = Oid(run.state.tip)
        warning = sync_run_worktree(run, known)
        if warning is not None:
            events.append(warning)
        left = settle_leftovers(
            run,
            run.run_worktree,
            policy=run.workflow.uncommitted,
            artifact="run",
            of=run.run_id,
            exclude=run.input_files | made_in_run(run),
        )
        tip = head(run.run_worktree)
        if tip != known:
            move_ref(run.repository, run.tip_ref, tip, read_ref(run.repository, run.tip_ref))
            events.append(LeftoversCommitted(commit=tip))
        if left.patch is not None:
            message = f"uncommitted changes of the run are kept as {left.patch}"
            events.append(WarningRaised(code="PT612", message=message))
        return _Before(events=tuple(events), failure=left.failure)

    def _record_all(self, before: "_Before") -> None:
        for event in before.events:
            self._run.journal.record(event)

    def _fail(self, failure: Failure) -> None:
        """Ends the landing before it has begun; the run has failed."""
        phase = self._run.state.phases.get("merge")
        if phase is None or phase.status != "running":
            self._run.journal.record(PhaseStarted(phase="merge"))
        self._run.journal.record(
            PhaseFinished(phase="merge", status="failed", message=failure.message, failure=failure)
        )
        self._run.journal.record(LandingFinished(status="unmerged", target=self.target, message=failure.message))

    def _candidate(self) -> Candidate | Conflict | Nothing | Refused:
        run = self._run
        try:
            return candidate(
                run.repository, Oid(run.state.tip), self.target, self._message(), worktree=run.run_worktree
            )
        except TargetMissing as error:
            return Refused(reason=str(error))
        except InterpolationError as error:
            return Refused(reason=f"merge.message: {error}")

    def _message(self) -> str:
        state = self._run.state
        text = self._run.workflow.merge.message
        if text is None:
            items = f" ({state.counts.success} items)" if state.kind == "mapreduce" else ""
            text = f"Merge {state.run_id}{items}"
        else:
            roots = map_roots(state) if state.kind == "mapreduce" else {}
            text = render(parse_text(text, "plain"), self._run.scope(roots))
        return with_trailers(self._run.masker.text(text), {TRAILER_RUN: state.run_id})

    def _without_landing(self, found: Conflict | Nothing | Refused) -> LandingFinished:
        match found:
            case Nothing():
                return LandingFinished(status="nothing", target=self.target, message="there is nothing to land")
            case Conflict(paths=paths):
                shown = ", ".join(paths[:3])
                return LandingFinished(
                    status="conflict",
                    target=self.target,
                    message=f"{self.target} conflicts with the run in {shown}",
                    paths=paths,
                )
            case Refused(reason=reason, paths=paths):
                return LandingFinished(status="refused", target=self.target, message=reason, paths=paths)
            case _:
                assert_never(found)

    # ---------------------------------------------------------------------------------------------------- the landing

    def _land(self, found: Candidate) -> LandingFinished | None:
        """Lands, or returns nothing when the target has moved meanwhile. Blocking."""
        result = land(self._run.repository, found, self.target)
        match result:
            case Landed(commit=commit, undo=undo):
                return LandingFinished(status="landed", target=self.target, commit=commit, undo=undo)
            case Refused(reason=reason, paths=paths):
                return LandingFinished(status="refused", target=self.target, message=reason, paths=paths)
            case Moved():
                return None
            case _:
                assert_never(result)

    def _has_run_steps(self) -> bool:
        """The merge steps have gone well in this landing already, only what follows was interrupted."""
        phase = self._run.state.phases.get("merge")
        return phase is not None and phase.status == "ok"

    async def _merge_steps(self) -> bool:
        """Runs `merge.steps`, unless a person has to be asked first; they decide whether anything lands."""
        if self._must_ask_again(await in_thread(self._candidate)):
            return False
        roots = {"merge": await asyncio.to_thread(self._merge_root)}
        phase = self._run.state.phases.get("merge")
        if phase is None or phase.status != "running":
            self._run.journal.record(PhaseStarted(phase="merge"))
        outcome, tip = await self._phases.steps_and_tip("merge", roots)
        failure = outcome.failure
        if failure is None and await asyncio.to_thread(self._is_unfinished):
            message = "a merge step left a merge unfinished"
            self._run.journal.record(PhaseFinished(phase="merge", status="failed", message=message, tip=tip))
            self._run.journal.record(
                LandingFinished(status="unmerged", target=self.target, message=f"PT644: {message}")
            )
            return False
        if failure is not None:
            where = f"merge step '{failure.step}' failed" if failure.step else "merge failed"
            message = f"{where}: {failure.message}"
            self._run.journal.record(
                PhaseFinished(phase="merge", status="failed", message=message, failure=failure, tip=tip)
            )
            self._run.journal.record(LandingFinished(status="unmerged", target=self.target, message=message))
            return False
        self._run.journal.record(PhaseFinished(phase="merge", status="ok", tip=tip))
        return True

    def _landed_by_steps(self, ending: LandingFinished) -> LandingFinished:
        """A merge step may have landed the run by itself; then there is nothing left to land."""
        if ending.status != "nothing":
            return ending
        target = read_ref(self._run.repository, f"refs/heads/{self.target}")
        return LandingFinished(status="landed", target=self.target, commit=target or "", message="by a merge step")

    def _is_unfinished(self) -> bool:
        places = [self._run.run_worktree, checkout_of(self._run.repository, self.target)]
        return any(Repository.open(path).unfinished_operation() is not None for path in places if path is not None)

    def _merge_root(self) -> Value:
        """The root `merge` (language 16.6). Blocking."""
        run, state = self._run, self._run.state
        base, tip = Oid(state.base), Oid(state.tip)
        infos = commit_infos(run.run_worktree, base, tip)
        changed = changes(run.run_worktree, base, tip).files
        target = checkout_of(run.repository, self.target)
        return Value(
            {
                "worktree": run.run_worktree.name,
                "path": str(run.run_worktree),
                "target_path": str(target) if target is not None else "",
                "source_branch": state.run_branch,
                "target_branch": self.target,
                "session_id": state.run_id,
                "commit_count": len(infos),
                "file_count": len(changed),
                "commits": Value(
                    [
                        {
                            "id": info.commit,
                            "short_id": info.commit[:8],
                            "message": info.message,
                            "author": {"name": info.author_name, "email": info.author_email},
                            "timestamp": info.at.isoformat(),
                            "files_changed": list(info.files),
                        }
                        for info in infos
                    ],
                    kind="json",
                ),
                "modified_files": Value(
                    [
                        {
                            "path": change.path,
                            "modification_type": change.status,
                            "insertions": change.insertions,
                            "deletions": change.deletions,
                        }
                        for change in changed
                    ],
                    kind="json",
                ),
                "commit_ids": [info.commit[:8] for info in infos],
                "file_list": [change.path for change in changed],
            }
        )


def start_of_run_branch(run: RunContext, target: str) -> Oid:
    """Returns where a run branch that has to be made (again) starts: at the tip, or where that has landed meanwhile.

    Blocking.
    """
    tip = tip_of_branch(run)
    landed_on = read_ref(run.repository, f"refs/heads/{target}")
    if landed_on is not None and contains(Path(run.repository.common_dir), landed_on, tip):
        return landed_on
    return tip

"""Landing: the run branch is merged into the user's branch, after a yes (language 16.1, 16.3).

`propose` computes the candidate and asks; `land` runs custom steps, makes the candidate anew where something moved, and
lands all of it or nothing. The user's checkout is read only until then.
"""

import asyncio
from pathlib import Path
from typing import assert_never

from prodigy_tui.engine.artifacts import write_leftover
from prodigy_tui.engine.phases import PhaseRunner, sync_run_worktree
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.events.schema import (
    GateAnswered,
    GateOpened,
    KnownEvent,
    LandingFinished,
    LandingStarted,
    PhaseFinished,
    PhaseStarted,
    WarningRaised,
)
from prodigy_tui.git.inspect import changes, commit_infos, leftover_patch
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
from prodigy_tui.git.refs import contains, read_ref
from prodigy_tui.git.repo import Repository
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.interpolate import parse_text, render
from prodigy_tui.workflow.variables import Scope, Value

APPROVE = "approve"
LATER = "later"
GATE = "landing"

MOVES = 5
"""How often a moved target gets a new candidate before landing is left to the user."""


class Landing:
    """Brings a run's result to the user's branch."""

    def __init__(self, run: RunContext, phases: PhaseRunner) -> None:
        self._run = run
        self._phases = phases

    async def propose(self) -> None:
        """Computes what would land and asks whether it may."""
        for event in await asyncio.to_thread(self._before):
            self._run.journal.record(event)
        found = await asyncio.to_thread(self._candidate)
        ending = self._without_landing(found)
        if ending is not None:
            self._run.journal.record(ending)
            return
        assert isinstance(found, Candidate)
        gate = f"{GATE}-{self._run.state.sessions}-{self._run.state.last_seq}"
        mode = self._run.state.settings.merge
        if mode == "no":
            self._run.journal.record(
                LandingFinished(status="unmerged", target=self.target, message="landing was not asked for")
            )
            return
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
        if mode == "yes":
            self._run.journal.record(GateAnswered(gate=gate, answer=APPROVE, by="option"))

    async def land(self) -> None:
        """Runs the merge steps and lands the candidate."""
        state = self._run.state
        steps = self._run.workflow.merge.steps
        if steps and not await self._merge_steps():
            return
        await self._run.journal.durable()
        for _ in range(MOVES):
            found = await asyncio.to_thread(self._candidate)
            ending = self._without_landing(found)
            if ending is not None:
                self._run.journal.record(self._landed_by_steps(ending) if steps else ending)
                return
            assert isinstance(found, Candidate)
            self._run.journal.record(
                LandingStarted(source=state.tip, target=self.target, onto=found.onto, commit=found.commit)
            )
            await self._run.journal.durable()
            event = await asyncio.shield(asyncio.to_thread(self._land, found))
            if event is not None:
                self._run.journal.record(event)
                return
        self._run.journal.record(
            LandingFinished(status="refused", target=self.target, message=f"{self.target} keeps moving; try again")
        )

    @property
    def target(self) -> str:
        """The branch to land on."""
        return self._run.workflow.merge.target or self._run.state.target

    # -------------------------------------------------------------------------------------------------- the candidate

    def _before(self) -> list[KnownEvent]:
        """Brings the run worktree up to date and keeps what nobody committed in it. Blocking."""
        events: list[KnownEvent] = []
        warning = sync_run_worktree(self._run, Oid(self._run.state.tip))
        if warning is not None:
            events.append(warning)
        patch = leftover_patch(self._run.run_worktree, exclude=self._run.input_files)
        if patch:
            name = write_leftover(self._run.folder, "run", patch)
            events.append(WarningRaised(code="PT612", message=f"uncommitted changes of the run are kept as {name}"))
        return events

    def _candidate(self) -> Candidate | Conflict | Nothing | Refused:
        run = self._run
        try:
            return candidate(
                run.repository, Oid(run.state.tip), self.target, self._message(), worktree=run.run_worktree
            )
        except TargetMissing as error:
            return Refused(reason=str(error))

    def _message(self) -> str:
        state = self._run.state
        text = self._run.workflow.merge.message
        if text is None:
            items = f" ({state.counts.success} items)" if state.kind == "mapreduce" else ""
            text = f"Merge {state.run_id}{items}"
        else:
            roots = {"run": Value({"id": state.run_id, "branch": state.run_branch}, trusted=True)}
            scope = Scope(names=[self._run.setup_captures()], roots={**self._map_roots(), **roots})
            text = render(parse_text(text, "plain"), scope)
        return with_trailers(text, {TRAILER_RUN: state.run_id})

    def _map_roots(self) -> dict[str, Value]:
        counts = self._run.state.counts
        numbers = {
            "total": counts.total,
            "successful": counts.success,
            "failed": counts.dead,
            "skipped": counts.skipped,
        }
        return {"map": Value(numbers)}

    def _without_landing(self, found: Candidate | Conflict | Nothing | Refused) -> LandingFinished | None:
        match found:
            case Candidate():
                return None
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

    async def _merge_steps(self) -> bool:
        """Runs `merge.steps`; they decide whether anything lands."""
        roots = {"merge": await asyncio.to_thread(self._merge_root)}
        phase = self._run.state.phases.get("merge")
        if phase is None or phase.status != "running":
            self._run.journal.record(PhaseStarted(phase="merge"))
        outcome = await self._phases.steps_of("merge", roots)
        tip = await asyncio.to_thread(self._phases.follow)
        failure = outcome.failure
        if failure is None and await asyncio.to_thread(self._is_unfinished):
            message = "a merge step left a merge unfinished"
            self._run.journal.record(PhaseFinished(phase="merge", status="failed", message=message, tip=tip))
            self._run.journal.record(
                LandingFinished(status="unmerged", target=self.target, message=f"PT644: {message}")
            )
            return False
        if failure is not None:
            message = f"merge step '{failure.step}' failed: {failure.message}"
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


def start_of_run_branch(run: RunContext, tip: Oid, target: str) -> Oid:
    """Returns where a run branch that has to be made (again) starts: at the tip, or where that has landed meanwhile.

    Blocking.
    """
    landed_on = read_ref(run.repository, f"refs/heads/{target}")
    if landed_on is not None and contains(Path(run.repository.common_dir), landed_on, tip):
        return landed_on
    return tip

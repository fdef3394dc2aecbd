"""One attempt at one item: worktree, template, leftovers, outcome (language 13.6).

The attempt ends with exactly one `agent_finished`, whatever happens; merging is the merge queue's work. Nothing that an
agent does can raise past this module; a full disk does.
"""

import asyncio
import errno
import os
from pathlib import Path

from msgspec.structs import replace as revised

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.actions import StartAgent
from prodigy_tui.engine.artifacts import item_stream, write_item, write_leftover
from prodigy_tui.engine.context import Context, Frame, Work
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.step_outcome import StepOutcome, error_variables
from prodigy_tui.engine.step_runner import StepRunner
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.events.schema import AgentFinished, AgentStarted, WarningRaised, WorktreeCreated
from prodigy_tui.events.values import AgentOutcome, Failure
from prodigy_tui.git.inspect import changes, commits_between, head, leftover_patch
from prodigy_tui.git.run import GitFailed
from prodigy_tui.ids import Oid
from prodigy_tui.storage.output import OutputWriter
from prodigy_tui.storage.trouble import DiskTrouble
from prodigy_tui.workflow.item_environment import item_environment
from prodigy_tui.workflow.model import Step
from prodigy_tui.workflow.variables import Value, plain

FILES_LISTED = 200
"""Changed files that an event names at most."""

OUTPUT_KEPT = 64 * 1024
"""Characters of the last output that `map.results` can give."""


class AgentRunner:
    """Carries items through the agent template."""

    def __init__(self, run: RunContext, steps: StepRunner) -> None:
        self._run = run
        self._steps = steps

    def start(self, action: StartAgent) -> AgentStarted:
        """Returns the event that must be on disk before `carry` touches anything."""
        state = self._run.state
        item = state.items[action.item_id].item
        return AgentStarted(
            item_id=item.id,
            attempt=action.attempt,
            slot=action.slot,
            branch=f"prodigy/{self._run.run_id}/item/{item.safe_id}/{action.attempt}",
            base=state.tip,
            worktree=str(self._run.folder.worktrees / f"slot-{action.slot}"),
        )

    async def carry(self, started: AgentStarted) -> None:
        """Runs the attempt to its end and records the outcome."""
        began = self._run.clock.monotonic()
        worktree = Path(started.worktree)
        item = self._run.state.items[started.item_id].item
        writer = OutputWriter(self._run.folder.stream(item_stream(item, started.attempt)))
        outcome: AgentOutcome = "interrupted"
        context: Context | None = None
        failure: Failure | None = None
        try:
            await self._run.journal.durable()
            await self._prepare(started)
            context = await self._context(started, worktree, writer)
            done = await self._template(context)
            failure = done.failure if not done.goes_on else None
            outcome = "success" if done.goes_on else "failed"
        except asyncio.CancelledError:
            outcome = self._cancelled(started)
            raise
        except (GitFailed, OSError) as error:
            if _is_full(error):
                raise DiskTrouble(worktree, "fill", os.strerror(errno.ENOSPC).lower(), errno.ENOSPC) from error
            outcome = "failed"
            failure = Failure(kind="worktree", message=f"the worktree cannot be used: {error}")
        finally:
            writer.close()
            finished = AgentFinished(
                item_id=started.item_id,
                attempt=started.attempt,
                outcome=outcome,
                failure=failure,
                duration_s=round(self._run.clock.monotonic() - began, 3),
            )
            await self._finish(started, finished, context)

    async def _prepare(self, started: AgentStarted) -> None:
        """Brings the slot's worktree to the base; makes it where it is missing; `reset` makes a vanished one anew."""
        path = Path(started.worktree)
        base = Oid(started.base)
        if started.worktree in self._run.state.worktrees:
            await in_thread(lambda: self._run.worktrees.reset(path, started.branch, base))
            return
        name = f"slot-{started.slot}"
        self._run.journal.record(
            WorktreeCreated(name=name, path=started.worktree, branch=started.branch, base=started.base)
        )
        await self._run.journal.durable()
        await in_thread(lambda: self._run.worktrees.add(path, started.branch, base))

    async def _context(self, started: AgentStarted, worktree: Path, writer: OutputWriter) -> Context:
        state = self._run.state
        entry = state.items[started.item_id]
        previous = entry.history[-1].failure if entry.history else None
        file = await asyncio.to_thread(write_item, self._run.folder, entry.item)
        environment = item_environment(entry.item.data)
        if environment.left_out and started.attempt == 1:
            names = one_line(", ".join(environment.left_out[:5]))
            message = f"no environment variable can hold {names} of '{one_line(entry.item.id)}'"
            self._run.journal.record(WarningRaised(code="PT512", item_id=entry.item.id, message=message))
        work = Work(
            item=entry.item,
            index=entry.position,
            total=len(state.order),
            attempt=started.attempt,
            slot=started.slot,
            last_error=previous.message if previous is not None else "",
            file=file,
            variables=environment.variables,
        )
        return Context(
            phase="map",
            worktree=worktree,
            writer=writer,
            stream=item_stream(entry.item, started.attempt),
            work=work,
            enclosing=self._run.enclosing("map"),
        )

    async def _template(self, context: Context) -> StepOutcome:
        phase = self._run.workflow.map
        assert phase is not None, "agents run only where there is a map"
        outcome = await self._steps.run_steps(phase.agent_template, context)
        policy = self._run.workflow.error_policy
        if not outcome.goes_on and policy.on_item_failure == "steps":
            await self._item_handler(policy.handler, outcome, context)
        return outcome

    async def _item_handler(self, steps: tuple[Step, ...], outcome: StepOutcome, context: Context) -> None:
        """Runs `on_item_failure` steps in the item's worktree; the item has failed whatever they do."""
        step = outcome.failure.step if outcome.failure is not None else ""
        error = error_variables(outcome, step, 1, 1, self._run.clock.now().isoformat())
        context.frames.append(Frame(error=error, folder=None, env={}))
        try:
            await self._steps.run_steps(steps, context, prefix="item/")
        finally:
            context.frames.pop()

    async def _finish(self, started: AgentStarted, finished: AgentFinished, context: Context | None) -> None:
        """Looks at the worktree and records the outcome; a cancelled attempt is only recorded."""
        if finished.outcome in ("success", "failed"):
            try:
                finished = await in_thread(lambda: self._inspect(started, finished))
            except asyncio.CancelledError:
                self._run.journal.record(revised(finished, outcome=self._cancelled(started), failure=None))
                raise
        if context is not None and finished.outcome in ("success", "failed"):
            finished = revised(
                finished,
                output=context.last.output[:OUTPUT_KEPT] if context.last is not None else "",
                captures={name: _bounded(value) for name, value in context.captures.items()},
            )
        if finished.leftover is not None and finished.outcome == "success":
            self._run.journal.record(
                WarningRaised(
                    code="PT612",
                    item_id=started.item_id,
                    message=f"uncommitted changes of '{one_line(started.item_id)}' are kept as {finished.leftover}",
                )
            )
        self._run.journal.record(finished)

    def _cancelled(self, started: AgentStarted) -> AgentOutcome:
        """Returns what a cancelled attempt is: the item was to be stopped, or the run is."""
        state = self._run.state
        return "cancelled" if started.item_id in state.stopping_items and state.stop is None else "interrupted"

    def _inspect(self, started: AgentStarted, finished: AgentFinished) -> AgentFinished:
        """Reads commits and leftovers from the worktree. Blocking."""
        worktree, base = Path(started.worktree), Oid(started.base)
        item = self._run.state.items[started.item_id].item
        try:
            tip = head(worktree)
            commits = len(commits_between(worktree, base, tip)) if tip != base else 0
            files = tuple(change.path for change in changes(worktree, base, tip).files) if commits else ()
            patch = leftover_patch(worktree, exclude=self._run.input_files)
            leftover = None
            if patch:
                leftover = write_leftover(
                    self._run.folder, item_stream(item, started.attempt), self._run.masker.bytes(patch)
                )
        except (GitFailed, OSError, DiskTrouble) as error:
            failure = finished.failure or Failure(kind="worktree", message=f"the worktree cannot be read: {error}")
            return revised(finished, outcome="failed", failure=failure)
        return revised(finished, head=tip, commits=commits, files=files[:FILES_LISTED], leftover=leftover)


def _is_full(error: GitFailed | OSError) -> bool:
    """Tells whether the disk has no room: that ends the run, to be resumed; no item is to blame for it."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return os.strerror(errno.ENOSPC) in error.stderr or os.strerror(errno.EDQUOT) in error.stderr


def _bounded(value: Value) -> object:
    data = plain(value)
    return data[:OUTPUT_KEPT] if isinstance(data, str) else data

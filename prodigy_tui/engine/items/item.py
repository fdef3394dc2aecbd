"""One attempt at one item: worktree, template, leftovers, outcome (language 13.6).

The attempt ends with exactly one `agent_finished`, whatever happens; merging is the merge queue's work. Nothing that an
agent does can raise past this module; a disk that nobody waits for any longer does.
"""

import asyncio
from pathlib import Path

from msgspec.structs import replace as revised

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.artifacts import item_file, item_stream, write_item
from prodigy_tui.engine.context import Context, Work
from prodigy_tui.engine.decisions.actions import StartAgent
from prodigy_tui.engine.disk_patience import refusal_of_disk
from prodigy_tui.engine.items.attempts import Attempts
from prodigy_tui.engine.items.inspection import inspect_attempt
from prodigy_tui.engine.items.kept_files import FilesLost, bring_back, origin_of
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.engine.threads import in_thread, in_turn
from prodigy_tui.engine.variables.scope import item_roots
from prodigy_tui.engine.worktrees.commits import squash
from prodigy_tui.engine.worktrees.ledger import Ledger
from prodigy_tui.engine.worktrees.worktree_contents import CANNOT_FILL, WorktreeContents
from prodigy_tui.events.schema import AgentFinished, AgentStarted, WarningRaised, WorktreeCreated
from prodigy_tui.events.values import AgentOutcome, Failure
from prodigy_tui.git.plain_work import PlainWork
from prodigy_tui.git.run import GitFailed
from prodigy_tui.ids import Oid
from prodigy_tui.process.open_files import allow_children
from prodigy_tui.storage.output import OutputWriter
from prodigy_tui.workflow.item_environment import item_environment
from prodigy_tui.workflow.variables import Value, plain

OUTPUT_KEPT = 64 * 1024
"""Characters of the last output that `map.results` can give."""


class AgentRunner:
    """Carries items through the agent template."""

    def __init__(self, run: RunContext, steps: StepRunner) -> None:
        self._run = run
        self._steps = steps
        self._attempts = Attempts(run, steps)
        self._contents = WorktreeContents(run, steps)
        self._works = PlainWork(run.repository.common_dir, run.worktrees.trees, run.worktrees.looks)
        self._may_lack_files = False

    def close(self) -> None:
        self._run.worktrees.close()

    def start(self, action: StartAgent) -> AgentStarted:
        """Returns the event that must be on disk before `carry` touches anything."""
        self._make_room(action.slot + 1)
        state = self._run.state
        entry = state.items[action.item_id]
        item, origin = entry.item, origin_of(state, entry)
        return AgentStarted(
            item_id=item.id,
            attempt=action.attempt,
            slot=action.slot,
            branch=f"prodigy/{self._run.run_id}/item/{item.safe_id}/{action.attempt}",
            base=origin.base,
            worktree=str(self._run.folder.worktrees / f"slot-{action.slot}"),
            start=origin.start,
            patch=origin.patch,
        )

    def _make_room(self, agents: int) -> None:
        limit = None if self._may_lack_files else allow_children(agents)
        if limit is not None:
            self._may_lack_files = True
            message = (
                f"the system allows this program {limit} open files, which may be too few for {agents} agents at once; "
                "raise the hard limit (ulimit -Hn) or lower max_parallel"
            )
            self._run.journal.record(WarningRaised(message=message))

    async def carry(self, started: AgentStarted) -> None:
        """Runs the attempt to its end and records the outcome."""
        began = self._run.clock.monotonic()
        worktree = Path(started.worktree)
        item = self._run.state.items[started.item_id].item
        writer = OutputWriter(self._run.folder.stream(item_stream(item, started.attempt)))
        outcome: AgentOutcome = "interrupted"
        context: Context | None = None
        failure: Failure | None = None
        repeatable: bool | None = None
        try:
            await self._run.journal.durable()
            context = self._context(started, worktree, writer)
            await self._prepare(started, context)
            tried = await self._attempts.carry(context, self._contents.set_up)
            done, repeatable = tried.outcome, tried.repeatable
            await squash(self._run, context)
            await self._run.disk.flushed(writer)
            failure = done.failure if not done.goes_on else None
            outcome = "success" if done.goes_on else "failed"
        except asyncio.CancelledError:
            outcome = self._cancelled(started)
            raise
        except (*CANNOT_FILL, FilesLost) as error:
            outcome = "failed"
            failure = Failure(kind="worktree", code=getattr(error, "code", None), message=str(error))
        except (GitFailed, OSError) as error:
            if refusal_of_disk(error) is not None:
                raise
            outcome = "failed"
            failure = Failure(kind="worktree", message=f"the worktree cannot be used: {error}")
        finally:
            writer.close()
            finished = AgentFinished(
                item_id=started.item_id,
                attempt=started.attempt,
                outcome=outcome,
                failure=failure,
                repeatable=repeatable,
                duration_s=round(self._run.clock.monotonic() - began, 3),
            )
            await self._finish(started, finished, context)

    async def _prepare(self, started: AgentStarted, context: Context) -> None:
        """Brings the slot's worktree to the base, or makes it, and puts into it what the workflow wants there."""
        path, base = context.worktree, Oid(started.start or started.base)
        again = started.worktree in self._run.state.worktrees
        if not again:
            name = f"slot-{started.slot}"
            self._run.journal.record(
                WorktreeCreated(name=name, path=started.worktree, branch=started.branch, base=started.base)
            )
            await self._run.journal.durable()
        sparse: tuple[str, ...] | None = None

        def make() -> None:
            self._contents.make(path, started.branch, base, again=again, sparse=sparse)

        def prepare() -> None:
            write_item(self._run.folder, self._run.state.items[started.item_id].item)
            make()
            context.ledger.sparse = sparse is not None
            context.ledger.made = self._contents.fill(path)
            bring_back(self._run, started, path)

        try:
            sparse = self._contents.sparse(lambda: self._run.scope(item_roots(context)))
        except BaseException:
            await in_thread(make)  # also what cannot be as it should has a branch
            raise
        await in_turn(prepare)

    def _context(self, started: AgentStarted, worktree: Path, writer: OutputWriter) -> Context:
        state = self._run.state
        entry = state.items[started.item_id]
        previous = entry.history[-1].failure if entry.history else None
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
            file=item_file(self._run.folder, entry.item),
            variables=environment.variables,
        )
        return Context(
            phase="map",
            worktree=worktree,
            writer=writer,
            stream=item_stream(entry.item, started.attempt),
            work=work,
            enclosing=self._run.enclosing("map"),
            ledger=Ledger(base=Oid(started.base)),
            frames=self._run.frames,
        )

    async def _finish(self, started: AgentStarted, finished: AgentFinished, context: Context | None) -> None:
        """Looks at the worktree and records the outcome; a cancelled attempt is only recorded."""
        if finished.outcome in ("success", "failed"):
            try:
                ledger = context.ledger if context is not None else None
                finished = await in_turn(lambda: inspect_attempt(self._run, self._works, started, finished, ledger))
            except asyncio.CancelledError:
                self._run.journal.record(revised(finished, outcome=self._cancelled(started), failure=None))
                raise
        if context is not None and finished.outcome in ("success", "failed", "suspect"):
            finished = revised(
                finished,
                output=context.last.output[:OUTPUT_KEPT] if context.last is not None else "",
                captures={name: _bounded(value) for name, value in context.captures.items()},
            )
        if finished.leftover is not None and finished.outcome in ("success", "suspect"):
            entry = self._run.state.items[started.item_id]
            name = one_line(entry.item.label or started.item_id)
            message = f"uncommitted changes of '{name}' are kept as {finished.leftover}"
            self._run.journal.record(WarningRaised(code="PT612", item_id=started.item_id, message=message))
        self._run.journal.record(finished)

    def _cancelled(self, started: AgentStarted) -> AgentOutcome:
        """Returns what a cancelled attempt is: the item was to be stopped, or the run is."""
        return "cancelled" if started.item_id in self._run.state.stopping_items else "interrupted"


def _bounded(value: Value) -> object:
    data = plain(value)
    return data[:OUTPUT_KEPT] if isinstance(data, str) else data

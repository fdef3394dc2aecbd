"""What single steps change: `step.files_added` and the like (language 7.3), and `paths` of steps (13.9).

It costs a look at the worktree before and after a step, so it is done only where somebody asks: the step has `paths`,
or some text of the workflow has a field of `step` that is read from git. A step calls, in this order:

    await changes.begin(view, context)               # once, before its first round
    failure = await changes.check(view, context)     # after every execution whose command succeeded and was committed
    await changes.note(view, context)                # after one that failed, so that handlers know
    result = await changes.end(view, context, result)    # when it is over, whatever came of it
"""

import hashlib
import re
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace as revised

from prodigy_tui.engine.context import Context
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_paths import is_recorded
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.engine.worktrees.ledger import Start, Suspicion
from prodigy_tui.engine.worktrees.paths import outside, violation
from prodigy_tui.events.values import Failure, StepResult
from prodigy_tui.git.run import GitFailed
from prodigy_tui.git.snapshots import Snapshot, change_fields, kept_snapshot, take_snapshot

_ASKED: Final = re.compile(rb"""\bstep\s*(?:\.|\[\s*\\?["'])\s*(?:files_|commit|insertions|deletions)""")


class StepChanges:
    """Looks at worktrees for the steps of one run."""

    def __init__(self, run: RunContext) -> None:
        self._run = run
        self._interrupted = {
            (phase.phase, record.path)
            for phase in run.state.phases.values()
            for record in phase.steps.values()
            if record.status == "interrupted"
        }
        """Steps that an earlier process has begun and this one runs again: they count since they began at first."""
        self._over: list[Snapshot] = []

    @cached_property
    def _asked(self) -> bool:
        """Whether some text of the workflow may refer to what a step changed."""
        return _ASKED.search(msgspec.json.encode(self._run.workflow)) is not None

    def _wanted(self, view: StepView) -> bool:
        return view.step.paths is not None or self._asked

    async def begin(self, view: StepView, context: Context) -> None:
        """Notes how the worktree stands before a step."""
        if not self._wanted(view):
            return
        ledger = context.ledger
        kept = self._kept(view, context)
        known: Snapshot | None = None
        while self._over:
            await in_thread(self._over.pop().forget)
        if kept is not None and (context.phase, view.path) in self._interrupted:
            self._interrupted.discard((context.phase, view.path))
            known = await in_thread(lambda: kept_snapshot(context.worktree, ledger.made, kept))
        if known is None:
            known = await in_thread(lambda: take_snapshot(context.worktree, ledger.made, kept))
        ledger.starts[view.path] = Start(snapshot=known, step=ledger.step)

    def _kept(self, view: StepView, context: Context) -> Path | None:
        """Returns where a resumed run finds how things stood when the step began."""
        if context.work is not None or not context.recorded or not is_recorded(view.path):
            return None
        name = f"{context.phase} {view.path} {context.iteration} {context.argument}"
        return self._run.folder.path / "snapshots" / hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]

    async def note(self, view: StepView, context: Context) -> dict[str, Any]:
        """Notes what the step has changed so far, for its checks and handlers, and returns it."""
        start = context.ledger.starts.get(view.path)
        if start is None:
            return {}
        fields = await in_thread(lambda: change_fields(*start.snapshot.changes()))
        context.ledger.step = fields
        return fields

    async def check(self, view: StepView, context: Context) -> Failure | None:
        """Does so, and returns the failure of a step that has changed what it must not.

        In an agent, where the rule says `suspect`, the step goes on, and nobody merges the item unseen.
        """
        fields = await self.note(view, context)
        rule = view.step.paths
        if rule is None:
            return None
        files = outside(fields["files_changed"], rule)
        if not files:
            return None
        failure = violation(files)
        if context.work is None or rule.on_violation == "fail":
            return failure
        context.ledger.suspicions.append(Suspicion(message=f"step '{view.step.label}' {failure.message}", files=files))
        return None

    async def end(self, view: StepView, context: Context, result: StepResult | None) -> StepResult | None:
        """Notes what the step has changed in all, handlers included, and puts it into its result for a resumed run."""
        start = context.ledger.starts.get(view.path)
        if start is None:
            return result
        try:
            fields = await self.note(view, context)
        except (GitFailed, OSError):
            fields = {}  # the step may have failed over that very thing
        finally:
            del context.ledger.starts[view.path]
            # When the next step begins, the end of this one is on disk.
            self._over.append(start.snapshot)
        if any(frame.owner is not None for frame in context.frames):
            # Handlers and checks of a step see what that one has changed.
            context.ledger.step = start.step
        return revised(result, changes=fields) if result is not None and self._asked else result

"""Judging a canary whose items are done: its steps in the run's worktree, or the question to a person (language 13.8).

Whether there is something to judge, and what an answer means, is `canary`'s.
"""

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.artifacts import phase_stream
from prodigy_tui.engine.context import Context, Frame
from prodigy_tui.engine.decisions.canary import APPROVE, DENY, GATE, summary
from prodigy_tui.engine.items.map_results import map_roots
from prodigy_tui.engine.phases import WORKTREE_TROUBLE, sync_run_worktree
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.events.schema import CanaryJudged, GateAnswered, GateOpened
from prodigy_tui.git.inspect import changes, commits_between
from prodigy_tui.ids import Oid
from prodigy_tui.storage.output import OutputWriter
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.model import Canary

FAILURES_NAMED = 10


class CanaryGate:
    """Decides for one run whether the items after its canary may start."""

    def __init__(self, run: RunContext, steps: StepRunner) -> None:
        self._run = run
        self._steps = steps

    async def judge(self) -> None:
        """Records what the steps of the gate say, or asks."""
        phase = self._run.settled.map
        assert phase is not None, "only a map has a canary"
        rule = phase.canary or Canary()
        try:
            if rule.gate == "steps":
                await self._run_steps(rule)
            else:
                await self._ask(rule)
        except WORKTREE_TROUBLE as error:
            message = f"the run's worktree cannot be used: {error}"
            self._run.journal.record(CanaryJudged(passed=False, message=message))

    async def _run_steps(self, rule: Canary) -> None:
        warning = await in_thread(lambda: sync_run_worktree(self._run, Oid(self._run.state.tip)))
        if warning is not None:
            self._run.journal.record(warning)
        with OutputWriter(self._run.folder.stream(phase_stream("map"))) as writer:
            context = Context(
                phase="map",
                worktree=self._run.run_worktree,
                writer=writer,
                stream=phase_stream("map"),
                recorded=False,
                enclosing=self._run.enclosing("reduce"),
                roots=map_roots(self._run.state),
                frames=[*self._run.frames, Frame(is_check=True, folder=None, env={})],
            )
            outcome = await self._steps.run_steps(rule.steps, context, prefix="canary/")
        figures = self._figures(rule)
        failure = outcome.failure
        if outcome.goes_on:
            self._run.journal.record(CanaryJudged(passed=True, message=figures))
            return
        step = f"step '{failure.step}' failed" if failure is not None else "a step failed"
        why = f": {failure.message}" if failure is not None else ""
        self._run.journal.record(CanaryJudged(passed=False, message=f"{figures}, but {step}{why}"))

    async def _ask(self, rule: Canary) -> None:
        state = self._run.state
        base, tip = Oid(state.base), Oid(state.tip)
        worktree = self._run.run_worktree
        commits = await in_thread(lambda: len(commits_between(worktree, base, tip)))
        files = (await in_thread(lambda: changes(worktree, base, tip))).files
        self._run.journal.record(
            GateOpened(
                gate=GATE,
                kind="canary",
                question=self._question(rule),
                options=(APPROVE, DENY),
                phase="map",
                show="diff",
                detail=self._detail(rule),
                onto=state.base,
                head=state.tip,
                source=state.run_branch,
                target=state.target,
                commits=commits,
                files=len(files),
                insertions=sum(file.insertions for file in files),
                deletions=sum(file.deletions for file in files),
            )
        )
        if state.settings.yes:  # enough items succeeded: else nobody would have been asked
            self._run.journal.record(GateAnswered(gate=GATE, answer=APPROVE, by="option"))

    def _question(self, rule: Canary) -> str:
        state = self._run.state
        rest = state.counts.total - (state.canary.count if state.canary is not None else 0)
        if rule.question is not None:
            try:
                return render(parse_text(rule.question, "plain"), self._run.scope(map_roots(state)))
            except InterpolationError as error:
                return f"{rule.question} ({error})"
        return f"{self._figures(rule)}. Start the other {rest}?"

    def _detail(self, rule: Canary) -> str:
        """Returns what a person should know besides: figures, cost, what failed."""
        state = self._run.state
        lines = [self._figures(rule)]
        usage = state.usage
        if usage.input_tokens or usage.output_tokens:
            cost = "" if usage.usd is None else f", {usage.usd:.2f} USD"
            lines.append(f"{usage.input_tokens} tokens in, {usage.output_tokens} out{cost}")
        count = state.canary.count if state.canary is not None else 0
        failed = [entry for entry in (state.items[one] for one in state.order[:count]) if entry.failure is not None]
        for entry in failed[:FAILURES_NAMED]:
            if entry.status != "success" and entry.failure is not None:
                lines.append(one_line(f"{entry.item.label or entry.item.id}: {entry.failure.message}"))
        return "\n".join(lines)

    def _figures(self, rule: Canary) -> str:
        canary = self._run.state.canary
        assert canary is not None, "the canary is there until it is decided"
        return summary(rule, canary)

"""One pass over the agent template (language 13.6), and what follows in its worktree when it fails for good.

The limits of `timeout_config` hold here. Whether another attempt may follow is judged now, with all that was said; only
after the last one run the steps of `retry.on_failure` and `on_item_failure`, where the failed attempt has left off.
"""

from collections.abc import Awaitable, Callable

from msgspec import Struct
from msgspec.structs import replace as revised

from prodigy_tui.engine.context import Context, Frame
from prodigy_tui.engine.decisions.agent_timeouts import attempt_timeout, with_timeouts
from prodigy_tui.engine.decisions.policy import retry_delay
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_outcome import StepOutcome, error_variables
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.engine.time_limits import time_limit
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.model import MapPhase, Step


class Tried(Struct, frozen=True, kw_only=True):
    """What a pass over the template has come to."""

    outcome: StepOutcome
    repeatable: bool | None = None
    """Whether another attempt may follow a failure; `None`: there is nothing to judge."""


class Attempts:
    """Carries agents of one run through the template."""

    def __init__(self, run: RunContext, steps: StepRunner) -> None:
        self._run = run
        self._steps = steps

    async def carry(self, context: Context, set_up: Callable[[Context], Awaitable[StepOutcome]]) -> Tried:
        """Runs `set_up` and the template; after a last failure also what the map says to do then."""
        workflow = self._run.settled
        phase, policy = workflow.map, workflow.error_policy
        assert phase is not None, "agents run only where there is a map"
        outcome = await self._in_time(phase, context, set_up)
        if outcome.goes_on:
            return Tried(outcome=outcome)
        if self._may_repeat(phase, outcome, context):
            return Tried(outcome=outcome, repeatable=True)
        if phase.retry is not None and phase.retry.on_failure == "fallback":
            replaced = await self._steps_after(phase.retry.fallback, outcome, context, "fallback/")
            if replaced.goes_on:
                return Tried(outcome=StepOutcome(status="recovered", result=replaced.result))
        if policy.on_item_failure == "steps":
            await self._steps_after(policy.handler, outcome, context, "item/")
        return Tried(outcome=outcome, repeatable=False)

    async def _in_time(
        self, phase: MapPhase, context: Context, set_up: Callable[[Context], Awaitable[StepOutcome]]
    ) -> StepOutcome:
        limit = attempt_timeout(phase.timeouts)
        try:
            async with time_limit(limit, self._run.clock):
                ready = await set_up(context)
                if not ready.goes_on:
                    return ready
                return await self._steps.run_steps(with_timeouts(phase.agent_template, phase.timeouts), context)
        except TimeoutError:
            step = self._run.state.items[context.item_id or ""].step
            message = f"the agent timed out after {limit:g} s"
            failure = Failure(kind="timeout", message=message, step=step, exit_code=124)
            return StepOutcome(status="failed", failure=failure)

    def _may_repeat(self, phase: MapPhase, outcome: StepOutcome, context: Context) -> bool:
        failure = outcome.failure
        assert failure is not None, "only failures are repeated"
        entry = self._run.state.items[context.item_id or ""]
        failed = revised(entry, failures=entry.failures + 1, repeatable=None)
        now, policy = self._run.clock.now(), self._run.settled.error_policy
        # What follows the last attempt must not be missed because chance makes the next delay too long for the budget.
        follows = policy.on_item_failure == "steps" or (phase.retry is not None and bool(phase.retry.fallback))
        jitter = 1.0 if follows else 0.0
        return retry_delay(phase, policy, failed, failure, now, jitter=jitter, searched=outcome.evidence) is not None

    async def _steps_after(
        self, steps: tuple[Step, ...], outcome: StepOutcome, context: Context, prefix: str
    ) -> StepOutcome:
        """Runs steps in the worktree as the failed attempt has left it."""
        step = outcome.failure.step if outcome.failure is not None else ""
        error = error_variables(outcome, step, context.attempt, context.attempt, self._run.clock.now().isoformat())
        context.frames.append(Frame(error=error, folder=None, env={}))
        try:
            return await self._steps.run_steps(steps, context, prefix=prefix)
        finally:
            context.frames.pop()

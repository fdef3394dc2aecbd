"""The loop of a check (language 14.4): rounds until the score is reached, with `on_incomplete` between them.

    v = round();  n = 0
    while not v.pass and n < max_attempts:  n += 1;  run the handler;  v = round()

`goal_seek` is sugar over it and adds `until` and `patience`. `validation_rounds` has one round, `validation_result`
what its result is worth.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.checking.validation_rounds import Round, ValidationRounds
from prodigy_tui.engine.context import Context
from prodigy_tui.engine.kinds.approve import name_of
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.steps.inner_steps import StepsRunner, apart, inside_step, run_inner
from prodigy_tui.engine.steps.step_outcome import REFUSED, refusal
from prodigy_tui.engine.time_limits import time_limit, uncounted
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.events.schema import GateOpened
from prodigy_tui.events.values import Failure, StepResult
from prodigy_tui.workflow.model import Condition, OnIncomplete, Validation

APPROVE, DENY = "approve", "deny"
_LONGEST_QUESTION = 500


class Judgement(Struct, frozen=True, kw_only=True):
    """What a check has come to."""

    status: Literal["ok", "tolerated", "failed"]
    failure: Failure | None = None
    """Why it is not `ok`."""
    said: StepResult | None = None
    """What the last step of `on_incomplete` said, if one ran."""


class Validations:
    """Checks steps of any context of one run."""

    def __init__(self, run: RunContext, commands: CommandRunner, runner: StepsRunner) -> None:
        self._run = run
        self._commands = commands
        self._runner = runner
        self._rounds = ValidationRounds(run, commands, runner)

    async def judge(
        self,
        validation: Validation,
        view: StepView,
        context: Context,
        *,
        until: Condition | None = None,
        patience: int | None = None,
    ) -> Judgement:
        """Runs the rounds of a check of the step `view`, and what is done between them.

        Args:
            validation: The check; its late values are settled.
            view: The step that is checked.
            context: Where it has run.
            until: Ends the rounds as passed when it holds after one.
            patience: So many rounds without a better score end them.
        """
        try:
            with apart(context):
                before = context.last
                judged = await self._judge(validation, view, context, until, patience)
                return judged if context.last is before else replace(judged, said=context.last)
        except REFUSED as error:
            return Judgement(status="failed", failure=refusal(error, view.step, view.path))

    async def _judge(
        self, validation: Validation, view: StepView, context: Context, until: Condition | None, patience: int | None
    ) -> Judgement:
        incomplete = validation.on_incomplete or _NOTHING
        most, attempt, best, stale = incomplete.max_attempts, 0, -1.0, 0
        while True:
            found = await self._rounds.run(validation, view, context, attempt, most)
            if found.passed or (until is not None and await self._commands.is_true(until, view, context)):
                return Judgement(status="ok")
            stale = stale + 1 if found.score <= best else 0
            best = max(best, found.score)
            if attempt >= most or (patience is not None and stale >= patience):
                break
            attempt += 1
            context.validation = {**(context.validation or {}), "attempt_number": attempt}
            repaired = await self._repair(incomplete, view, context, attempt)
            if not repaired and incomplete.fatal:
                return Judgement(status="failed", failure=found.failure())
        return await self._end(validation, found, view, context)

    async def _repair(self, incomplete: OnIncomplete, view: StepView, context: Context, attempt: int) -> bool:
        """Runs the steps of `on_incomplete` once; returns whether they went well."""
        try:
            with inside_step(view, context, self._commands):
                async with time_limit(incomplete.timeout, self._run.clock):
                    done = await run_inner(incomplete.steps, self._runner, context, f"{view.path}/i{attempt}.")
        except TimeoutError:
            self._commands.say(context, f"on_incomplete timed out after {incomplete.timeout:g} s")
            return False
        return done.ok

    async def _end(self, validation: Validation, found: Round, view: StepView, context: Context) -> Judgement:
        """Says what missing the score means in the end."""
        incomplete = validation.on_incomplete
        fails = validation.fail_workflow if incomplete is None else incomplete.fail_workflow
        if incomplete is not None and incomplete.prompt is not None:
            answer = await self._ask(incomplete.prompt, found, view, context)
            if answer == APPROVE:
                fails = False
        return Judgement(status="failed" if fails else "tolerated", failure=found.failure())

    async def _ask(self, prompt: str, found: Round, view: StepView, context: Context) -> str:
        """Asks a person whether it is good enough."""
        question = one_line(await self._commands.fill(prompt, view, context), _LONGEST_QUESTION)
        gate = GateOpened(
            gate=f"{name_of(context, view.path)}-incomplete",
            kind="incomplete",
            question=question,
            options=(APPROVE, DENY),
            default=DENY,
            item_id=context.item_id,
            phase=context.phase,
            path=view.path,
            on_timeout=DENY,
            detail=found.summary(),
        )
        self._commands.say(context, f"? {question} ({APPROVE}, {DENY})")
        with uncounted():
            answer = await self._run.gates.ask(gate)
        self._commands.say(context, f"{answer.answer}, by {answer.by}")
        return answer.answer


_NOTHING = OnIncomplete(max_attempts=0)

"""One round of a check (language 14.2): its command runs, its result is found, and `validation.*` says what it is.

Whatever goes wrong in it makes the round *invalid*, which is a score of 0 and never the end of the loop.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.checking.json_schemas import BadSchema, violation
from prodigy_tui.engine.checking.result_files import FileSeen, ResultFileError, look_at, text_of
from prodigy_tui.engine.checking.validation_result import (
    RoundResult,
    invalid,
    result_of_agent,
    result_of_file,
    result_of_shell,
)
from prodigy_tui.engine.context import Context
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.steps.inner_steps import InnerRun, StepsRunner, apart, inside_step, run_inner
from prodigy_tui.engine.steps.step_outcome import REFUSED
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.time_limits import time_limit
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.events.schema import ValidationFinished, WarningRaised
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.json_data import JsonError, load_json
from prodigy_tui.workflow.model import Validation

_LISTED = 5
"""Missing things that an event and a message name."""


class Round(Struct, frozen=True, kw_only=True):
    """What a round has come to."""

    result: RoundResult
    threshold: float

    @property
    def passed(self) -> bool:
        return self.result.passes(self.threshold)

    @property
    def score(self) -> float:
        return self.result.score

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing, in bounded lines."""
        listed = (self.result.data or {}).get("missing") or []
        return tuple(one_line(str(entry)) for entry in listed[:_LISTED])

    def summary(self) -> str:
        """Returns the round in one line."""
        if self.result.error:
            return self.result.error
        missing = f": missing {', '.join(self.missing)}" if self.missing else ""
        denied = ", and says that it is not complete" if self.result.denied else ""
        return one_line(f"the check found {self.score:g} of the {self.threshold:g} points needed{denied}{missing}")

    def failure(self) -> Failure:
        """Returns why its step has failed."""
        return Failure(kind="validation", message=self.summary(), code=self.result.code, exit_code=0)


class ValidationRounds:
    """Runs single rounds, for steps of any context of one run."""

    def __init__(self, run: RunContext, commands: CommandRunner, runner: StepsRunner) -> None:
        self._run = run
        self._commands = commands
        self._runner = runner

    async def run(self, validation: Validation, view: StepView, context: Context, attempt: int, most: int) -> Round:
        """Runs a round: the first is attempt 0, the others follow an attempt of `on_incomplete` each."""
        shown = {"threshold": _plain(validation.threshold), "attempt_number": attempt, "max_attempts": most}
        if attempt == 0:
            context.validation = {**NOT_YET, **shown}
        output = ""
        try:
            async with time_limit(validation.timeout, self._run.clock):
                result, output = await self._result(validation, view, context)
        except TimeoutError:
            result = invalid(f"the check timed out after {validation.timeout:g} s")
        except REFUSED as error:
            result = invalid(one_line(str(error)))
        found = Round(result=result, threshold=validation.threshold)
        context.validation = {**_variables(found, output), **shown}
        self._tell(found, view, context, attempt)
        return found

    def _tell(self, found: Round, view: StepView, context: Context, attempt: int) -> None:
        self._commands.say(context, f"check {'ok' if found.passed else found.summary()}")
        self._run.journal.record(
            ValidationFinished(
                phase=context.phase,
                path=view.path,
                item_id=context.item_id,
                attempt=context.attempt,
                round=attempt + 1,
                score=found.score,
                threshold=found.threshold,
                passed=found.passed,
                missing=found.missing,
                message=found.result.error,
            )
        )

    async def _result(self, validation: Validation, view: StepView, context: Context) -> tuple[RoundResult, str]:
        """Runs the command of a check; returns what it found, and what it said."""
        path, before = validation.result_file, None
        output = ""
        try:
            if path is not None:
                path = await self._commands.fill(path, view, context)
                before = await self._look_at(path, context)
            done = None
            if validation.steps:
                number = (context.validation or NOT_YET)["attempt_number"]
                with apart(context), inside_step(view, context, self._commands, is_check=True):
                    done = await run_inner(validation.steps, self._runner, context, f"{view.path}/v{number}.")
                output = done.outcome.said.output if done.ran else ""
                if (trouble := _trouble(validation, done)) is not None:
                    return trouble, output
            if path is not None:
                result = await self._of_file(path, before, context, has_command=done is not None)
            else:
                assert done is not None, "a check has a command or a result file"
                result = _of_command(done)
                self._warn_of_original(result, done, view, context)
            return await self._as_expected(validation, result, context), output
        except ResultFileError as error:
            return invalid(str(error)), output

    def _warn_of_original(self, result: RoundResult, done: InnerRun, view: StepView, context: Context) -> None:
        """Says once per check that a failing command's result counts; in the original its exit code did."""
        is_first = (context.validation or NOT_YET)["attempt_number"] == 0
        if done.ok or result.data is None or not is_first:
            return
        code = done.outcome.said.exit_code
        message = f"the check of step '{view.step.label}' ended with exit code {code}, but what counts is its result"
        self._run.journal.record(WarningRaised(code="PT903", message=message, item_id=context.item_id))

    async def _look_at(self, path: str, context: Context) -> FileSeen | None:
        return await in_thread(lambda: look_at(context.worktree, path))

    async def _of_file(self, path: str, before: FileSeen | None, context: Context, *, has_command: bool) -> RoundResult:
        seen = await self._look_at(path, context)
        if seen is None:
            return invalid(f"there is no result file '{one_line(path)}'")
        if has_command and seen == before:
            return invalid(f"the check has not written the result file '{one_line(path)}'")
        text = self._run.masker.text(text_of(seen, path))
        return await in_thread(lambda: result_of_file(text, one_line(path)))

    async def _as_expected(self, validation: Validation, result: RoundResult, context: Context) -> RoundResult:
        """Holds a result against `expected_schema`."""
        schema, data = validation.expected_schema, result.data
        if schema is None or result.error:
            return result
        if data is None:
            return invalid("the check gave no result that 'expected_schema' could be held against", "PT521")
        if isinstance(schema, str):
            schema = await self._schema(schema, context)
        known: Mapping[str, Any] = schema
        try:
            wrong = await in_thread(lambda: violation(data, known))
        except BadSchema as error:
            return invalid(f"'expected_schema' is no JSON Schema: {error}", data=data)
        return result if wrong is None else invalid(f"the result is not as expected: {wrong}", "PT521", data)

    async def _schema(self, path: str, context: Context) -> Mapping[str, Any]:
        seen = await self._look_at(path, context)
        if seen is None:
            raise ResultFileError(f"there is no JSON Schema '{one_line(path)}'")
        try:
            schema = load_json(text_of(seen, path))
        except JsonError as error:
            raise ResultFileError(f"'{one_line(path)}' is not JSON: {error}") from error
        if not isinstance(schema, dict):
            raise ResultFileError(f"'{one_line(path)}' is no JSON Schema")
        return schema


def _trouble(validation: Validation, done: InnerRun) -> RoundResult | None:
    """Returns the result of a round whose command did not come to a result at all."""
    failure = done.outcome.failure
    if not done.ran:
        return invalid("no step of the check ran")
    if done.ok or failure is None:
        return None
    if validation.form == "steps":
        # The one invalid round that is no fault of the check: it found a step that fails.
        return RoundResult(error=one_line(f"step '{failure.step}' of the check failed: {failure.message}"))
    if failure.kind in ("exit", "signal") and done.outcome.result is not None:
        return None
    return invalid(one_line(f"the check could not run: {failure.message}"))


def _of_command(done: InnerRun) -> RoundResult:
    said, step = done.outcome.said, done.step
    assert step is not None, "a step has run"
    if step.command.kind == "agent":
        return result_of_agent(said.stdout)
    return result_of_shell(said.stdout, ok=done.outcome.status in ("ok", "recovered"))


NOT_YET: Mapping[str, Any] = {
    **dict.fromkeys(("completion", "completion_percentage", "score", "status", "passed", "threshold")),
    **{"implemented": [], "missing": [], "missing_count": 0, "gaps": None, "gap_count": 0},
    **{"attempt_number": 0, "max_attempts": 0, "error": "", "output": "", "result": None},
}
"""`validation.*` before the first round is over: its fields are there, and empty."""


def _variables(found: Round, output: str) -> dict[str, Any]:
    """Returns the fields of `validation` (language 14.5)."""
    result, data = found.result, found.result.data or {}
    score = _plain(result.score)
    missing, gaps = data.get("missing") or [], data.get("gaps")
    return {
        **data,
        "completion": score,
        "completion_percentage": score,
        "score": score,
        "status": result.status(found.threshold),
        "passed": found.passed,
        "implemented": data.get("implemented") or [],
        "missing": missing,
        "missing_count": len(missing),
        "gaps": [] if gaps is None else gaps,
        "gap_count": len(gaps or []),
        "error": result.error,
        "output": output,
        "result": result.data,
    }


def _plain(score: float) -> int | float:
    """Points are shown as people write them: 60, not 60.0."""
    return int(score) if score == int(score) else score

"""Point 5 of one execution (language 4.4): what a command that succeeded must hold against, in the language's order.

    commit_required ▸ paths ▸ outputs ▸ step_validate ▸ validate

Each may turn the success into a failure; the first that does is the end of it.
"""

from msgspec import Struct
from msgspec.structs import replace as revised

from prodigy_tui.engine.checking.step_validation import StepValidations
from prodigy_tui.engine.checking.validation import Validations
from prodigy_tui.engine.context import Context
from prodigy_tui.engine.kinds.execution import Execution
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.steps.declared_outputs import (
    FilesBefore,
    bad_pattern,
    first_match,
    missing_output,
    touched_files,
)
from prodigy_tui.engine.steps.inner_steps import StepsRunner
from prodigy_tui.engine.steps.step_changes import StepChanges
from prodigy_tui.engine.steps.step_outcome import REFUSED, no_commit, refusal
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.variables.scope import StepView
from prodigy_tui.events.values import Failure, StepResult
from prodigy_tui.git.inspect import head
from prodigy_tui.workflow.globs import GlobError


class Verdict(Struct, frozen=True, kw_only=True):
    """What the checks have come to."""

    failure: Failure | None = None
    tolerated: bool = False
    """Whether the author goes on all the same."""


class Checks:
    """Holds executions against what their steps promise, for steps of any context of one run."""

    def __init__(self, run: RunContext, commands: CommandRunner, changes: StepChanges, runner: StepsRunner) -> None:
        self._commands = commands
        self._changes = changes
        self._step_validations = StepValidations(run, commands, runner)
        self.validations = Validations(run, commands, runner)

    async def judge(
        self, execution: Execution, result: StepResult, before: FilesBefore | None, view: StepView, context: Context
    ) -> tuple[StepResult, Verdict]:
        """Returns the result with the declared outputs in it, and what the checks say.

        `before`: of a step that has to commit, declares files, or is an agent's.
        """
        step = view.step
        if step.commit_required or execution.needs_commit:
            assert before is not None, "it was looked at"
            after = await in_thread(lambda: head(context.worktree))
            if after == before.commit:
                return result, Verdict(failure=no_commit(step, empty=execution.needs_commit))
        failure = await self._changes.check(view, context)
        if failure is None:
            result, failure = await self._outputs(result, before, view, context)
        if failure is not None or step.skip_validation:
            return result, Verdict(failure=failure)
        return result, await self._validations(view, context)

    async def _validations(self, view: StepView, context: Context) -> Verdict:
        step, tolerated = view.step, None
        if step.step_validate is not None:
            failure = await self._step_validations.judge(step.step_validate, view, context)
            if failure is not None and not step.ignore_validation_failure:
                return Verdict(failure=failure)
            tolerated = failure
        if (validation := step.check) is not None:
            judged = await self.validations.judge(validation, view, context)
            if judged.failure is not None:
                return Verdict(failure=judged.failure, tolerated=judged.status == "tolerated")
        return Verdict(failure=tolerated, tolerated=tolerated is not None)

    async def _outputs(
        self, result: StepResult, before: FilesBefore | None, view: StepView, context: Context
    ) -> tuple[StepResult, Failure | None]:
        """Finds the files that the step declared, and looks whether every output is there."""
        declared = view.step.outputs
        if not declared:
            return result, None
        found = dict(result.outputs)
        if any(output.pattern is not None for output in declared):
            assert before is not None, "it was looked at"
            touched = await in_thread(lambda: touched_files(context.worktree, before))
            for output in declared:
                if output.pattern is None:
                    continue
                try:
                    path = first_match(await self._commands.fill(output.pattern, view, context), touched)
                except GlobError as error:
                    return result, bad_pattern(output, error)
                except REFUSED as error:
                    return result, refusal(error, view.step, view.path)
                if path is not None:
                    found[output.name] = path
        result = revised(result, outputs=found)
        context.adopt(view.step, result)
        return result, missing_output(declared, found)

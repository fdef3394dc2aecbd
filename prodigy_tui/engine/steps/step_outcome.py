"""What became of a step, and how a failure is told: to the log, to handlers, to people."""

from msgspec import Struct

from prodigy_tui.engine.kinds.execution import Execution, last_line
from prodigy_tui.engine.variables.environment import EnvironmentCycle
from prodigy_tui.engine.variables.resolving import EnvCommandFailed
from prodigy_tui.engine.worktrees.worktree_paths import PathRefused
from prodigy_tui.events.values import Failure, StepResult, StepStatus
from prodigy_tui.workflow.expr import EvaluationError, ExpressionError
from prodigy_tui.workflow.interpolate import InterpolationError
from prodigy_tui.workflow.model import Step
from prodigy_tui.workflow.variables import strip_newline

REFUSED = (InterpolationError, ExpressionError, EvaluationError, EnvironmentCycle, EnvCommandFailed, PathRefused)
"""What keeps a command from being made of a step's texts: a failure of the step, not of the run."""


class StepOutcome(Struct, frozen=True, kw_only=True):
    """What became of a step."""

    status: StepStatus
    failure: Failure | None = None
    result: StepResult | None = None
    """What the step said; `None` when its command never ran."""
    both: str = ""
    """Stdout and stderr of the failed execution in order of arrival."""
    evidence: str = ""
    """Where `retry_on` looks for signs of the reason: its stderr, an agent's final text, and the reason."""

    @property
    def goes_on(self) -> bool:
        return self.status not in ("failed", "cancelled")

    @property
    def said(self) -> StepResult:
        """What the step said; nothing where its command never ran."""
        if self.result is not None:
            return self.result
        exit_code = self.failure.exit_code if self.failure is not None else None
        return StepResult(exit_code=exit_code or 1, success=False, status="failed")


OK = StepOutcome(status="ok")
"""The outcome of no steps, and of steps that all went on."""


def refusal(error: Exception, step: Step, path: str) -> Failure:
    """Returns the failure of a step whose command could not be made from its text."""
    kind = "exit" if isinstance(error, PathRefused) else "interpolation"
    code = getattr(error, "code", None)
    return Failure(kind=kind, code=code, message=str(error), step=step.label, path=path, exit_code=1)


def no_commit(step: Step, *, empty: bool) -> Failure:
    """Returns the failure of a step that had to commit; `empty`: of an agent that did not say a word either."""
    if empty and not step.commit_required:
        return Failure(kind="agent", message="the agent ended without a word and without a commit", exit_code=0)
    return Failure(kind="no_commit", code="PT610", message="commit required, but HEAD did not move", exit_code=0)


def evidence_of(step: Step, execution: Execution, failure: Failure) -> str:
    """Returns the text that `retry_on` searches for signs of the reason (language 6.5)."""
    said = execution.stdout if step.command.kind == "agent" else ""
    return "\n".join(text for text in (execution.stderr, said, execution.evidence, _reason(failure)) if text)


def _reason(failure: Failure) -> str:
    """Returns what is known besides the output: the message of a failed shell command is a line of its output."""
    return f"exit code {failure.exit_code}" if failure.kind in _TOLD_BY_COMMAND and failure.tail else failure.message


_TOLD_BY_COMMAND = frozenset({"exit", "signal"})
_TELLING = frozenset({"exit", "signal", "timeout", "agent"})
"""Kinds where the command itself failed, so that its last words say why; of others the reason does."""


def error_variables(outcome: StepOutcome, step: str, number: int, rounds: int, now: str) -> dict[str, object]:
    """Returns the root `error` (language 6.4) of a failed outcome."""
    failure, result = outcome.failure, outcome.said
    assert failure is not None, "only failures are handled"
    last_words = last_line(result.stderr, result.stdout) if failure.kind in _TELLING else ""
    return {
        "message": last_words or failure.message,
        "output": strip_newline(outcome.both) or result.output or failure.tail,
        "stdout": result.stdout,
        "stderr": result.stderr,
        "exit_code": result.exit_code if failure.exit_code is None else failure.exit_code,
        "step": step,
        "attempt": number,
        "max_attempts": rounds,
        "timestamp": now,
        "kind": failure.kind,
    }

"""From one execution to what later steps can refer to: captures, outputs, the file of the output (language 11)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.kinds.execution import Execution
from prodigy_tui.engine.steps.capture import CannotConvert, capture_failure, captured_text, convert
from prodigy_tui.engine.worktrees.whole_file import make_folders, write_whole
from prodigy_tui.engine.worktrees.worktree_paths import PathEscapes, inside
from prodigy_tui.events.values import Failure, StepResult
from prodigy_tui.workflow.model import SetupCapture, Step
from prodigy_tui.workflow.setup_values import StageFailed, setup_value
from prodigy_tui.workflow.variables import strip_newline


def take_result(
    step: Step, execution: Execution, outputs: Mapping[str, str], setup: tuple[SetupCapture, ...]
) -> tuple[StepResult, Failure | None]:
    """Returns what a step said, and why it failed if it did.

    Args:
        step: The step.
        execution: How its command ended.
        outputs: What it wrote to `PRODIGY_OUTPUT`.
        setup: The captures of setup that read this step.
    """
    failure = execution.failure
    text = captured_text(step, execution)
    captured: Any = None
    values: dict[str, Any] = {}
    try:
        if step.capture.name is not None and step.capture.format == "json" and "results" in execution.fields:
            captured = execution.fields["results"]
        elif step.capture.name is not None:
            captured = convert(step.capture, text, success=execution.ok)
    except CannotConvert as error:
        failure = failure or capture_failure(error)
    for capture in setup:
        try:
            values[capture.name] = _setup_value(capture, execution)
        except CannotConvert as error:
            failure = failure or capture_failure(error)
    result = StepResult(
        stdout=strip_newline(execution.stdout),
        stderr=strip_newline(execution.stderr),
        output=strip_newline(text),
        exit_code=execution.exit_code,
        success=failure is None and execution.tolerated is None,
        status="ok" if failure is None else "failed",
        duration_s=round(execution.duration_s, 3),
        captured=captured,
        outputs={**outputs, **execution.outputs},
        fields=dict(execution.fields),
        setup_values=values,
        session_id=execution.session_id,
        usd=execution.usd,
        tokens=execution.tokens,
    )
    return result, failure


def write_output_file(worktree: Path, path: str, text: str) -> Failure | None:
    """Writes what a step said to a file of the worktree, whole or not at all; its folders are made. Blocking."""
    try:
        target = inside(worktree, path)
        make_folders(target.parent)
        write_whole(target, text.encode("utf-8", "surrogateescape"), 0o644)
    except PathEscapes as error:
        return Failure(kind="exit", code=error.code, message=f"output_file: {error}", exit_code=1)
    except OSError as error:
        message = f"output_file '{one_line(path)}' cannot be written: {error.strerror}"
        return Failure(kind="exit", message=message, exit_code=1)
    return None


def _setup_value(capture: SetupCapture, execution: Execution) -> Any:
    try:
        return setup_value(capture, stdout=execution.stdout, stderr=execution.stderr, combined=execution.output)
    except StageFailed as error:
        raise CannotConvert(f"'{capture.name}' cannot be captured: {error}") from error

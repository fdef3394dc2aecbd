"""How a step's output becomes a value (language 11)."""

from typing import Any

from prodigy_tui.engine.kinds.execution import Execution
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.json_data import JsonError, load_json
from prodigy_tui.workflow.model import Capture, ShellCommand, Step
from prodigy_tui.workflow.scalars import to_number
from prodigy_tui.workflow.variables import strip_newline

_TRUE = frozenset({"true", "yes", "1", "on"})
_FALSE = frozenset({"false", "no", "0", "off"})


class CannotConvert(Exception):
    """The output does not have the form that `capture_format` promises; becomes the failure PT510."""


def captured_text(step: Step, execution: Execution) -> str:
    """Returns the text of the streams that a step captures, as it came."""
    streams = step.capture.streams
    if streams is None:
        failed_shell = not execution.ok and isinstance(step.command, ShellCommand)
        return execution.output if failed_shell else execution.stdout
    match streams:
        case ("stdout",):
            return execution.stdout
        case ("stderr",):
            return execution.stderr
        case ():
            return ""
        case _:
            return execution.output


def convert(capture: Capture, text: str, *, success: bool) -> Any:
    """Returns the captured value of a step's output.

    Raises:
        CannotConvert: the text is not of the promised form and there is no `capture_default`.
    """
    try:
        return _convert(capture, strip_newline(text), success=success)
    except CannotConvert:
        if capture.has_default:
            return capture.default
        raise


def capture_failure(error: CannotConvert) -> Failure:
    """Returns the failure of a step whose output could not be captured."""
    return Failure(kind="capture", code="PT510", message=str(error))


def _convert(capture: Capture, text: str, *, success: bool) -> Any:
    match capture.format:
        case "string":
            return text
        case "lines":
            return [line.removesuffix("\r") for line in text.split("\n")] if text else []
        case "json":
            try:
                return load_json(text)
            except JsonError as error:
                raise CannotConvert(f"output is not JSON: {error}") from error
        case "number":
            return _number(text.strip())
        case "boolean":
            word = text.strip().lower()
            if word in _TRUE:
                return True
            return False if word in _FALSE else success


def _number(text: str) -> int | float:
    number = to_number(text)
    if number is None:
        raise CannotConvert(f"output is not a number: {text[:60]!r}")
    return number

"""What `setup.capture_outputs` makes of a step's output (language 11).

The stages in order: the source, cut to its size, the match of a pattern, the part of JSON, several lines made one.
"""

from collections.abc import Callable
from typing import Any

from prodigy_tui.workflow.json_data import JsonError, load_json
from prodigy_tui.workflow.model import SetupCapture
from prodigy_tui.workflow.paths import data_path
from prodigy_tui.workflow.patterns import PatternTimeout, first_match
from prodigy_tui.workflow.values import Value, find
from prodigy_tui.workflow.variables import strip_newline


class StageFailed(Exception):
    """One of the stages found nothing, and there is no default (PT510)."""


def setup_value(capture: SetupCapture, *, stdout: str, stderr: str, combined: str) -> Any:
    """Returns the value of one capture; `combined` is both streams in the order of arrival.

    Raises:
        StageFailed: a stage failed and there is no default.
    """
    sources: dict[str, Callable[[], str]] = {
        "stdout": lambda: stdout,
        "stderr": lambda: stderr,
        "both": lambda: f"stdout:\n{stdout}\nstderr:\n{stderr}",
        "combined": lambda: combined,
    }
    try:
        return _stages(capture, sources[capture.source]())
    except StageFailed:
        if capture.has_default:
            return capture.default
        raise


def _stages(capture: SetupCapture, text: str) -> Any:
    text = _cut(text, capture.max_size)
    if capture.pattern is not None:
        text = _matched(capture.pattern, text)
    value: Any = text
    if capture.json_path is not None:
        value = _part_of_json(capture.json_path, text)
    if not isinstance(value, str):
        return value
    shaped = _shaped(capture.multiline, value)
    return strip_newline(shaped) if isinstance(shaped, str) else shaped


def _cut(text: str, most: int) -> str:
    """Returns the text, longer than `most` bytes only its complete lines within them."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= most:
        return text
    return data[: data.rfind(b"\n", 0, most) + 1].decode("utf-8", "surrogatepass")


def _matched(pattern: str, text: str) -> str:
    try:
        found = first_match(pattern, text)
    except PatternTimeout as error:
        raise StageFailed(str(error)) from error
    if found is None:
        raise StageFailed(f"nothing matches the pattern '{pattern}'")
    return found


def _part_of_json(path: str, text: str) -> Any:
    parts = data_path(path)
    if parts is None:
        raise StageFailed(f"'{path}' is no path")
    try:
        found = find(Value(load_json(text)), parts)
    except JsonError as error:
        raise StageFailed(f"the text is not JSON: {error}") from error
    if found is None:
        raise StageFailed(f"there is nothing at '{path}'")
    return found.data


def _shaped(multiline: str, text: str) -> Any:
    lines = text.splitlines()
    match multiline:
        case "join":
            return " ".join(lines)
        case "first_line":
            return lines[0] if lines else ""
        case "last_line":
            return lines[-1] if lines else ""
        case "array":
            return lines
        case _:
            return text

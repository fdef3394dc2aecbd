"""What one round of a check has found: which text holds its result, and what the result is worth (language 14.2, 14.3).

Pure. Whatever cannot be read is *invalid*: it never passes, and the reason says why.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.workflow.json_data import JsonError, load_json
from prodigy_tui.workflow.literals import score_of_data

SCORES: Final = ("completion_percentage", "percentage", "completion", "score")
VERDICTS: Final = ("complete", "passed", "valid", "success", "ok")
_SHAPES: Final = frozenset({*SCORES, *VERDICTS, "status"})
_FENCE: Final = re.compile(r"[ \t]*(`{3,}|~{3,})(.*)")
_FULL: Final = 100.0


class RoundResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a round has found."""

    score: float = 0.0
    data: Mapping[str, Any] | None = None
    """The result; `None` where only an exit code speaks, or nothing usable was said."""
    denied: bool = False
    """`complete: false` stands in it: no score makes it a pass."""
    error: str = ""
    """Why it is invalid, or which step of the check failed."""
    code: str | None = None

    def passes(self, threshold: float) -> bool:
        return not self.error and not self.denied and self.score >= threshold

    def status(self, threshold: float) -> Literal["complete", "incomplete", "failed"]:
        if self.error:
            return "failed"
        return "complete" if self.passes(threshold) else "incomplete"


def invalid(reason: str, code: str = "PT520", data: Mapping[str, Any] | None = None) -> RoundResult:
    """Returns the result of a round that cannot be used."""
    return RoundResult(error=one_line(reason), code=code, data=data)


def result_of_shell(stdout: str, *, ok: bool) -> RoundResult:
    """Returns what a command says; without a result in its stdout the exit code decides."""
    found = _usable((stdout, _last_line(stdout)))
    return RoundResult(score=_FULL if ok else 0.0) if found is None else result_of_data(found)


def result_of_agent(text: str) -> RoundResult:
    """Returns what an agent says in its final text."""
    found = _usable((text, _last_block(text), _last_line(text)))
    return invalid("the agent's answer holds no result") if found is None else result_of_data(found)


def result_of_file(text: str, path: str) -> RoundResult:
    """Returns what a result file says."""
    try:
        data = load_json(text)
    except JsonError as error:
        return invalid(f"'{path}' is not JSON: {error}")
    if not isinstance(data, dict):
        return invalid(f"'{path}' holds no JSON object")
    return result_of_data(data)


def result_of_data(data: Mapping[str, Any]) -> RoundResult:
    """Returns what a JSON object is worth."""
    for name in ("missing", "implemented"):
        if not isinstance(data.get(name), list | None):
            return invalid(f"'{name}' of the result is no list", data=data)
    if not isinstance(data.get("gaps"), list | dict | None):
        return invalid("'gaps' of the result is neither a list nor an object", data=data)
    try:
        score = _score(data)
    except ValueError as error:
        return invalid(str(error), data=data)
    return RoundResult(score=score, data=data, denied=data.get("complete") is False)


def _score(data: Mapping[str, Any]) -> float:
    for name in SCORES:
        if data.get(name) is not None:
            try:
                return score_of_data(data[name])
            except ValueError as error:
                raise ValueError(f"'{name}' of the result is no score: {error}") from error
    for name in VERDICTS:
        if isinstance(data.get(name), bool):
            return _FULL if data[name] else 0.0
    if data.get("status") is not None:
        return _FULL if data["status"] in ("complete", "skipped") else 0.0
    raise ValueError("the result holds no score")


def _usable(texts: tuple[str, ...]) -> Mapping[str, Any] | None:
    """Returns the first text that is a JSON object with a score or a verdict."""
    for text in texts:
        if not text.strip().startswith("{"):
            continue
        try:
            data = load_json(text)
        except JsonError:
            continue
        if isinstance(data, dict) and not _SHAPES.isdisjoint(data):
            return data
    return None


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")


def _last_block(text: str) -> str:
    """Returns what stands between the last pair of fences."""
    last, fence, begin = "", "", 0
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = _FENCE.match(line)
        if found is None:
            continue
        if not fence:
            fence, begin = found[1], number + 1
        elif found[1].startswith(fence) and not found[2].strip():
            last, fence = "\n".join(lines[begin:number]), ""
    return last

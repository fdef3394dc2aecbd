"""Judges how an execution of Claude Code ended. Pure.

Its exit code and its word "success" cannot be trusted: both also come when every tool was denied, when the slash
command does not exist and when it was interrupted. So the facts of the stream are weighed, in the order of `judge`.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from prodigy_tui.agents.claude_stream import Facts, Result
from prodigy_tui.agents.oneline import one_line
from prodigy_tui.agents.provider import Kind
from prodigy_tui.process import Ended

_REFUSED_FOR_NOW = (429, 529)
_LIMIT_WORDS = frozenset({"rate_limit", "overloaded"})
_USAGE_LIMIT = re.compile(r"\b(?:usage|session|weekly|hour|opus|sonnet) limit\b|\bhit your\b.*\blimit\b", re.IGNORECASE)
"""How the CLI words the exhausted quota of a subscription, which comes without a status."""
_STATUS = re.compile(r"API Error: (\d{3})\b")
"""Versions before 2.1 tell the status only in the text."""
_EPOCH = re.compile(r"\|(\d{10})\b")
"""Older versions append when it ends."""
_MEANINGS = {
    "error_max_turns": "it used up its turns",
    "error_max_budget_usd": "it used up its own budget",
    "prompt_too_long": "the prompt is too long",
}
_NO_CONVERSATION = "No conversation found"
_SIGNAL_BASE = 128


class Verdict(Struct, frozen=True, kw_only=True):
    """The judged part of an `AgentResult`."""

    kind: Kind
    reason: str = ""
    text: str = ""
    limit_s: float | None = None


def is_unknown(command: str | None, facts: Facts) -> bool:
    """Returns whether the CLI has told its slash commands and this is none of them."""
    return command is not None and facts.commands is not None and command not in facts.commands


def is_lost(facts: Facts, stderr: Sequence[str]) -> bool:
    """Returns whether the CLI has not found the conversation that it was to go on with."""
    said = [*stderr, *(error for result in facts.results for error in result.errors)]
    return not any(result.turns for result in facts.results) and any(_NO_CONVERSATION in line for line in said)


def judge(
    facts: Facts, ended: Ended, *, command: str | None, allow_denied: bool, stderr: Sequence[str], now: datetime
) -> Verdict:
    """Returns what an ended execution amounts to.

    Args:
        facts: What its stream told.
        ended: How its process ended.
        command: The slash command that the prompt calls, if it does.
        allow_denied: Whether denied tools are fine.
        stderr: The last lines of its error output.
        now: To turn the announced end of a limit into a wait.
    """
    result = _last_word(facts, ended)
    answered = result is not None and not facts.working and not result.was_interrupted
    if ended.reason in ("timeout", "idle") and not answered:
        why = "ran out of time" if ended.reason == "timeout" else "was silent for too long"
        return Verdict(kind="timeout", reason=f"claude {why} and was stopped")
    if is_unknown(command, facts):
        return Verdict(kind="agent", reason=f"unknown slash command '/{command}'")
    if result is None:
        return Verdict(kind="agent", reason=_without_result(ended, stderr))
    if result.is_error or result.subtype != "success":
        return _failed(result, facts, now)
    denied = facts.denied + [tool for result in facts.results for tool in result.denied_tools]
    if denied and not allow_denied:
        tools = ", ".join(dict.fromkeys(denied))
        why = one_line(f"not permitted: {tools}; add to options.allowed_tools")
        return Verdict(kind="denied", reason=why, text=result.text)
    if command is not None and result.turns == 0:
        why = one_line(f"the slash command '/{command}' did not run: {result.text}")
        return Verdict(kind="agent", reason=why, text=result.text)
    return Verdict(kind="ok", text=result.text)


def _last_word(facts: Facts, ended: Ended) -> Result | None:
    """The result that counts: not the one by which the CLI tells that we have interrupted it, if it had answered."""
    if ended.reason in ("timeout", "idle", "cancelled"):
        answers = [result for result in facts.results if not result.was_interrupted]
        if answers:
            return answers[-1]
    return facts.results[-1] if facts.results else None


def _failed(result: Result, facts: Facts, now: datetime) -> Verdict:
    said = one_line(result.text or "; ".join(result.errors))
    status = result.status or _status_in(result.text)
    if status in _REFUSED_FOR_NOW or facts.error in _LIMIT_WORDS or _USAGE_LIMIT.search(said):
        until = facts.limit_until or _announced(result.text)
        limit_s = None if until is None else max(0.0, (until - now).total_seconds())
        return Verdict(kind="limit", reason=said or "the service refuses for now", text=result.text, limit_s=limit_s)
    if result.was_interrupted:
        return Verdict(kind="cancelled", reason="claude was interrupted", text=result.text)
    meaning = _MEANINGS.get(result.subtype) or _MEANINGS.get(result.terminal_reason)
    fallback = facts.error or result.terminal_reason or result.subtype or "claude reported an error"
    reason = one_line(f"{meaning}: {said}" if meaning and said else said or fallback)
    return Verdict(kind="agent", reason=reason, text=result.text)


def _status_in(text: str) -> int | None:
    match = _STATUS.match(text)
    return int(match.group(1)) if match else None


def _announced(text: str) -> datetime | None:
    match = _EPOCH.search(text)
    return datetime.fromtimestamp(int(match.group(1)), UTC) if match else None


def _without_result(ended: Ended, stderr: Sequence[str]) -> str:
    last = next((one_line(line) for line in reversed(stderr) if line.strip()), "")
    by_signal = ended.reason == "signal" or ended.exit_code > _SIGNAL_BASE
    how = f"was ended by signal {ended.exit_code - _SIGNAL_BASE}" if by_signal else f"exited with {ended.exit_code}"
    return one_line(f"claude {how} without a result" + (f": {last}" if last else ""))

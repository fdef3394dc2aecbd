"""When a failure is repeated, and after how long: the tables of language 6.5 and 6.6 as functions.

Pure, for single steps and for whole attempts at an item alike; chance is handed in as a number.
"""

import re
from typing import Final

from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.model import Backoff, Matcher, Retry
from prodigy_tui.workflow.patterns import PatternTimeout, compile_pattern

SEARCHED_CHARACTERS: Final = 64 * 1024
"""How much of the end of a text is searched."""

NOT_RETRYABLE: Final = frozenset({"interpolation", "denied", "budget", "handler", "cancelled"})
"""Kinds of failure that the same command would only meet again, or that a person wanted."""

_LONGEST_S: Final = 365 * 86400.0
"""Where a delay without a limit grows beyond all bounds."""

_BY_KIND: Final = frozenset({"timeout", "no_commit", "missing_output", "validation", "capture", "agent", "exit"})
_SIGNS: Final = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "network": r"network|connection (refused|reset|aborted|closed|timed out)|unreachable|could not resolve"
        r"|name resolution|broken pipe|\bE(CONN\w+|HOSTUNREACH|NETUNREACH|AI_AGAIN)\b",
        "timeout": r"time[d]?[ -]?out|ETIMEDOUT|deadline exceeded",
        "server_error": r"\b(500|502|503|504|529)\b|server error|bad gateway|service unavailable|overloaded",
        "rate_limit": r"\b429\b|rate.?limit|too many requests|quota exceeded|usage limit",
    }.items()
}
"""What a failure of each sort says of itself."""


def next_delay(
    retry: Retry, execution: int, failure: Failure, text: str, *, since_start_s: float, jitter: float
) -> float | None:
    """Returns how long to wait before the next execution, or `None` when this one was the last.

    Args:
        retry: What the author said.
        execution: Number of the execution that failed, from 1.
        failure: Why.
        text: What is searched for signs of the reason, see `matches`.
        since_start_s: Time since the first execution began.
        jitter: Chance, at least 0 and below 1.
    """
    if execution >= retry.attempts or not matches(retry, failure, text):
        return None
    delay = delay_s(retry, execution, jitter)
    over = retry.retry_budget is not None and since_start_s + delay > retry.retry_budget
    return None if over else delay


def matches(retry: Retry, failure: Failure, text: str) -> bool:
    """Tells whether a failure may be repeated and, where `retry_on` lists some, is one of those.

    Args:
        retry: What the author said.
        failure: The failure.
        text: Its stderr, the final text of an agent, and the reason; the last 64 KiB count.
    """
    if failure.kind in NOT_RETRYABLE:
        return False
    if failure.kind == "validation":
        return any(matcher.kind == "validation" for matcher in retry.retry_on)
    end = text[-SEARCHED_CHARACTERS:]
    return not retry.retry_on or any(_matches(matcher, failure, end) for matcher in retry.retry_on)


def delay_s(retry: Retry, repetition: int, jitter: float) -> float:
    """Returns the delay before repetition 1, 2, …; `jitter` is at least 0 and below 1."""
    longest = _LONGEST_S if retry.max_delay is None else retry.max_delay
    delay = min(longest, _base_s(retry, repetition, longest))
    least, spread = delay * (1 - retry.jitter), 2 * delay * retry.jitter
    return min(longest, least + spread * jitter)


def _matches(matcher: Matcher, failure: Failure, text: str) -> bool:
    if matcher.kind == "any" or (matcher.kind in _BY_KIND and matcher.kind == failure.kind):
        return True
    if matcher.kind == "exit_code":
        return failure.exit_code in matcher.codes
    if matcher.kind == "pattern":
        assert matcher.pattern is not None, "the builder gives it one"
        try:
            return compile_pattern(matcher.pattern)(text)
        except PatternTimeout:
            return False
    sign = _SIGNS.get(matcher.kind)
    return sign is not None and sign.search(text) is not None


def _base_s(retry: Retry, repetition: int, longest: float) -> float:
    """Returns the delay as the back-off has it, before limit and jitter."""
    backoff, first = retry.backoff, retry.initial_delay
    match backoff.kind:
        case "fixed":
            return first
        case "linear":
            step = first if backoff.increment is None else backoff.increment
            return first + step * (repetition - 1)
        case "exponential":
            try:
                return first * backoff.base ** (repetition - 1)
            except OverflowError:
                return longest
        case "fibonacci":
            return first * _fibonacci(repetition)
        case "custom":
            return _custom_s(backoff, repetition, longest)


def _custom_s(backoff: Backoff, repetition: int, longest: float) -> float:
    return backoff.delays[repetition - 1] if repetition <= len(backoff.delays) else longest


def _fibonacci(number: int) -> int:
    before, found = 0, 1
    for _ in range(number - 1):
        before, found = found, before + found
    return found

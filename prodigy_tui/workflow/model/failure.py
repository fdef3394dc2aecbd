"""When a failed command is repeated, and how long the waits are (language 6.5, 6.6)."""

from typing import Literal, TypeAlias

from prodigy_tui.workflow.model.base import Model

MatcherKind: TypeAlias = Literal[
    "network",
    "timeout",
    "server_error",
    "rate_limit",
    "no_commit",
    "missing_output",
    "validation",
    "capture",
    "agent",
    "exit",
    "any",
    "exit_code",
    "pattern",
]
BackoffKind: TypeAlias = Literal["fixed", "linear", "exponential", "fibonacci", "custom"]


class Matcher(Model, frozen=True, kw_only=True):
    """One entry of `retry_on`."""

    kind: MatcherKind
    codes: tuple[int, ...] = ()
    """Where `kind` is `exit_code`."""
    pattern: str | None = None
    """Where `kind` is `pattern`."""


class Backoff(Model, frozen=True, kw_only=True):
    """How the delays grow; the first delay is `Retry.initial_delay`."""

    kind: BackoffKind = "exponential"
    increment: float | None = None
    """Of `linear`; `None`: the first delay."""
    base: float = 2.0
    """Of `exponential`."""
    delays: tuple[float, ...] = ()
    """Of `custom`; past its end every delay is `max_delay`."""

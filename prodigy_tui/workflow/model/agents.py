"""How the agents of a map run: side by side, how long, where, and what they may change (language 13.6 to 13.10)."""

from typing import Literal

from prodigy_tui.workflow.model.base import Model
from prodigy_tui.workflow.model.steps import Step


class AutoParallel(Model, frozen=True, kw_only=True):
    """`max_parallel: auto`."""

    min: int = 1
    start: int = 4
    max: int = 32


class Canary(Model, frozen=True, kw_only=True):
    """`canary:`; either `count` or `percent`."""

    count: int | None = None
    percent: float | None = None
    """A part of the items, 0 to 1."""
    gate: Literal["approve", "auto", "steps"] = "approve"
    steps: tuple[Step, ...] = ()
    """Where `gate` is `steps`."""
    min_success: float = 1.0
    question: str | None = None
    """A text with references."""


class CommandTimeout(Model, frozen=True, kw_only=True):
    """One entry of `command_timeouts`."""

    kind: str
    number: int | None = None
    """Of one step only: the n-th of its kind, from 0; it comes before the entry of the whole kind."""
    timeout: float | None = None


class AgentTimeouts(Model, frozen=True, kw_only=True):
    """`map.agent_timeout` and `map.timeout_config` (language 13.6)."""

    agent_timeout: float | None = None
    policy: Literal["per_agent", "per_command", "hybrid"] = "per_agent"
    commands: tuple[CommandTimeout, ...] = ()
    action: Literal["retry", "dlq", "skip", "fail"] | None = None
    """None: an ordinary failure."""
    grace: float = 10.0


class WorktreeRules(Model, frozen=True, kw_only=True):
    """`worktree:` (language 13.10)."""

    include: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    """`copy`."""
    links: tuple[str, ...] = ()
    """`link`."""
    mode: Literal["pooled", "fresh"] = "pooled"
    keep: tuple[str, ...] = ()
    setup: tuple[Step, ...] = ()
    sparse: tuple[str, ...] = ()
    """Texts with references."""

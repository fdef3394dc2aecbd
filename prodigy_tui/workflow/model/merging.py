"""How work comes together: agent merges and the landing (language 16)."""

from typing import Literal

from prodigy_tui.workflow.model.base import Model
from prodigy_tui.workflow.model.steps import Step


class MergePolicy(Model, frozen=True, kw_only=True):
    """One entry of `policies`; the first whose glob matches a file counts."""

    path: str
    policy: Literal["union", "ours", "theirs", "regenerate", "forbid"]
    command: str | None = None
    """Shell text, of `regenerate`."""


class Verify(Model, frozen=True, kw_only=True):
    """`verify:`."""

    steps: tuple[Step, ...] = ()
    batch: int = 1
    auto_batch: bool = False
    """`batch: auto`; it stands in for the number."""
    flaky_retries: int = 1
    timeout: float | None = None
    fix: Step | None = None


class Conflict(Model, frozen=True, kw_only=True):
    """`conflict:`."""

    action: Literal["fail", "dlq", "agent"]
    step: Step | None = None
    """Where `action` is `agent`."""
    attempts: int = 1
    timeout: float | None = 900.0


class MergeRules(Model, frozen=True, kw_only=True):
    """What holds for one sort of merge, after `at` and `agents` have been applied."""

    verify: Verify | None = None
    conflict: Conflict


class MergePhase(Model, frozen=True, kw_only=True):
    """`merge:`."""

    steps: tuple[Step, ...] = ()
    target: str | None = None
    strategy: Literal["merge", "squash", "rebase"] = "merge"
    message: str | None = None
    land: bool = True
    timeout: float | None = None
    policies: tuple[MergePolicy, ...] = ()
    agents: MergeRules = MergeRules(conflict=Conflict(action="dlq"))
    """Item branch to run branch."""
    landing: MergeRules = MergeRules(conflict=Conflict(action="fail"))
    """Run branch to target."""

"""How the work of a run would come together, as data: policies, conflicts, verification (language 16). Pure."""

from typing import Literal

from msgspec import Struct

from prodigy_tui.engine.planning.plan import PlannedStep, plan_step, plan_steps
from prodigy_tui.workflow.model import Conflict, MergeRules, Verify, Workflow


class PlannedPolicy(Struct, frozen=True, kw_only=True):
    """What becomes of a file that both sides have changed."""

    path: str
    policy: str
    command: str | None
    """Of `regenerate`."""


class PlannedConflict(Struct, frozen=True, kw_only=True):
    """What follows when git cannot merge."""

    action: Literal["fail", "dlq", "agent"]
    attempts: int | None = None
    """Of an agent, as `timeout` and `step`."""
    timeout: float | None = None
    step: PlannedStep | None = None


class PlannedVerify(Struct, frozen=True, kw_only=True):
    """What has to pass before a merge counts."""

    steps: tuple[PlannedStep, ...]
    batch: int | Literal["auto"]
    """Branches that are verified at once."""
    flaky_retries: int
    timeout: float | None
    fix: PlannedStep | None


class PlannedRules(Struct, frozen=True, kw_only=True):
    """What holds for one sort of merge."""

    conflict: PlannedConflict
    verify: PlannedVerify | None


class PlannedMerging(Struct, frozen=True, kw_only=True):
    """What holds for all merges of a run."""

    policies: tuple[PlannedPolicy, ...]
    """The first that fits a file counts."""
    agents: PlannedRules | None
    """Of the branches of items; None for a plain workflow, which has none."""
    landing: PlannedRules


def plan_merging(workflow: Workflow, provider: str | None = None) -> PlannedMerging:
    """Returns what holds for merges; `provider` replaces that of every agent step."""
    merge = workflow.merge
    return PlannedMerging(
        policies=tuple(PlannedPolicy(path=one.path, policy=one.policy, command=one.command) for one in merge.policies),
        agents=_rules(merge.agents, provider) if workflow.map is not None else None,
        landing=_rules(merge.landing, provider),
    )


def _rules(rules: MergeRules, provider: str | None) -> PlannedRules:
    verify = None if rules.verify is None else _verify(rules.verify, provider)
    return PlannedRules(conflict=_conflict(rules.conflict, provider), verify=verify)


def _conflict(conflict: Conflict, provider: str | None) -> PlannedConflict:
    if conflict.step is None:
        return PlannedConflict(action=conflict.action)
    step = plan_step(conflict.step, provider)
    return PlannedConflict(action=conflict.action, attempts=conflict.attempts, timeout=conflict.timeout, step=step)


def _verify(verify: Verify, provider: str | None) -> PlannedVerify:
    return PlannedVerify(
        steps=plan_steps(verify.steps, provider),
        batch="auto" if verify.auto_batch else verify.batch,
        flaky_retries=verify.flaky_retries,
        timeout=verify.timeout,
        fix=None if verify.fix is None else plan_step(verify.fix, provider),
    )

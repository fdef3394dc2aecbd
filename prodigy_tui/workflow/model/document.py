"""A whole workflow."""

from collections.abc import Mapping
from typing import Any, Literal

from prodigy_tui.workflow.model.agents import WorktreeRules
from prodigy_tui.workflow.model.base import Model
from prodigy_tui.workflow.model.calls import WorkflowCall
from prodigy_tui.workflow.model.environment import Environment
from prodigy_tui.workflow.model.limits import Budget, Notification
from prodigy_tui.workflow.model.merging import MergePhase
from prodigy_tui.workflow.model.parameters import ParameterSpec
from prodigy_tui.workflow.model.phases import MapPhase, PhaseSteps
from prodigy_tui.workflow.model.policy import ErrorPolicy


class Workflow(Model, frozen=True, kw_only=True):
    """A whole workflow."""

    name: str
    description: str = ""
    version: str | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()
    kind: Literal["plain", "mapreduce"]
    steps: PhaseSteps = PhaseSteps()
    """Of a plain workflow."""
    max_iterations: int = 1
    """Of a plain workflow: passes over its steps, until one moves HEAD no more."""
    sub_workflows: tuple[WorkflowCall, ...] = ()
    """What runs before the steps."""
    called: Mapping[str, "Workflow"] = {}
    """Of the started workflow: every workflow that it or another one calls, by `WorkflowCall.target`."""
    names: Mapping[str, str] = {}
    """Of the started workflow: what stands under `workflows`, by name, as keys of `called`."""
    setup: PhaseSteps = PhaseSteps()
    map: MapPhase | None = None
    reduce: PhaseSteps = PhaseSteps()
    merge: MergePhase = MergePhase()
    parameters: tuple[ParameterSpec, ...] = ()
    """What it asks for; the values belong to the run."""
    vars: Mapping[str, Any] = {}
    """Constants: any JSON values."""
    environment: Environment = Environment()
    error_policy: ErrorPolicy = ErrorPolicy()
    timeout: float | None = None
    """Limit of the whole run."""
    uncommitted: Literal["patch", "commit", "fail"] = "patch"
    worktree: WorktreeRules | None = None
    budget: Budget | None = None
    notify: tuple[Notification, ...] = ()

"""Steps, and everything that holds steps itself: handlers, retries, checks, loops (language 5, 6, 14)."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from prodigy_tui.workflow.model.base import Condition, Model
from prodigy_tui.workflow.model.commands import (
    AgentCommand,
    AnalyzeCommand,
    ApproveCommand,
    LoopSource,
    ShellCommand,
    WaitCommand,
    WorkflowCommand,
    WriteFileCommand,
)
from prodigy_tui.workflow.model.environment import Variables
from prodigy_tui.workflow.model.failure import Backoff, Matcher
from prodigy_tui.workflow.model.parameters import ParameterSpec
from prodigy_tui.workflow.model.results import AllowedPaths, Capture, CommitConfig, OutputSpec

Strategy: TypeAlias = Literal["recovery", "fallback", "cleanup", "custom"]


class Handler(Model, frozen=True, kw_only=True):
    """The normal form of `on_failure` (language 6.1), defaults of 6.2 applied."""

    steps: tuple["Step", ...] = ()
    tolerate: bool = False
    """`on_failure: true` and its equal spellings: the failure is tolerated, nothing runs."""
    strategy: Strategy = "fallback"
    rounds: int = 1
    """`max_attempts`: how often the step's own body runs at most."""
    fail_workflow: bool | None = None
    fatal: bool = False
    """`handler_failure_fatal`."""
    timeout: float | None = None
    when: Condition | None = None
    captures: tuple[str, ...] = ()
    """Names that get the combined output of the handler."""


class StepGroup(Model, frozen=True, kw_only=True):
    """Steps that run one after the other under one limit."""

    steps: tuple["Step", ...] = ()
    timeout: float | None = None


class ExitCodeHandler(Model, frozen=True, kw_only=True):
    """One entry of `on_exit_code`; a listed code beats a range, a range beats `nonzero`."""

    codes: tuple[int, ...] = ()
    ranges: tuple[tuple[int, int], ...] = ()
    """First and last code."""
    nonzero: bool = False
    """Any failing code."""
    handler: Handler | None = None
    """`None`: the failure stands, whatever `on_failure` says."""


class Retry(Model, frozen=True, kw_only=True):
    """`retry:`, with `retry_defaults` already applied."""

    attempts: int = 3
    """Executions in all."""
    backoff: Backoff = Backoff()
    initial_delay: float = 1.0
    max_delay: float | None = 30.0
    jitter: float = 0.0
    """A part of the delay, 0 to 1."""
    retry_on: tuple[Matcher, ...] = ()
    """None: every failure that can be repeated."""
    retry_budget: float | None = None
    on_failure: Literal["stop", "continue", "fallback"] = "stop"
    fallback: tuple["Step", ...] = ()
    """Where `on_failure` is `fallback`."""


class OnIncomplete(Model, frozen=True, kw_only=True):
    """`on_incomplete:` (language 14.4)."""

    steps: tuple["Step", ...] = ()
    max_attempts: int = 2
    fail_workflow: bool = True
    fatal: bool = False
    """`handler_failure_fatal`."""
    prompt: str | None = None
    """A question that decides in the end."""
    timeout: float | None = None


class Validation(Model, frozen=True, kw_only=True):
    """`validate:` (language 14.1)."""

    form: Literal["shell", "agent", "steps", "file"]
    """How a round's result is found (14.2); `file`: nothing runs, `result_file` is read."""
    steps: tuple["Step", ...] = ()
    """What runs in a round; of `shell` and `agent` one step."""
    threshold: float = 100.0
    result_file: str | None = None
    expected_schema: Mapping[str, Any] | str | None = None
    """A JSON Schema, or the path of one."""
    timeout: float | None = None
    """Of one round, from `validation_timeout` too."""
    on_incomplete: OnIncomplete | None = None
    fail_workflow: bool = True
    """Without `on_incomplete`: whether missing the score is a failure."""


class StepCheck(Model, frozen=True, kw_only=True):
    """One of the commands of `step_validate`."""

    step: "Step"
    expect_output: str | None = None
    expect_exit_code: int = 0


class StepValidate(Model, frozen=True, kw_only=True):
    """`step_validate:` (language 14.6)."""

    checks: tuple[StepCheck, ...] = ()
    at_least: int | None = None
    """How many must pass; `None`: all."""
    max_attempts: int = 1
    retry_delay: float = 5.0
    timeout: float | None = None
    """Of one round: `validation_timeout`."""


class ForeachCommand(Model, frozen=True, kw_only=True):
    """`foreach:`; a loop inside one worktree (language 5.6)."""

    kind: Literal["foreach"] = "foreach"
    source: LoopSource
    do: tuple["Step", ...] = ()
    parallel: int = 1
    continue_on_error: bool = False
    max_items: int | None = None
    variable: str = "item"
    """`as`."""
    until: Condition | None = None


class UseCommand(Model, frozen=True, kw_only=True):
    """`use:`; the steps of a template with its parameters bound (language 15.4)."""

    kind: Literal["use"] = "use"
    template: str
    values: Mapping[str, Any] = {}
    """`with`: texts with references, or any data."""
    parameters: tuple[ParameterSpec, ...] = ()
    """What the template asks for."""
    steps: tuple["Step", ...] = ()


class GoalSeekCommand(Model, frozen=True, kw_only=True):
    """`goal_seek:`; repeats its steps until `validation` gives the score (language 14.6)."""

    kind: Literal["goal_seek"] = "goal_seek"
    goal: str | None = None
    steps: tuple["Step", ...] = ()
    validation: Validation
    """Without `on_incomplete`: the steps themselves are what is done below the score."""
    max_attempts: int = 5
    """How often the steps run at most."""
    timeout: float | None = None
    """Of the whole."""
    until: Condition | None = None
    patience: int | None = None
    """Rounds without a better score that end it."""
    fail_on_incomplete: bool = True


class ValidateCommand(Model, frozen=True, kw_only=True):
    """`validate:` without another command: a step that only checks."""

    kind: Literal["validate"] = "validate"
    validation: Validation


PlainCommand: TypeAlias = ShellCommand | AgentCommand | WriteFileCommand | AnalyzeCommand | ValidateCommand
CompositeCommand: TypeAlias = (
    ForeachCommand | UseCommand | WorkflowCommand | GoalSeekCommand | ApproveCommand | WaitCommand
)
"""Commands that hold steps, or wait."""
Command: TypeAlias = PlainCommand | CompositeCommand


class Step(Model, frozen=True, kw_only=True):
    """One step: a command and the fields that every kind takes."""

    command: Command
    label: str
    """`name` where given, else a short form of the command; for people."""
    name: str | None = None
    id: str | None = None
    when: Condition | None = None
    env: Variables = msgspec.field(default_factory=dict)
    """Texts with references; `None` removes the variable."""
    temporary: bool = True
    clear_env: bool = False
    working_dir: str | None = None
    timeout: float | None = None
    idle_timeout: float | None = None
    """`None` on an agent step means the default of 30 minutes unless `no_idle_timeout`."""
    no_idle_timeout: bool = False
    retry: Retry | None = None
    on_failure: Handler | None = None
    on_success: StepGroup | None = None
    on_exit_code: tuple[ExitCodeHandler, ...] = ()
    capture: Capture = Capture()
    output_file: str | None = None
    outputs: tuple[OutputSpec, ...] = ()
    commit_required: bool = False
    auto_commit: bool = False
    commit_config: CommitConfig = CommitConfig()
    validation: Validation | None = None
    """`validate` beside a command."""
    step_validate: StepValidate | None = None
    skip_validation: bool = False
    ignore_validation_failure: bool = False
    paths: AllowedPaths | None = None
    """`None`: the step may change every file."""
    line: int = 0
    """Where the step stands in its file, 1-based."""

    @property
    def check(self) -> Validation | None:
        """What gives the step its score; it may be all that the step is."""
        return self.command.validation if isinstance(self.command, ValidateCommand) else self.validation

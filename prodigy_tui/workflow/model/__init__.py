"""The workflow as frozen data, after every spelling has been brought to one form.

`load` makes these from text; the engine reads them. Durations are seconds, `None` means no limit. Texts that may hold
references are kept as written (`interpolate` compiles them); expressions are kept as written too and have been parsed
once at load. A field's string below it is its documentation.
"""

from prodigy_tui.workflow.model.agents import (
    AgentTimeouts,
    AutoParallel,
    Canary,
    CommandTimeout,
    WorktreeRules,
)
from prodigy_tui.workflow.model.base import Condition, Model, Phase
from prodigy_tui.workflow.model.calls import WorkflowCall
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
from prodigy_tui.workflow.model.document import Workflow
from prodigy_tui.workflow.model.environment import (
    EnvCommand,
    EnvCondition,
    EnvFile,
    Environment,
    EnvValue,
    Place,
    Profile,
    SecretSource,
    Variable,
    Variables,
)
from prodigy_tui.workflow.model.failure import Backoff, Matcher
from prodigy_tui.workflow.model.limits import Budget, Notification, Spent
from prodigy_tui.workflow.model.merging import Conflict, MergePhase, MergePolicy, MergeRules, Verify
from prodigy_tui.workflow.model.parameters import ParameterSpec, ParameterType
from prodigy_tui.workflow.model.phases import ItemInput, MapPhase, PhaseSteps, SetupCapture, SortKey
from prodigy_tui.workflow.model.policy import CircuitBreaker, ErrorCollection, ErrorPolicy
from prodigy_tui.workflow.model.results import AllowedPaths, Capture, CommitConfig, OutputSpec
from prodigy_tui.workflow.model.steps import (
    Command,
    CompositeCommand,
    ExitCodeHandler,
    ForeachCommand,
    GoalSeekCommand,
    Handler,
    OnIncomplete,
    PlainCommand,
    Retry,
    Step,
    StepCheck,
    StepGroup,
    StepValidate,
    UseCommand,
    ValidateCommand,
    Validation,
)

__all__ = [
    "AgentCommand",
    "AgentTimeouts",
    "AllowedPaths",
    "AnalyzeCommand",
    "ApproveCommand",
    "AutoParallel",
    "Backoff",
    "Budget",
    "Canary",
    "Capture",
    "CircuitBreaker",
    "Command",
    "CommandTimeout",
    "CommitConfig",
    "CompositeCommand",
    "Condition",
    "Conflict",
    "EnvCommand",
    "EnvCondition",
    "EnvFile",
    "EnvValue",
    "Environment",
    "ErrorCollection",
    "ErrorPolicy",
    "ExitCodeHandler",
    "ForeachCommand",
    "GoalSeekCommand",
    "Handler",
    "ItemInput",
    "LoopSource",
    "MapPhase",
    "Matcher",
    "MergePhase",
    "MergePolicy",
    "MergeRules",
    "Model",
    "Notification",
    "OnIncomplete",
    "OutputSpec",
    "ParameterSpec",
    "ParameterType",
    "Phase",
    "PhaseSteps",
    "Place",
    "PlainCommand",
    "Profile",
    "Retry",
    "SecretSource",
    "SetupCapture",
    "ShellCommand",
    "SortKey",
    "Spent",
    "Step",
    "StepCheck",
    "StepGroup",
    "StepValidate",
    "UseCommand",
    "ValidateCommand",
    "Validation",
    "Variable",
    "Variables",
    "Verify",
    "WaitCommand",
    "Workflow",
    "WorkflowCall",
    "WorkflowCommand",
    "WorktreeRules",
    "WriteFileCommand",
]

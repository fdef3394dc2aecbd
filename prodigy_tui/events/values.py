"""The words and values that events are made of, as frozen data: items, settings, failures, results.

Fields only ever get added, with a default.
"""

from typing import Any, Literal, TypeAlias

import msgspec

PhaseName: TypeAlias = Literal["steps", "setup", "map", "reduce", "merge"]
RunKind: TypeAlias = Literal["plain", "mapreduce"]
StepKind: TypeAlias = Literal[
    "shell",
    "agent",
    "write_file",
    "analyze",
    "foreach",
    "approve",
    "wait",
    "use",
    "workflow",
    "goal_seek",
    "validate",
]
StepStatus: TypeAlias = Literal["ok", "recovered", "tolerated", "skipped", "failed", "cancelled"]
AgentOutcome: TypeAlias = Literal["success", "failed", "suspect", "cancelled", "interrupted"]
RunStatus: TypeAlias = Literal[
    "running", "paused", "waiting", "succeeded", "failed", "stopped", "interrupted", "cancelled"
]
PhaseStatus: TypeAlias = Literal["ok", "failed", "skipped", "interrupted"]
SignalName: TypeAlias = Literal[
    "pause",
    "resume",
    "drain",
    "stop",
    "kill",
    "set-parallel",
    "stop-item",
    "skip",
    "retry",
    "tell",
    "answer",
    "merge",
    "leave",
]
"""`leave`: the person has left; the process goes on without anybody who could answer."""
GateKind: TypeAlias = Literal["landing", "canary", "approve", "incomplete", "suspect", "budget"]
"""`approve` and `incomplete` (the question of `on_incomplete.prompt`) hold up a step, the others the run or an item."""
MergeMode: TypeAlias = Literal["ask", "yes", "no"]
MergeStrategy: TypeAlias = Literal["merge", "squash", "rebase"]
MergeStatus: TypeAlias = Literal["merged", "contained", "conflict", "failed"]
"""`failed`: git could merge it, but it may not be merged."""
ResolutionPurpose: TypeAlias = Literal["conflict", "regenerate"]
"""`conflict`: an agent solves it; `regenerate`: a command makes files anew."""
VerifyPurpose: TypeAlias = Literal["candidate", "base", "part", "again", "fix", "fixed"]
"""`base`: after a failure, what the branches were merged onto; `part`: not all of a batch; `again`: whether
the failure comes again; `fix`: the step that mends, which is no check; `fixed`: what that has made."""
VerifyStatus: TypeAlias = Literal["ok", "failed", "interrupted"]
LandingStatus: TypeAlias = Literal["landed", "unmerged", "refused", "conflict", "nothing"]
MessageKind: TypeAlias = Literal["session", "said", "thought", "tool", "result", "retry", "denied", "told"]
"""`told`: what a person told the agent."""
HeldBy: TypeAlias = Literal["quota", "turn"]
"""`quota`: the provider's limit has not ended; `turn`: as many as it seems to bear are at work, others go first."""


class Data(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A value inside an event."""


class StepOutline(Data, frozen=True, kw_only=True):
    """One step as the workflow's author sees it."""

    label: str
    kind: StepKind


class PhaseOutline(Data, frozen=True, kw_only=True):
    """A phase and its steps; for `map` the steps of the agent template."""

    phase: PhaseName
    steps: tuple[StepOutline, ...] = ()


class RunSettings(Data, frozen=True, kw_only=True):
    """What the operator asked for on the command line; recorded so that a resumed run means the same."""

    max_parallel: int | None = None
    canary: int | None = None
    """`--canary`."""
    max_items: int | None = None
    filter: str | None = None
    items: tuple[str, ...] = ()
    provider: str | None = None
    script: Any = None
    """The rules of `--script FILE`, replacing the script of every scripted agent."""
    merge: MergeMode = "ask"
    yes: bool = False
    """`-y`: the questions of steps and canaries are answered for the operator; suspects are not."""
    keep_worktrees: bool = False
    keep_failed: int = 10
    """So many worktrees of failed items are kept, the newest."""
    budget_usd: float | None = None
    """`--budget-usd`, in the place of the workflow's; likewise the next two."""
    budget_tokens: int | None = None
    time_limit_s: float | None = None
    allow_outside: tuple[str, ...] = ()
    guard: Literal["warn", "stop"] = "warn"
    """What a change of the user's checkout by somebody else means while steps are at work."""
    parameters: dict[str, Any] = {}
    """The values of all parameters that have one, bound; secret ones are never among them and are given again."""
    arguments: tuple[str, ...] = ()
    """`--args`, in order."""
    max_iterations: int | None = None
    """`-n`: passes over the steps of a plain workflow."""
    profile: str | None = None
    """`--profile`, or what `PRODIGY_PROFILE` said at the start."""
    env: dict[str, str] = {}
    """`--env`; a name that the workflow calls a secret is not recorded."""


class Sources(Data, frozen=True, kw_only=True):
    """The files besides the started one that a workflow is made of, and what is needed to load them again."""

    files: dict[str, str] = {}
    """Their texts by the path under which problems show them."""
    project: str | None = None
    """The project's `.prodigy/` at the start, where templates were looked for."""
    library: str | None = None
    """The user's template library at the start."""
    folder: str | None = None
    """What the paths of the files are relative to."""


class Caller(Data, frozen=True, kw_only=True):
    """The step that has called a run."""

    run_id: str
    phase: PhaseName
    path: str


class Failure(Data, frozen=True, kw_only=True):
    """Why a step, an attempt or an item failed."""

    kind: str
    """A word of language 6.4 `error.kind`; `merge` for a conflict, `worktree` when the worktree could not be used."""
    message: str
    """One line."""
    step: str = ""
    path: str = ""
    exit_code: int | None = None
    code: str | None = None
    """A problem code such as `PT610`."""
    tail: str = ""
    """The last lines of output, bounded."""


class Item(Data, frozen=True, kw_only=True):
    """One work item."""

    id: str
    safe_id: str
    data: Any
    label: str = ""
    """What people call it: the text of a scalar item, else its name, path or title; bounded, one line."""


class Usage(Data, frozen=True, kw_only=True):
    """What agents consumed; `usd` is `None` when the price is not known."""

    input_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = None


class StepResult(Data, frozen=True, kw_only=True):
    """What later steps can refer to; recorded for steps of run-level phases so that a resumed run goes on from it."""

    stdout: str = ""
    stderr: str = ""
    output: str = ""
    exit_code: int = 0
    success: bool = True
    status: StepStatus = "ok"
    """What became of the step."""
    duration_s: float = 0.0
    captured: Any = None
    outputs: dict[str, Any] = {}
    """What it wrote to `PRODIGY_OUTPUT` and the files it declared, by name."""
    setup_values: dict[str, Any] = {}
    """What `setup.capture_outputs` made of it, by name."""
    changes: dict[str, Any] = {}
    """What it changed (language 7.3), where some text of the workflow may ask."""
    handler_values: dict[str, Any] = {}
    """What its handlers said, under the names of their `capture`."""
    validation: dict[str, Any] | None = None
    """The fields of `validation` after its last check (language 14.5)."""
    session_id: str | None = None
    usd: float | None = None
    tokens: int | None = None
    masked: bool = False
    """A secret was taken out of it before it was recorded: another process cannot use it."""
    fields: dict[str, Any] = {}
    """What only its kind says: `results` of a loop, `answer` and `note` of a question."""

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
AgentOutcome: TypeAlias = Literal["success", "failed", "cancelled", "interrupted"]
RunStatus: TypeAlias = Literal[
    "running", "paused", "waiting", "succeeded", "failed", "stopped", "interrupted", "cancelled"
]
PhaseStatus: TypeAlias = Literal["ok", "failed", "skipped", "interrupted"]
SignalName: TypeAlias = Literal[
    "pause", "resume", "drain", "stop", "kill", "set-parallel", "stop-item", "retry", "answer", "merge"
]
MergeMode: TypeAlias = Literal["ask", "yes", "no"]
MergeStatus: TypeAlias = Literal["merged", "contained", "conflict"]
LandingStatus: TypeAlias = Literal["landed", "unmerged", "refused", "conflict", "nothing"]
MessageKind: TypeAlias = Literal["session", "said", "thought", "tool", "result", "retry", "denied"]


class Data(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
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
    max_items: int | None = None
    filter: str | None = None
    items: tuple[str, ...] = ()
    provider: str | None = None
    script: Any = None
    """The rules of `--script FILE`, replacing the script of every scripted agent."""
    merge: MergeMode = "ask"
    keep_worktrees: bool = False
    allow_outside: tuple[str, ...] = ()
    parameters: dict[str, Any] = {}
    """The values of all parameters that have one, bound; secret ones are never among them and are given again."""
    arguments: tuple[str, ...] = ()
    """`--args`, in order."""
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
    session_id: str | None = None
    usd: float | None = None
    tokens: int | None = None

"""The workflow as frozen data, after every spelling has been brought to one form.

`load` makes these from text; the engine reads them. Durations are seconds, `None` means no limit. Texts that may hold
references are kept as written (`interpolate` compiles them); expressions are kept as written too and have been parsed
once at load. A field's string below it is its documentation.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Phase: TypeAlias = Literal["steps", "setup", "map", "reduce", "merge"]
Condition: TypeAlias = str | bool


class Model(BaseModel):
    """Frozen, closed, by keyword."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ShellCommand(Model):
    """`shell: TEXT`."""

    kind: Literal["shell"] = "shell"
    text: str
    interpreter: Literal["sh", "bash", "dash"] = "sh"
    stdin: str | None = None


class AgentCommand(Model):
    """`agent:` and `claude:`, with `agent_defaults` already applied."""

    kind: Literal["agent"] = "agent"
    spelling: Literal["agent", "claude"] = "agent"
    prompt: str
    provider: str = "claude"
    model: str | None = None
    options: Mapping[str, Any] = Field(default_factory=dict)


class WriteFileCommand(Model):
    """`write_file:`."""

    kind: Literal["write_file"] = "write_file"
    path: str
    content: Any
    format: Literal["text", "json", "yaml"] = "text"
    mode: int = 0o644
    create_dirs: bool = False
    append: bool = False


Command: TypeAlias = Annotated[ShellCommand | AgentCommand | WriteFileCommand, Field(discriminator="kind")]


class Handler(Model):
    """The normal form of `on_failure` (language 6.1), defaults of 6.2 applied."""

    steps: tuple["Step", ...] = ()
    tolerate: bool = False
    """`on_failure: true` and its equal spellings: the failure is tolerated, nothing runs."""
    strategy: Literal["recovery", "fallback", "cleanup", "custom"] = "fallback"
    rounds: int = 1
    """`max_attempts`: how often the step's own body runs at most."""
    fail_workflow: bool | None = None
    fatal: bool = False
    """`handler_failure_fatal`."""
    timeout: float | None = None
    when: Condition | None = None


class Capture(Model):
    """What becomes of a step's output."""

    name: str | None = None
    """The name it gets; `None`: only `last.*` and `<kind>.*`."""
    format: Literal["string", "json", "lines", "number", "boolean"] = "string"
    has_default: bool = False
    default: Any = None


class Step(Model):
    """One step: a command and the fields that every kind takes."""

    command: Command
    label: str
    """`name` where given, else a short form of the command; for people."""
    name: str | None = None
    id: str | None = None
    when: Condition | None = None
    env: Mapping[str, str | None] = Field(default_factory=dict)
    """Texts with references; `None` removes the variable."""
    temporary: bool = True
    clear_env: bool = False
    working_dir: str | None = None
    timeout: float | None = None
    idle_timeout: float | None = None
    """`None` on an agent step means the default of 30 minutes unless `no_idle_timeout`."""
    no_idle_timeout: bool = False
    on_failure: Handler | None = None
    capture: Capture = Capture()
    commit_required: bool = False
    line: int = 0
    """Where the step stands in its file, 1-based."""


class PhaseSteps(Model):
    """`setup`, `reduce` or the steps of a plain workflow."""

    steps: tuple[Step, ...] = ()
    timeout: float | None = None
    run_if: Literal["any_success", "all_success", "always"] = "any_success"
    """Of `reduce` only."""


class ItemInput(Model):
    """Where work items come from (language 13.3)."""

    kind: Literal["list", "file", "glob", "shell", "auto"]
    """`auto`: a text whose meaning is settled when the map starts, by what exists."""
    items: tuple[Any, ...] = ()
    text: str = ""
    """Path or command, with references."""
    globs: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    format: str = "auto"
    timeout: float | None = 300.0


class SortKey(Model):
    """One key of `sort_by`."""

    path: str
    descending: bool = False
    nulls_first: bool = False


class MapPhase(Model):
    """`map:`."""

    input: ItemInput
    json_path: str | None = None
    spread: bool = True
    id_field: str | None = None
    filter: str | bool | None = None
    distinct: tuple[str, ...] = ()
    sort_by: tuple[SortKey, ...] = ()
    offset: int = 0
    max_items: int | None = None
    min_items: int = 0
    max_parallel: int = 10
    agent_template: tuple[Step, ...] = ()


class MergePhase(Model):
    """`merge:`; how the run lands."""

    steps: tuple[Step, ...] = ()
    target: str | None = None
    message: str | None = None
    land: bool = True
    timeout: float | None = None


class ErrorPolicy(Model):
    """`error_policy:`."""

    on_item_failure: Literal["dlq", "retry", "skip", "stop", "steps"] = "dlq"
    handler: tuple[Step, ...] = ()
    """The steps where `on_item_failure` is `steps`."""
    continue_on_failure: bool = True
    max_failures: int | None = None


class Workflow(Model):
    """A whole workflow."""

    name: str
    description: str = ""
    kind: Literal["plain", "mapreduce"]
    steps: PhaseSteps = PhaseSteps()
    """Of a plain workflow."""
    setup: PhaseSteps = PhaseSteps()
    map: MapPhase | None = None
    reduce: PhaseSteps = PhaseSteps()
    merge: MergePhase = MergePhase()
    env: Mapping[str, str | None] = Field(default_factory=dict)
    error_policy: ErrorPolicy = ErrorPolicy()

"""What a step does, as far as it holds no other steps (language 5.2, 5.4 to 5.8, 15.5)."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from prodigy_tui.workflow.model.base import Model
from prodigy_tui.workflow.model.calls import WorkflowCall

Interpreter: TypeAlias = Literal["sh", "bash", "dash"]


class ShellCommand(Model, frozen=True, kw_only=True):
    """`shell: TEXT`."""

    kind: Literal["shell"] = "shell"
    text: str
    interpreter: Interpreter = "sh"
    stdin: str | None = None


class AgentCommand(Model, frozen=True, kw_only=True):
    """`agent:` and `claude:`, with `agent_defaults` already applied."""

    kind: Literal["agent"] = "agent"
    spelling: Literal["agent", "claude"] = "agent"
    prompt: str
    provider: str = "claude"
    model: str | None = None
    options: Mapping[str, Any] = {}


class WriteFileCommand(Model, frozen=True, kw_only=True):
    """`write_file:`."""

    kind: Literal["write_file"] = "write_file"
    path: str
    content: Any
    format: Literal["text", "json", "yaml"] = "text"
    mode: int = 0o644
    create_dirs: bool = False
    append: bool = False


class AnalyzeCommand(Model, frozen=True, kw_only=True):
    """`analyze:`; does nothing, with an empty output."""

    kind: Literal["analyze"] = "analyze"


class ApproveCommand(Model, frozen=True, kw_only=True):
    """`approve:`; asks a person."""

    kind: Literal["approve"] = "approve"
    question: str
    options: tuple[str, ...] = ("approve", "deny")
    default: str = "approve"
    """The answer under `-y`: the one that is given, else the first option."""
    show: Literal["diff", "files", "output"] | None = None
    timeout: float | None = None
    on_timeout: Literal["deny", "approve"] = "deny"


class WaitCommand(Model, frozen=True, kw_only=True):
    """`wait:`; for a time, or until a command succeeds."""

    kind: Literal["wait"] = "wait"
    duration: float = 0.0
    """Without `shell`."""
    shell: str | None = None
    every: float = 10.0
    timeout: float | None = None


class WorkflowCommand(Model, frozen=True, kw_only=True):
    """`workflow:`; calls another workflow."""

    kind: Literal["workflow"] = "workflow"
    call: WorkflowCall


class LoopSource(Model, frozen=True, kw_only=True):
    """Where the items of a loop come from."""

    kind: Literal["list", "file", "glob", "shell", "reference"]
    items: tuple[Any, ...] = ()
    """Of `list`: data as it is written."""
    text: str = ""
    """Path, command or reference; a reference is a list, or text whose non-blank lines are the items."""
    globs: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    format: str = "auto"
    """Of `file` and `shell`."""
    timeout: float | None = 300.0
    """Of `shell`."""

"""A context: a place where steps run, with what its steps have said so far (language 4.1, 8.4).

One context per phase in the run worktree, one per attempt of an agent. It belongs to one task.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from prodigy_tui.events.schema import Item, PhaseName, StepResult
from prodigy_tui.storage.output import OutputWriter
from prodigy_tui.workflow.model import Capture, Step
from prodigy_tui.workflow.variables import Value, capture_value

CommandKind: TypeAlias = Literal["shell", "agent", "claude", "write_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The item of an agent and its place among the others."""

    item: Item
    index: int
    total: int
    attempt: int
    slot: int
    last_error: str
    file: Path
    """A JSON file that holds the whole item."""
    variables: Mapping[str, str]
    """`PRODIGY_ITEM` and its fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a handler's steps have besides their context: the failure, and the failing step's folder and environment."""

    error: Mapping[str, Any]
    working_dir: str | None
    env: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosing:
    """What the contexts around one have said."""

    names: Mapping[str, Value] = field(default_factory=dict)
    """Captures and step ids, those of later contexts before those of earlier ones."""
    ids: Mapping[str, StepResult] = field(default_factory=dict)
    """By step id, for `steps.<id>`."""
    setup: Mapping[str, Value] = field(default_factory=dict)
    """Captures of setup, for `setup.<name>`."""


@dataclass(slots=True, kw_only=True)
class Context:
    """A place where steps run."""

    phase: PhaseName
    worktree: Path
    writer: OutputWriter
    stream: str
    work: Work | None = None
    enclosing: Enclosing = field(default_factory=Enclosing)
    roots: Mapping[str, Value] = field(default_factory=dict)
    """What only this phase knows, such as `map` and `merge`."""
    captures: dict[str, Value] = field(default_factory=dict)
    results: dict[str, StepResult] = field(default_factory=dict)
    """By step id."""
    last: StepResult | None = None
    by_kind: dict[str, StepResult] = field(default_factory=dict)
    env: dict[str, str | None] = field(default_factory=dict)
    """What steps with `temporary: false` left behind."""
    frames: list[Frame] = field(default_factory=list)
    handler_output: str = ""
    at_line_start: bool = True
    """Whether the log of the context ends with a whole line."""

    @property
    def item_id(self) -> str | None:
        return self.work.item.id if self.work is not None else None

    @property
    def attempt(self) -> int:
        return self.work.attempt if self.work is not None else 0

    def adopt(self, step: Step, result: StepResult) -> None:
        """Takes over what a step said: now, or from the log of an earlier process."""
        self.last = result
        for kind in kinds_of(step):
            self.by_kind[kind] = result
        if step.id is not None:
            self.results[step.id] = result
        name = step.capture.name
        if name is not None:
            self.captures.pop(name, None)
            self.captures[name] = captured_value(step.capture, result)


def kinds_of(step: Step) -> tuple[CommandKind, ...]:
    """Returns the roots under which the step's result can be referred to."""
    command = step.command
    if command.kind == "agent":
        return ("agent", "claude") if command.provider == "claude" or command.spelling == "claude" else ("agent",)
    return (command.kind,)


def captured_value(capture: Capture, result: StepResult) -> Value:
    """Returns the value of a capture; it is data, whatever the step was."""
    return capture_value(result.captured, result_fields(result), json=capture.format == "json")


def result_fields(result: StepResult) -> dict[str, Any]:
    """Returns what a path finds below a capture, an id or `last`."""
    return {
        "output": result.output,
        "stdout": result.stdout,
        "stderr": result.stderr,
        "exit_code": result.exit_code,
        "success": result.success,
        "duration": result.duration_s,
        "status": "ok" if result.success else "failed",
        "cost_usd": result.usd,
        "tokens": result.tokens,
        "session_id": result.session_id,
    }


def result_value(result: StepResult) -> Value:
    """Returns what a step's id means: its output, with the rest below it."""
    return Value(result.output, fields=result_fields(result))

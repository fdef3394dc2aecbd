"""A context: a place where steps run, with what its steps have said so far (language 4.1, 8.4).

One context per phase in the run worktree, one per attempt of an agent. It belongs to one task.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace as revised

from prodigy_tui.engine.environment import Found
from prodigy_tui.engine.step_environment import StepEnvironment
from prodigy_tui.events.values import Item, PhaseName, StepResult, StepStatus
from prodigy_tui.storage.output import OutputWriter
from prodigy_tui.workflow.model import Step
from prodigy_tui.workflow.variables import Value, capture_value


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
    folder: Path | None
    """`None`: the root of the worktree."""
    env: Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosing:
    """What the contexts around one have said."""

    names: Mapping[str, Value] = field(default_factory=dict)
    """Captures and step ids, those of later contexts before those of earlier ones."""
    ids: Mapping[str, StepResult] = field(default_factory=dict)
    """By step id, for `steps.<id>`."""
    statuses: Mapping[str, str] = field(default_factory=dict)
    """By step id, of steps that said nothing."""
    setup: Mapping[str, Value] = field(default_factory=dict)
    """Captures of setup, for `setup.<name>`."""
    private: frozenset[str] = frozenset()
    """Names that no process gets: outputs that their steps do not declare (language 11)."""


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
    statuses: dict[str, str] = field(default_factory=dict)
    """By step id, of steps that said nothing: left out, or not to be run as written."""
    last: StepResult | None = None
    by_kind: dict[str, StepResult] = field(default_factory=dict)
    computed: dict[str, str] = field(default_factory=dict)
    """What the commands of `${cmd:…}` have said here."""
    private: set[str] = field(default_factory=set)
    """Names of captures that no process gets."""
    env: dict[str, Value | None] = field(default_factory=dict)
    """What steps with `temporary: false` left behind."""
    environments: dict[str, StepEnvironment] = field(default_factory=dict)
    """The variables of steps by path, from their latest execution."""
    folders: dict[str, Path] = field(default_factory=dict)
    """Where steps run, by path, from their latest execution."""
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
        for name, value in named_values(step, result).items():
            self.captures.pop(name, None)
            self.captures[name] = value
        self.private |= private_names(step, result)

    def conclude(self, step: Step, result: StepResult | None, status: StepStatus) -> StepResult | None:
        """Notes what became of a step (language 4.3), wherever its result can be referred to."""
        if result is None:
            if step.id is not None and step.id not in self.results:
                self.statuses[step.id] = status
            return None
        concluded = revised(result, status=status)
        if self.last is result:
            self.last = concluded
        for known in (self.by_kind, self.results):
            known.update({name: concluded for name, said in known.items() if said is result})
        return concluded


def kinds_of(step: Step) -> tuple[str, ...]:
    """Returns the roots under which the step's result can be referred to."""
    command = step.command
    if command.kind == "agent":
        return ("agent", "claude") if command.provider == "claude" or command.spelling == "claude" else ("agent",)
    return (command.kind,)


def named_values(step: Step, result: StepResult) -> dict[str, Value]:
    """Returns the values that a step's result gives names to: its outputs, its capture, captures of setup.

    They are data, whatever the step was.
    """
    values = {name: Value(data) for name, data in result.outputs.items()}
    capture = step.capture
    if capture.name is not None:
        values[capture.name] = capture_value(result.captured, result_fields(result), json=capture.format == "json")
    return values | {name: Value(data) for name, data in result.setup_values.items()}


def private_names(step: Step, result: StepResult) -> frozenset[str]:
    """Returns the names that a step wrote to `PRODIGY_OUTPUT` without listing them under `outputs`."""
    return frozenset(result.outputs) - {output.name for output in step.outputs}


def result_fields(result: StepResult) -> dict[str, Any]:
    """Returns what a path finds below a capture, an id or `last`."""
    return {
        "output": result.output,
        "stdout": result.stdout,
        "stderr": result.stderr,
        "exit_code": result.exit_code,
        "success": result.success,
        "duration": result.duration_s,
        "status": result.status,
        "cost_usd": result.usd,
        "tokens": result.tokens,
        "session_id": result.session_id,
        "outputs": dict(result.outputs),
    }


def result_value(result: StepResult) -> Value:
    """Returns what a step's id means: its output, with the rest below it."""
    return Value(result.output, fields={**result_fields(result), **result.outputs})


def status_value(status: str) -> Value:
    """Returns what `steps.<id>` means where the step said nothing: only what became of it."""
    return Value(None, fields={"status": status})

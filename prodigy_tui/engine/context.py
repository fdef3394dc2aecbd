"""A context: a place where steps run, with what its steps have said so far (language 4.1, 8.4).

One context per phase in the run worktree, one per attempt of an agent; loops, templates and called workflows make inner
ones. A context belongs to one task.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from prodigy_tui.engine.variables.environment import Found
from prodigy_tui.engine.variables.step_environment import StepEnvironment
from prodigy_tui.engine.worktrees.ledger import Ledger
from prodigy_tui.events.values import Item, PhaseName, StepResult, StepStatus
from prodigy_tui.storage.trouble import DiskTrouble
from prodigy_tui.workflow.model import Step
from prodigy_tui.workflow.variables import Value, capture_value


class Work(Struct, frozen=True, kw_only=True):
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


class StepName(Struct, frozen=True, kw_only=True):
    """What `step.*` says of a step."""

    label: str
    id: str | None
    index: int


class Frame(Struct, frozen=True, kw_only=True):
    """What the steps inside a step have besides their context: its folder and environment, in a handler the failure."""

    error: Mapping[str, Any] | None = None
    """`None`: the step has not failed."""
    owner: StepName | None = None
    """The step whose handler or check it is; `None`: its steps are themselves."""
    is_check: bool = False
    folder: Path | None
    """`None`: the root of the worktree."""
    env: Found
    idle: float | None = None
    """`idle_timeout` of a step around: what is silent for longer ends with it."""
    cleared: bool = False
    """`clear_env` of a step around."""


class Loop(Struct, frozen=True, kw_only=True):
    """One iteration of a loop (language 5.6)."""

    item: Any
    index: int
    total: int
    names: Mapping[str, Value]
    """The loop variables by name, those of loops around it too."""
    variables: Mapping[str, str]
    """`PRODIGY_ITEM` and its fields."""


class StepLog(Protocol):
    """Where the readable log of a context goes."""

    @property
    def offset(self) -> int:
        """The end of what is written, in bytes."""

    @property
    def refusal(self) -> DiskTrouble | None:
        """Why something waits to be written."""

    def write(self, text: str | memoryview, at: datetime, *, error: bool = False) -> int:
        """Appends text, or its UTF-8, of standard error or not, and returns the offset after it."""


class Enclosing(Struct, frozen=True, kw_only=True):
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


class Context(Struct, kw_only=True):
    """A place where steps run."""

    phase: PhaseName
    worktree: Path
    writer: StepLog
    stream: str
    work: Work | None = None
    recorded: bool = True
    """Whether a resumed run goes on in the middle: what the steps say is kept in the log of the run."""
    called: bool = False
    """In a called workflow: the item of the agent around it is not visible."""
    argument: str | None = None
    """The positional value that is worked on, `None`: the first."""
    iteration: int = 1
    """The pass over the steps of a plain workflow."""
    loop: Loop | None = None
    """The innermost loop around."""
    shares_head: bool = False
    """Others commit in this worktree at the same time: iterations of a loop that run at once."""
    template: Mapping[str, Value] = field(default_factory=dict)
    """Parameters of the innermost template."""
    template_secrets: frozenset[str] = frozenset()
    """Names of parameters of templates and calls that are secrets."""
    parameters: Mapping[str, Value] = field(default_factory=dict)
    """Of a called workflow: what its caller handed over."""
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
    ledger: Ledger = field(default_factory=Ledger)
    """What is known about git here; contexts inside share it."""
    frames: list[Frame] = field(default_factory=list)
    handler_output: str = ""
    validation: Mapping[str, Any] | None = None
    """The fields of `validation` (language 14.5), once a step has been checked; plain data."""
    at_line_start: bool = True
    """Whether the log of the context ends with a whole line."""

    @property
    def item_id(self) -> str | None:
        return self.work.item.id if self.work is not None else None

    @property
    def attempt(self) -> int:
        return self.work.attempt if self.work is not None else 0

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The failure that the innermost handler around is there for."""
        return next((frame.error for frame in reversed(self.frames) if frame.error), None)

    def inside(self, frame: Frame) -> "Context":
        """Returns the context of steps that run as if they stood here, in the folder and environment of a step.

        What they say is said here; `last` and the like come back with `take_back`.
        """
        return replace(self, frames=[*self.frames, frame])

    def take_back(self, inner: "Context") -> None:
        """Goes on where the steps of `inside` have ended."""
        self.last, self.at_line_start = inner.last, inner.at_line_start

    def enclosed(self, frame: Frame) -> "Context":
        """Returns a context of its own for steps inside a step: they see what was said here and keep what they say."""
        around = self.enclosing
        said = {**{id_: result_value(result) for id_, result in self.results.items()}, **self.captures}
        return replace(
            self.inside(frame),
            recorded=False,
            enclosing=replace(
                around,
                names={**around.names, **said},
                ids={**around.ids, **self.results},
                statuses={**around.statuses, **self.statuses},
                private=around.private | self.private,
            ),
            captures={},
            results={},
            statuses={},
            by_kind=dict(self.by_kind),
            computed={},
            private=set(),
            env=dict(self.env),
            environments={},
            folders={},
        )

    def next_pass(self, iteration: int, argument: str | None) -> "Context":
        """Returns a context for a pass over the steps: it knows what was said before the first pass, and no more."""
        return replace(
            self,
            iteration=iteration,
            argument=argument,
            captures=dict(self.captures),
            results=dict(self.results),
            statuses=dict(self.statuses),
            by_kind=dict(self.by_kind),
            computed={},
            private=set(self.private),
            env=dict(self.env),
            environments={},
            folders={},
        )

    def adopt(self, step: Step, result: StepResult) -> None:
        """Takes over what a step said: now, or from the log of an earlier process."""
        self.last = result
        self.ledger.step = result.changes or self.ledger.step
        self.validation = result.validation or self.validation
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
        concluded = replace(result, status=status)
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
    """Returns the values that a step's result gives names to: its outputs, its capture, those of setup and handlers.

    They are data, whatever the step was.
    """
    # What a called workflow hands back has a name only below that of the call.
    values = {name: Value(data) for name, data in result.outputs.items() if step.command.kind != "workflow"}
    capture = step.capture
    if capture.name is not None:
        values[capture.name] = capture_value(result.captured, result_fields(result), json=capture.format == "json")
    handed_on = {**result.setup_values, **result.handler_values}
    return values | {name: Value(data) for name, data in handed_on.items()}


def private_names(step: Step, result: StepResult) -> frozenset[str]:
    """Returns the names that a step wrote to `PRODIGY_OUTPUT` without listing them under `outputs`."""
    if step.command.kind == "workflow":
        return frozenset()
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
        **kind_fields(result),
    }


def kind_fields(result: StepResult) -> dict[str, Value]:
    """Returns what only the kind of a step says."""
    return {name: Value(data, kind="json" if name == "results" else "plain") for name, data in result.fields.items()}


def result_value(result: StepResult) -> Value:
    """Returns what a step's id means: its output, with the rest below it."""
    return Value(result.output, fields={**result_fields(result), **result.outputs})


def status_value(status: str) -> Value:
    """Returns what `steps.<id>` means where the step said nothing: only what became of it."""
    return Value(None, fields={"status": status})


def validation_value(fields: Mapping[str, Any]) -> Value:
    """Returns the root `validation`."""
    as_json = {name: Value(fields[name], kind="json") for name in ("gaps", "result") if name in fields}
    return Value({**fields, **as_json} if len(fields) else fields)

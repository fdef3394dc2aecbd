"""What the builders share: where a step stands, what they note for the checks, and what the caller knows."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from prodigy_tui.workflow.compose.library import Library
from prodigy_tui.workflow.compose.places import Places
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.late import Late
from prodigy_tui.workflow.model import Phase
from prodigy_tui.workflow.nodes import Node, ScalarNode
from prodigy_tui.workflow.problems import Position, Report

MAX_STEPS = 10_000
MAX_HANDLER_DEPTH = 8

OptionCheck: TypeAlias = Callable[[Mapping[str, Any]], tuple[str, ...]]
"""A provider's own check of its options: one message per mistake."""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller knows and the text cannot tell. Without it the checks that need it are left out."""

    providers: Mapping[str, OptionCheck] | None = None
    """Agent providers by name."""
    agent_commands: frozenset[str] = frozenset()
    """Names of the files `.claude/commands/<name>.md` in the repository."""
    places: Places = msgspec.field(default_factory=Places)
    """Where the files of the workflow may lie."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """A place where steps are written (language 4.1)."""

    phase: Phase
    depth: int = 0
    """Handlers around it."""
    handler: bool = False
    loops: frozenset[str] = frozenset()
    """Names that the loops around it give values to."""
    shared: bool = False
    """In a loop whose iterations run at once, in one worktree."""
    check: bool = False
    """In the steps of a check."""
    of_item: bool = False
    """In what is done with the branch of one item outside its agent."""
    run_wide: bool = False
    """In what is settled once for the whole run, before any step runs."""
    parameters: frozenset[str] = frozenset()
    """Parameters of the templates around it."""
    ids: dict[str, int] = msgspec.field(default_factory=dict)
    """Step ids of this context and the lines they stand on."""

    def inside_handler(self) -> "Context":
        """Returns the context of a handler of a step here."""
        return replace(self, depth=self.depth + 1, handler=True, ids={})

    def inside_loop(self, name: str, *, parallel: bool = False) -> "Context":
        """Returns the context of the steps of a loop whose variable is `name` (language 5.6)."""
        loops = self.loops | {name, "index", "total", "foreach"}
        return replace(self, loops=loops, shared=self.shared or parallel, ids={})

    def inside_check(self) -> "Context":
        """Returns the context of the steps of a check of a step here (language 14)."""
        return replace(self, check=True, ids={})

    def inside_template(self, names: Iterable[str]) -> "Context":
        """Returns the context of the steps of a template with these parameters, used here (language 15.4)."""
        return replace(self, parameters=self.parameters | frozenset(names))


class TextUse(msgspec.Struct, frozen=True, kw_only=True):
    """A text with references, for the checks."""

    node: ScalarNode
    mode: Literal["plain", "shell"]
    context: Context
    offset: int = 0
    """Characters of the node's text before the part that is meant."""
    is_env: bool = False
    """The value of a variable: a secret in it is allowed and makes the variable a secret (language 8.3)."""
    is_secret: bool = False
    """The value of a secret: its names are expected to come from the process environment."""

    @property
    def text(self) -> str:
        return self.node.text[self.offset :]


class ExpressionUse(msgspec.Struct, frozen=True, kw_only=True):
    """An expression, for the checks."""

    node: ScalarNode
    kind: Literal["condition", "filter"]
    context: Context


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A name that the text declares."""

    node: Position
    """Where it stands; of static `env` its value."""
    name: str
    kind: Literal["capture", "id", "output", "result", "env", "dynamic", "parameter", "var"]
    """`result`: what a called workflow hands back, known below the name of the call only; `dynamic`: a variable of
    `env` whose value a command prints; `var`: an entry of `vars`."""
    phase: Phase


class AgentDefaults(msgspec.Struct, kw_only=True):
    """`agent_defaults`, for every agent step."""

    provider: str = "claude"
    model: str | None = None
    options: Mapping[str, Any] = msgspec.field(default_factory=dict)
    timeout: float | None = None
    idle_timeout: float | None = None
    no_idle_timeout: bool = False
    late: Mapping[str, Late] = msgspec.field(default_factory=dict)


class Notes(msgspec.Struct, kw_only=True):
    """Grows while one file is built; the only mutable value that the builders hand around."""

    report: Report
    surroundings: Surroundings
    library: Library | None = None
    """The templates and workflows that steps can use; None where a text stands alone."""
    agent_defaults: AgentDefaults = msgspec.field(default_factory=AgentDefaults)
    retry_defaults: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """Fields of `Retry` that `retry_defaults` gives."""
    texts: list[TextUse] = msgspec.field(default_factory=list)
    expressions: list[ExpressionUse] = msgspec.field(default_factory=list)
    declared: list[Declared] = msgspec.field(default_factory=list)
    env: dict[str, ScalarNode] = msgspec.field(default_factory=dict)
    """The values of the top-level `env`, for the search for cycles."""
    secrets: set[str] = msgspec.field(default_factory=set)
    """Names of secrets: of `secrets`, of `env` with `secret: true`, of secret parameters."""
    steps: int = 0

    def text(self, node: ScalarNode | None, mode: Literal["plain", "shell"], context: Context) -> str | None:
        """Notes a text for the checks and returns it."""
        if node is None:
            return None
        self.texts.append(TextUse(node=node, mode=mode, context=context))
        return node.text

    def env_text(self, node: ScalarNode | None, context: Context, *, is_secret: bool = False) -> str | None:
        """Notes the value of a variable for the checks and returns it."""
        if node is None:
            return None
        self.texts.append(TextUse(node=node, mode="plain", context=context, is_env=True, is_secret=is_secret))
        return node.text

    def text_behind(self, node: ScalarNode, offset: int, mode: Literal["plain", "shell"], context: Context) -> None:
        """Notes the text of `node` from `offset` on for the checks."""
        self.texts.append(TextUse(node=node, mode=mode, context=context, offset=offset))

    def late(self, fields: Fields, context: Context, **renamed: str) -> dict[str, Late]:
        """Notes the fields that are references only and returns them by the names that the model has for them.

        Args:
            fields: After all its fields have been asked for.
            context: Where the mapping stands.
            **renamed: The model's name for a field, where it has another one.
        """
        for field_ in fields.late.values():
            self.text(field_.node, "plain", context)
        return {renamed.get(name, name): field_.late for name, field_ in fields.late.items()}

    def take_late(self, fields: Fields, name: str, context: Context) -> Late | None:
        """Takes one field that is references only out of `fields`, for a model of its own; None when it is none."""
        held = fields.late.pop(name, None)
        if held is None:
            return None
        self.text(held.node, "plain", context)
        return held.late

    def count_step(self, node: Node) -> bool:
        """Counts a step; past the limit (PT106) it tells that no more are wanted."""
        self.steps += 1
        if self.steps == MAX_STEPS + 1:
            self.report.add("PT106", node, f"a workflow has at most {MAX_STEPS} steps")
        return self.steps <= MAX_STEPS

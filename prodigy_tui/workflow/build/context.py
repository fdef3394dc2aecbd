"""What the builders share: where a step stands, what they note for the checks, and what the caller knows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from prodigy_tui.workflow.model import Phase
from prodigy_tui.workflow.nodes import Node, ScalarNode
from prodigy_tui.workflow.problems import Report

MAX_STEPS = 10_000
MAX_HANDLER_DEPTH = 8

OptionCheck: TypeAlias = Callable[[Mapping[str, Any]], tuple[str, ...]]
"""A provider's own check of its options: one message per mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the caller knows and the text cannot tell. Without it the checks that need it are left out."""

    providers: Mapping[str, OptionCheck] | None = None
    """Agent providers by name."""
    agent_commands: frozenset[str] = frozenset()
    """Names of the files `.claude/commands/<name>.md` in the repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A place where steps are written (language 4.1)."""

    phase: Phase
    depth: int = 0
    """Handlers around it."""
    handler: bool = False
    ids: dict[str, int] = field(default_factory=dict)
    """Step ids of this context and the lines they stand on."""

    def inside_handler(self) -> "Context":
        """Returns the context of a handler of a step here."""
        return replace(self, depth=self.depth + 1, handler=True, ids={})


@dataclass(frozen=True, slots=True, kw_only=True)
class TextUse:
    """A text with references, for the checks."""

    node: ScalarNode
    mode: Literal["plain", "shell"]
    context: Context
    offset: int = 0
    """Characters of the node's text before the part that is meant."""

    @property
    def text(self) -> str:
        return self.node.text[self.offset :]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionUse:
    """An expression, for the checks."""

    node: ScalarNode
    kind: Literal["condition", "filter"]
    context: Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A name that the text declares."""

    node: ScalarNode
    name: str
    kind: Literal["capture", "id", "env"]
    phase: Phase


@dataclass(slots=True, kw_only=True)
class AgentDefaults:
    """`agent_defaults`, for every agent step."""

    provider: str = "claude"
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    timeout: float | None = None
    idle_timeout: float | None = None
    no_idle_timeout: bool = False


@dataclass(slots=True, kw_only=True)
class Notes:
    """Grows while one file is built; the only mutable value that the builders hand around."""

    report: Report
    surroundings: Surroundings
    agent_defaults: AgentDefaults = field(default_factory=AgentDefaults)
    texts: list[TextUse] = field(default_factory=list)
    expressions: list[ExpressionUse] = field(default_factory=list)
    declared: list[Declared] = field(default_factory=list)
    env: dict[str, ScalarNode] = field(default_factory=dict)
    """The values of the top-level `env`, for the search for cycles."""
    steps: int = 0

    def text(self, node: ScalarNode | None, mode: Literal["plain", "shell"], context: Context) -> str | None:
        """Notes a text for the checks and returns it."""
        if node is None:
            return None
        self.texts.append(TextUse(node=node, mode=mode, context=context))
        return node.text

    def text_behind(self, node: ScalarNode, offset: int, mode: Literal["plain", "shell"], context: Context) -> None:
        """Notes the text of `node` from `offset` on for the checks."""
        self.texts.append(TextUse(node=node, mode=mode, context=context, offset=offset))

    def count_step(self, node: Node) -> bool:
        """Counts a step; past the limit (PT106) it tells that no more are wanted."""
        self.steps += 1
        if self.steps == MAX_STEPS + 1:
            self.report.add("PT106", node, f"a workflow has at most {MAX_STEPS} steps")
        return self.steps <= MAX_STEPS

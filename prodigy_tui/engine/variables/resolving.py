"""Gives variables their values: texts filled in, conditions decided, commands run (language 12.1)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias, assert_never

from msgspec import Struct, field

from prodigy_tui.engine.variables.computing import CommandWanted
from prodigy_tui.workflow.environment.order import Graph, Key
from prodigy_tui.workflow.expr import EvaluationError, ExpressionError, evaluate, parse_expression, truthy
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render, resolve
from prodigy_tui.workflow.model import EnvCommand, EnvCondition, EnvValue, SecretSource, Variable
from prodigy_tui.workflow.rendering import render_value
from prodigy_tui.workflow.values import Value
from prodigy_tui.workflow.variables import Scope

Names: TypeAlias = Mapping[str, Value]
Scoped: TypeAlias = Callable[[Names, frozenset[str]], Scope]
"""Makes the scope of one variable: everything that it sees with these names on top, and without these secrets."""
RunCommand: TypeAlias = Callable[[str, float | None, Mapping[str, str]], Awaitable[str]]
"""Runs a shell text within so many seconds, with variables besides those that are there anyway.

Raises EnvCommandFailed.
"""


class EnvCommandFailed(Exception):
    """The command of a variable failed and it has no default: the step that needs the variable fails."""

    code = "PT320"

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__(reason, name)
        self.reason = reason
        self.name = name

    def __str__(self) -> str:
        return f"PT320: the command of the variable '{self.name}' failed: {self.reason}"


NO_VALUE = (InterpolationError, ExpressionError, EvaluationError, EnvCommandFailed)
"""What keeps a variable from having a value."""


class Resolver(Struct, kw_only=True):
    """Resolves the variables of some maps."""

    graph: Graph
    outer: Mapping[str, str]
    """What a variable's own name means where no map below has it."""
    scoped: Scoped
    secrets: frozenset[str]
    """Names that are secrets whatever their values are made of."""
    is_secret: Callable[[str], bool]
    """Tells whether a text has a known secret in it."""
    run: RunCommand | None
    """None: commands are not run, and what needs one has no value yet."""
    tolerant: bool = False
    """Whether a variable without value is left out rather than an error."""
    done: dict[Key, Value | None] = field(default_factory=dict)
    failed: dict[Key, Exception] = field(default_factory=dict)

    async def resolve(self) -> None:
        """Gives every variable its value that has none yet.

        Raises:
            InterpolationError, ExpressionError, EvaluationError, EnvCommandFailed: one cannot have a value.
            CommandWanted: the command of a `${cmd:…}` has to run first.
        """
        for key in self.graph.order():
            if key in self.done or key in self.failed:
                continue
            try:
                self.done[key] = await self._value(key, self.graph.variable(key))
            except (*NO_VALUE, CommandWanted) as error:
                if not self.tolerant:
                    raise
                self.failed[key] = error

    def values(self) -> dict[str, Value | None]:
        """Returns the variables that count by name; None: removed, or a branch that is missing."""
        return {name: self.done[key] for name, key in self.graph.tops.items() if key in self.done}

    def secret_names(self) -> frozenset[str]:
        """Returns the names of secrets and of variables that are made of one."""
        made = (name for name, value in self.values().items() if value is not None and self.is_secret(str(value.data)))
        return self.secrets | frozenset(made)

    async def _value(self, key: Key, variable: Variable | None) -> Value | None:
        match variable:
            case None:
                return None
            case EnvValue():
                return Value(variable.text, trusted=True)
            case str():
                return self._text(variable, key)
            case SecretSource():
                # Secrets that come from elsewhere have been replaced by their values.
                return self._text(variable.text, key)
            case EnvCondition():
                wanted = variable.condition
                if isinstance(wanted, str):
                    wanted = truthy(evaluate(parse_expression(wanted), self._scope(key)))
                branch = variable.when_true if wanted else variable.when_false
                return None if branch is None else self._text(branch, key)
            case EnvCommand():
                return await self._printed(variable, key)
            case _:
                assert_never(variable)

    def _text(self, text: str, key: Key) -> Value:
        value = resolve(parse_text(text, "plain"), self._scope(key))
        return Value(render_value(value), trusted=value.trusted)

    async def _printed(self, command: EnvCommand, key: Key) -> Value:
        if self.run is None:
            raise EnvCommandFailed("it has not run yet", key[1])
        known = {name: str(value.data) for name, value in self.values().items() if value is not None}
        try:
            text = render(parse_text(command.text, "shell"), self._scope(key, self.secret_names()))
            return Value(await self.run(text, command.timeout, known))
        except (EnvCommandFailed, InterpolationError) as error:
            if command.default is not None:
                return self._text(command.default, key)
            raise EnvCommandFailed(getattr(error, "reason", str(error)), key[1]) from error

    def _scope(self, key: Key, hidden: frozenset[str] = frozenset()) -> Scope:
        """Returns what one variable sees: those that it is made of, and outside of them everything else."""
        names: dict[str, Value] = {}
        needs = self.graph.needs(key)
        for name, needed in needs.items():
            if needed in self.failed:
                raise self.failed[needed]
            value = self.done.get(needed)
            if value is not None:
                names[name] = value
        own = key[1]
        if own not in needs:
            names[own] = Value(self.outer.get(own, ""), trusted=True)
        return self.scoped(names, hidden)

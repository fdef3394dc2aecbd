"""The environment of every process that a run starts (language 12.4, 12.5)."""

import asyncio
from collections.abc import Callable, Mapping, MutableMapping
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct, field

from prodigy_tui.engine.variables.computing import COMMAND_TIMEOUT_S, computed
from prodigy_tui.engine.variables.resolving import EnvCommandFailed, Resolver, RunCommand, Scoped
from prodigy_tui.engine.variables.secrets import Prepared
from prodigy_tui.git.repo import identity_environment
from prodigy_tui.git.run import quiet_environment, scrub
from prodigy_tui.process import Masker
from prodigy_tui.workflow.environment.order import CycleFound, Graph, Key
from prodigy_tui.workflow.interpolate import InterpolationError
from prodigy_tui.workflow.model import EnvCommand, Variables
from prodigy_tui.workflow.values import Value

AGENT_MARKS = frozenset(
    {"CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SESSION_ID", "CLAUDE_CODE_SSE_PORT", "CLAUDE_PID", "AI_AGENT"}
)
"""Variables by which agent CLIs mark their own children: a run started from within an agent is nobody's child."""

CLEARED = ("PATH", "HOME", "TMPDIR", "LANG")
"""What `clear_env: true` leaves."""

Found: TypeAlias = Mapping[str, Value | None]
"""Variables by name; None removes."""


class EnvironmentCycle(Exception):
    """Names of `env` that refer to each other in a circle; those of a file are found when it is loaded."""

    code = "PT313"

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(names)
        self.names = names

    def __str__(self) -> str:
        return f"PT313: env refers to itself: {' → '.join(self.names)}"


def process_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns the operator's environment without what would mislead git or an agent."""
    return {name: value for name, value in scrub(environ).items() if name not in AGENT_MARKS}


def git_environment(environ: Mapping[str, str], top: Path) -> dict[str, str]:
    """Returns the variables for quiet, durable commits, with an identity where git has none."""
    return {**quiet_environment(environ), **identity_environment(top)}


def overlay(base: Mapping[str, str], *layers: Mapping[str, str | None]) -> dict[str, str]:
    """Returns `base` under `layers`, later ones on top; `None` removes."""
    result = dict(base)
    for layer in layers:
        for name, value in layer.items():
            if value is None:
                result.pop(name, None)
            else:
                result[name] = value
    return result


def texts_of(found: Found) -> dict[str, str | None]:
    """Returns the variables as texts."""
    return {name: None if value is None else str(value.data) for name, value in found.items()}


class Settled(Struct, frozen=True, kw_only=True, dict=True):
    """Variables with their values at one moment."""

    base: Mapping[str, str]
    """What lies below them."""
    found: Found = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    """Names of secrets and of what is made of them."""

    @property
    def environment(self) -> dict[str, str]:
        """The variables for a process, what lies below included."""
        return overlay(self.base, texts_of(self.found))

    @cached_property
    def base_values(self) -> Mapping[str, Value]:
        """What lies below them as values, made once for all steps of all items."""
        return {name: Value(text, trusted=True) for name, text in self.base.items()}

    def values(self) -> dict[str, Value]:
        """Returns the variables that have a value."""
        return {name: value for name, value in self.found.items() if value is not None}


async def settle_variables(
    variables: Variables,
    outer: Mapping[str, str],
    *,
    scoped: Scoped,
    masker: Masker,
    secrets: frozenset[str],
    run: RunCommand | None,
) -> Settled:
    """Gives the `env` of a step its values; `outer` lies below it.

    Raises:
        EnvironmentCycle: the variables refer to each other in a circle.
        InterpolationError, ExpressionError, EvaluationError, EnvCommandFailed: one cannot have a value.
    """
    graph = _ordered((variables,))
    resolver = Resolver(
        graph=graph, outer=outer, scoped=scoped, secrets=secrets, is_secret=masker.holds_secret, run=run
    )
    await resolver.resolve()
    return Settled(base=outer, found=resolver.values(), secrets=resolver.secret_names())


class RunEnvironment:
    """What every process of one run gets from `env_files`, `env`, the profile and `secrets`.

    Values are made when the first step needs them, once a run, but for those of commands with `cache: false` and of
    what is made of these. Where a person gives parameters other values, those that no command has said are made again.
    Belongs to the engine's loop; agents share it.
    """

    def __init__(
        self,
        prepared: Prepared,
        *,
        scoped: Callable[[], Scoped],
        masker: Masker,
        run: RunCommand,
        said: MutableMapping[str, str],
        below: Found,
    ) -> None:
        self._prepared = prepared
        self._below = below
        """Variables that those of a called workflow stand upon, with the class that they have."""
        self._said = said
        """What the commands of `${cmd:…}` have said; the scopes read it."""
        self._scoped_now = scoped
        self._scoped = scoped()
        self._masker = masker
        self._run = run
        self._graph = _ordered(prepared.maps)
        self._volatile = self._graph.volatile()
        self._kept = self._resolver(None, tolerant=True)
        self._whole = False
        self._changes = 0
        """How often `renew` was called."""
        self._lock = asyncio.Lock()
        self.settled = Settled(base=prepared.base, secrets=prepared.secrets)
        """What is known now; texts that belong to no step are filled in from it."""

    @property
    def profile(self) -> str:
        return self._prepared.profile

    @property
    def base(self) -> Mapping[str, str]:
        return self._prepared.base

    async def begin(self) -> None:
        """Resolves what needs no command, as far as it can be resolved."""
        await self._kept.resolve()
        self.settled = self._settled(self._kept)

    def renew(self) -> None:
        """Has values made again when the next step needs them; what commands with a cache have said stays."""
        self._scoped = self._scoped_now()
        self._whole = False
        self._changes += 1

    async def known(self) -> Settled:
        """Returns the variables; commands with a cache have run.

        Raises:
            InterpolationError, ExpressionError, EvaluationError, EnvCommandFailed: one cannot have a value.
        """
        async with self._lock:
            while not self._whole:
                resolver, changes = self._resolver(self._run), self._changes
                known = self._kept.done
                resolver.done.update({key: known[key] for key in known if self._is_command(key)})
                for key in self._volatile:
                    resolver.done[key] = None
                await self._resolve(resolver)
                for key in self._volatile:
                    del resolver.done[key]
                self._kept, self._whole = resolver, changes == self._changes
                self.settled = self._settled(resolver)
        return self.settled

    async def for_step(self) -> Settled:
        """Returns the variables for a step that is about to run.

        Raises:
            InterpolationError, ExpressionError, EvaluationError, EnvCommandFailed: one cannot have a value.
        """
        known = await self.known()
        if not self._volatile:
            return known
        resolver = self._resolver(self._run)
        resolver.done.update(self._kept.done)
        await self._resolve(resolver)
        return self._settled(resolver)

    def _is_command(self, key: Key) -> bool:
        return isinstance(self._graph.variable(key), EnvCommand)

    async def _resolve(self, resolver: Resolver) -> None:
        await computed(resolver.resolve, self._said, self._output_of)

    async def _output_of(self, text: str) -> str:
        """Runs the command of a `${cmd:…}`."""
        try:
            return await self._run(text, COMMAND_TIMEOUT_S, {})
        except EnvCommandFailed as error:
            raise InterpolationError("PT301", f"'cmd:{text}' failed: {error.reason}") from error

    def _resolver(self, run: RunCommand | None, *, tolerant: bool = False) -> Resolver:
        return Resolver(
            graph=self._graph,
            outer=self._prepared.base,
            scoped=self._scoped,
            secrets=self._prepared.secrets,
            is_secret=self._masker.holds_secret,
            run=run,
            tolerant=tolerant,
        )

    def _settled(self, resolver: Resolver) -> Settled:
        found = resolver.values()
        self._masker.learn(
            str(value.data) for name, value in found.items() if value is not None and name in self._prepared.secrets
        )
        return Settled(base=self._prepared.base, found={**self._below, **found}, secrets=resolver.secret_names())


def _ordered(maps: tuple[Variables, ...]) -> Graph:
    graph = Graph(maps)
    try:
        graph.order()
    except CycleFound as error:
        raise EnvironmentCycle(error.names) from error
    return graph

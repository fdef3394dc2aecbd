"""The environment of a run as far as it is known without starting anything (language 18): secrets by their presence."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from prodigy_tui.engine.variables.environment import EnvironmentCycle
from prodigy_tui.engine.variables.resolving import Resolver
from prodigy_tui.engine.variables.secrets import with_known_values
from prodigy_tui.engine.variables.start_environment import Ground, scoped
from prodigy_tui.workflow.environment.order import CycleFound, Graph
from prodigy_tui.workflow.environment.stack import chosen_profile, inherited, maps_of, problem, read_env_file
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.model import EnvFile, EnvValue, SecretSource, Variable, Variables
from prodigy_tui.workflow.problems import Problem, quoted


class PlannedEnvironment(Struct, frozen=True, kw_only=True):
    """What is known of the environment, and what is missing."""

    profile: str
    base: Mapping[str, str]
    """The part of the process environment that is handed on."""
    values: Mapping[str, str]
    """Variables whose values are known, secrets left out."""
    secrets: frozenset[str]
    """Names of secrets and of what is made of them."""
    handed_on: Mapping[str, str]
    """The values of secrets that are variables of the process; only for the command of `--run-input`."""
    problems: tuple[Problem, ...] = ()


async def plan_environment(ground: Ground) -> PlannedEnvironment:
    """Returns what is known; files of variables are read, no command is run and no secret is looked at.

    Raises:
        EnvironmentCycle: the variables refer to each other in a circle.
    """
    planning = _Planning(ground)
    environment, problems = with_known_values(ground.workflow.environment, scoped(ground, ""))
    planning.problems += problems
    name, chosen, problems = chosen_profile(environment, ground.settings.profile, ground.process_env)
    planning.problems += problems
    maps = maps_of(environment, chosen, planning.read_files, ground.settings.env)
    sources = {key: variable for part in maps for key, variable in part.items() if isinstance(variable, SecretSource)}
    settled = tuple(planning.without_sources(part) for part in maps)
    base = inherited(ground.process_env, whole=environment.inherit)
    graph = Graph(settled)
    resolver = Resolver(
        graph=graph,
        outer=base,
        scoped=scoped(ground, name),
        secrets=frozenset(sources),
        is_secret=lambda text: _HIDDEN in text,
        run=None,
        tolerant=True,
    )
    try:
        await resolver.resolve()
    except CycleFound as error:
        raise EnvironmentCycle(error.names) from error
    hidden = resolver.secret_names()
    values = {key: str(value.data) for key, value in resolver.values().items() if value is not None}
    return PlannedEnvironment(
        profile=name,
        base=base,
        values={key: text for key, text in values.items() if key not in hidden},
        secrets=hidden,
        handed_on={
            key: ground.process_env[source.text]
            for key, source in sources.items()
            if source.source == "variable" and source.text in ground.process_env
        },
        problems=tuple(planning.problems),
    )


_HIDDEN = "\ue000secret\ue000"
"""Stands for the value of a secret, so that what is made of one is known to be a secret too."""


class _Planning:
    """Collects what is missing."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.problems: list[Problem] = []

    def read_files(self, files: Sequence[EnvFile]) -> dict[str, Variable | None]:
        found: dict[str, Variable | None] = {}
        scope = scoped(self._ground, "")({}, frozenset())
        for file in files:
            try:
                path = render(parse_text(file.path, "plain"), scope)
            except InterpolationError as error:
                self.problems.append(problem(error.code, file.place, error.message))
                continue
            values, problems = read_env_file(file, path, self._ground.folder, Path.read_bytes)
            found |= values
            self.problems += problems
        return found

    def without_sources(self, variables: Variables) -> dict[str, Variable | None]:
        """Returns a map in which every secret is hidden; those that are not there are PT330."""
        found: dict[str, Variable | None] = dict(variables)
        for name, variable in variables.items():
            if isinstance(variable, SecretSource):
                found[name] = EnvValue(text=_HIDDEN)
                if why := self._missing(variable):
                    self.problems.append(
                        problem("PT330", variable.place, f"the secret {quoted(name)} is missing: {why}")
                    )
        return found

    def _missing(self, secret: SecretSource) -> str:
        environ = self._ground.process_env
        if secret.source == "variable" and secret.text not in environ:
            return f"the variable {quoted(secret.text)} is not set"
        if secret.source == "file":
            home = environ.get("HOME", "~")
            path = home + secret.text[1:] if secret.text == "~" or secret.text.startswith("~/") else secret.text
            if not Path(self._ground.folder, Path(secret.place.file).parent, path).is_file():
                return f"the file {quoted(secret.text)} is not there"
        return ""

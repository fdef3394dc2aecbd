"""What is known of a run's environment before anything starts: files of variables, profile, secrets (12.2, 12.3).

Everything that is missing is found in one go, and prevents the start.
"""

import os
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

from msgspec import Struct

from prodigy_tui.clock import Clock
from prodigy_tui.engine.variables.resolving import EnvCommandFailed, Resolver, Scoped
from prodigy_tui.process import MASK, CannotStart, Child, Masker, is_private_name, run_child
from prodigy_tui.process.spellings import SHORTEST
from prodigy_tui.workflow.environment.order import Graph
from prodigy_tui.workflow.environment.stack import chosen_profile, inherited, maps_of, problem, read_env_file
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.late import LateError, settle_model
from prodigy_tui.workflow.model import EnvFile, Environment, EnvValue, Place, SecretSource, Variable, Variables
from prodigy_tui.workflow.problems import Problem, WorkflowRejected, has_errors, quoted, to_lines
from prodigy_tui.workflow.values import Value

COMMAND_S = 30.0
LONGEST = 128 * 1024
"""Characters that a variable can hold on Linux."""
_NUMBERS = count(1)
"""Tells the marks of commands apart that are at work at once: behind each, all that has its mark is swept away."""


class EnvironmentRejected(WorkflowRejected):
    """What a run needs around it is missing, so nothing was started."""

    @property
    def unsaid(self) -> tuple[str, ...]:
        """The problems as lines; the loader has not said them."""
        return tuple(to_lines(self.problems))

    def __reduce__(self) -> tuple[type["EnvironmentRejected"], tuple[tuple[Problem, ...]]]:
        return EnvironmentRejected, (self.problems,)


class Prepared(Struct, frozen=True, kw_only=True):
    """The environment of a run as far as it is known without running anything of the workflow but secrets' commands."""

    profile: str
    base: Mapping[str, str]
    """The part of the process environment that is handed on."""
    maps: tuple[Variables, ...]
    """Variables, the lowest map first; secrets have their values."""
    secrets: frozenset[str]
    """Names of secrets, whatever they are made of."""
    warnings: tuple[Problem, ...] = ()


class Surroundings(Struct, frozen=True, kw_only=True):
    """What preparing needs from outside."""

    environ: Mapping[str, str]
    """The operator's environment, what misleads git or agents removed."""
    folder: Path
    """What the paths of workflow files are relative to."""
    cwd: Path
    """Where commands of secrets run: the repository, because there is no worktree yet."""
    scoped: Scoped
    clock: Clock
    masker: Masker


async def prepare(
    environment: Environment,
    *,
    profile: str | None,
    given: Mapping[str, str],
    of_steps: Mapping[str, Sequence[SecretSource]],
    around: Surroundings,
    strict: bool = False,
) -> tuple[Prepared, dict[Place, str]]:
    """Reads files of variables and resolves all secrets; the masker knows them from then on.

    Args:
        environment: What the workflow says.
        profile: The profile that is asked for; None: what the workflow says.
        given: `--env`; what was masked in the log is taken from the process environment again.
        of_steps: Secrets in the `env` of steps, by name.
        around: What is needed from outside.
        strict: Whether warnings count as errors.

    Returns:
        What is known, and the secrets of steps by the place where they stand.

    Raises:
        EnvironmentRejected: a file or secrets are missing, or the profile does not exist; all of it is in there.
    """
    preparing = _Preparing(around)
    environment, problems = with_known_values(environment, around.scoped)
    preparing.problems += problems
    name, chosen, problems = chosen_profile(environment, profile, {})
    preparing.problems += problems
    maps = maps_of(environment, chosen, preparing.read_files, preparing.given(given))
    base = inherited(around.environ, whole=environment.inherit)
    settled = tuple([await preparing.without_sources(variables) for variables in maps])
    await preparing.check_values(settled, base)
    fetched = {
        source.place: value
        for name, sources in of_steps.items()
        for source in sources
        if (value := await preparing.fetched(name, source)) is not None
    }
    around.masker.learn(preparing.values)
    if has_errors(preparing.problems, strict=strict):
        raise EnvironmentRejected(tuple(preparing.problems))
    prepared = Prepared(
        profile=name,
        base=base,
        maps=settled,
        secrets=frozenset(preparing.places),
        warnings=tuple(preparing.problems),
    )
    return prepared, fetched


def with_known_values(environment: Environment, scoped: Scoped) -> tuple[Environment, tuple[Problem, ...]]:
    """Returns it with the values of its own fields that are known only now (language 3.1), and what has none.

    They see what the process hands on, parameters, `vars`, and the variables that are written out.
    """
    texts = environment.variables.items()
    written = {name: Value(text, trusted=True) for name, text in texts if isinstance(text, str) and "$" not in text}
    try:
        return settle_model(environment, scoped(written, frozenset())), ()
    except LateError as error:
        return environment, (problem(error.code, environment.place, error.message),)


async def run_text(
    text: str, timeout_s: float | None, env: Mapping[str, str], *, cwd: Path, clock: Clock, masker: Masker, marker: str
) -> str:
    """Returns what a shell text prints, as it is: tokens in it are the very thing that is wanted.

    Raises:
        EnvCommandFailed: it could not be run, failed, took too long or printed too much.
    """
    out: list[str] = []
    errors: list[str] = []
    size = 0

    def take(stream: str, chunk: str) -> None:
        nonlocal size
        size += len(chunk)
        if size <= LONGEST * 2:
            (out if stream == "stdout" else errors).append(chunk)

    child = Child(argv=("sh", "-c", text), cwd=cwd, env=env, timeout_s=timeout_s, marker=marker)
    try:
        ended = await run_child(child, take, clock=clock, masker=Masker(shapes=False))
    except CannotStart as error:
        raise EnvCommandFailed(str(error)) from error
    if ended.reason == "timeout":
        raise EnvCommandFailed(f"timed out after {timeout_s:g} s")
    if ended.exit_code != 0:
        said = next((line.strip() for line in reversed("".join(errors).splitlines()) if line.strip()), "")
        raise EnvCommandFailed(masker.text(f"exit code {ended.exit_code}" + (f": {said[:200]}" if said else "")))
    printed = "".join(out).removesuffix("\n").removesuffix("\r")
    if len(printed) >= LONGEST or "\0" in printed:
        raise EnvCommandFailed("it prints what no variable can hold")
    return printed


class _Preparing:
    """Collects what is missing while one environment is prepared."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self.problems: list[Problem] = []
        self.values: list[str] = []
        self.places: dict[str, Place] = {}
        """Where each secret stands."""

    def given(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Returns `--env`; variables with the names of secrets are secrets."""
        found = {}
        for name, text in variables.items():
            value = text
            if is_private_name(name):
                place = self.places.setdefault(name, Place())
                if text == MASK:
                    value = self._around.environ.get(name, "")
                    if not value:
                        message = f"the value of {quoted(name)} was given with --env and is not recorded"
                        self.problems.append(problem("PT330", place, message, f"set {name} in the environment"))
                self._learn(name, value, place)
            found[name] = value
        return found

    def read_files(self, files: Sequence[EnvFile]) -> dict[str, Variable | None]:
        """Reads files of variables, later ones win (PT321)."""
        found: dict[str, Variable | None] = {}
        for file in files:
            try:
                path = render(parse_text(file.path, "plain"), self._around.scoped({}, frozenset()))
            except InterpolationError as error:
                self.problems.append(problem(error.code, file.place, error.message))
                continue
            values, problems = read_env_file(file, path, self._around.folder, Path.read_bytes)
            found |= values
            self.problems += problems
        return found

    async def without_sources(self, variables: Variables) -> dict[str, Variable | None]:
        """Returns a map in which secrets from elsewhere have their values (PT330, PT331)."""
        found: dict[str, Variable | None] = dict(variables)
        for name, variable in variables.items():
            if not isinstance(variable, SecretSource):
                continue
            self.places[name] = variable.place
            if variable.source == "value":
                continue
            value = await self.fetched(name, variable)
            found[name] = EnvValue(text=value or "")
        return found

    async def check_values(self, maps: tuple[Variables, ...], base: Mapping[str, str]) -> None:
        """Resolves the secrets whose values are texts; one that needs a command of `env` becomes known with it."""
        resolver = Resolver(
            graph=Graph(maps),
            outer=base,
            scoped=self._around.scoped,
            secrets=frozenset(self.places),
            is_secret=lambda _: False,
            run=None,
            tolerant=True,
        )
        await resolver.resolve()
        for key in resolver.graph.order():
            variable = resolver.graph.variable(key)
            if not isinstance(variable, SecretSource):
                continue
            error, value = resolver.failed.get(key), resolver.done.get(key)
            if value is not None:
                self._learn(key[1], str(value.data), variable.place)
            elif isinstance(error, InterpolationError):
                self._missing(key[1], variable.place, error.message.partition("; ")[0])

    async def fetched(self, name: str, secret: SecretSource) -> str | None:
        """Returns the value of a secret that comes from elsewhere; None when it is missing."""
        value = await self._fetched(name, secret)
        if value is not None:
            self._learn(name, value, secret.place)
        return value

    async def _fetched(self, name: str, secret: SecretSource) -> str | None:
        environ = self._around.environ
        match secret.source:
            case "variable":
                value = environ.get(secret.text)
                if value is None:
                    self._missing(name, secret.place, f"the variable {quoted(secret.text)} is not set")
                return value
            case "file":
                return self._from_file(name, secret)
            case _:
                return await self._from_command(name, secret)

    def _from_file(self, name: str, secret: SecretSource) -> str | None:
        home = self._around.environ.get("HOME", "~")
        path = home + secret.text[1:] if secret.text == "~" or secret.text.startswith("~/") else secret.text
        try:
            with Path(self._around.folder, Path(secret.place.file).parent, path).open("rb") as file:
                text = file.read(LONGEST + 1).decode("utf-8-sig").strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            self._missing(name, secret.place, f"the file {quoted(secret.text)} cannot be read: {reason}")
            return None
        if len(text) >= LONGEST or "\0" in text:
            self._missing(name, secret.place, f"the file {quoted(secret.text)} holds what no variable can hold")
            return None
        return text

    async def _from_command(self, name: str, secret: SecretSource) -> str | None:
        around = self._around
        try:
            text = render(parse_text(secret.text, "shell"), around.scoped({}, frozenset(self.places)))
            printed = await run_text(
                text,
                COMMAND_S,
                around.environ,
                cwd=around.cwd,
                clock=around.clock,
                masker=around.masker,
                marker=f"secret-{os.getpid()}-{next(_NUMBERS)}",
            )
        except (EnvCommandFailed, InterpolationError) as error:
            reason = error.reason if isinstance(error, EnvCommandFailed) else str(error)
            self._missing(name, secret.place, f"its command failed: {reason}")
            return None
        return printed.strip()

    def _missing(self, name: str, place: Place, why: str) -> None:
        self.problems.append(problem("PT330", place, f"the secret {quoted(name)} is missing: {why}"))

    def _learn(self, name: str, value: str, place: Place) -> None:
        if len(value.strip()) < SHORTEST:
            message = f"the secret {quoted(name)} has fewer than {SHORTEST} characters and is not masked"
            self.problems.append(problem("PT331", place, message, severity="warning"))
        self.values.append(value)

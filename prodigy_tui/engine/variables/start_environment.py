"""The environment of a run when it starts or is taken up again: what is prepared, and what fills in its texts."""

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct, field

from prodigy_tui.clock import Clock
from prodigy_tui.engine.run_context import constant_names
from prodigy_tui.engine.variables.computing import ContextComputer
from prodigy_tui.engine.variables.environment import Found, RunEnvironment, overlay
from prodigy_tui.engine.variables.resolving import Names, Scoped
from prodigy_tui.engine.variables.run_names import RunNames, run_roots
from prodigy_tui.engine.variables.secrets import Prepared, Surroundings, prepare, run_text
from prodigy_tui.events.values import RunSettings
from prodigy_tui.process import Masker
from prodigy_tui.workflow.declared import SEEN_PHASES, every_step, steps_of, steps_of_merges
from prodigy_tui.workflow.environment.stack import PROFILE_VARIABLE, inherited
from prodigy_tui.workflow.model import Place, SecretSource, Workflow
from prodigy_tui.workflow.problems import WorkflowRejected
from prodigy_tui.workflow.rendering import render_data
from prodigy_tui.workflow.values import Value
from prodigy_tui.workflow.variables import Scope, positional_values

_NUMBERS = count(1)
"""Tells the marks of commands apart: steps at work at once, of a run and of what it calls, each sweep behind theirs."""


class Ground(Struct, frozen=True, kw_only=True):
    """What the environment of a run is made from."""

    workflow: Workflow
    parameters: Mapping[str, Any]
    settings: RunSettings
    process_env: Mapping[str, str]
    git_env: Mapping[str, str]
    folder: Path
    """What the paths of workflow files are relative to."""
    top: Path
    """The repository."""
    again: bool = False
    """The run is taken up again: which profile it has is settled."""
    strict: bool = False
    """Whether warnings count as errors."""
    clock: Clock
    masker: Masker
    handed: Mapping[str, Value] = field(default_factory=dict)
    """What the caller of a called workflow hands over, as parameters; it may be data."""
    outer: Mapping[str, Value] = field(default_factory=dict)
    """The caller's variables of the environment, which lie below those of a called workflow."""

    @property
    def secret_parameters(self) -> frozenset[str]:
        return frozenset(spec.name for spec in self.workflow.parameters if spec.secret)


class StartEnvironment(Struct, frozen=True, kw_only=True):
    """What was prepared: of the run, and the secrets in the `env` of steps by the place where they stand."""

    prepared: Prepared
    step_secrets: Mapping[Place, str]


async def prepare_run(ground: Ground, run: RunNames) -> StartEnvironment:
    """Reads files of variables and resolves every secret of a run; its masker knows them from then on.

    Raises:
        WorkflowRejected: something is missing; all of it is in there.
    """
    secret = (ground.parameters[name] for name in ground.secret_parameters if name in ground.parameters)
    ground.masker.learn(render_data(value) for value in secret)
    of_steps = _secrets_of_steps(ground.workflow)
    profile = ground.settings.profile
    if profile is None and not ground.again:
        profile = ground.process_env.get(PROFILE_VARIABLE) or None
    environment = ground.workflow.environment
    around = Surroundings(
        environ=ground.process_env,
        folder=ground.folder,
        cwd=ground.top,
        scoped=scoped(ground, environment.profile or "", run),
        clock=ground.clock,
        masker=ground.masker,
    )
    prepared, found = await prepare(
        environment,
        profile=profile,
        given=ground.settings.env,
        of_steps=of_steps,
        around=around,
        strict=ground.strict,
    )
    return StartEnvironment(prepared=prepared, step_secrets=found)


async def prepare_landing(ground: Ground, run: RunNames) -> StartEnvironment:
    """As `prepare_run`, for a run of which only the landing is left: what is missing does not stop it."""
    try:
        return await prepare_run(ground, run)
    except WorkflowRejected:
        environment = ground.workflow.environment
        prepared = Prepared(
            profile=ground.settings.profile or "",
            base=inherited(ground.process_env, whole=environment.inherit),
            maps=(),
            secrets=frozenset(environment.secrets),
        )
        return StartEnvironment(prepared=prepared, step_secrets={})


async def make_environment(
    ground: Ground, prepared: Prepared, run: RunNames, random: Random, below: Found | None = None
) -> RunEnvironment:
    """Returns the environment that the steps of a run share; `below` are variables that it stands upon."""
    said: dict[str, str] = {}
    computer = ContextComputer(run.worktree, said, ground.clock.now, random)

    def within() -> Scoped:
        """Returns what makes scopes with the parameters as they are now."""
        return scoped(ground, prepared.profile, run, computer)

    async def run_command(text: str, timeout_s: float | None, known: Mapping[str, str]) -> str:
        constants = within()({}, ground.secret_parameters).exported()
        return await run_text(
            text,
            timeout_s,
            overlay(prepared.base, constants, known, ground.git_env, {"PRODIGY_RUN_ID": run.id}),
            cwd=run.worktree,
            clock=ground.clock,
            masker=ground.masker,
            marker=f"{run.id}:env:{next(_NUMBERS)}",
        )

    environment = RunEnvironment(
        prepared, scoped=within, masker=ground.masker, run=run_command, said=said, below=below or {}
    )
    await environment.begin()
    return environment


def scoped(
    ground: Ground, profile: str, run: RunNames | None = None, computer: ContextComputer | None = None
) -> Scoped:
    """Returns what makes the variables that the values of `env` see.

    Args:
        ground: What the environment is made from.
        profile: The active profile.
        run: None where no run is meant; what it is called has no value then.
        computer: None where nothing is computed.
    """
    parameters, workflow = dict(ground.parameters), ground.workflow
    roots = run_roots(workflow.name, profile, ground.settings.arguments, run)
    positional = positional_values(ground.settings.arguments)
    layers = (ground.handed, *constant_names(workflow, parameters), positional, ground.outer)
    given = Value({**ground.handed}) if ground.handed else Value(parameters, trusted=True)

    def scope_with(names: Names, hidden: frozenset[str]) -> Scope:
        environment: dict[str, Value] = {
            **{name: Value(text, trusted=True) for name, text in ground.process_env.items()},
            **ground.outer,
            **names,
        }
        return Scope(
            names=[names, *layers],
            roots={
                "env": Value(environment, trusted=True),
                "param": given,
                "vars": Value(dict(workflow.vars), trusted=True),
                **roots,
            },
            environment=ground.process_env,
            secrets=hidden | ground.secret_parameters if hidden else hidden,
            computer=computer,
        )

    return scope_with


def _secrets_of_steps(workflow: Workflow) -> dict[str, list[SecretSource]]:
    """Returns the secrets in the `env` of steps that come from elsewhere, by name."""
    found: dict[str, list[SecretSource]] = {}
    for phase in SEEN_PHASES:
        outside = steps_of_merges(workflow) if phase == "merge" else ()
        for step in every_step((*steps_of(workflow, phase), *outside)):
            for name, variable in step.env.items():
                if isinstance(variable, SecretSource) and variable.source != "value":
                    found.setdefault(name, []).append(variable)
    return found

"""What a run is made of when a process begins it or takes it up: services from outside, brought together."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.agents import Provider
from prodigy_tui.clock import Clock
from prodigy_tui.engine.called.called_runs import CalledRuns
from prodigy_tui.engine.called.caller import Calling
from prodigy_tui.engine.gates import Gates
from prodigy_tui.engine.journal import Journal
from prodigy_tui.engine.kinds.agent import AgentServices
from prodigy_tui.engine.providers.conversations import Conversations
from prodigy_tui.engine.providers.limiter import Limiter
from prodigy_tui.engine.providers.reserving import Reservations
from prodigy_tui.engine.run_context import RunContext, with_known_budget, with_known_landing, with_known_timeout
from prodigy_tui.engine.variables.current_parameters import CurrentParameters
from prodigy_tui.engine.variables.environment import git_environment, process_environment
from prodigy_tui.engine.variables.run_names import RunNames
from prodigy_tui.engine.variables.start_environment import (
    Ground,
    StartEnvironment,
    make_environment,
)
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import (
    WarningRaised,
)
from prodigy_tui.events.values import RunSettings
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import RunId
from prodigy_tui.process import Masker
from prodigy_tui.storage.paths import RepositoryFolder, RunFolder
from prodigy_tui.workflow.declared import SEEN_PHASES, declared_names
from prodigy_tui.workflow.late import LateError
from prodigy_tui.workflow.model import Workflow


class Services(Struct, frozen=True, kw_only=True):
    """What the engine needs from outside, handed in by the command line."""

    clock: Clock
    repository: Repository
    home: RepositoryFolder
    bus: Bus
    providers: Mapping[str, Provider]
    environ: Mapping[str, str]
    random: random.Random
    masker: Masker
    version: str
    folder: Path = Path()
    """What the paths of workflow files are relative to."""
    interactive: bool
    """A person can answer gates in this process."""
    bell: Callable[[], None] = lambda: None
    """Rings where a person may hear it."""


class BudgetUnknown(ProdigyError):
    """A limit of the workflow's budget has no value."""


def effective(settings: RunSettings, services: Services) -> RunSettings:
    """Returns what the operator asked for as it holds here: `ask` without anybody to ask is `no`."""
    if settings.merge != "ask" or services.interactive:
        return settings
    return replace(settings, merge="no")


def ground_of(
    services: Services,
    workflow: Workflow,
    parameters: Mapping[str, Any],
    settings: RunSettings,
    folder: Path,
    *,
    again: bool = False,
) -> Ground:
    """Returns what the environment of a run is made from; `again`: it has been started before."""
    return Ground(
        workflow=workflow,
        parameters=parameters,
        settings=settings,
        process_env=process_environment(services.environ),
        git_env=git_environment(services.environ, services.repository.top),
        folder=folder,
        top=services.repository.top,
        again=again,
        clock=services.clock,
        masker=services.masker,
    )


async def context_of(
    services: Services,
    ground: Ground,
    begun: StartEnvironment,
    journal: Journal,
    folder: RunFolder,
    names: RunNames,
    calls: CalledRuns,
    calling: Calling | None = None,
) -> RunContext:
    """Returns what all parts of the engine share about a run.

    Raises:
        BudgetUnknown: a limit of the workflow's budget has no value.
    """
    run_id, workflow = RunId(journal.state.run_id), ground.workflow
    parameters = CurrentParameters(ground.parameters)
    ground = replace(ground, parameters=parameters)
    if calling is None:
        environment = await make_environment(ground, begun.prepared, names, services.random)
        budget = Reservations(workflow.budget, journal, services.bus, services.clock)
    else:
        environment, budget = calling.environment, calling.budget

    def warn(message: str) -> None:
        journal.record(WarningRaised(message=message))

    run = RunContext(
        workflow=workflow,
        journal=journal,
        repository=services.repository,
        worktrees=Worktrees(services.repository, folder.worktrees, services.home.worktree_lock, run_id=run_id),
        folder=folder,
        clock=services.clock,
        bus=services.bus,
        masker=services.masker,
        random=services.random,
        providers=services.providers,
        agents=AgentServices(
            providers=services.providers,
            limiter=Limiter(services.clock, services.random, services.home.limits, warn),
            conversations=Conversations(),
            clock=services.clock,
            masker=services.masker,
            random=services.random,
        ),
        gates=Gates(journal, services.bus, services.clock),
        budget=budget,
        calls=calls,
        calling=calling,
        environ=services.environ,
        process_env=ground.process_env,
        git_env=ground.git_env,
        declared={phase: declared_names(workflow, phase) for phase in SEEN_PHASES},
        parameters=parameters,
        handed=calling.handed if calling is not None else {},
        environment=environment,
        step_secrets=begun.step_secrets,
    )
    return _with_limits(with_known_timeout(with_known_landing(run)))


def _with_limits(run: RunContext) -> RunContext:
    """Returns a run whose budget is known; without that nothing is done that may cost something."""
    try:
        return with_known_budget(run)
    except LateError as error:
        raise BudgetUnknown(f"{error.code}: the limits of 'budget' are not known: {error}") from error

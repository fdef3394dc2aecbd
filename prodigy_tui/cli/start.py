"""From a workflow's file to a run that is driven: load, check the ground, make an id, go."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodigy_tui.cli.inputs import Inputs
from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.lines import plural
from prodigy_tui.cli.options import DriveOptions
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.values import RunSettings, Sources

if TYPE_CHECKING:
    from prodigy_tui.agents import Provider
    from prodigy_tui.cli.drive import History
    from prodigy_tui.engine.session import RunSession, Services
    from prodigy_tui.workflow.load import Loaded
    from prodigy_tui.workflow.model import Step, Workflow


class OptionUnusable(ProdigyError):
    """What was given for an option cannot be used."""


class AgentMissing(ProdigyError):
    """A step needs an agent program that cannot run here."""

    exit_code = ExitCode.ENVIRONMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What was asked for: a workflow and what is given to it."""

    file: Path
    settings: RunSettings
    inputs: Inputs = field(default_factory=Inputs)
    label: str = ""
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A workflow that can be started as it was asked for."""

    loaded: "Loaded"
    workflow: "Workflow"
    sources: Sources


def start(invocation: Invocation, asked: Start, drive: DriveOptions) -> int:
    """Starts a run of a workflow and drives it until it comes to rest.

    Raises:
        WorkflowRejected: the workflow has errors; its problems have been said.
        ProdigyError: an option, an agent program or the repository cannot be worked with.
    """
    ready = make_ready(invocation, asked)
    workflow, settings = ready.workflow, asked.settings
    _check_agents(invocation, workflow, settings.provider)

    from prodigy_tui.cli.drive import Plan, conduct
    from prodigy_tui.clock import SystemClock
    from prodigy_tui.engine.session import RunSession
    from prodigy_tui.git.repo import Repository
    from prodigy_tui.ids import make_run_id

    repository = Repository.open(invocation.repo)
    start_point = repository.start_point()
    dirty = repository.dirty_paths()
    if dirty:
        changes = plural(len(dirty), "uncommitted path")
        invocation.output.warn(f"{changes} in {repository.top}; no agent will see them")
    run_id = make_run_id(workflow.name, SystemClock().now(), random.getrandbits(20))
    folder = invocation.state_home().repository(repository.common_dir).run(run_id)

    async def create(services: "Services", history: "History") -> "RunSession":
        history(())
        return await RunSession.create(
            services,
            workflow=workflow,
            text=ready.loaded.text,
            file=str(asked.file),
            run_id=run_id,
            settings=settings,
            start=start_point,
            label=asked.label,
            sources=ready.sources,
            parameters=ready.loaded.parameters,
            strict=asked.strict,
        )

    return conduct(invocation, Plan(folder=folder, repository=repository, open=create, drive=drive))


def make_ready(invocation: Invocation, asked: Start, *, say_warnings: bool = True) -> Ready:
    """Loads a workflow with what is given to it, says its problems, and checks the options that need it.

    Without `say_warnings` only what prevents the start is said; the caller shows the rest.

    Raises:
        WorkflowRejected: it has errors.
        OptionUnusable: an option cannot be used, or not with this workflow.
    """
    from prodigy_tui.cli.surroundings import known_surroundings, places_of
    from prodigy_tui.workflow.load import load_workflow
    from prodigy_tui.workflow.problems import has_errors, to_lines

    settings = asked.settings
    outside = tuple(Path(folder) for folder in settings.allow_outside)
    places = places_of(invocation.repo, invocation.environ, outside)
    given = replace(asked.inputs, profile=settings.profile).given(complete=True)
    loaded = load_workflow(asked.file, Path.read_bytes, known_surroundings(places), given)
    if say_warnings or has_errors(loaded.problems, strict=asked.strict):
        for line in to_lines(loaded.problems):
            invocation.output.say(line)
    workflow = loaded.require(strict=asked.strict)
    _check_settings(settings)
    if workflow.kind == "plain" and len(settings.arguments) > 1:
        raise OptionUnusable(
            "PT199: more than one --args of a plain workflow is not available in this version",
            hint="start a run for each value, or write a workflow with 'map'",
        )
    others = {name: text for name, text in loaded.files.items() if name != str(asked.file)}
    sources = Sources(files=others, project=_text(places.project), library=_text(places.library))
    return Ready(loaded=loaded, workflow=workflow, sources=sources)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _check_settings(settings: RunSettings) -> None:
    from prodigy_tui.agents import PROVIDERS
    from prodigy_tui.workflow.expr import ExpressionError, parse_expression

    if settings.provider is not None and settings.provider not in PROVIDERS:
        raise OptionUnusable(f"unknown provider {settings.provider!r}", hint=f"there are {', '.join(PROVIDERS)}")
    if settings.script is not None:
        for message in PROVIDERS["scripted"].check_options({"script": settings.script}):
            raise OptionUnusable(f"the script given with --script cannot be used: {message}")
    if settings.filter is not None:
        try:
            parse_expression(settings.filter)
        except ExpressionError as error:
            raise OptionUnusable(f"--filter {settings.filter!r} cannot be read: {error}") from error


def _check_agents(invocation: Invocation, workflow: "Workflow", replaced: str | None) -> None:
    """A program that a step needs in any case has to be there before anything starts; others may be missed later."""
    for message in missing_agents(invocation, workflow, replaced):
        raise AgentMissing(message)


def missing_agents(invocation: Invocation, workflow: "Workflow", replaced: str | None) -> Iterator[str]:
    """Yields what keeps the agent programs that steps need in any case from running here, and what to do."""
    from prodigy_tui.agents import PROVIDERS

    for name in dict.fromkeys(replaced or name for name in _providers(workflow)):
        provider: Provider = PROVIDERS[name]
        missing = provider.missing(invocation.environ)
        if missing is not None:
            yield missing


def _providers(workflow: "Workflow") -> Iterator[str]:
    template = workflow.map.agent_template if workflow.map is not None else ()
    phases: tuple[tuple[Step, ...], ...] = (
        workflow.steps.steps,
        workflow.setup.steps,
        template,
        workflow.reduce.steps,
        workflow.merge.steps,
    )
    for steps in phases:
        for step in steps:
            if step.command.kind == "agent" and step.when is None:
                yield step.command.provider


def read_script(file: Path) -> Any:
    """Returns the rules in a `--script` file as data; the provider checks what they say.

    Raises:
        OptionUnusable: it cannot be read, or is neither YAML nor JSON.
    """
    import yaml

    try:
        return yaml.safe_load(file.read_bytes())
    except OSError as error:
        raise OptionUnusable(f"script {str(file)!r} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise OptionUnusable(f"script {str(file)!r} is not YAML: {' '.join(str(error).split())}") from error

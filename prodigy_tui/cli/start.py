"""From a workflow's file to a run that is driven: load, check the ground, make an id, go."""

import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from prodigy_tui.cli.inputs import Inputs
from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.options import DriveOptions
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.values import RunSettings, Sources
from prodigy_tui.wording import plural

if TYPE_CHECKING:
    from prodigy_tui.agents import Provider
    from prodigy_tui.cli.drive import History
    from prodigy_tui.engine.assembly import Services
    from prodigy_tui.engine.session import RunSession
    from prodigy_tui.workflow.load import Loaded
    from prodigy_tui.workflow.model import Step, Workflow


class OptionUnusable(ProdigyError):
    """What was given for an option cannot be used."""


class AgentMissing(ProdigyError):
    """A step needs an agent program that cannot run here."""

    exit_code = ExitCode.ENVIRONMENT


class Start(Struct, frozen=True, kw_only=True):
    """What was asked for: a workflow and what is given to it."""

    file: Path
    settings: RunSettings
    inputs: Inputs = field(default_factory=Inputs)
    label: str = ""
    strict: bool = False
    text: bytes | None = None
    """What is in the file, where it was written on the command line and there is none."""
    needs_files: bool = False
    """Its items are the committed files that globs match; with none of them it is not worth a run."""

    def read(self, path: Path) -> bytes:
        """Reads a file of the workflow."""
        return self.text if self.text is not None and path == self.file else path.read_bytes()


class Ready(Struct, frozen=True, kw_only=True):
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
    from prodigy_tui.git.status import look_at
    from prodigy_tui.ids import make_run_id

    repository = Repository.open(invocation.repo)
    status = look_at(repository.top)
    start_point = repository.start_point(status)
    if asked.needs_files:
        from prodigy_tui.cli.instant import require_files

        require_files(repository.top, start_point.commit, workflow)
    dirty = repository.dirty_paths(status)
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


def _file_meant(file: Path) -> str:
    """Returns the workflow that was meant where there is no file of that name, and one that is like it."""
    from prodigy_tui.cli.names import file_meant

    return "" if file.exists() else file_meant(str(file))


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
    loaded = load_workflow(asked.file, asked.read, known_surroundings(places), given)
    if say_warnings or has_errors(loaded.problems, strict=asked.strict):
        for line in to_lines(loaded.problems):
            invocation.output.say(line)
        if meant := _file_meant(asked.file):
            invocation.output.say(f"did you mean the file {meant!r}?")
    workflow = loaded.require(strict=asked.strict)
    _check_settings(invocation, settings)
    if settings.max_iterations is not None and workflow.kind == "mapreduce":
        raise OptionUnusable(
            "--max-iterations has no effect: only the steps of a plain workflow are repeated", hint="leave it out"
        )
    if settings.canary is not None and workflow.kind == "plain":
        raise OptionUnusable("--canary has no effect: a plain workflow has no items", hint="leave it out")
    others = {name: text for name, text in loaded.files.items() if name != str(asked.file)}
    sources = Sources(files=others, project=_text(places.project), library=_text(places.library))
    return Ready(loaded=loaded, workflow=workflow, sources=sources)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _check_settings(invocation: Invocation, settings: RunSettings) -> None:
    from prodigy_tui.cli.settings import settings_of
    from prodigy_tui.workflow.expr import ExpressionError, parse_expression

    providers = settings_of(invocation).providers()
    if settings.provider is not None and settings.provider not in providers:
        raise OptionUnusable(f"unknown provider {settings.provider!r}", hint=f"there are {', '.join(providers)}")
    if settings.script is not None:
        for message in providers["scripted"].check_options({"script": settings.script}):
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
    from prodigy_tui.cli.settings import settings_of

    providers = settings_of(invocation).providers()
    for name in dict.fromkeys(replaced or name for name in _providers(workflow)):
        provider: Provider = providers[name]
        missing = provider.missing(invocation.environ)
        if missing is not None:
            yield missing


def _providers(workflow: "Workflow", called: "Mapping[str, Workflow] | None" = None) -> Iterator[str]:
    """Yields the providers of the steps that run in any case; `called` are the workflows that may be called."""
    called = workflow.called if called is None else called
    template = workflow.map.agent_template if workflow.map is not None else ()
    phases = (workflow.setup, workflow.steps, workflow.reduce, workflow.merge)
    for steps in (*(phase.steps for phase in phases), template):
        yield from _certain(steps, called)


def _certain(steps: "Iterable[Step]", called: "Mapping[str, Workflow]") -> Iterator[str]:
    from prodigy_tui.workflow.model import (
        AgentCommand,
        GoalSeekCommand,
        UseCommand,
        ValidateCommand,
        WorkflowCommand,
    )

    for step in steps:
        if step.when is not None:
            continue
        match step.command:
            case AgentCommand(provider=provider):
                yield provider
            case UseCommand(steps=inner):
                yield from _certain(inner, called)
            case ValidateCommand(validation=validation) | GoalSeekCommand(validation=validation):
                yield from _certain(validation.steps, called)
            case WorkflowCommand(call=call) if call.target in called:
                yield from _providers(called[call.target], called)


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

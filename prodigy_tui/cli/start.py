"""From a workflow's file to a run that is driven: load, check the ground, make an id, go."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.lines import plural
from prodigy_tui.cli.options import DriveOptions
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.schema import RunSettings

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


def start(
    invocation: Invocation,
    file: Path,
    settings: RunSettings,
    drive: DriveOptions,
    *,
    label: str = "",
    strict: bool = False,
) -> int:
    """Starts a run of the workflow in `file` and drives it until it comes to rest.

    Raises:
        WorkflowRejected: the workflow has errors; its problems have been said.
        ProdigyError: an option, an agent program or the repository cannot be worked with.
    """
    loaded = load(invocation, file)
    workflow = loaded.require(strict=strict)
    _check_settings(settings)
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
            text=loaded.text,
            file=str(file),
            run_id=run_id,
            settings=settings,
            start=start_point,
            label=label,
        )

    return conduct(invocation, Plan(folder=folder, repository=repository, open=create, drive=drive))


def load(invocation: Invocation, file: Path) -> "Loaded":
    """Loads a workflow as `run` and `validate` do, and says its problems."""
    from prodigy_tui.cli.surroundings import known_surroundings
    from prodigy_tui.workflow.load import load_workflow
    from prodigy_tui.workflow.problems import to_lines

    loaded = load_workflow(file, Path.read_bytes, known_surroundings())
    for line in to_lines(loaded.problems):
        invocation.output.say(line)
    return loaded


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
    from prodigy_tui.agents import PROVIDERS

    for name in dict.fromkeys(replaced or name for name in _providers(workflow)):
        provider: Provider = PROVIDERS[name]
        missing = provider.missing(invocation.environ)
        if missing is not None:
            raise AgentMissing(missing)


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

"""The environment of a called workflow: its own variables on those of its caller (language 15.5)."""

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.variables.environment import RunEnvironment, overlay, texts_of
from prodigy_tui.engine.variables.run_names import RunNames
from prodigy_tui.engine.variables.start_environment import Ground, StartEnvironment, make_environment, prepare_run
from prodigy_tui.engine.variables.step_environment import StepEnvironment
from prodigy_tui.events.values import RunSettings
from prodigy_tui.workflow.model import Workflow
from prodigy_tui.workflow.values import Value


async def called_environment(
    workflow: Workflow, given: Mapping[str, Value], around: StepEnvironment, run: RunContext, names: RunNames
) -> tuple[StartEnvironment, RunEnvironment]:
    """Returns what was prepared for a workflow that is called, and the environment of its steps.

    Args:
        workflow: The called workflow.
        given: Its parameters.
        around: The variables of the step that calls it; values keep the class that they have there.
        run: The run of the caller.
        names: What the run is called in which its steps run, and where they do.

    Raises:
        WorkflowRejected: secrets or files of variables are missing.
    """
    below = {**around.run.found, **around.left, **around.own}
    removed = {name for name, value in below.items() if value is None}
    profile = run.environment.profile
    ground = Ground(
        workflow=workflow,
        parameters={},
        handed=given,
        outer={name: value for name, value in below.items() if value is not None},
        settings=RunSettings(profile=profile if profile in workflow.environment.profiles else None),
        process_env={name: text for name, text in around.run.base.items() if name not in removed},
        git_env=run.git_env,
        folder=Path(run.state.sources.folder or "."),
        top=run.repository.top,
        again=True,
        clock=run.clock,
        masker=run.masker,
    )
    begun = await prepare_run(ground, names)
    prepared = replace(
        begun.prepared,
        base=overlay(begun.prepared.base, texts_of(below)),
        secrets=begun.prepared.secrets | around.secrets,
    )
    return begun, await make_environment(ground, prepared, names, run.random, below)

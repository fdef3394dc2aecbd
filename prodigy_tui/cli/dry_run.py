"""`run --dry-run`: everything that can be said about a run before it, and nothing done (language 18)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.plan import DryRun, Passes, PlannedItems, Sample
from prodigy_tui.cli.plan_lines import plan_document, plan_lines
from prodigy_tui.cli.start import Ready, Start, make_ready, missing_agents
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.engine.planning.plan_environment import PlannedEnvironment
    from prodigy_tui.engine.planning.plan_scope import Before
    from prodigy_tui.events.values import RunSettings
    from prodigy_tui.workflow.model import Workflow

SAMPLES = 3
STEPS_OF_A_SAMPLE = 3
HIDDEN = "***"


def dry_run(invocation: Invocation, asked: Start, *, run_input: bool, as_json: bool) -> int:
    """Prints what a run would do.

    Raises:
        WorkflowRejected: the workflow has errors; its problems have been said.
        ProdigyError: an option cannot be used, or the input needs a repository and there is none.
    """
    ready = make_ready(invocation, asked, say_warnings=False)
    if asked.needs_files:
        from prodigy_tui.cli.instant import require_files

        repository = invocation.repository()
        require_files(repository.top, repository.start_point().commit, ready.workflow)
    plan = make_plan(invocation, asked, ready, run_input=run_input)
    every = invocation.output.verbosity > 0
    if as_json:
        invocation.output.document("plan", plan_document(plan, every_id=every))
    else:
        for line in plan_lines(plan, every_id=every):
            invocation.output.line(line)
    return ExitCode.OK if plan.items is None or plan.items.problem is None else ExitCode.FAILED


def make_plan(invocation: Invocation, asked: Start, ready: Ready, *, run_input: bool) -> DryRun:
    """Returns the plan of a run."""
    from prodigy_tui.engine.planning.plan import count_agent_calls, plan_phases
    from prodigy_tui.engine.planning.plan_merging import plan_merging

    workflow, settings = ready.workflow, asked.settings
    environment = _environment(invocation, asked, ready)
    before = _before(asked, ready, environment)
    notes: list[dict[str, Any]] = [problem.as_json() for problem in (*ready.loaded.problems, *environment.problems)]
    items = None
    if workflow.map is not None:
        items = _items(invocation, before, environment, run_input, notes)
    notes += [{"code": None, "message": text} for text in missing_agents(invocation, workflow, settings.provider)]
    return DryRun(
        workflow=workflow,
        label=asked.label,
        parameters=_parameters(ready),
        passes=_passes(workflow, settings),
        phases=plan_phases(_narrowed(workflow, settings), settings.provider),
        items=items,
        samples=tuple(_samples(before, items)),
        merge={
            "target": workflow.merge.target,
            "strategy": workflow.merge.strategy,
            "message": workflow.merge.message,
            "land": workflow.merge.land,
            "ask": settings.merge,
        },
        merging=plan_merging(workflow, settings.provider),
        warnings=tuple(notes),
        calls=count_agent_calls(_with_passes(workflow, settings.max_iterations), len(settings.arguments)),
    )


def _passes(workflow: "Workflow", settings: "RunSettings") -> Passes:
    late = workflow.late.get("max_iterations")
    written = workflow.max_iterations if late is None else late.text
    iterations = None if workflow.kind == "mapreduce" else settings.max_iterations or written
    return Passes(iterations=iterations, arguments=settings.arguments)


def _narrowed(workflow: "Workflow", settings: "RunSettings") -> "Workflow":
    """Returns a workflow with what the command line says of its map."""
    from prodigy_tui.engine.decisions.narrowing import narrowed

    return workflow if workflow.map is None else replace(workflow, map=narrowed(workflow.map, settings))


def _with_passes(workflow: "Workflow", passes: int | None) -> "Workflow":
    """Returns a workflow with the passes that `-n` asks for."""
    return workflow if passes is None else replace(workflow, max_iterations=passes)


def _environment(invocation: Invocation, asked: Start, ready: Ready) -> "PlannedEnvironment":
    from prodigy_tui.clock import SystemClock
    from prodigy_tui.engine.planning.plan_environment import plan_environment
    from prodigy_tui.engine.variables.environment import process_environment
    from prodigy_tui.engine.variables.start_environment import Ground
    from prodigy_tui.process import Masker
    from prodigy_tui.workflow.problems import WorkflowRejected, has_errors, to_lines

    ground = Ground(
        workflow=ready.workflow,
        parameters=ready.loaded.parameters,
        settings=asked.settings,
        process_env=process_environment(invocation.environ),
        git_env={},
        folder=invocation.cwd,
        top=invocation.repo,
        clock=SystemClock(),
        masker=Masker(),
    )
    environment = asyncio.run(plan_environment(ground))
    if has_errors(environment.problems):
        for line in to_lines(environment.problems):
            invocation.output.say(line)
        raise WorkflowRejected(environment.problems)
    return environment


def _before(asked: Start, ready: Ready, environment: "PlannedEnvironment") -> "Before":
    from prodigy_tui.engine.planning.plan_scope import Before

    secret = {spec.name for spec in ready.workflow.parameters if spec.secret}
    return Before(
        workflow=ready.workflow,
        settings=replace(asked.settings, profile=environment.profile or None),
        parameters={name: value for name, value in ready.loaded.parameters.items() if name not in secret},
        env=environment.values,
        process_env=environment.base,
        secrets=environment.secrets | secret,
    )


def _parameters(ready: Ready) -> dict[str, Any]:
    secret = {spec.name for spec in ready.workflow.parameters if spec.secret}
    return {name: HIDDEN if name in secret else value for name, value in ready.loaded.parameters.items()}


def _items(
    invocation: Invocation,
    before: "Before",
    environment: "PlannedEnvironment",
    run_input: bool,
    notes: list[dict[str, Any]],
) -> PlannedItems:
    from prodigy_tui.cli.planning import InputReader, NotKnownYet
    from prodigy_tui.engine.decisions.narrowing import chosen, narrowed, selecting
    from prodigy_tui.workflow.interpolate import InterpolationError
    from prodigy_tui.workflow.items import ItemsError, select
    from prodigy_tui.workflow.late import settle_model

    phase = before.workflow.map
    assert phase is not None
    known = before.known("map")
    outside = tuple(Path(folder) for folder in before.settings.allow_outside)
    reader = InputReader(
        invocation=invocation, known=known, environment=environment, outside=outside, run_input=run_input
    )
    try:
        data = reader.read(phase.input)
        settled = settle_model(selecting(narrowed(phase, before.settings)), known.scope, without=("agent_template",))
        selection = select(settled, data.data, known.scope)
        items = chosen(selection.items, before.settings.items)
    except NotKnownYet as error:
        return PlannedItems(unknown=str(error))
    except (ItemsError, InterpolationError) as error:
        text = str(error)
        return PlannedItems(problem=text if text.startswith(error.code) else f"{error.code}: {text}")
    notes += [{"code": code, "message": message} for code, message in (*data.warnings, *selection.warnings)]
    if not items:
        notes.append({"code": "PT504", "message": "no work items: map and reduce are skipped"})
    return PlannedItems(stages=dict(selection.stages), items=items)


def _samples(before: "Before", items: PlannedItems | None) -> Iterator[Sample]:
    from prodigy_tui.engine.planning.plan_texts import plan_texts

    workflow = before.workflow
    if items is None:
        steps = workflow.steps.steps[:STEPS_OF_A_SAMPLE]
        if steps:
            yield Sample(item=None, steps=plan_texts(steps, before.known("steps")))
        return
    assert workflow.map is not None
    steps = workflow.map.agent_template[:STEPS_OF_A_SAMPLE]
    for index, item in enumerate(items.items[:SAMPLES]):
        known = before.known("map", item=item, index=index, total=len(items.items))
        yield Sample(item=item, steps=plan_texts(steps, known))
    if items.stages is None:
        yield Sample(item=None, steps=plan_texts(steps, before.known("map")))

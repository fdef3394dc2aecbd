"""`workflow`: another workflow in the same worktree, with variables of its own (language 15.5).

Only `with` and `inputs` enter, as parameters; only `outputs` come back. The caller's variables of the environment lie
below those of the called workflow. One that has a map is a run of its own: see `engine.called`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from prodigy_tui.engine.called.call import call_run
from prodigy_tui.engine.context import Enclosing
from prodigy_tui.engine.decisions.called import open_call
from prodigy_tui.engine.kinds.execution import Execution
from prodigy_tui.engine.kinds.inner import Inner, said_by
from prodigy_tui.engine.late_calls import CalledWorkflow, load_called, recorded_call
from prodigy_tui.engine.passes import iterations_of, run_plain
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.command_runner import CommandRunner
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.time_limits import time_limit
from prodigy_tui.engine.variables.called import called_environment
from prodigy_tui.engine.variables.parameters import handed_over, secrets_of
from prodigy_tui.engine.variables.run_names import RunNames
from prodigy_tui.engine.worktrees.worktree_paths import working_directory
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.declared import SEEN_PHASES, declared_names
from prodigy_tui.workflow.late import settle
from prodigy_tui.workflow.model import Workflow
from prodigy_tui.workflow.model.calls import WorkflowCall
from prodigy_tui.workflow.problems import WorkflowRejected, to_lines
from prodigy_tui.workflow.values import Value, plain


async def call_workflow(call: WorkflowCall, inner: Inner) -> Execution:
    """Runs another workflow."""
    found = await _found(call, inner)
    run_it = _run if found.workflow.kind == "plain" else _run_with_map
    try:
        async with time_limit(call.timeout, inner.run.clock):
            execution = await run_it(found, call, inner)
    except TimeoutError:
        if call.timeout is None:
            raise
        execution = _timed_out(found.workflow, call.timeout)
    if execution.failure is not None and call.continue_on_error:
        return replace(execution, failure=None, tolerated=execution.failure)
    return execution


async def _found(call: WorkflowCall, inner: Inner) -> CalledWorkflow:
    """Returns the workflow that a call means, with the tables of what it may call itself.

    Raises:
        InterpolationError: its source has no value, or there is no such workflow.
    """
    tables, target = inner.run.workflow, call.target
    if not target:
        name = await inner.commands.fill(call.source, inner.view, inner.context)
        target = tables.names.get(name, "")
        if not target:
            return await in_thread(lambda: _as_begun(inner) or load_called(name, call, inner.run))
    state = inner.run.state
    found = replace(tables.called[target], **{"called": tables.called, "names": tables.names})
    return CalledWorkflow(workflow=found, text=state.text, file=state.file, sources=state.sources)


def _as_begun(inner: Inner) -> CalledWorkflow | None:
    """Returns what an earlier process has begun here: its file may be another by now. Blocking."""
    run, context = inner.run, inner.context
    known = open_call(run.state, context.phase, inner.view.path, context.iteration)
    recorded = run.calls.recorded(known.run_id) if known is not None and inner.place.attempt == 1 else None
    return recorded_call(recorded) if recorded is not None else None


async def _given(workflow: Workflow, call: WorkflowCall, inner: Inner) -> dict[str, Value]:
    values = {**call.values, **call.inputs}
    return await handed_over(workflow.parameters, values, inner, f"the workflow '{workflow.name}'")


async def _run_with_map(found: CalledWorkflow, call: WorkflowCall, inner: Inner) -> Execution:
    workflow = found.workflow
    given = await _given(workflow, call, inner)
    late = workflow.late.get("timeout")
    own = replace(inner.context, parameters=given, captures={}, results={}, enclosing=Enclosing())
    limit = workflow.timeout if late is None else settle(late, inner.commands.scope(inner.view, own))
    try:
        async with time_limit(limit, inner.run.clock):
            execution, results = await call_run(found, call, given, inner)
    except WorkflowRejected as error:
        return _rejected(error)
    except TimeoutError:
        if limit is None:
            raise
        return _timed_out(workflow, limit)
    return _with_outputs(execution, call.outputs, results, goes_on=execution.ok)


async def _run(found: CalledWorkflow, call: WorkflowCall, inner: Inner) -> Execution:
    workflow = found.workflow
    given = await _given(workflow, call, inner)
    secrets = secrets_of(workflow.parameters, given, inner.run.masker)
    folder = await _folder(call, inner)
    try:
        run = await _run_context(workflow, given, inner)
    except WorkflowRejected as error:
        return _rejected(error)
    outer = inner.context
    context = replace(
        outer.enclosed(inner.frame),
        called=True,
        parameters=given,
        template_secrets=secrets,
        frames=[replace(inner.frame, error=None, folder=folder, env={}, cleared=False)],
        iteration=1,
        argument=None,
        loop=None,
        template={},
        enclosing=Enclosing(),
        roots={},
        by_kind={},
        last=None,
        env={},
        handler_output="",
        validation=None,
    )
    commands = CommandRunner(run)
    scope = commands.scope(inner.view, context)
    late = workflow.late.get("timeout")
    limit = workflow.timeout if late is None else settle(late, scope)
    iterations = iterations_of(workflow, scope)
    steps = inner.steps.within(run, commands)
    try:
        async with time_limit(limit, run.clock):
            ended = await run_plain(run, steps, context, f"{inner.view.path}/w.", iterations)
    except TimeoutError:
        if limit is None:
            raise
        return _timed_out(workflow, limit)
    outer.at_line_start = ended.context.at_line_start
    execution = said_by(ended.context.last, ended.outcome)
    return _with_outputs(execution, call.outputs, ended.context.captures, goes_on=ended.outcome.goes_on)


def _rejected(error: WorkflowRejected) -> Execution:
    message = "; ".join(to_lines(error.problems))
    code = error.problems[0].code
    return Execution(exit_code=1, failure=Failure(kind="exit", code=code, message=message, exit_code=1))


def _timed_out(workflow: Workflow, limit: float) -> Execution:
    message = f"'{workflow.name}' timed out after {limit:g} s"
    return Execution(exit_code=124, failure=Failure(kind="timeout", message=message, exit_code=124))


def _with_outputs(
    execution: Execution, names: tuple[str, ...], results: Mapping[str, Value], *, goes_on: bool
) -> Execution:
    outputs: dict[str, Any] = {name: plain(results[name]) for name in names if name in results}
    missing = [name for name in names if name not in outputs]
    if missing and goes_on:
        message = f"the workflow did not make its output '{missing[0]}'"
        failure = Failure(kind="missing_output", code="PT513", message=message, exit_code=1)
        return replace(execution, exit_code=1, failure=failure, outputs=outputs)
    return replace(execution, outputs=outputs)


async def _folder(call: WorkflowCall, inner: Inner) -> Path | None:
    """Returns the folder of the steps inside, where the call names one."""
    if call.working_dir is None:
        return inner.frame.folder
    run, context = inner.run, inner.context
    path = await inner.commands.fill(call.working_dir, inner.view, context)
    return working_directory(context.worktree, path, run.environ.get("HOME", "~"), run.allowed_outside)


async def _run_context(workflow: Workflow, given: Mapping[str, Value], inner: Inner) -> RunContext:
    """Returns the run as the called workflow sees it."""
    run = inner.run
    around = inner.commands.variables(inner.view, inner.context)
    if inner.frame.cleared:
        around = around.cleared()
    names = RunNames(id=run.run_id, branch=run.run_branch, worktree=inner.context.worktree)
    begun, environment = await called_environment(workflow, given, around, run, names)
    return replace(
        run,
        workflow=workflow,
        parameters={},
        handed={},
        environment=environment,
        step_secrets={**run.step_secrets, **begun.step_secrets},
        called=True,
        declared=dict.fromkeys(SEEN_PHASES, declared_names(workflow, "steps")),
    )

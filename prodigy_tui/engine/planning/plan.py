"""What a run would do, as data: phases, steps, handlers, and how often agents would be called (language 18). Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.engine.decisions.policy import retry_of
from prodigy_tui.workflow.declared import step_of_call
from prodigy_tui.workflow.model import (
    AgentCommand,
    Condition,
    ErrorPolicy,
    ExitCodeHandler,
    ForeachCommand,
    GoalSeekCommand,
    Handler,
    MapPhase,
    Phase,
    PhaseSteps,
    Retry,
    Step,
    UseCommand,
    Workflow,
    WorkflowCall,
    WorkflowCommand,
)

_Called: TypeAlias = Mapping[str, Workflow]
"""What calls may call, by their `target`."""


class PlannedHandler(Struct, frozen=True, kw_only=True):
    """Steps that run when a step has ended in a certain way."""

    on: str
    """`check`, `incomplete`, `failure`, `success`, or an exit code such as `2-5`."""
    strategy: str | None = None
    """None where there is nothing to choose; `tolerate`: no step runs, and the run goes on."""
    rounds: int = 1
    """How often the step itself runs at most."""
    steps: tuple["PlannedStep", ...] = ()


class PlannedRetry(Struct, frozen=True, kw_only=True):
    """How often a command is repeated."""

    attempts: int | str
    """Executions in all, or the references that will say how many."""
    backoff: str


class PlannedStep(Struct, frozen=True, kw_only=True):
    """One step."""

    kind: str
    label: str
    provider: str | None = None
    when: Condition | None = None
    retry: "PlannedRetry | None" = None
    timeout: float | str | None = None
    """Seconds, or the references that will say how many."""
    handlers: tuple[PlannedHandler, ...] = ()
    steps: "tuple[PlannedStep, ...]" = ()
    """The steps inside: of a loop, a template, a goal."""


class PlannedPhase(Struct, frozen=True, kw_only=True):
    """One phase and its steps in order."""

    phase: Phase | Literal["on_item_failure"]
    steps: tuple[PlannedStep, ...]
    timeout: float | str | None = None
    max_parallel: int | str | None = None
    attempts: int | None = None
    """Of an item of the map, in all."""
    on_item_failure: str | None = None
    run_if: str | None = None


class AgentCalls(Struct, frozen=True, kw_only=True):
    """How often agents are called, if every step runs."""

    per_item: tuple[int, int]
    """In the map, without and with everything that may be repeated; (0, 0) without a map."""
    besides: tuple[int, int]
    """In the other phases."""

    def total(self, items: int | None) -> tuple[int, int] | None:
        """Returns the calls of a run with so many items; None where that cannot be told."""
        if items is None:
            return None if any(self.per_item) else self.besides
        least, most = (own + each * items for own, each in zip(self.besides, self.per_item, strict=True))
        return least, most


def plan_phases(workflow: Workflow, provider: str | None = None) -> tuple[PlannedPhase, ...]:
    """Returns the phases in the order in which they run.

    Args:
        workflow: The workflow.
        provider: What replaces the provider of every agent step.
    """
    return tuple(_phases(workflow, provider))


def count_agent_calls(workflow: Workflow, arguments: int = 1) -> AgentCalls:
    """Returns how often agents are called; the steps of a plain workflow run once for each of the `arguments`."""
    passes, called = max(1, arguments), workflow.called
    once = [_sum(phase.steps, called) for phase in (workflow.setup, workflow.reduce, workflow.merge)]
    least, most = _sum(workflow.steps.steps, called)
    once.append((least * passes, most * passes * workflow.max_iterations))
    once += [_of_call(call, called) for call in workflow.sub_workflows]
    besides = (sum(pair[0] for pair in once), sum(pair[1] for pair in once))
    if workflow.map is None:
        return AgentCalls(per_item=(0, 0), besides=besides)
    least, most = _sum(workflow.map.agent_template, called)
    handled = _sum(workflow.error_policy.handler, called)[1]
    attempts = item_attempts(workflow.map, workflow.error_policy)
    return AgentCalls(per_item=(least, most * attempts + handled), besides=besides)


def item_attempts(phase: MapPhase, policy: ErrorPolicy) -> int:
    """Returns how many attempts an item has at most."""
    retry = retry_of(phase, policy)
    return retry.attempts if retry is not None else 1


def _phases(workflow: Workflow, provider: str | None) -> Iterator[PlannedPhase]:
    if workflow.kind == "plain":
        yield _sequence("steps", _after_calls(workflow, workflow.steps), provider)
    else:
        setup = _after_calls(workflow, workflow.setup)
        if setup.steps:
            yield _sequence("setup", setup, provider)
        if workflow.map is not None:
            yield from _map(workflow.map, workflow.error_policy, provider)
        if workflow.reduce.steps:
            yield _sequence("reduce", workflow.reduce, provider)
    if workflow.merge.steps:
        merge = PhaseSteps(steps=workflow.merge.steps, timeout=workflow.merge.timeout)
        yield _sequence("merge", merge, provider)


def _after_calls(workflow: Workflow, steps: PhaseSteps) -> PhaseSteps:
    """Returns the first phase with the sub-workflows that run before its steps."""
    calls = tuple(step_of_call(call) for call in workflow.sub_workflows)
    return replace(steps, steps=(*calls, *steps.steps)) if calls else steps


def _sequence(phase: Phase, steps: PhaseSteps, provider: str | None) -> PlannedPhase:
    run_if = steps.run_if if phase == "reduce" else None
    return PlannedPhase(phase=phase, steps=plan_steps(steps.steps, provider), timeout=_timeout(steps), run_if=run_if)


def _map(phase: MapPhase, policy: ErrorPolicy, provider: str | None) -> Iterator[PlannedPhase]:
    parallel = phase.late.get("max_parallel")
    yield PlannedPhase(
        phase="map",
        steps=plan_steps(phase.agent_template, provider),
        timeout=_timeout(phase),
        max_parallel=parallel.text if parallel else "auto" if phase.auto_parallel else phase.max_parallel,
        attempts=item_attempts(phase, policy),
        on_item_failure=policy.on_item_failure,
    )
    if policy.handler:
        yield PlannedPhase(phase="on_item_failure", steps=plan_steps(policy.handler, provider))


def plan_steps(steps: Iterable[Step], provider: str | None) -> tuple[PlannedStep, ...]:
    """Returns steps in order, as `plan_step` does each."""
    return tuple(plan_step(step, provider) for step in steps)


def plan_step(step: Step, provider: str | None) -> PlannedStep:
    """Returns a step with all inside it; `provider` replaces that of every agent step."""
    command = step.command
    return PlannedStep(
        kind=command.kind,
        label=step.label,
        provider=(provider or command.provider) if isinstance(command, AgentCommand) else None,
        when=step.when,
        retry=None if step.retry is None else _retry(step.retry),
        timeout=_timeout(step),
        handlers=tuple(_handlers(step, provider)),
        steps=plan_steps(_inside(step), provider),
    )


def _inside(step: Step) -> tuple[Step, ...]:
    match step.command:
        case ForeachCommand(do=steps) | UseCommand(steps=steps) | GoalSeekCommand(steps=steps):
            return steps
        case _:
            return ()


def _retry(retry: Retry) -> PlannedRetry:
    late = retry.late.get("attempts")
    return PlannedRetry(attempts=late.text if late is not None else retry.attempts, backoff=retry.backoff.kind)


def _handlers(step: Step, provider: str | None) -> Iterator[PlannedHandler]:
    if not step.skip_validation:
        yield from _checks(step, provider)
    for entry in step.on_exit_code:
        if entry.handler is not None:
            yield _handler(f"exit code {_codes(entry)}", entry.handler, provider)
    if step.on_failure is not None:
        yield _handler("failure", step.on_failure, provider)
    if step.on_success is not None:
        yield PlannedHandler(on="success", steps=plan_steps(step.on_success.steps, provider))


def _checks(step: Step, provider: str | None) -> Iterator[PlannedHandler]:
    if step.step_validate is not None:
        checks = tuple(check.step for check in step.step_validate.checks)
        yield PlannedHandler(on="check", rounds=step.step_validate.max_attempts, steps=plan_steps(checks, provider))
    validation = step.check
    if validation is None:
        return
    incomplete = validation.on_incomplete
    rounds = 1 if incomplete is None else 1 + incomplete.max_attempts
    yield PlannedHandler(on="check", rounds=rounds, steps=plan_steps(validation.steps, provider))
    if incomplete is not None and incomplete.steps:
        yield PlannedHandler(on="incomplete", steps=plan_steps(incomplete.steps, provider))


def _handler(on: str, handler: Handler, provider: str | None) -> PlannedHandler:
    strategy = "tolerate" if handler.tolerate else handler.strategy
    return PlannedHandler(on=on, strategy=strategy, rounds=handler.rounds, steps=plan_steps(handler.steps, provider))


def _codes(entry: ExitCodeHandler) -> str:
    ranges = [f"{first}-{last}" for first, last in entry.ranges]
    return ",".join([*map(str, entry.codes), *ranges, *(["nonzero"] if entry.nonzero else [])])


def _timeout(holder: Step | PhaseSteps | MapPhase) -> float | str | None:
    late = holder.late.get("timeout")
    return late.text if late is not None else holder.timeout


def _sum(steps: Iterable[Step], called: _Called) -> tuple[int, int]:
    """Returns the agent calls of some steps: each once, and with everything that may be repeated."""
    pairs = [_calls(step, called) for step in steps if step.when is not False]
    return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)


def _calls(step: Step, called: _Called) -> tuple[int, int]:
    once, body = _calls_of_command(step, called)
    checked = (0, 0) if step.skip_validation else _calls_of_checks(step, called)
    once, body = once + checked[0], body + checked[1]
    after = _sum(step.on_success.steps, called) if step.on_success is not None else (0, 0)
    if step.retry is not None:
        body = body * step.retry.attempts + _sum(step.retry.fallback, called)[1]
    handlers = [entry.handler for entry in step.on_exit_code] + [step.on_failure]
    most = max((_rounds(body, handler, called) for handler in handlers if handler is not None), default=body)
    return once + after[0], most + after[1]


def _calls_of_checks(step: Step, called: _Called) -> tuple[int, int]:
    """Returns the calls of the checks behind one execution, with and without what is done below the score."""
    least = most = 0
    if step.step_validate is not None:
        least, most = _sum((check.step for check in step.step_validate.checks), called)
        most *= step.step_validate.max_attempts
    if (validation := step.check) is not None:
        check = _sum(validation.steps, called)
        incomplete = validation.on_incomplete
        tries = 0 if incomplete is None else incomplete.max_attempts
        repair = 0 if incomplete is None else _sum(incomplete.steps, called)[1]
        least, most = least + check[0], most + check[1] * (tries + 1) + repair * tries
    return least, most


def _calls_of_command(step: Step, called: _Called) -> tuple[int, int]:
    """Returns the calls of one execution. A loop whose items nobody knows yet counts as one iteration."""
    least, most = _sum(_inside(step), called)
    match step.command:
        case AgentCommand():
            return 1, 1
        case ForeachCommand(source=source, max_items=limit):
            count = len(source.items) if source.kind == "list" else 1
            count = count if limit is None else min(count, limit)
            return (least * count if source.kind == "list" else 0), most * count
        case GoalSeekCommand(max_attempts=attempts, validation=validation):
            checks = _sum(validation.steps, called)
            return least + checks[0], (most + checks[1]) * attempts
        case WorkflowCommand(call=call):
            return _of_call(call, called)
        case _:
            return least, most


def _of_call(call: WorkflowCall, called: _Called) -> tuple[int, int]:
    """Returns the calls of agents in a workflow that is called; nothing is known of one that is found only then."""
    workflow = called.get(call.target)
    if workflow is None:
        return 0, 0
    before = [_of_call(inner, called) for inner in workflow.sub_workflows]
    least, most = _sum(workflow.steps.steps, called)
    return least + sum(pair[0] for pair in before), most * workflow.max_iterations + sum(pair[1] for pair in before)


def _rounds(body: int, handler: Handler, called: _Called) -> int:
    """The step in all its rounds, with the handler between them; a single round is handled afterwards."""
    runs = handler.rounds - 1 if handler.rounds > 1 else 1
    return body * handler.rounds + runs * _sum(handler.steps, called)[1]

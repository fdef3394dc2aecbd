"""What a run would do, as data: phases, steps, handlers, and how often agents would be called (language 18). Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from prodigy_tui.engine.policy import RETRY_ATTEMPTS
from prodigy_tui.workflow.model import (
    AgentCommand,
    Condition,
    ErrorPolicy,
    ExitCodeHandler,
    Handler,
    MapPhase,
    Phase,
    PhaseSteps,
    Retry,
    Step,
    Workflow,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedHandler:
    """Steps that run when a step has ended in a certain way."""

    on: str
    """`failure`, `success`, or an exit code such as `2-5`."""
    strategy: str | None = None
    """None where there is nothing to choose; `tolerate`: no step runs, and the run goes on."""
    rounds: int = 1
    """How often the step itself runs at most."""
    steps: tuple["PlannedStep", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRetry:
    """How often a command is repeated."""

    attempts: int | str
    """Executions in all, or the references that will say how many."""
    backoff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One step."""

    kind: str
    label: str
    provider: str | None = None
    when: Condition | None = None
    retry: "PlannedRetry | None" = None
    timeout: float | str | None = None
    """Seconds, or the references that will say how many."""
    handlers: tuple[PlannedHandler, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPhase:
    """One phase and its steps in order."""

    phase: Phase | Literal["on_item_failure"]
    steps: tuple[PlannedStep, ...]
    timeout: float | str | None = None
    max_parallel: int | str | None = None
    attempts: int | None = None
    """Of an item of the map, in all."""
    on_item_failure: str | None = None
    run_if: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCalls:
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
    passes = max(1, arguments)
    once = [_sum(workflow.setup.steps), _sum(workflow.reduce.steps), _sum(workflow.merge.steps)]
    least, most = _sum(workflow.steps.steps)
    once.append((least * passes, most * passes * workflow.max_iterations))
    besides = (sum(pair[0] for pair in once), sum(pair[1] for pair in once))
    if workflow.map is None:
        return AgentCalls(per_item=(0, 0), besides=besides)
    least, most = _sum(workflow.map.agent_template)
    handled = _sum(workflow.error_policy.handler)[1]
    attempts = item_attempts(workflow.map, workflow.error_policy)
    return AgentCalls(per_item=(least, most * attempts + handled), besides=besides)


def item_attempts(phase: MapPhase, policy: ErrorPolicy) -> int:
    """Returns how many attempts an item has at most."""
    if phase.retry is not None:
        return phase.retry.attempts
    return RETRY_ATTEMPTS if policy.on_item_failure == "retry" else 1


def _phases(workflow: Workflow, provider: str | None) -> Iterator[PlannedPhase]:
    if workflow.kind == "plain":
        yield _sequence("steps", workflow.steps, provider)
    else:
        if workflow.setup.steps:
            yield _sequence("setup", workflow.setup, provider)
        if workflow.map is not None:
            yield from _map(workflow.map, workflow.error_policy, provider)
        if workflow.reduce.steps:
            yield _sequence("reduce", workflow.reduce, provider)
    if workflow.merge.steps:
        merge = PhaseSteps(steps=workflow.merge.steps, timeout=workflow.merge.timeout)
        yield _sequence("merge", merge, provider)


def _sequence(phase: Phase, steps: PhaseSteps, provider: str | None) -> PlannedPhase:
    run_if = steps.run_if if phase == "reduce" else None
    return PlannedPhase(phase=phase, steps=_steps(steps.steps, provider), timeout=_timeout(steps), run_if=run_if)


def _map(phase: MapPhase, policy: ErrorPolicy, provider: str | None) -> Iterator[PlannedPhase]:
    parallel = phase.late.get("max_parallel")
    yield PlannedPhase(
        phase="map",
        steps=_steps(phase.agent_template, provider),
        timeout=_timeout(phase),
        max_parallel=parallel.text if parallel else phase.max_parallel,
        attempts=item_attempts(phase, policy),
        on_item_failure=policy.on_item_failure,
    )
    if policy.handler:
        yield PlannedPhase(phase="on_item_failure", steps=_steps(policy.handler, provider))


def _steps(steps: Iterable[Step], provider: str | None) -> tuple[PlannedStep, ...]:
    return tuple(_step(step, provider) for step in steps)


def _step(step: Step, provider: str | None) -> PlannedStep:
    command = step.command
    return PlannedStep(
        kind=command.kind,
        label=step.label,
        provider=(provider or command.provider) if isinstance(command, AgentCommand) else None,
        when=step.when,
        retry=None if step.retry is None else _retry(step.retry),
        timeout=_timeout(step),
        handlers=tuple(_handlers(step, provider)),
    )


def _retry(retry: Retry) -> PlannedRetry:
    late = retry.late.get("attempts")
    return PlannedRetry(attempts=late.text if late is not None else retry.attempts, backoff=retry.backoff.kind)


def _handlers(step: Step, provider: str | None) -> Iterator[PlannedHandler]:
    for entry in step.on_exit_code:
        if entry.handler is not None:
            yield _handler(f"exit code {_codes(entry)}", entry.handler, provider)
    if step.on_failure is not None:
        yield _handler("failure", step.on_failure, provider)
    if step.on_success is not None:
        yield PlannedHandler(on="success", steps=_steps(step.on_success.steps, provider))


def _handler(on: str, handler: Handler, provider: str | None) -> PlannedHandler:
    strategy = "tolerate" if handler.tolerate else handler.strategy
    return PlannedHandler(on=on, strategy=strategy, rounds=handler.rounds, steps=_steps(handler.steps, provider))


def _codes(entry: ExitCodeHandler) -> str:
    ranges = [f"{first}-{last}" for first, last in entry.ranges]
    return ",".join([*map(str, entry.codes), *ranges, *(["nonzero"] if entry.nonzero else [])])


def _timeout(holder: Step | PhaseSteps | MapPhase) -> float | str | None:
    late = holder.late.get("timeout")
    return late.text if late is not None else holder.timeout


def _sum(steps: Iterable[Step]) -> tuple[int, int]:
    """Returns the agent calls of some steps: each once, and with everything that may be repeated."""
    pairs = [_calls(step) for step in steps if step.when is not False]
    return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)


def _calls(step: Step) -> tuple[int, int]:
    once = int(isinstance(step.command, AgentCommand))
    after = _sum(step.on_success.steps) if step.on_success is not None else (0, 0)
    body = once
    if step.retry is not None:
        body = once * step.retry.attempts + _sum(step.retry.fallback)[1]
    handlers = [entry.handler for entry in step.on_exit_code] + [step.on_failure]
    most = max((_rounds(body, handler) for handler in handlers if handler is not None), default=body)
    return once + after[0], most + after[1]


def _rounds(body: int, handler: Handler) -> int:
    """The step in all its rounds, with the handler between them; a single round is handled afterwards."""
    runs = handler.rounds - 1 if handler.rounds > 1 else 1
    return body * handler.rounds + runs * _sum(handler.steps)[1]

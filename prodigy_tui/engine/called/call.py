"""A step calls a workflow that has a map: a run of its own is begun, or taken up again, and driven to its end.

The run is named in the caller's log before anything of it is there, so that a process that takes the caller up finds
it. It works in the caller's worktree. When it is done, that has been brought forward; until the step has said so, a
process that dies only has to look.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from prodigy_tui.engine.called.caller import Calling
from prodigy_tui.engine.called.calling import calling_of
from prodigy_tui.engine.called.fitting import fits
from prodigy_tui.engine.called.handing_on import HandingOn, answer_to, ask_for, gate_in_caller
from prodigy_tui.engine.decisions.called import failure_of, may_call, open_call, stop_with, verdict
from prodigy_tui.engine.kinds.execution import Execution
from prodigy_tui.engine.kinds.inner import Inner, said_by
from prodigy_tui.engine.late_calls import CalledWorkflow
from prodigy_tui.engine.said import Unmasked, said_before
from prodigy_tui.engine.steps.step_outcome import OK
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.time_limits import uncounted
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.evolve_calls import call_key
from prodigy_tui.events.schema import CalledRunFinished, CalledRunStarted, SignalReceived, WarningRaised
from prodigy_tui.events.spending import tokens_of
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import RunSettings, StepResult
from prodigy_tui.git.repo import StartPoint
from prodigy_tui.ids import RunId
from prodigy_tui.workflow.interpolate import InterpolationError
from prodigy_tui.workflow.model import Workflow
from prodigy_tui.workflow.model.calls import WorkflowCall
from prodigy_tui.workflow.values import Value

if TYPE_CHECKING:
    from prodigy_tui.engine.session import RunSession

Opened: TypeAlias = "AbstractAsyncContextManager[tuple[RunSession, Bus]]"


async def call_run(
    found: CalledWorkflow, call: WorkflowCall, given: Mapping[str, Value], inner: Inner
) -> tuple[Execution, Mapping[str, Value]]:
    """Runs a workflow with a map; returns what the step says, and what setup and reduce have given names to.

    Raises:
        InterpolationError: it may not be called here (PT211).
        WorkflowRejected: secrets or files of variables are missing.
        ProdigyError: the run had to be left where it was.
    """
    run, context, path = inner.run, inner.context, inner.view.path
    if not may_call(context.phase, path, context.item_id):
        message = f"'{found.workflow.name}' has a map, and can be called only in steps, in setup and in reduce"
        raise InterpolationError("PT211", message)
    run_id, recorded = await _known(inner)
    calling = await calling_of(found.workflow, call, given, inner, run_id, recorded)
    unmasked: Unmasked = {}
    if recorded is not None and _is_over(recorded):
        _begins(inner, calling, run_id, again=True)
        _rests(inner, run_id, recorded)
    while recorded is None or not _is_over(recorded):
        if recorded is None:
            opened = _begun(found, calling, inner, run_id)
        else:
            await _answered_meanwhile(inner, run_id, recorded)
            opened = run.calls.taken_up(run_id, calling, yes=run.state.settings.yes, attended=run.state.attended)
        recorded, unmasked = await _driven(opened, inner, calling, run_id, again=recorded is not None)
        match verdict(recorded):
            case "done" | "failed":
                break
            case "asks" if len(recorded.gates):
                await _asked(inner, run_id, recorded)
            case _:
                await _with_caller(inner, recorded)
    return _execution(calling.workflow, recorded, inner), said_before(found.workflow, recorded, "merge", unmasked).names


async def _known(inner: Inner) -> tuple[RunId, RunState | None]:
    """Returns the name of the run that the step calls, and what is recorded of it.

    The first execution in a process takes up what an earlier process has begun; every later one begins anew.
    """
    run, context, path = inner.run, inner.context, inner.view.path
    state, calls = run.state, run.calls
    before = state.open_calls.get(call_key(context.phase, path))
    known = open_call(state, context.phase, path, context.iteration) if inner.place.attempt == 1 else None
    if known is not None:
        run_id = known.run_id
        recorded = await in_thread(lambda: calls.recorded(run_id))
        if recorded is None or await in_thread(lambda: fits(context.worktree, recorded)):
            return RunId(run_id), recorded
        message = f"what {run_id} has made conflicts with what was committed since; '{known.workflow}' begins anew"
        run.journal.record(WarningRaised(code="PT640", message=message))
    if before is not None:
        await calls.discard(before, run.run_branch)
    return calls.new_id(state), None


def _begun(found: CalledWorkflow, calling: Calling, inner: Inner, run_id: RunId) -> Opened:
    settings = inner.run.state.settings
    return inner.run.calls.begun(
        run_id,
        calling,
        text=found.text,
        file=found.file,
        sources=found.sources,
        settings=RunSettings(
            merge="yes",
            provider=settings.provider,
            script=settings.script,
            yes=settings.yes,
            keep_worktrees=settings.keep_worktrees,
            keep_failed=settings.keep_failed,
            allow_outside=settings.allow_outside,
            guard=settings.guard,
        ),
        start=StartPoint(branch=calling.branch, commit=calling.start),
        attended=inner.run.state.attended,
    )


async def _driven(
    opened: Opened, inner: Inner, calling: Calling, run_id: RunId, *, again: bool
) -> tuple[RunState, Unmasked]:
    """Drives the called run until it rests; returns its state, and what of it has secrets that no log has."""
    _begins(inner, calling, run_id, again=again)
    await inner.run.journal.durable()
    inner.say(f"run   {run_id}")
    state = RunState(status="interrupted")
    try:
        async with opened as (session, bus):
            handing_on, unmasked = HandingOn(inner, session, bus), session.unmasked
            try:
                handing_on.take_over()
                await _until_rest(session, handing_on.failed)
            finally:
                state = session.state
                await handing_on.close()
    finally:
        _rests(inner, run_id, state)
    return state, unmasked


def _begins(inner: Inner, calling: Calling, run_id: RunId, *, again: bool) -> None:
    inner.run.journal.record(
        CalledRunStarted(
            run_id=run_id,
            workflow=calling.workflow.name,
            phase=inner.context.phase,
            path=inner.view.path,
            iteration=inner.context.iteration,
            again=again,
        )
    )


def _rests(inner: Inner, run_id: RunId, state: RunState) -> None:
    status = state.status if state.ended_at is not None else "interrupted"
    inner.run.journal.record(
        CalledRunFinished(run_id=run_id, status=status, message=state.message, dead=state.counts.dead)
    )


async def _until_rest(session: "RunSession", failed: "asyncio.Future[None]") -> None:
    """Drives a run; whoever is cancelled meanwhile stops it, and waits until nothing of it is at work.

    The same goes for an error in `failed`.
    """
    driving = asyncio.create_task(session.run(), name=f"called run {session.state.run_id}")
    ends: tuple[asyncio.Future[Any], ...] = (driving, failed)
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        await (driving if driving.done() else failed)
    except BaseException:
        stop = session.state.stop
        if not driving.done() and (stop is None or stop.kind in ("policy", "drain")):
            session.take(SignalReceived(signal="stop", source="its caller"))
        while not driving.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({driving})
        if not driving.cancelled():
            driving.exception()  # the caller ends anyhow
        raise


def _is_over(recorded: RunState) -> bool:
    """Tells whether a run has nothing left to do but to be taken in."""
    landed = recorded.landing is not None and recorded.landing.status in ("landed", "nothing")
    return recorded.ended_at is not None and landed and verdict(recorded) == "done"


# -------------------------------------------------------------------------------------------------- until it can go on


async def _asked(inner: Inner, run_id: RunId, recorded: RunState) -> None:
    """Asks what the run had to end with, in the run that calls it; where nobody is, that ends too."""

    async def ask(name: str) -> None:
        answer = await ask_for(inner, run_id, recorded.gates[name])
        await inner.run.calls.answer(run_id, answer_to(name, answer))

    with uncounted():
        for name in recorded.gates:
            await ask(name)


async def _answered_meanwhile(inner: Inner, run_id: RunId, recorded: RunState) -> None:
    """Hands answers on that were given to the caller while nobody drove it."""
    for name, gate in recorded.gates.items():
        if gate_in_caller(run_id, name) in inner.run.state.answers:
            answer = await ask_for(inner, run_id, gate)
            await inner.run.calls.answer(run_id, answer_to(name, answer))


async def _with_caller(inner: Inner, recorded: RunState) -> None:
    """Waits while the run that calls is stopped as well; what a person has stopped stops both."""
    run, changed = inner.run, asyncio.Event()
    forget = run.bus.subscribe(lambda _: changed.set())
    try:
        if run.state.stop is None:
            run.journal.record(stop_with(recorded))
        with uncounted():
            while run.state.stop is not None:
                changed.clear()
                await changed.wait()
    finally:
        forget()


# -------------------------------------------------------------------------------------------------------- what it said


def _execution(workflow: Workflow, recorded: RunState, inner: Inner) -> Execution:
    """Returns what the step has said, now that its run has come to its end."""
    usage, counts = recorded.usage, recorded.counts
    said = said_by(_last(recorded), OK)
    said = replace(said, usd=usage.usd, tokens=tokens_of(usage) or None, session_id=None)
    if verdict(recorded) != "done":
        failure = failure_of(recorded)
        return replace(said, exit_code=failure.exit_code or 1, failure=failure)
    inner.say(f"done  {counts.success} of {counts.total} items")
    if counts.dead:
        message = f"{counts.dead} of {counts.total} items of '{workflow.name}' are in the dead letter queue of "
        hint = f"{recorded.run_id}; 'prodigy-tui dlq list {recorded.run_id}' shows them"
        inner.run.journal.record(WarningRaised(message=message + hint))
    return replace(said, exit_code=0)


def _last(recorded: RunState) -> StepResult | None:
    """Returns what the last step of setup or reduce has said."""
    for name in ("reduce", "setup"):
        phase = recorded.phases.get(name)
        steps = [] if phase is None else [step for path, step in phase.steps.items() if path.isdigit()]
        ended = [step for step in steps if step.result is not None]
        if ended:
            return max(ended, key=lambda step: int(step.path)).result
    return None

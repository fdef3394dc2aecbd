"""How a run ends: its status and exit code, as a pure function of the state."""

from prodigy_tui.errors import ExitCode
from prodigy_tui.events.schema import RunFinished, WorktreeCreated
from prodigy_tui.events.state import PhaseState, RunState


def finished(state: RunState) -> RunFinished:
    """Returns the closing event. Where several codes apply the one that asks for more comes first."""
    stop = state.stop
    if stop is not None and stop.kind in ("stop", "kill"):
        return RunFinished(status="interrupted", exit_code=ExitCode.INTERRUPTED, message=stop.message)
    landing = state.landing
    if landing is not None and landing.status in ("conflict", "refused"):
        return RunFinished(status="waiting", exit_code=ExitCode.WAITING, message=landing.message, code="PT640")
    if stop is not None:
        return RunFinished(status="stopped", exit_code=ExitCode.FAILED, message=stop.message, code=stop.code)
    failed = _failed_phase(state)
    if failed is not None:
        failure = failed.failure
        return RunFinished(
            status="failed",
            exit_code=ExitCode.FAILED,
            message=failed.message or f"phase {failed.phase} failed",
            code=failure.code if failure is not None else None,
        )
    if state.counts.dead:
        noun = "item is" if state.counts.dead == 1 else "items are"
        return RunFinished(
            status="failed", exit_code=ExitCode.FAILED, message=f"{state.counts.dead} {noun} in the dead letter queue"
        )
    return RunFinished(status="succeeded", exit_code=ExitCode.OK)


def superfluous_worktrees(state: RunState) -> tuple[WorktreeCreated, ...]:
    """Returns the worktrees that nobody needs when the run has come to its end.

    Where a phase failed, the run's own stays until the run has landed: what the steps before left uncommitted there
    (the list of items, say) is what a resumed run goes on from.
    """
    if state.settings.keep_worktrees:
        return ()
    landed = state.landing is not None and state.landing.status == "landed"
    needed = _failed_phase(state) is not None and not landed
    return tuple(made for made in state.worktrees.values() if not (needed and made.name == "run"))


def _failed_phase(state: RunState) -> PhaseState | None:
    return next((phase for phase in state.phases.values() if phase.status in ("failed", "interrupted")), None)

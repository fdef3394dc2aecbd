"""How a run ends: its status and exit code, as a pure function of the state."""

from collections.abc import Iterator

from prodigy_tui.errors import ExitCode
from prodigy_tui.events.phase_state import PhaseState
from prodigy_tui.events.schema import RunFinished, WorktreeCreated
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import RunStatus

_RANKS = (ExitCode.LIMIT, ExitCode.QUOTA, ExitCode.WAITING, ExitCode.FAILED, ExitCode.OK)
"""Where several codes apply, the first of these is the one; interrupts come before all of them."""


def finished(state: RunState) -> RunFinished:
    """Returns the closing event. Where several codes apply the one that asks for more comes first."""
    stop = state.stop
    if stop is not None and stop.kind in ("stop", "kill"):
        return RunFinished(status="interrupted", exit_code=ExitCode.INTERRUPTED, message=stop.message)
    return min(_endings(state), key=lambda ending: _RANKS.index(ExitCode(ending.exit_code)))


def _endings(state: RunState) -> Iterator[RunFinished]:
    """Yields every end that applies, the more telling of two with one exit code first."""
    landing, stop = state.landing, state.stop
    if landing is not None and landing.status in ("conflict", "refused"):
        yield RunFinished(status="waiting", exit_code=ExitCode.WAITING, message=landing.message, code="PT640")
    if stop is not None:
        status: RunStatus = "waiting" if stop.exit_code == ExitCode.WAITING else "stopped"
        yield RunFinished(status=status, exit_code=stop.exit_code, message=stop.message, code=stop.code)
    if state.counts.suspect:
        number = state.counts.suspect
        message = "1 suspect item waits" if number == 1 else f"{number} suspect items wait"
        yield RunFinished(status="waiting", exit_code=ExitCode.WAITING, message=f"{message} for a decision")
    failed = _failed_phase(state)
    if failed is not None:
        failure = failed.failure
        yield RunFinished(
            status="failed",
            exit_code=ExitCode.FAILED,
            message=failed.message or f"phase {failed.phase} failed",
            code=failure.code if failure is not None else None,
        )
    if state.counts.dead:
        noun = "item is" if state.counts.dead == 1 else "items are"
        yield RunFinished(
            status="failed",
            exit_code=ExitCode.FAILED,
            message=f"{state.counts.dead} {noun} in the dead letter queue",
            landed=landing.target if landing is not None and landing.status == "landed" else "",
        )
    yield RunFinished(status="succeeded", exit_code=ExitCode.OK, message=_blemishes(state))


def _blemishes(state: RunState) -> str:
    """Returns what a success leaves to be desired; the warnings of the run list it."""
    parts = []
    discarded = len(state.discarded)
    for number, word in ((state.counts.skipped - discarded, "skipped"), (discarded, "discarded")):
        if number:
            parts.append(f"{number} {'item' if number == 1 else 'items'} {word}")
    if state.tolerated:
        parts.append(f"{state.tolerated} failed {'step' if state.tolerated == 1 else 'steps'} tolerated")
    return f"with warnings: {', '.join(parts)}" if parts else ""


def superfluous_worktrees(state: RunState) -> tuple[WorktreeCreated, ...]:
    """Returns the worktrees that nobody needs when the run has come to its end.

    Of items that failed for good the newest stay, for a look; those of all agents where that was asked for. Where a
    phase failed, the run's own stays until the run has landed: what the steps before left uncommitted there (the list
    of items, say) is what a resumed run goes on from.
    """
    landed = state.landing is not None and state.landing.status == "landed"
    kept = set(state.agent_files) if state.settings.keep_worktrees else set(state.kept)
    if _failed_phase(state) is not None and not landed:
        kept.add(state.run_worktree)
    return tuple(made for path, made in state.worktrees.items() if path not in kept)


def _failed_phase(state: RunState) -> PhaseState | None:
    return next((phase for phase in state.phases.values() if phase.status in ("failed", "interrupted")), None)

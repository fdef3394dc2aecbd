"""`prodigy-tui resume`: take an interrupted, stopped or failed run up again."""

from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.options import DriveOptions, drive_options
from prodigy_tui.errors import ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.events.state import RunState
    from prodigy_tui.storage import RunFolder


class NotResumable(ProdigyError):
    """The run has nothing left that could be continued."""


@click.command()
@click.argument("run", required=False)
@drive_options
@shared_options
def resume(invocation: Invocation, run: str | None, drive: DriveOptions) -> int:
    """Continue an interrupted, stopped or failed run

    Without RUN the newest resumable one of this repository. What is finished is never repeated.
    """
    from prodigy_tui.cli.drive import take_up
    from prodigy_tui.cli.places import chosen_run, read_state

    if run is None:
        return take_up(invocation, _newest_resumable(invocation), drive, ())
    folder = chosen_run(invocation, run)
    reason = nothing_left(read_state(folder))
    if reason:
        raise NotResumable(f"run {folder.run_id!r} cannot be resumed: {reason[0]}", hint=reason[1])
    return take_up(invocation, folder, drive, ())


def _newest_resumable(invocation: Invocation) -> "RunFolder":
    from prodigy_tui.cli.places import is_live, read_state

    for folder in invocation.repository_folder().runs():
        if not is_live(folder) and not nothing_left(read_state(folder)):
            return folder
    raise NotResumable("no run of this repository can be resumed", hint="'prodigy-tui runs list' shows them")


def nothing_left(state: "RunState") -> tuple[str, str] | None:
    """Returns why a run cannot be continued and what to do instead, or None if it can."""
    if state.status == "succeeded":
        return "it has succeeded", "start a new one with 'prodigy-tui run'"
    ended_well = state.ended_at is not None and state.stop is None and state.counts.unfinished == 0
    if state.status == "failed" and ended_well and not _failed_phase(state):
        hint = f"'prodigy-tui dlq retry {state.run_id} --all' gives its dead items back to work"
        return "all its work is done", hint
    return None


def _failed_phase(state: "RunState") -> bool:
    return any(phase.status in ("failed", "interrupted") for phase in state.phases.values())

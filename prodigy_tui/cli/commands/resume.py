"""`prodigy-tui resume`: take an interrupted, stopped or failed run up again."""

from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.inputs import Inputs, param_options
from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.limits import Limits, limit_options
from prodigy_tui.cli.options import DriveOptions, drive_options
from prodigy_tui.errors import ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.storage import RunFolder


class NotResumable(ProdigyError):
    """The run has nothing left that could be continued."""


@click.command(epilog="Example: prodigy-tui resume last -y")
@click.argument("run", required=False)
@drive_options
@param_options
@limit_options
@shared_options
def resume(invocation: Invocation, run: str | None, drive: DriveOptions, inputs: Inputs, limits: Limits) -> int:
    """Continue an interrupted, stopped or failed run

    Without RUN the newest resumable one of this repository. What is finished is never repeated; what is kept, done
    again and new is said before it starts. What was given at the start is recorded and holds again, but for secret
    parameters: they are given again with --param. A run that has used up its budget needs a larger one to go on.
    """
    from prodigy_tui.cli.drive import take_up
    from prodigy_tui.cli.places import chosen_run, read_state
    from prodigy_tui.cli.resuming import nothing_left

    raised = limits.raised()
    if run is None:
        newest = _newest_resumable(invocation)
        return take_up(invocation, newest, drive, say_shares=True, inputs=inputs, raised=raised)
    folder = chosen_run(invocation, run)
    reason = nothing_left(read_state(folder))
    if reason:
        raise NotResumable(f"run {folder.run_id!r} cannot be resumed: {reason[0]}", hint=reason[1])
    return take_up(invocation, folder, drive, say_shares=True, inputs=inputs, raised=raised)


def _newest_resumable(invocation: Invocation) -> "RunFolder":
    from prodigy_tui.cli.places import is_live, readable
    from prodigy_tui.cli.resuming import nothing_left

    for folder, state in readable(invocation.repository_folder().runs()):
        if not is_live(folder) and not nothing_left(state):
            return folder
    raise NotResumable("no run of this repository can be resumed", hint="'prodigy-tui runs list' shows them")

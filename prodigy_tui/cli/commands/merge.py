"""`prodigy-tui merge`: land a run that was left unmerged."""

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.options import DriveOptions
from prodigy_tui.errors import ProdigyError


class NothingToLand(ProdigyError):
    """The run has landed, or has nothing that could."""


@click.command(epilog="Example: prodigy-tui merge last")
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="The summary as one JSON document on stdout.")
@shared_options
def merge(invocation: Invocation, run: str | None, as_json: bool) -> int:
    """Land a run that was left unmerged

    RUN is an id, a unique beginning of one, or `last`; without it the newest. Its commits are merged into the branch
    that it started from. Local changes in the way, or a conflict, refuse it and change nothing; the answer says how to
    go on.
    """
    from prodigy_tui.cli.drive import take_up
    from prodigy_tui.cli.places import chosen_run, is_live, read_state
    from prodigy_tui.cli.summary import merge_result
    from prodigy_tui.events.schema import SignalReceived
    from prodigy_tui.storage import RunHeld, RunLock

    folder = chosen_run(invocation, run)
    state = read_state(folder)
    if is_live(folder):
        raise RunHeld(folder.run_id, RunLock.owner(folder.lock))
    status = merge_result(state)["status"]
    if status == "landed":
        raise NothingToLand(f"run {folder.run_id!r} has landed on {state.target!r} already")
    if status == "nothing":
        why = "it made no commits" if state.tip == state.base else f"all that it made is on {state.target!r} already"
        raise NothingToLand(f"run {folder.run_id!r} has nothing to land: {why}")
    if state.ended_at is None:
        hint = f"'prodigy-tui resume {folder.run_id}' continues it"
        raise NothingToLand(f"run {folder.run_id!r} was interrupted", hint=hint)
    drive = DriveOptions(interface=False, yes=True, as_json=as_json)
    return take_up(invocation, folder, drive, [SignalReceived(signal="merge")], landing_only=True)

"""`prodigy-tui resume`: take an interrupted, stopped or failed run up again, or say what that would do."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.inputs import Inputs, param_options
from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.limits import Limits, limit_options
from prodigy_tui.cli.options import DriveOptions, drive_options
from prodigy_tui.errors import ExitCode, ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.cli.places import ReadRun
    from prodigy_tui.events.schema import SignalReceived
    from prodigy_tui.events.state import RunState
    from prodigy_tui.storage import RunFolder


class NotResumable(ProdigyError):
    """The run has nothing left that could be continued."""


@click.command(epilog="Example: prodigy-tui resume last -y")
@click.argument("run", required=False)
@click.option(
    "--plan", is_flag=True, help="Only say what would be kept, done again and new; touches nothing, also of a live run."
)
@click.option(
    "--workflow",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Go on with an edited workflow; what the edit changes is said first.",
)
@click.option("--retry-dlq", is_flag=True, help="Give all eligible dead letters back to work.")
@click.option("--force", is_flag=True, help="Take over from an owner on another host that is gone.")
@drive_options
@param_options
@limit_options
@shared_options
def resume(  # noqa: PLR0913 - one parameter an option
    invocation: Invocation,
    *,
    run: str | None,
    plan: bool,
    file: Path | None,
    retry_dlq: bool,
    force: bool,
    drive: DriveOptions,
    inputs: Inputs,
    limits: Limits,
) -> int:
    """Continue an interrupted, stopped or failed run

    Without RUN the newest resumable one of this repository. What is finished is never repeated; what is kept, done
    again and new is said before it starts. What was given at the start is recorded and holds again, but for a yes
    (-y, --merge), which holds for the call that says it, and secret parameters, which are given again with --param. A
    run that has used up its budget needs a larger one to go on.
    """
    from prodigy_tui.cli.drive import take_up

    raised = limits.raised()
    found = _chosen(invocation, run, retry_dlq=retry_dlq, plan=plan)
    first = tuple(_retries(found.state)) if retry_dlq else ()
    if plan:
        return _say_plan(invocation, found.folder, first, file, inputs, as_json=drive.as_json)
    return take_up(
        invocation,
        found.folder,
        drive,
        first,
        found=found,
        say_shares=True,
        inputs=inputs,
        raised=raised,
        workflow=file,
        force=force,
    )


def _chosen(invocation: Invocation, run: str | None, *, retry_dlq: bool, plan: bool) -> "ReadRun":
    """Returns the run that is meant.

    Raises:
        NotResumable: there is none, or nothing of it is left to do.
    """
    from prodigy_tui.cli.places import ReadRun, chosen_run, require_its_own
    from prodigy_tui.cli.resuming import nothing_left

    if run is None:
        return _newest_resumable(invocation, retry_dlq=retry_dlq, plan=plan)
    found = ReadRun(chosen_run(invocation, run))
    require_its_own(found.state)
    reason = nothing_left(found.state)
    if reason and not (retry_dlq and any(_retries(found.state))):
        raise NotResumable(f"run {found.folder.run_id!r} cannot be resumed: {reason[0]}", hint=reason[1])
    return found


def _newest_resumable(invocation: Invocation, *, retry_dlq: bool, plan: bool) -> "ReadRun":
    from prodigy_tui.cli.places import ReadRun, is_live
    from prodigy_tui.cli.resuming import nothing_left
    from prodigy_tui.events.source import LogDamaged
    from prodigy_tui.storage import RunHeld, RunLock

    live: ReadRun | None = None
    for folder in _candidates(invocation):
        try:
            found = ReadRun(folder)
        except LogDamaged:
            continue  # one that can be read may come behind it
        if found.state.caller is not None:
            continue
        if is_live(folder):
            found.hand_over()
            live = live or found
        elif not nothing_left(found.state) or (retry_dlq and any(_retries(found.state))):
            return found
    if live is not None and plan:
        return live
    if live is not None:
        raise RunHeld(live.folder.run_id, RunLock.owner(live.folder.lock))
    raise NotResumable("no run of this repository can be resumed", hint="'prodigy-tui runs list' shows them")


def _candidates(invocation: Invocation) -> "Iterator[RunFolder]":
    """Yields the runs of this repository, newest first, then those that are recorded for where it was before.

    Only when all of the former have been looked at: git reads every branch of every run to tell of the latter.
    """
    from prodigy_tui.cli.moved import runs_by_refs

    yield from invocation.repository_folder().runs()
    yield from runs_by_refs(invocation)


def _retries(state: "RunState") -> "Iterator[SignalReceived]":
    from prodigy_tui.events.schema import SignalReceived

    for item_id in sorted(state.dead_letters, key=lambda one: state.items[one].position):
        if state.items[item_id].eligible:
            yield SignalReceived(signal="retry", item_id=item_id)


def _say_plan(
    invocation: Invocation,
    folder: "RunFolder",
    first: "tuple[SignalReceived, ...]",
    file: Path | None,
    inputs: Inputs,
    *,
    as_json: bool,
) -> int:
    from prodigy_tui.cli.resume_plan import foreseen_plan, plan_document, print_plan

    plan = foreseen_plan(invocation, folder, first, file, inputs)
    if as_json:
        invocation.output.document("resume-plan", plan_document(plan))
    else:
        print_plan(invocation.output, plan)
    return ExitCode.OK

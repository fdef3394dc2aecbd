"""`prodigy-tui dlq retry`: dead letters go back to work, in this process or in the one that drives the run."""

import click

from prodigy_tui.cli.inputs import Inputs, param_options
from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.letters.choosing import Choice, choice_options, choose, queue_of, run_and_items
from prodigy_tui.cli.options import DriveOptions, drive_options

OF_CALLED = "its dead letters go back to work only while it runs; begin a new run with what 'dlq export {}' writes"
"""What is said of the dead letters of a run that another has called and that has ended."""


@click.command("retry", epilog="Example: prodigy-tui dlq retry last --all -y")
@click.argument("words", metavar="[RUN] [ITEM...]", nargs=-1)
@choice_options
@click.option("--force", is_flag=True, help="Entries that are not eligible too.")
@click.option("--keep-worktree", "keep_files", is_flag=True, help="Start from the files of the failed attempt.")
@click.option("--reduce", is_flag=True, help="Run reduce again afterwards; without items it alone.")
@click.option("--dry-run", is_flag=True, help="Say what would run and why or why not; do nothing.")
@drive_options
@param_options
@shared_options
def command(  # noqa: PLR0913 - what click hands over
    invocation: Invocation,
    *,
    words: tuple[str, ...],
    choice: Choice,
    force: bool,
    keep_files: bool,
    reduce: bool,
    dry_run: bool,
    drive: DriveOptions,
    inputs: Inputs,
) -> int:
    """Give entries back to work

    Each gets a new attempt that begins with all that has been merged meanwhile, or with --keep-worktree where the
    failed one has left off. Of several conditions all have to hold, and what is not eligible is left out without
    --force. The run becomes active again, and landing is asked as at the end of any run; a run that is at work now
    takes the entries at once, and goes on as it was told. With --reduce and no items, reduce alone runs again where
    what it made lacks items that were done later.

    --param gives a parameter another value for what runs from now on: agents, reduce, merge. What setup has said and
    the items stay as they are. Secret parameters are not recorded: they are given again.
    """
    from prodigy_tui.cli.letters.retrying import Retry, at_rest, live, means_reduce_alone, print_plan
    from prodigy_tui.cli.places import is_live, require_its_own

    folder, items = run_and_items(invocation, words)
    queue, is_driven = queue_of(folder), is_live(folder)
    if not is_driven:
        require_its_own(queue.state, hint=OF_CALLED.format(queue.state.run_id))
    alone = reduce and means_reduce_alone(queue, items, choice)
    chosen = () if alone else choose(queue, items, choice, verb="retry")
    asked = Retry(
        queue=queue,
        chosen=chosen,
        named=bool(items),
        force=force,
        keep_files=keep_files,
        reduce=reduce,
        reduce_alone=alone,
        inputs=inputs,
        live=is_driven,
    )
    asked.require_reduce()
    if dry_run:
        return print_plan(invocation, asked, drive)
    if is_driven:
        return live(invocation, asked, drive)
    return at_rest(invocation, asked, drive)

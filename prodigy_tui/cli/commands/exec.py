"""`prodigy-tui exec`: one step as a run."""

import click

from prodigy_tui.cli.instant import Instant, instant_options, one_step, start_document
from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.options import DriveOptions, drive_options


@click.command("exec", epilog="Example: prodigy-tui exec 'claude: fix the failing test, then commit' --retry 2")
@click.argument("step")
@instant_options("")
@drive_options
@shared_options
def exec(  # noqa: A001 - the verb is called so
    invocation: Invocation, *, step: str, instant: Instant, drive: DriveOptions
) -> int:
    """Run one step, as a workflow of its own

    STEP is 'shell: …', a command for the shell, or 'claude: …', a prompt for an agent. It works in a git worktree
    beside your checkout; what it commits lands on your branch after a yes. The text is that of a step in a workflow:
    `${…}` is filled in.
    """
    return start_document(invocation, one_step(step, instant), drive, instant)

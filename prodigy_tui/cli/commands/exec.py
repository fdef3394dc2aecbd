"""`prodigy-tui exec`: one step as a run."""

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.limits import length_of_time
from prodigy_tui.cli.options import DriveOptions, drive_options


@click.command("exec", epilog="Example: prodigy-tui exec 'claude: fix the failing test, then commit' --retry 2")
@click.argument("step", metavar="'shell: …'|'claude: …'")
@click.option("--retry", type=click.IntRange(0, 100), default=0, metavar="N", help="Try again up to N times.")
@click.option(
    "--timeout", "timeout_s", callback=length_of_time, metavar="D", help="How long one try may take, say 10m."
)
@click.option("--name", "label", default="", help="A label, shown by `runs list`.")
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@drive_options
@shared_options
def exec(  # noqa: A001 - the verb is called so
    invocation: Invocation,
    *,
    step: str,
    retry: int,
    timeout_s: float | None,
    label: str,
    dry_run: bool,
    drive: DriveOptions,
) -> int:
    """Run one step, as a workflow of its own

    A command for the shell, or a prompt for an agent. It works in a git worktree beside your checkout; what it commits
    lands on your branch after a yes. The text is that of a step in a workflow: `${…}` is filled in.
    """
    from prodigy_tui.cli.instant import one_step, start_document

    return start_document(
        invocation, one_step(step, retry=retry, timeout_s=timeout_s), drive, label=label, dry_run=dry_run
    )

"""`prodigy-tui batch`: the same for every file, without a workflow."""

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.limits import length_of_time
from prodigy_tui.cli.options import DriveOptions, drive_options


@click.command(epilog="Example: prodigy-tui batch 'src/**/*.py' --command 'claude: add type hints to {}' --parallel 4")
@click.argument("glob")
@click.option("--command", required=True, metavar="'claude: … {}'", help="What to do with each file.")
@click.option("--parallel", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="At once.")
@click.option("--retry", type=click.IntRange(0, 100), default=0, metavar="N", help="Try a file again up to N times.")
@click.option(
    "--timeout", "timeout_s", callback=length_of_time, metavar="D", help="How long one try may take, say 10m."
)
@click.option("--name", "label", default="", help="A label, shown by `runs list`.")
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@drive_options
@shared_options
def batch(  # noqa: PLR0913 - one parameter an option
    invocation: Invocation,
    *,
    glob: str,
    command: str,
    parallel: int,
    retry: int,
    timeout_s: float | None,
    label: str,
    dry_run: bool,
    drive: DriveOptions,
) -> int:
    """Do the same with every file that GLOB matches

    Each file is a work item with a git worktree of its own. Every {} in the command stands for the file's name, which
    the shell gets quoted, whatever is in it. Files are those that git tracks; quote GLOB, so that your shell leaves it
    alone.
    """
    from prodigy_tui.cli.instant import over_files, start_document

    document = over_files(glob, command, parallel=parallel, retry=retry, timeout_s=timeout_s)
    return start_document(invocation, document, drive, label=label, dry_run=dry_run)

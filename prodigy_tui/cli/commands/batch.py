"""`prodigy-tui batch`: the same for every file, without a workflow."""

import click

from prodigy_tui.cli.instant import Instant, instant_options, over_files, start_document
from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.options import DriveOptions, drive_options


@click.command(epilog="Example: prodigy-tui batch 'src/**/*.py' --command 'claude: add type hints to {}' --parallel 4")
@click.argument("glob")
@click.option("--command", required=True, metavar="'claude: … {}'", help="What to do with each file.")
@click.option("--parallel", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="At once.")
@instant_options("a file ")
@drive_options
@shared_options
def batch(
    invocation: Invocation, *, glob: str, command: str, parallel: int, instant: Instant, drive: DriveOptions
) -> int:
    """Do the same with every file that GLOB matches

    Each file is a work item with a git worktree of its own. Every {} in the command stands for the file's name, which
    the shell gets quoted, whatever is in it. Files are those that are committed, and with none of them nothing is
    started; quote GLOB, so that your shell leaves it alone.
    """
    return start_document(invocation, over_files(glob, command, parallel, instant), drive, instant)

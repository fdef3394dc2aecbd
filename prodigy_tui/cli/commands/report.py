"""`prodigy-tui report`: a run in figures."""

import click

from prodigy_tui.cli.forms import Wanted, form_options
from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.errors import ExitCode


@click.command(epilog="Example: prodigy-tui report last --format html -o report.html")
@click.argument("run", required=False)
@form_options
@shared_options
def report(invocation: Invocation, *, run: str | None, wanted: Wanted) -> int:
    """Tell a run in figures: where time, tokens and money went

    RUN is an id, a unique beginning of one, `last` or `last:failed`; without it the newest. A run that goes on is told
    up to now. Time in which no process drove the run does not count, and what nobody knows is called unknown.
    """
    from prodigy_tui.cli.places import chosen_run
    from prodigy_tui.cli.reporting import measured, print_report

    print_report(invocation, measured(chosen_run(invocation, run)), wanted)
    return ExitCode.OK

"""`prodigy-tui logs`: what the steps of an item, or of a phase, have printed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.cli.printed import Part, Printed


@click.command(epilog="Example: prodigy-tui logs last src/app.py --step 2")
@click.argument("run", required=False)
@click.argument("item", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes until the run is at rest.")
@click.option("--step", metavar="S", help="Only this step: its place (0, 1, 2/r1.0 …) or the beginning of its label.")
@click.option("--stderr", "errors", is_flag=True, help="Only what shells and agents printed on standard error.")
@click.option("--attempt", type=click.IntRange(min=1), metavar="N", help="Only this attempt at the item.")
@shared_options
def logs(
    invocation: Invocation,
    *,
    run: str | None,
    item: str | None,
    follow: bool,
    step: str | None,
    errors: bool,
    attempt: int | None,
) -> int:
    """Print what the steps of a run have printed

    ITEM is an id, `a` and a position, a label, a phase (`setup`, `map`, `reduce`, `merge`, `steps`), or `verify` or
    `resolve` for what was done about merges; without it that of all phases. Lines that begin with `$` or `>` say what
    was run. Secrets are masked, and nothing that was printed reaches the terminal as anything but text.
    """
    import time

    from prodigy_tui.cli.following import PAUSE_S
    from prodigy_tui.cli.places import chosen_run, is_live
    from prodigy_tui.cli.printed import Asked, Printed

    folder = chosen_run(invocation, run)
    printed = Printed(folder, Asked(what=item, step=step, errors=errors, attempt=attempt))
    say = _printer(invocation, printed)
    while True:
        live = follow and is_live(folder)
        for part in printed.new(last=not live):
            say(part)
        if not live:
            break
        time.sleep(PAUSE_S)
    if not printed.found:
        invocation.output.say(f"nothing was printed{' there' if item or step or errors else ''}")
    return ExitCode.OK


def _printer(invocation: Invocation, printed: "Printed") -> "Callable[[Part], None]":
    """Returns what prints whole lines, below a title where there are several streams."""
    from prodigy_tui.cli.output import Painted

    shown: list[str] = []

    def say(part: "Part") -> None:
        if printed.has_titles and (not shown or shown[-1] != part.title):
            invocation.output.line(Painted(f"── {part.title} ──", dim=True))
            shown.append(part.title)
        invocation.output.text(part.text)

    return say

"""`prodigy-tui dlq discard`: dead letters go out for good."""

from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.letters.choosing import Choice, choice_options, choose, queue_of, run_and_items
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.cli.letters.discarding import Done


@click.command("discard", epilog="Example: prodigy-tui dlq discard last --cluster 3fa2 --reason 'vendored code'")
@click.argument("words", metavar="[RUN] [ITEM...]", nargs=-1)
@choice_options
@click.option("--reason", default="", metavar="TEXT", help="Why; it is recorded.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def command(invocation: Invocation, *, words: tuple[str, ...], choice: Choice, reason: str, as_json: bool) -> int:
    """Take entries out of the queue for good

    They count as skipped, and cannot be retried; `dlq list --discarded` shows them. Their branches go, except where
    somebody has put commits on top; logs and patches stay with the run. A run with nothing else to complain about has
    succeeded then.
    """
    from prodigy_tui.cli.letters.discarding import at_rest, live
    from prodigy_tui.cli.places import is_live
    from prodigy_tui.wording import plural

    folder, items = run_and_items(invocation, words)
    chosen = choose(queue_of(folder), items, choice, verb="discard")
    item_ids = [entry.id for entry in chosen]
    done: Done = (live if is_live(folder) else at_rest)(folder, item_ids, reason)
    output = invocation.output
    for message in done.stays:
        output.warn(message)
    if as_json:
        document = {"run_id": folder.run_id, "discarded": item_ids, "reason": reason, "status": done.status}
        output.document("dlq-discard", {**document, "stays": list(done.stays)})
    else:
        output.say(f"{plural(len(item_ids), 'item')} of {folder.run_id} discarded; the run {done.said}")
    return ExitCode.OK

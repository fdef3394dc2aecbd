"""`prodigy-tui dlq export`: the queue as one document, to be looked at elsewhere."""

from pathlib import Path
from typing import Literal

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.letters.choosing import Choice, choice_options, choose, queue_of, run_and_items
from prodigy_tui.errors import ExitCode
from prodigy_tui.wording import plural


@click.command("export", epilog="Example: prodigy-tui dlq export last --format csv -o failed.csv")
@click.argument("words", metavar="[RUN] [ITEM...]", nargs=-1)
@choice_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "csv"]),
    default="json",
    show_default=True,
    help="One document with all attempts, output and patches; or a table, one row an entry.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to FILE instead of stdout.",
)
@shared_options
def command(
    invocation: Invocation,
    *,
    words: tuple[str, ...],
    choice: Choice,
    form: Literal["json", "csv"],
    as_json: bool,
    file: Path | None,
) -> int:
    """Write the queue for use elsewhere

    All entries, unless some are named. The JSON document has the items, every attempt with the end of its output, and
    the patches of what was not committed: nothing else of the run is needed to read it. In the table, texts that a
    spreadsheet would take for a formula begin with an apostrophe.
    """
    from prodigy_tui.cli.letters.exporting import as_csv, as_document, write_file

    folder, items = run_and_items(invocation, words)
    queue, output = queue_of(folder), invocation.output
    chosen = queue.entries() if not items and choice.is_empty else choose(queue, items, choice, verb="export")
    if form == "csv" and not as_json:
        table = output.secrecy.text(as_csv(queue, chosen))
        if file is None:
            output.text(table.removesuffix("\n"))
        else:
            write_file(file, table)
    elif file is None:
        output.document("dlq-export", as_document(queue, chosen))
    else:
        write_file(file, output.document_text("dlq-export", as_document(queue, chosen)) + "\n")
    if file is not None:
        output.say(f"{plural(len(chosen), 'entry', 'entries')} written to {file}")
    return ExitCode.OK

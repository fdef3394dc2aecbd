"""`prodigy-tui events`: a run's event log."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.events.schema import Envelope


@click.command()
@click.argument("run", required=False)
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only events of this type (repeatable).")
@click.option("--item", metavar="ITEM", help="Only events of this item.")
@click.option("--since", type=click.IntRange(min=0), default=0, metavar="SEQ", help="Only events after this one.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "jsonl"]),
    default="text",
    show_default=True,
    help="Lines for people, or those of the log.",
)
@shared_options
def events(
    invocation: Invocation, *, run: str | None, types: tuple[str, ...], item: str | None, since: int, form: str
) -> int:
    """Print the event log of a run

    RUN is an id, a unique beginning of one, `last` or `last:failed`; without it the newest.
    """
    from prodigy_tui.cli.lines import line_of
    from prodigy_tui.cli.places import chosen_run

    folder = chosen_run(invocation, run)
    for raw, envelope in _lines(folder.events):
        if envelope.seq <= since or not _wanted(envelope, types, item):
            continue
        if form == "jsonl":
            invocation.output.json_line(raw.decode())
        else:
            invocation.output.line(f"{envelope.seq:>6}  ", *line_of(envelope).parts)
    return ExitCode.OK


def _wanted(envelope: "Envelope", types: tuple[str, ...], item: str | None) -> bool:
    from prodigy_tui.events.schema import Unknown

    event = envelope.event
    kind = event.type if isinstance(event, Unknown) else str(event.__struct_config__.tag)
    return (not types or kind in types) and (item is None or getattr(event, "item_id", None) == item)


def _lines(path: Path) -> "Iterator[tuple[bytes, Envelope]]":
    """The log's lines as they stand, beside what they mean."""
    from prodigy_tui.events.source import read_events

    with path.open("rb") as raw:
        for envelope in read_events(path):
            yield raw.readline().rstrip(b"\n"), envelope

"""`prodigy-tui events`: a run's event log."""

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.errors import ExitCode, ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.events.schema import Envelope


class NoSuchType(ProdigyError):
    """No event has the type that was asked for."""


@click.command(epilog="Example: prodigy-tui events last")
@click.argument("run", required=False)
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only events of this type (repeatable).")
@click.option("--item", metavar="ITEM", help="Only events of this item: an id, `a` and its position, or a label.")
@click.option("--since", type=click.IntRange(min=0), default=0, metavar="SEQ", help="Only events after this one.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what happens until the run is at rest.")
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
    invocation: Invocation,
    *,
    run: str | None,
    types: tuple[str, ...],
    item: str | None,
    since: int,
    follow: bool,
    form: str,
) -> int:
    """Print the event log of a run

    RUN is an id, a unique beginning of one, `last` or `last:failed`; without it the newest.
    """
    from prodigy_tui.cli.following import LogTail
    from prodigy_tui.cli.following import follow as follow_run
    from prodigy_tui.cli.lines.event import line_of
    from prodigy_tui.cli.names import Names, find_item
    from prodigy_tui.cli.places import chosen_run, read_state

    folder = chosen_run(invocation, run)
    item_id = find_item(read_state(folder), item) if item is not None else None
    _check_types(types, folder.events)
    names = Names()
    for raw, envelope in follow_run(folder) if follow else LogTail(folder.events).new():
        names.learn(envelope.event)
        if envelope.seq <= since or not _wanted(envelope, types, item_id):
            continue
        if form == "jsonl":
            invocation.output.json_line(raw.decode())
        else:
            invocation.output.line(f"{envelope.seq:>6}  ", *line_of(envelope, names).parts)
    return ExitCode.OK


def _check_types(types: tuple[str, ...], log: Path) -> None:
    """Refuses a type of which there can be no event; the log itself knows those of a newer program."""
    from prodigy_tui.cli.names import meant
    from prodigy_tui.events.schema import KnownEvent
    from prodigy_tui.events.source import read_events

    known = {str(kind.__struct_config__.tag) for kind in get_args(KnownEvent)}
    if known.issuperset(types):
        return
    known |= {_type(envelope) for envelope in read_events(log)}
    for word in types:
        if word not in known:
            raise NoSuchType(f"there is no event type {word!r}", hint=meant(word, sorted(known)))


def _type(envelope: "Envelope") -> str:
    from prodigy_tui.events.schema import Unknown

    event = envelope.event
    return event.type if isinstance(event, Unknown) else str(event.__struct_config__.tag)


def _wanted(envelope: "Envelope", types: tuple[str, ...], item_id: str | None) -> bool:
    ours = item_id is None or getattr(envelope.event, "item_id", None) == item_id
    return ours and (not types or _type(envelope) in types)

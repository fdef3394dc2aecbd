"""`prodigy-tui replay`: look at a run's history, in the interface or as a picture."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.options import NoTerminal
from prodigy_tui.errors import ExitCode, ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.events.timeline import Timeline

_PACKED = b"\x1f\x8b"
"""What a packed file begins with, and so every archive."""


class NoRecord(ProdigyError):
    """Neither a file nor a run is called so, or the file holds no run."""


def _size(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[int, int]:
    """`120x40` as two numbers."""
    match = re.fullmatch(r"(\d{2,3})x(\d{2,3})", value)
    if match is None:
        raise click.BadParameter(f"{value!r} is not a size such as 120x40")
    return int(match[1]), int(match[2])


@click.command(epilog="Example: prodigy-tui replay last --at +1m30s --screenshot then.svg")
@click.argument("run", metavar="[RUN|FILE]", required=False)
@click.option("--at", "moment", metavar="SEQ|+DURATION|TIME", help="Where to begin; with a picture: what it shows.")
@click.option("--speed", type=click.Choice(["1", "4", "16", "64"]), help="Play at once, this many times as fast.")
@click.option("--screenshot", type=click.Path(path_type=Path), metavar="FILE.svg", help="Draw a picture instead.")
@click.option("--size", metavar="WxH", default="120x40", show_default=True, callback=_size, help="Of the picture.")
@shared_options
def replay(
    invocation: Invocation,
    *,
    run: str | None,
    moment: str | None,
    speed: str | None,
    screenshot: Path | None,
    size: tuple[int, int],
) -> int:
    """Look at a run's history, with a cursor in time

    RUN is an id, a unique beginning of one, `last` or `last:failed`; without it the newest. FILE is what `runs export`
    has written, or an event log that lies anywhere; output that is not beside it is said to be missing. A picture shows
    the end unless --at says where.
    """
    from prodigy_tui.cli.giving_way import go_on
    from prodigy_tui.cli.kept import person_of
    from prodigy_tui.cli.recorded import RecordedRuns
    from prodigy_tui.cli.replaying import Record, draw, show
    from prodigy_tui.events.timeline import Timeline

    if screenshot is None and not invocation.has_screen:
        raise NoTerminal("replay needs a terminal", hint="--screenshot FILE.svg draws a picture without one")
    runs = None
    with _record(invocation, run) as (events, output, bookmarks, filters):
        timeline = Timeline.open(events) if screenshot is not None else Timeline.begin(events)
        record = Record(timeline=timeline, output=output, bookmarks=bookmarks, filters=filters, events=events)
        if screenshot is not None:
            cursor = _cursor(moment, timeline) if moment is not None else timeline.last_seq
            draw(record, cursor, size=size, file=screenshot)
            invocation.output.say(f"{screenshot}: event {cursor} of {timeline.last_seq}")
        else:
            cursor = _cursor(moment, timeline) if moment is not None else 1
            runs = RecordedRuns(invocation, may_start=True)
            person = person_of(invocation, runs)
            show(record, cursor, speed=int(speed) if speed is not None else None, person=person)
    return go_on(invocation, runs) if runs is not None else ExitCode.OK


def _cursor(moment: str, timeline: "Timeline") -> int:
    from prodigy_tui.cli.moments import parse_moment

    return parse_moment(moment, timeline)


@contextmanager
def _record(invocation: Invocation, run: str | None) -> Iterator[tuple[Path, Path, Path | None, Path | None]]:
    """The event log of a run, where its output should be, and where its bookmarks and saved filters are kept.

    An archive is unpacked for as long as it is looked at, and has no place for bookmarks. Only a run that lies in the
    state folder has a repository whose filters it shares.
    """
    from prodigy_tui.cli.places import chosen_run
    from prodigy_tui.storage import RunNotFound

    path = invocation.cwd / run if run is not None else None
    if path is None or not path.is_file():
        try:
            folder = chosen_run(invocation, run)
        except RunNotFound as error:
            raise NoRecord(f"there is no file {run!r}, and {error.message}", hint=error.hint) from error
        yield folder.events, folder.output, folder.bookmarks, folder.filters
    elif _is_archive(path):
        from tempfile import TemporaryDirectory

        from prodigy_tui.storage.archive import unpack_archive

        with TemporaryDirectory(prefix="prodigy-tui-replay-") as place:
            folder = unpack_archive(path, Path(place))
            _require_log(folder.events, path)
            yield folder.events, folder.output, None, None
    else:
        _require_log(path, path)
        yield path, path.parent / "output", path.with_name(f"{path.name}.bookmarks.json"), None


def _is_archive(file: Path) -> bool:
    """Tells whether a file begins as an archive does."""
    try:
        with file.open("rb") as opened:
            return opened.read(len(_PACKED)) == _PACKED
    except OSError:
        return False


def _require_log(events: Path, file: Path) -> None:
    """Checks that what was named begins as the event log of a run does; damage further on is told as such.

    Raises:
        NoRecord: it does not, or cannot be read.
    """
    from prodigy_tui.events.schema import RunStarted
    from prodigy_tui.events.source import LogDamaged, read_events

    try:
        first = next(read_events(events), None)
        begins = first is not None and isinstance(first.event, RunStarted)
        why = "" if begins else "it does not begin with 'run_started'"
    except LogDamaged as error:
        why = f"line {error.line}: {error.reason}"
    except OSError as error:
        why = (error.strerror or str(error)).lower()
    if why:
        hint = "name a run, an 'events.jsonl', or a file that 'prodigy-tui runs export' has written"
        raise NoRecord(f"file {str(file)!r} is no event log of a run: {why}", hint=hint)

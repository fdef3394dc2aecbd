"""The interface on a run's past: on the terminal, or drawn into a file without one."""

import sys
from pathlib import Path

from msgspec import Struct

from prodigy_tui.cli.bookmarks import BookmarkFile
from prodigy_tui.cli.diffs import diffs_of
from prodigy_tui.cli.hangup import watched_terminal
from prodigy_tui.cli.item_attempts import ItemAttempts
from prodigy_tui.cli.item_filters import FilterFile, LanguageExpressions
from prodigy_tui.cli.kept import Person
from prodigy_tui.cli.reporting import figures_of
from prodigy_tui.cli.shipped import shipped
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.tui.app import ProdigyApp
from prodigy_tui.tui.feed import ReplayFeed, replay_of
from prodigy_tui.tui.ports import World


class NotDrawn(ProdigyError):
    """The picture cannot be written."""


class Record(Struct, frozen=True, kw_only=True):
    """What is left of a run."""

    timeline: Timeline
    """May hold no more than its beginning, when it is for the interface, which reads on by itself."""
    output: Path
    """The folder of its output; may be missing."""
    bookmarks: Path | None = None
    """The file of its bookmarks; `None`: there is no place to keep them."""
    filters: Path | None = None
    """The file of saved filters; likewise."""
    events: Path | None = None
    """The event log itself, for its figures."""


def past_of(record: Record) -> tuple[ReplayFeed, World]:
    """Returns what the interface is turned to in order to show a record."""
    start = record.timeline.state_at(1)
    world = World(
        outputs=record.output,
        diffs=diffs_of(start.repository),
        bookmarks=BookmarkFile(record.bookmarks) if record.bookmarks is not None else None,
        expressions=LanguageExpressions(),
        filters=FilterFile(record.filters) if record.filters is not None else None,
        groups=FilterFile(record.filters.with_name("patterns.json")) if record.filters is not None else None,
        attempts=ItemAttempts(),
        figures=figures_of(record.events) if record.events is not None else None,
        lies_here=record.filters is not None,
    )
    return replay_of(record.timeline), world


def show(record: Record, cursor: int, *, speed: int | None, person: Person) -> None:
    """Opens the interface with the cursor after event `cursor`; with a speed it plays.

    Raises:
        InterfaceCrash: it had a bug.
    """
    feed, world = past_of(record)
    feed.go(cursor)
    if speed is not None:
        while feed.speed < speed:
            feed.change_speed(1)
        feed.toggle()
    app = ProdigyApp(
        feed,
        world,
        themes=shipped("themes"),
        personal=person.personal,
        keys=person.keys,
        runs=person.runs,
        machine=person.machine,
    )
    with watched_terminal(sys.stdin.fileno(), lambda: app.call_later(app.exit)):
        app.run(mouse=person.personal.preferences.mouse)
    if app.crash is not None:
        from prodigy_tui.cli.crash import InterfaceCrash

        raise InterfaceCrash(app.crash)


def draw(record: Record, cursor: int, *, size: tuple[int, int], file: Path) -> None:
    """Writes what the screen shows after event `cursor` as SVG.

    Raises:
        NotDrawn: the file cannot be written.
    """
    from prodigy_tui.tui.screenshot import screenshot

    feed = ReplayFeed(record.timeline)
    feed.seek(cursor)
    svg = screenshot(feed, size, themes=shipped("themes"), outputs=record.output)
    try:
        file.write_text(svg, "utf-8")
    except OSError as error:
        raise NotDrawn(f"the picture cannot be written to {str(file)!r}: {error.strerror}") from error

"""The interface on a run that another process drives: fed from its files, with nobody to send signals to."""

import sys
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from prodigy_tui.cli.bookmarks import BookmarkFile
from prodigy_tui.cli.crash import InterfaceCrash
from prodigy_tui.cli.diffs import diffs_of
from prodigy_tui.cli.following import PAUSE_S, LogTail
from prodigy_tui.cli.hangup import watched_terminal
from prodigy_tui.cli.item_attempts import ItemAttempts
from prodigy_tui.cli.item_filters import FilterFile, LanguageExpressions
from prodigy_tui.cli.kept import Person
from prodigy_tui.cli.places import is_live
from prodigy_tui.cli.reporting import figures_of
from prodigy_tui.cli.shipped import shipped
from prodigy_tui.engine.artifacts import item_stream, phase_stream
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.app import ProdigyApp
from prodigy_tui.tui.feed import LiveFeed
from prodigy_tui.tui.ports import RunControl, World

if TYPE_CHECKING:
    from prodigy_tui.storage import RunFolder


class Attached:
    """Reads a run's files as they grow and publishes what they say, in a thread of its own, until it is closed."""

    def __init__(self, folder: "RunFolder", bus: Bus) -> None:
        self._folder = folder
        self._bus = bus
        self._tail = LogTail(folder.events)
        self._state = RunState()
        self._sizes: dict[str, int] = {}
        self._closed = Event()
        self._thread = Thread(target=self._run, name="engine-attached", daemon=True)

    def start(self) -> RunState:
        """Reads what there is so far, begins to follow, and returns the state.

        Raises:
            ProdigyError: the log cannot be read.
        """
        self._read()
        self._thread.start()
        return self._state

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            live = is_live(self._folder)
            try:
                self._read()
            except (ProdigyError, OSError):
                return  # the picture stays where it was; the log says more when it is opened again
            self._look_at_output()
            self._closed.wait(PAUSE_S if live else 1.0)  # a run at rest may be taken up again

    def _read(self) -> None:
        for _, envelope in self._tail.new():
            self._state = evolve(self._state, envelope)
            self._bus.publish(envelope)

    def _look_at_output(self) -> None:
        state = self._state
        items = (state.items[item_id] for item_id in state.slots.values())
        streams = [item_stream(entry.item, entry.attempt) for entry in items]
        streams += [phase_stream(name) for name, phase in state.phases.items() if phase.status == "running"]
        streams += [phase_stream("resolve")] if state.resolution is not None else []
        streams += [phase_stream("verify")] if state.verification is not None else []
        for stream in streams:
            size = _size(self._folder.stream(stream))
            if size != self._sizes.get(stream, 0):
                self._sizes[stream] = size
                self._bus.output_grew(stream, size)


def attach(folder: "RunFolder", control: RunControl | None = None) -> tuple[Attached, LiveFeed, World]:
    """Begins to follow a run; returns what follows it, which is to be closed, and what the interface is turned to.

    Raises:
        ProdigyError: the log cannot be read.
    """
    bus = Bus()
    feed = LiveFeed(bus, log=folder.events)
    attached = Attached(folder, bus)
    state = attached.start()
    world = World(
        control=control,
        outputs=folder.output,
        diffs=diffs_of(state.repository),
        bookmarks=BookmarkFile(folder.bookmarks),
        expressions=LanguageExpressions(),
        filters=FilterFile(folder.filters),
        groups=FilterFile(folder.patterns),
        attempts=ItemAttempts(),
        figures=figures_of(folder.events),
    )
    return attached, feed, world


def show(folder: "RunFolder", person: Person) -> None:
    """Opens the interface on a run until the person leaves.

    Raises:
        InterfaceCrash: it had a bug.
        ProdigyError: the log cannot be read.
    """
    attached, feed, world = attach(folder)
    app = ProdigyApp(
        feed,
        world,
        themes=shipped("themes"),
        personal=person.personal,
        keys=person.keys,
        runs=person.runs,
        machine=person.machine,
    )
    try:
        with watched_terminal(sys.stdin.fileno(), lambda: app.call_later(app.exit)):
            app.run(mouse=person.personal.preferences.mouse)
    finally:
        attached.close()
    if app.crash is not None:
        raise InterfaceCrash(app.crash)


def _size(stream: Path) -> int:
    try:
        return stream.with_name(f"{stream.name}.log").stat().st_size
    except OSError:
        return 0

"""The interface over a run in which much happens all the time, driven by a thread that measures its own pauses.

Called as `python -m tests.support.stormy_app NOTES`: that file says how long the longest was, and when all is over.
"""

import sys
import threading
import time
from datetime import UTC
from pathlib import Path

from msgspec.structs import replace

from prodigy_tui.cli.hangup import watched_terminal
from prodigy_tui.cli.lending import Lending
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import AgentStarted, Envelope, ItemsLoaded, WarningRaised
from prodigy_tui.tui.abilities import Abilities
from prodigy_tui.tui.app import ProdigyApp
from prodigy_tui.tui.feed import LiveFeed
from prodigy_tui.tui.machine import Machine
from prodigy_tui.tui.ports import World
from tests.support.make import make_run

ROOT = Path(__file__).parents[2]
STEP_S = 0.002


def _placed(envelope: Envelope, folder: Path) -> Envelope:
    """Lets agents work in folders that exist."""
    event = envelope.event
    if not isinstance(event, AgentStarted):
        return envelope
    worktree = folder / f"slot-{event.slot}"
    worktree.mkdir(exist_ok=True)
    return replace(envelope, event=replace(event, worktree=str(worktree)))


def main(notes: Path, environ: dict[str, str]) -> None:
    bus, over = Bus(), threading.Event()
    log = make_run(items=40, max_parallel=8)
    begun = next(number for number, envelope in enumerate(log) if isinstance(envelope.event, ItemsLoaded)) + 40
    feed = LiveFeed(bus, history=tuple(_placed(envelope, notes.parent) for envelope in log[:begun]))

    def drive() -> None:
        seq, last, longest = begun, time.monotonic(), 0.0
        while not over.wait(STEP_S):
            now = time.monotonic()
            if now - last > longest:
                longest = now - last
                notes.write_text(f"{longest:.3f}")
            last = now
            for _ in range(4):
                seq += 1
                bus.publish(Envelope(seq=seq, at=log[begun].at, event=WarningRaised(message=f"event {seq}")))

    engine = threading.Thread(target=drive)
    app = ProdigyApp(
        feed,
        World(),
        themes=ROOT / "themes",
        zone=UTC,
        machine=Machine(terminal=Abilities(title=True), lending=Lending(environ)),
    )
    engine.start()
    with watched_terminal(0, lambda: app.call_later(app.exit)):
        app.run()
    longest = notes.read_text()
    over.set()
    engine.join()
    notes.write_text(f"{longest} over {'crashed' if app.crash is not None else 'well'}")
    if app.crash is not None:
        raise app.crash


if __name__ == "__main__":
    import os

    main(Path(sys.argv[1]), dict(os.environ))

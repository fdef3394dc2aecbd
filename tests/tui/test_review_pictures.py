"""Pictures of the merges and of a review: the layouts that their widths give."""

from collections.abc import Callable, Sequence

import pytest
from textual.pilot import Pilot

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import Envelope
from prodigy_tui.tui.feed import LiveFeed
from tests.support.make import make_run
from tests.tui.changes import Diffs
from tests.tui.scene import Control, clock_at, make_app, settle
from tests.tui.test_review import FILES, SUSPECT

Compare = Callable[..., bool]


def picture(compare: Compare, events: Sequence[Envelope], size: tuple[int, int], keys: Sequence[str]) -> bool:
    bus = Bus()
    app = make_app(LiveFeed(bus, clock=clock_at(events)), control=Control(), diffs=Diffs(patches=FILES))
    app.animation_level = "none"

    async def play(pilot: Pilot[str]) -> None:
        for envelope in events:
            bus.publish(envelope)
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
            await pilot.app.workers.wait_for_complete()
        await settle(pilot)

    return compare(app, terminal_size=size, run_before=play)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)], ids=["80x24", "200x50"])
def test_review(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert picture(snap_compare, SUSPECT, size, ["3", "enter"])


def test_merges(snap_compare: Compare) -> None:
    assert picture(snap_compare, make_run(items=9, conflicting={2, 5}), (120, 32), ["3"])

"""A few curated pictures: sizes, themes and the screens whose layout matters most. Look before updating them."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.schema import AgentStarted, Envelope
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.tui.feed import LiveFeed, ReplayFeed
from prodigy_tui.tui.screenshot import screenshot
from tests.support.make import make_run
from tests.tui.scene import THEMES, Control, clock_at, index_of, make_app, settle, until_gate, write_output

Compare = Callable[..., bool]

BIG = make_run(items=120, failing=range(7, 120, 23), conflicting={20}, retried=range(5, 120, 17), max_parallel=16)
HALFWAY = BIG[: len(BIG) // 2]
DEAD = make_run(items=40, failing=range(3, 40, 4), conflicting={10}, max_parallel=8)
LOG = [
    "$ make the change",
    "reading src/part_5.py",
    "warning: deprecated call",
    "日本語 wide glyphs",
    "E" * 200,
    "error: one failed",
]
SMALL, LARGE = (80, 24), (200, 50)


def picture(
    compare: Compare,
    tmp_path: Path,
    events: Sequence[Envelope],
    size: tuple[int, int],
    *,
    keys: Sequence[str] = (),
    theme: str = "dark",
) -> bool:
    for number in (5, 17, 22):
        write_output(tmp_path, f"items/item-{number}/1", events, LOG)
    bus = Bus()
    app = make_app(LiveFeed(bus, clock=clock_at(events)), control=Control(), outputs=tmp_path, theme=theme)
    app.animation_level = "none"

    async def play(pilot: Pilot[str]) -> None:
        for envelope in events:
            bus.publish(envelope)
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)

    return compare(app, terminal_size=size, run_before=play)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "200x50"])
def test_fleet(snap_compare: Compare, tmp_path: Path, size: tuple[int, int], theme: str) -> None:
    assert picture(snap_compare, tmp_path, HALFWAY, size, theme=theme)


def test_merge_sheet(snap_compare: Compare, tmp_path: Path) -> None:
    assert picture(snap_compare, tmp_path, until_gate(40), SMALL, keys=["m"])


def test_dead_letters_light(snap_compare: Compare, tmp_path: Path) -> None:
    assert picture(snap_compare, tmp_path, DEAD, LARGE, keys=["4", "space", "space"], theme="light")


def test_dead_letters_narrow(snap_compare: Compare, tmp_path: Path) -> None:
    assert picture(snap_compare, tmp_path, DEAD, SMALL, keys=["4"])


def test_begin_of_a_run(snap_compare: Compare, tmp_path: Path) -> None:
    assert picture(snap_compare, tmp_path, BIG[: index_of(BIG, AgentStarted) - 1], SMALL)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "200x50"])
def test_replay(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    feed = ReplayFeed(Timeline(BIG), clock=clock_at(BIG))
    feed.seek(len(BIG) // 3)
    app = make_app(feed, outputs=tmp_path)

    assert snap_compare(app, terminal_size=size, run_before=settle)


def test_a_screenshot_needs_no_terminal_and_is_the_same_every_time(tmp_path: Path) -> None:
    def draw() -> str:
        feed = ReplayFeed(Timeline(DEAD), clock=clock_at(DEAD))
        feed.seek(len(DEAD) - 1)
        return screenshot(feed, (100, 30), themes=THEMES, outputs=tmp_path)

    first = draw()

    assert first.startswith("<svg")
    assert "modernise" in first
    assert re.sub(r"terminal-\d+", "", first) == re.sub(r"terminal-\d+", "", draw())

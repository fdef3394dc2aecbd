"""A picture of the screen without a terminal."""

import re
from pathlib import Path

from prodigy_tui.events.timeline import Timeline
from prodigy_tui.tui.feed import ReplayFeed
from prodigy_tui.tui.screenshot import screenshot
from tests.tui.runs import DEAD
from tests.tui.scene import THEMES, clock_at


def test_a_screenshot_needs_no_terminal_and_is_the_same_every_time(tmp_path: Path) -> None:
    def draw() -> str:
        feed = ReplayFeed(Timeline(DEAD), clock=clock_at(DEAD))
        feed.seek(len(DEAD) - 1)
        return screenshot(feed, (100, 30), themes=THEMES, outputs=tmp_path)

    first = draw()

    assert first.startswith("<svg")
    assert "modernise" in first
    assert re.sub(r"terminal-\d+", "", first) == re.sub(r"terminal-\d+", "", draw())

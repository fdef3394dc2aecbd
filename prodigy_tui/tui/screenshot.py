"""A picture of the screen without a terminal: the same app, run headless, exported as SVG."""

import asyncio
from datetime import tzinfo
from pathlib import Path
from typing import Final

from prodigy_tui.tui.app import ProdigyApp
from prodigy_tui.tui.feed import Feed
from prodigy_tui.tui.ports import World

_LOOKS: Final = 500
_LOOK_EVERY_S: Final = 0.01


def screenshot(
    feed: Feed,
    size: tuple[int, int],
    *,
    themes: Path,
    outputs: Path | None = None,
    theme: str = "",
    zone: tzinfo | None = None,
) -> str:
    """Returns the fleet screen as SVG text, `size` being columns and rows, once the feed's events are all shown.

    Starts a loop of its own: call it where none runs.
    """
    app = ProdigyApp(feed, World(outputs=outputs), themes=themes, theme=theme, zone=zone)
    return asyncio.run(_take(app, size))


async def _take(app: ProdigyApp, size: tuple[int, int]) -> str:
    async with app.run_test(size=size) as pilot:
        for _ in range(_LOOKS):
            await pilot.pause(_LOOK_EVERY_S)
            if app.settled:
                break
        await pilot.pause()
        return app.export_screenshot(title=app.TITLE)

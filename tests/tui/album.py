"""Takes pictures of one app in every layout: it is resized, not started anew, so that a screen costs one start."""

import asyncio
import re
from collections.abc import Iterable
from difflib import unified_diff
from typing import Any

from pytest_textual_snapshot import SVGImageExtension
from syrupy import SnapshotAssertion
from textual.events import Resize
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from tests.tui.scene import Scene, settle

TINY, NARROW, NORMAL, WIDE, BROAD, HUGE = (50, 14), (60, 16), (80, 24), (120, 32), (160, 48), (200, 50)
LAYOUTS = (NARROW, NORMAL, WIDE, BROAD, HUGE)
_SHOWN = 24


class Slim(SVGImageExtension):
    """Pictures without what a viewer does not need: each line of text would else name where it is cut off."""

    def serialize(self, data: Any, **options: Any) -> Any:
        svg = re.sub(r' clip-path="url\(#terminal-[\w-]*line-\d+\)"', "", super().serialize(data, **options))
        return re.sub(r'<clipPath id="terminal-[\w-]*line-\d+">.*?</clipPath>\s*', "", svg, flags=re.DOTALL)


class Pictures:
    """What was taken, held against what is kept."""

    def __init__(self, kept: SnapshotAssertion) -> None:
        self._kept = kept.use_extension(Slim)
        self.wrong: list[str] = []
        self.unlike: list[str] = []
        """Where they differ: a picture that is wrong on a machine far away can be understood by this alone."""

    async def take(self, scene: Scene, sizes: Iterable[tuple[int, int]] = LAYOUTS, *, name: str = "") -> None:
        """Takes one of each size; all are taken, whatever the first ones look like."""
        for box in scene.app.screen.query(Input):
            box.cursor_blink = False
        for size in sizes:
            await resize(scene.pilot, size)
            told = name or "{}x{}".format(*size)
            if scene.app.export_screenshot(simplify=True) != self._kept(name=told):
                self.wrong.append(told)
                last = max(self._kept.executions.items())[1]
                self.unlike += unlike(f"{last.recalled_data}", f"{last.asserted_data}")


def unlike(kept: str, taken: str) -> list[str]:
    """Returns the first texts and grounds of two pictures that differ."""
    parts = (re.findall(r"<(?:text|rect)[^>]*>[^<]*", svg) for svg in (kept, taken))
    return [line for line in unified_diff(*parts, "kept", "taken", lineterm="", n=0)][:_SHOWN]


def undrawn(screen: Screen[Any]) -> None:
    """Stands in for drawing what is dirty on a terminal that nobody looks at: only pictures are drawn."""
    screen._dirty_widgets.clear()
    screen._compositor._dirty_regions.clear()


async def resize(pilot: Pilot[str], size: tuple[int, int]) -> None:
    """Gives the terminal another size, without Pilot's long wait for an idle processor."""
    driver = pilot.app._driver
    assert driver is not None
    vars(driver)["_size"] = size  # what the headless driver says when it is asked
    pilot.app.post_message(Resize(Size(*size), Size(*size)))
    screens = pilot.app.screen_stack
    for _ in range(200):
        await pilot.pause(0.001)
        if screens[-1]._compositor.size == size and not screens[-1]._layout_required:
            break
    for rounds in range(100):  # what has become visible asks for what it shows, which may give it a scrollbar
        for beneath in screens[:-1]:
            beneath._layout_required = False
            beneath._refresh_layout(Size(*size))
            await heard_out(beneath)
        await settle(pilot)
        if rounds and not any(map(is_to_be_laid_out, screens[:-1])):
            break
    else:
        raise AssertionError("what lies beneath a sheet does not come to rest")
    for screen in screens:  # what lies beneath a sheet is kept by the sheet, and nothing that is dirty is drawn here
        screen.refresh()


def is_to_be_laid_out(screen: Screen[Any]) -> bool:
    """Whether something on a screen asks for another place, or may do so yet; Textual lays out the top one alone."""
    nodes = screen.walk_children(with_self=True)
    return any(node._layout_required or node.message_queue_size or node._next_callbacks for node in nodes)


async def heard_out(screen: Screen[Any]) -> None:
    """Waits until everything on a screen that is not on top has had its messages; Pilot asks the top one alone."""
    heard = [(node, asyncio.Event()) for node in screen.walk_children(with_self=True)]
    await asyncio.gather(*[event.wait() for node, event in heard if node.call_later(event.set)])

"""A frame of some lines shows what Textual would show, and asks for no line beside them."""

import re
from collections import Counter

import pytest
from textual._compositor import ChopsUpdate, Compositor
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Static

from prodigy_tui.tui.composing import Sparing
from prodigy_tui.tui.terminal import GuardedApp

_PART = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b\[([\d;]*)m|([^\x1b\n])")
DIRTY = (
    [Region(0, 0, 40, 1)],
    [Region(3, 4, 5, 1)],
    [Region(20, 2, 20, 3), Region(0, 5, 20, 1)],
    [Region(10, 3, 1, 1), Region(12, 3, 1, 1), Region(30, 11, 10, 1)],
    [Region(8, 2, 20, 8)],
    [Region(19, 0, 2, 12)],
    [Region(0, 0, 40, 12)],
    [Region(-4, 3, 10, 1), Region(35, 8, 30, 30)],
)


class Layered(GuardedApp[None]):
    CSS = """
    Screen { layers: below above; }
    VerticalScroll { border: round red; width: 1fr; }
    Horizontal { height: 1fr; }
    #sheet { layer: above; offset: 9 3; width: 14; height: 4; border: heavy blue; background: green; }
    #last { height: 1; }
    """

    def compose(self) -> ComposeResult:
        yield Static("the title", id="title")
        with Horizontal():
            for side in ("left", "right"):
                yield VerticalScroll(Static("\n".join(f"{side} 漢字 {n} [b]{n}[/b]" for n in range(20))), id=side)
        yield Static("the end", id="last")
        yield Static("a sheet over both", id="sheet")


def seen(update: ChopsUpdate, app: Layered) -> dict[tuple[int, int], tuple[str, str]]:
    """What a terminal shows of it: a character and its look for each cell that is written."""
    cells: dict[tuple[int, int], tuple[str, str]] = {}
    x = y = 0
    look = ""
    for row, column, style, sign in _PART.findall(update.render_segments(app.console)):
        if row:
            x, y = int(column) - 1, int(row) - 1
        elif sign:
            cells[x, y] = sign, look
            x += 2 if sign in "漢字" else 1
        else:
            look = style
    return cells


async def test_a_frame_shows_what_textual_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Layered().run_test(size=(40, 12)) as pilot:
        app, composed = pilot.app, pilot.app.screen._compositor
        assert isinstance(app, Layered)
        assert isinstance(composed, Sparing)
        for regions in DIRTY:
            shown = [region.intersection(Region(0, 0, 40, 12)) for region in regions]
            composed._dirty_regions = set(regions)
            ours = composed.render_partial_update()
            composed._dirty_regions = set(shown)
            textuals = Compositor.render_partial_update(composed)
            assert ours is not None
            assert textuals is not None
            written, expected = seen(ours, app), seen(textuals, app)
            assert written.items() <= expected.items(), regions
            needed = {(x, y) for one in shown for y in one.line_range for x in one.column_range}
            assert {place for place in expected if place in needed} <= written.keys(), regions
        assert composed.render_partial_update() is None

        asked = Counter[str]()
        render_lines = Widget.render_lines

        def note(widget: Widget, crop: Region) -> list[object]:
            lines = render_lines(widget, crop)
            asked[widget.id or type(widget).__name__] += len(lines)
            return list(lines)

        monkeypatch.setattr(Widget, "render_lines", note)
        composed._dirty_regions = {Region(0, 11, 40, 1), app.query_one("#sheet").region}
        composed.render_partial_update()
        assert asked == {"last": 1, "sheet": 4}, "nothing of what they cover, or of what stands between them"

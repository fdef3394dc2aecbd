"""Every screen over the log of a run of the whole corpus: nothing of it is markup, escape sequence or crooked column."""

from collections.abc import Iterator

import pytest
from rich.cells import cell_len
from textual.strip import Strip

from prodigy_tui.events.schema import Envelope, GateOpened, LandingFinished, PhaseFinished, RunFinished
from tests.hostile.corpus import TEXTS
from tests.hostile.recorded import Recorded
from tests.hostile.test_commands import HOSTILE
from tests.tui import scene as scenes
from tests.tui.scene import Scene, live, replay

SMALL, LARGE = (80, 24), (200, 50)
both_sizes = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "200x50"])

class HostileDiffs:
    """Changes in files that are named by the corpus, and hold it."""

    async def diff(self, base: str, head: str) -> str:  # noqa: ARG002 - one answer for all
        parts = (f"diff --git a/{value} b/{value}\n@@ -1 +1 @@ {value}\n-{value}\n+{value}\n" for value in VALUES)
        return "".join(parts)


VALUES = [value for value in TEXTS.values() if len(value) < 20_000]


def check_frame(scene: Scene) -> str:
    """Looks at what goes to the terminal, and returns it as text."""
    width = scene.app.size.width
    strips: list[Strip] = scene.app.screen._compositor.render_strips()
    for strip in strips:
        found = HOSTILE.search(strip.text)
        assert found is None, f"{found[0]!r} in {strip.text!r}"
        assert "\n" not in strip.text
        assert strip.cell_length == width == cell_len(strip.text), strip.text
        for segment in strip:
            assert not segment.control
            assert segment.style is None or (segment.style.link is None and "@click" not in segment.style.meta)
    return "\n".join(strip.text for strip in strips)


async def test_look(recorded: Recorded) -> None:
    async with live(recorded.envelopes, size=SMALL, outputs=recorded.folder.output) as scene:
        for keys in ((), ("down",)*8, ("i",), ("i", "2"), ("escape", "4"), ("down",), ("escape", "m"), ("escape","d")):
            await scene.press(*keys)
            print(keys, type(scene.app.screen).__name__)
            print(scene.text())

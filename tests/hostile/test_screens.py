"""Every screen over the log of a run of the whole corpus: nothing is markup, escape or a crooked column.

An ordinary test run looks at a share of the frames on a small and on a large terminal; `-m soak` looks at all of them.
"""

import unicodedata

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from textual.strip import Strip

from prodigy_tui.events.schema import Envelope, GateOpened, LandingFinished
from prodigy_tui.tui.screens.diff import DiffScreen
from prodigy_tui.tui.screens.log import LogScreen
from prodigy_tui.tui.screens.merge import MergeScreen
from tests.hostile.corpus import TEXTS
from tests.hostile.recorded import Recorded
from tests.hostile.test_commands import HOSTILE
from tests.tui import scene as scenes
from tests.tui.scene import Scene, index_of, live, replay

SMALL, LARGE = (80, 24), (200, 50)
both_sizes = pytest.mark.parametrize(
    ("size", "every"),
    [
        pytest.param(SMALL, 4, id="80x24"),
        pytest.param(LARGE, 4, id="200x50"),
        pytest.param(SMALL, 1, id="80x24, all", marks=[pytest.mark.soak, pytest.mark.timeout(600)]),
        pytest.param(LARGE, 1, id="200x50, all", marks=[pytest.mark.soak, pytest.mark.timeout(600)]),
    ],
)
"""How large the terminal is, and that one frame of so many is looked at."""
pytestmark = pytest.mark.slow

VALUES = [value for value in TEXTS.values() if len(value) < 20_000]


class HostileDiffs:
    """Changes in files that are named by the corpus, and hold it."""

    def __init__(self, values: list[str]) -> None:
        self._values = values

    async def diff(self, base: str, head: str) -> str:
        return "".join(
            f"diff --git a/{value} b/{value}\n@@ -1 +1 @@ {value}\n-{value}\n+{value}\n" for value in self._values
        )


@pytest.fixture(autouse=True)
def _hostile_diffs(monkeypatch: pytest.MonkeyPatch, every: int) -> None:
    monkeypatch.setattr(scenes, "Diffs", lambda: HostileDiffs([TEXTS["markup"], *VALUES[::every]]))


def check_frame(scene: Scene) -> list[str]:
    """Looks at what goes to the terminal, and returns it as lines."""
    width, _ = scene.app.size
    strips: list[Strip] = scene.app.screen._compositor.render_strips()
    for strip in strips:
        found = HOSTILE.search(strip.text)
        assert found is None, f"{found[0]!r} in {strip.text!r}"
        assert not [sign for sign in strip.text if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
        assert strip.cell_length == width == cell_len(strip.text), strip.text
        for segment in strip:
            assert not segment.control
            style = segment.style
            assert style is None or (style.link is None and "app.quit" not in str(style.meta)), strip.text
    return [strip.text for strip in strips]


def check_columns(lines: list[str], *columns: str) -> None:
    """Below a line of headings, every column begins at one cell, behind a blank."""
    at = next(number for number, line in enumerate(lines) if all(column in line for column in columns))
    for line in lines[at + 1 :]:
        if line[0] not in "┃│":
            break
        assert line[0] == line[len(line.rstrip()) - 1] or line[0] in line[1:], line
        for column in columns:
            cells = cell_len(lines[at][: lines[at].index(column)])
            before = next(number for number in range(len(line) + 1) if cell_len(line[:number]) >= cells)
            assert cell_len(line[:before]) == cells, line
            assert line[before - 1] == " ", line


def asked(events: tuple[Envelope, ...]) -> tuple[Envelope, ...]:
    """The run, up to a question whether to land."""
    end = index_of(events, LandingFinished)
    gate = GateOpened(
        gate="landing", kind="landing", question="land [bold]this[/]?\x1b[31m", options=("approve", "later"),
        source="refs/heads/\u202ex", target="main [link=file:///]", onto="1" * 40, commits=9, files=9,
    )  # fmt: skip
    return (*events[: end - 1], replace(events[end - 1], event=gate))


@both_sizes
async def test_every_dead_letter_is_drawn_straight(recorded: Recorded, size: tuple[int, int], every: int) -> None:
    async with live(recorded.envelopes, size=size, outputs=recorded.folder.output) as scene:
        await scene.press("4")
        shown = ""
        stride = 2 if size == SMALL else 8
        # One look more than strides fit in: whichever item failed first stands at the very end.
        for _ in range(len(recorded.state.dead_letters) // stride + 2):
            lines = check_frame(scene)
            check_columns(lines, "agent", "item", "reason")
            shown += "\n".join(lines)
            await scene.press(*["down"] * stride)

    assert "[/] [link=file:///etc/passwd]y[/link]" in shown or "[@click=app.quit]z[/]" in shown


@both_sizes
async def test_every_agent_is_drawn_straight(recorded: Recorded, size: tuple[int, int], every: int) -> None:
    async with live(recorded.envelopes, size=size, outputs=recorded.folder.output) as scene:
        await scene.press("g", "enter")
        for row in range(12 // every + 2):
            lines = check_frame(scene)
            check_columns(lines, "agent", "item", "doing")
            await scene.press("pagedown", *(["i"] if row % 3 == 0 else []))


@both_sizes
async def test_logs_of_agents_hold_nothing_that_acts(recorded: Recorded, size: tuple[int, int], every: int) -> None:
    state = recorded.state
    async with live(recorded.envelopes, size=size, outputs=recorded.folder.output) as scene:
        await scene.press("2")
        for item_id in state.order[:: every * (8 if size == SMALL else 16)]:
            await scene.press("escape")
            scene.fleet.show_item(item_id)
            await scene.press("2")
            assert isinstance(scene.app.screen, LogScreen)
            check_frame(scene)
            await scene.press("right", "g")
            check_frame(scene)


@both_sizes
async def test_the_diff_shows_hostile_names_and_lines(recorded: Recorded, size: tuple[int, int], every: int) -> None:
    async with live(asked(recorded.envelopes), size=size, outputs=recorded.folder.output) as scene:
        item_id = next(item_id for item_id in recorded.state.order if recorded.state.items[item_id].status == "success")
        scene.fleet.show_item(item_id)
        await scene.press("d")
        await scene.app.workers.wait_for_complete()
        await scene.press("down")
        assert isinstance(scene.app.screen, DiffScreen)
        shown = []
        for _ in range((160 if size == SMALL else 40) // every):
            shown += check_frame(scene)
            await scene.press("pagedown")
    assert any("+[bold red]x[/] [link=file:///etc/passwd]y[/link]" in line for line in shown)


@both_sizes
async def test_the_question_whether_to_land_is_text(recorded: Recorded, size: tuple[int, int], every: int) -> None:
    async with live(asked(recorded.envelopes), size=size, outputs=recorded.folder.output) as scene:
        await scene.press("m")
        assert isinstance(scene.app.screen, MergeScreen)
        check_frame(scene)


@both_sizes
async def test_the_palette_and_toasts_take_names_for_text(
    recorded: Recorded, size: tuple[int, int], every: int
) -> None:
    state = recorded.state
    async with live(asked(recorded.envelopes), size=size, outputs=recorded.folder.output) as scene:
        dead = [i for i in state.order if "[" in state.items[i].item.label and state.items[i].status == "dead"]
        for item_id in dead[::every]:
            scene.fleet.show_item(item_id)
            await scene.press("r")
            check_frame(scene)
            await scene.press("x")
            check_frame(scene)
        await scene.press("/", *"[/]", "enter")
        check_frame(scene)
        await scene.press("escape", ":", *"[@click")
        check_frame(scene)


@both_sizes
async def test_replay_draws_every_moment(recorded: Recorded, size: tuple[int, int], every: int) -> None:
    events = recorded.envelopes
    async with replay(events, at=3, size=size, outputs=recorded.folder.output) as scene:
        for seq in range(3, len(events), 90 * every):
            scene.app.feed.seek(seq)
            await scenes.settle(scene.pilot)
            check_frame(scene)
        await scene.press("]", "[", "4")
        check_frame(scene)

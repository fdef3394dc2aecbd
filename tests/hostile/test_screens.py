"""Every screen over the log of a run of the whole corpus: nothing is markup, escape or a crooked column.

An ordinary test run looks at a share of the frames on a small and on a large terminal; `-m soak` looks at all of them.
"""

import unicodedata

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from textual.strip import Strip

from prodigy_tui.events.schema import Envelope, GateOpened, ItemDeadLettered, LandingFinished
from prodigy_tui.tui.model.changes import ClashingFile, Fit
from prodigy_tui.tui.model.ordering import GROUPS, Order
from prodigy_tui.tui.screens.log import LogScreen
from prodigy_tui.tui.screens.merge import MergeScreen
from prodigy_tui.tui.screens.review import ReviewScreen
from tests.hostile.corpus import TEXTS
from tests.hostile.recorded import Recorded
from tests.hostile.test_commands import HOSTILE
from tests.tui import scene as scenes
from tests.tui.changes import Diffs, one_line
from tests.tui.scene import Scene, index_of, live, replay, settle

SMALL, LARGE = (80, 24), (200, 50)
both_sizes = pytest.mark.parametrize(
    ("size", "every"),
    [
        pytest.param(SMALL, 4, id="80x24"),
        pytest.param(LARGE, 8, id="200x50"),
        pytest.param(SMALL, 1, id="80x24, all", marks=[pytest.mark.soak, pytest.mark.timeout(600)]),
        pytest.param(LARGE, 1, id="200x50, all", marks=[pytest.mark.soak, pytest.mark.timeout(600)]),
    ],
)
"""How large the terminal is, and that one frame of so many is looked at."""
pytestmark = pytest.mark.slow

VALUES = [value for value in TEXTS.values() if len(value) < 20_000]


def hostile_diffs(values: list[str]) -> Diffs:
    """Returns changes in files that are named by the corpus, and hold it; of two sides too."""
    lines = [line for value in values for line in value.split("\n")]
    every = f"@@ -1,{len(lines)} +1,{len(lines)} @@ {TEXTS['markup']}\n"
    every += "".join(f"-{line}\n+{line}!\n" for line in lines)
    both = "".join(f"<<<<<<< a\n{line}\n=======\n{line}\n>>>>>>> b\n" for line in lines)
    files = tuple(ClashingFile(path=value, text=both, why=value) for value in values)
    patches = {values[0]: every, **{value: one_line("a", value) for value in values[1:]}}
    return Diffs(patches=patches, fits=Fit(onto="1", head="2", files=files, detail="\n".join(values)))


@pytest.fixture(autouse=True)
def _hostile_diffs(monkeypatch: pytest.MonkeyPatch, every: int) -> None:
    monkeypatch.setattr(scenes, "Diffs", lambda: hostile_diffs([TEXTS["markup"], *VALUES[::every]]))


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
        if "▾ enter folds" in line or "▸ enter opens" in line or " more " in line:
            continue  # stands for several rows: one text over all columns
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
        for _ in range(12 // every):
            check_frame(scene)
            await scene.press("down")
        await scene.press("G", "enter")  # the items of all patterns
        shown = ""
        # Where there is little room, only what the cursor stands on is told in full; the order is that of failing.
        stride = 1 if size == SMALL else 8
        # One look more than strides fit in: whichever item failed first stands at the very end.
        for _ in range(len(recorded.state.dead_letters) // stride + 2):
            lines = check_frame(scene)
            check_columns(lines, "agent", "item", "tries")
            shown += "\n".join(lines)
            await scene.press(*["down"] * stride)
        await scene.press("*", "r")
        check_frame(scene)

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
async def test_heat_map_facts_and_sheets_take_names_for_text(
    recorded: Recorded, size: tuple[int, int], every: int
) -> None:
    state = recorded.state
    async with live(recorded.envelopes, size=size, outputs=recorded.folder.output) as scene:
        await scene.press("i", "v")
        for item_id in state.order[:: every * 12]:
            scene.fleet.show_item(item_id)
            await scene.press("left")
            check_frame(scene)
        await scene.press("*", "R")
        check_frame(scene)
        await scene.press("down", "escape", "v", "/", *"[/] ~\\[~ state:x", "enter")
        check_frame(scene)
        await scene.press("escape", "/", *"[bold]:1")
        check_frame(scene)
        await scene.press("escape", "o")
        check_frame(scene)


@both_sizes
async def test_what_is_said_of_a_group_takes_names_for_text(
    recorded: Recorded, size: tuple[int, int], every: int
) -> None:
    events = recorded.envelopes
    done = index_of(events, ItemDeadLettered)
    async with live(events[: (done + len(events)) // 2], size=size, outputs=recorded.folder.output) as scene:
        rows, kinds = scene.fleet.rows, set()
        for group in GROUPS:
            scene.app.model.set_order(Order(group=group), scene.clock.now())
            await settle(scene.pilot)
            folds = [row for row in map(rows.key_at, range(rows.count())) if row is not None and row.kind == "fold"]
            for fold in folds:
                rows.select(fold)
                for key in ("i", "d", "escape"):
                    await scene.press(key)
                    check_frame(scene)
                kinds.add(fold.id)
    assert kinds & {"dead", "done"}
    assert len(kinds) > 1


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
async def test_the_review_shows_hostile_names_and_lines(recorded: Recorded, size: tuple[int, int], every: int) -> None:
    async with live(asked(recorded.envelopes), size=size, outputs=recorded.folder.output) as scene:
        await scene.press("3", "G", "enter")
        await scene.app.workers.wait_for_complete()
        scene.clock.advance_now(1)
        assert isinstance(scene.app.screen, ReviewScreen)
        shown = []
        for key in ("down", "v", *["pagedown"] * ((80 if size == SMALL else 20) // every), "right", "i", "i", "tab"):
            shown += check_frame(scene)
            await scene.press(key)
        for _ in range(8):
            await scene.press("down")
            await scene.app.workers.wait_for_complete()
            check_frame(scene)
    assert any("[bold red]x[/] [link=file:///etc/passwd]y[/link]" in line for line in shown)


@both_sizes
async def test_the_merges_take_names_for_text(recorded: Recorded, size: tuple[int, int], every: int) -> None:
    async with live(asked(recorded.envelopes), size=size, outputs=recorded.folder.output) as scene:
        await scene.press("3")
        for _ in range((24 if size == SMALL else 12) // every):
            check_frame(scene)
            await scene.press("down", "down")


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
        await scene.press("c", "<", "c")
        check_frame(scene)
        await scene.press("escape", ":", *"@[/] failed", "enter")
        check_frame(scene)


@both_sizes
async def test_several_logs_and_what_is_looked_for_in_them_are_drawn_straight(
    recorded: Recorded, size: tuple[int, int], every: int
) -> None:
    state = recorded.state
    failed = [item_id for item_id in state.order if state.items[item_id].attempt][: 9 * 8 // every]
    async with live(recorded.envelopes, size=size, outputs=recorded.folder.output) as scene:
        for start in range(0, len(failed), 9):
            scene.app.steering.show_logs(tuple(failed[start : start + 9]), tiled=True)
            await scene.press("right")
            check_frame(scene)
        scene.app.steering.show_logs(tuple(failed), tiled=False)
        await scene.press("W", "g")
        check_frame(scene)
        await scene.press("/", *"~[^a]~", "enter", "c", "N", "W", "right")
        check_frame(scene)
        await scene.press("S")
        check_frame(scene)
        await scene.press("escape", "o")
        check_frame(scene)


@both_sizes
async def test_what_opens_over_a_screen_is_straight(recorded: Recorded, size: tuple[int, int], every: int) -> None:
    async with live(recorded.envelopes, size=size, outputs=recorded.folder.output) as scene:
        await scene.press("!")
        for _ in range(12 // every):
            check_frame(scene)
            await scene.press("pagedown")
        await scene.press("escape", ";")
        check_frame(scene)
        await scene.press("escape", ":", *"go to one", "enter")
        for _ in range(12 // every):
            check_frame(scene)
            await scene.press("pagedown")
        await scene.press("escape", "escape")
        for _ in range(12 // every):
            await scene.press("down", "y")
            check_frame(scene)
            assert HOSTILE.search(scene.app.clipboard) is None
            await scene.press("Y")
            assert HOSTILE.search(scene.app.clipboard) is None

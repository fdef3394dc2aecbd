"""Sheets, reports and what else lies over or beside the screens of a run, over the whole corpus: text stays text."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import Envelope, GateOpened, RunStarted
from prodigy_tui.tui.machine import Machine
from prodigy_tui.tui.model.engine_commands import Ran
from prodigy_tui.tui.screens.engine_commands import EngineCommandsScreen
from prodigy_tui.tui.screens.notices import NoticesScreen
from prodigy_tui.tui.screens.question import QuestionScreen
from prodigy_tui.tui.screens.report import ReportScreen
from prodigy_tui.tui.screens.retry import RetryScreen
from prodigy_tui.tui.screens.telling import TellingScreen
from tests.hostile.corpus import TEXTS
from tests.hostile.recorded import Recorded
from tests.hostile.test_screens import VALUES, both_sizes, check_frame
from tests.tui.records import Shelf, at_home, done
from tests.tui.scene import Scene, live

pytestmark = pytest.mark.slow

AT = datetime(2026, 3, 14, tzinfo=UTC)


class Commands:
    """Every value as a command, as its folder, and both as they ended badly."""

    def commands(self) -> tuple[Ran, ...]:
        return tuple(
            Ran(number=number, at=AT + timedelta(seconds=number), words=value, folder=f"/w/{value}", took_s=1.0, code=1)
            for number, value in enumerate(TEXTS.values(), start=1)
        )


def questioned(events: tuple[Envelope, ...]) -> tuple[Envelope, ...]:
    """Half of the run with two questions in whatever words, one of them of an agent at work."""
    half = len(events) // 2
    state = fold(events[:half])
    item_id = next(one for one in state.order if state.items[one].status == "running")
    about = GateOpened(
        gate=f"approve:{item_id}:1", kind="approve", question=TEXTS["markup"], options=tuple(VALUES[:9]),
        item_id=item_id, phase="map", path="1", detail="\n".join(VALUES),
    )  # fmt: skip
    sample = GateOpened(gate="canary", kind="canary", question=VALUES[3], options=("approve", "deny"), detail=VALUES[4])
    asked = (replace(events[half], event=about), replace(events[half + 1], event=sample))
    return (*events[:half], *asked)


def called(events: tuple[Envelope, ...], run_id: str, label: str) -> tuple[Envelope, ...]:
    first = events[0].event
    assert isinstance(first, RunStarted)
    return (replace(events[0], event=replace(first, run_id=run_id, label=label)), *events[1:])


async def leaf(scene: Scene, every: int, pages: int = 12) -> None:
    """Looks at what is up, page by page."""
    for _ in range(pages // every + 1):
        check_frame(scene)
        await scene.press("pagedown")


@both_sizes
async def test_commands_questions_plans_and_notices_are_text(
    recorded: Recorded, size: tuple[int, int], every: int
) -> None:
    events = questioned(recorded.envelopes)
    async with live(events, size=size, outputs=recorded.folder.output, machine=Machine(commands=Commands())) as scene:
        await scene.press("@", "g")
        assert isinstance(scene.app.screen, EngineCommandsScreen)
        await leaf(scene, every)
        await scene.press("Y", "escape", "m")
        assert isinstance(scene.app.screen, QuestionScreen)
        scene.clock.advance_now(1)
        await leaf(scene, every)
        await scene.press("n", *"[/]~\\", "enter")
        check_frame(scene)
        await scene.press(".")
        await leaf(scene, every, 2)
        await scene.press("escape", "!")
        assert isinstance(scene.app.screen, NoticesScreen)
        await leaf(scene, every)
        await scene.press("escape", "4", "G", "R")
        assert isinstance(scene.app.screen, RetryScreen)
        await leaf(scene, every)
        await scene.press("escape", "1", ":", *"tell one", "enter")
        await leaf(scene, every)


@both_sizes
async def test_reports_and_comparisons_take_names_for_text(
    recorded: Recorded, size: tuple[int, int], every: int
) -> None:
    names = ("\x1b[31m\u202eone", "[b]two")
    logs = {name: called(recorded.envelopes, name, f"{name} {TEXTS['markup']}") for name in names}
    async with at_home(Shelf(logs=logs), size=size) as scene:
        for keys in ([], ["tab"], ["tab"]):
            await scene.press(*keys)
            await done(scene)
            check_frame(scene)
        for key in ("5", "space", "space", "c"):
            await scene.press(key)
            await done(scene)
        assert isinstance(scene.app.screen, TellingScreen)
        await leaf(scene, every)
        await scene.press("escape", "i")
        await done(scene)
        assert isinstance(scene.app.screen, ReportScreen)
        await scene.press("shift+tab")
        await leaf(scene, every)

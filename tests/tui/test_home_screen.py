"""Home, the runs and the report on the screen: every key, and that what is shown is what there is."""

from dataclasses import replace as changed

import pytest
from msgspec.structs import replace

from prodigy_tui.cli.run_summaries import summary_of
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import Envelope, RunStarted
from prodigy_tui.report.measure import measure
from prodigy_tui.tui.actions.registry import BY_ID
from prodigy_tui.tui.feed import EmptyFeed, LiveFeed
from prodigy_tui.tui.model.recorded import WorkflowFound
from prodigy_tui.tui.ports import World
from prodigy_tui.tui.screens.telling import TellingScreen
from tests.hostile.corpus import TEXTS
from tests.hostile.test_screens import check_frame
from tests.support.make import make_run
from tests.tui.records import Shelf, at_home, done
from tests.tui.scene import clock_at, until_gate


def called(events: tuple[Envelope, ...], run_id: str, label: str = "") -> tuple[Envelope, ...]:
    """Returns a run under another name."""
    first = events[0]
    assert isinstance(first.event, RunStarted)
    return (replace(first, event=replace(first.event, run_id=run_id, label=label)), *events[1:])


FAILED = called(
    make_run(items=12, failing=range(3, 12, 4), max_parallel=4), "modernise-260314-092653-aaaa", "first try"
)
GOOD = called(make_run(items=12, max_parallel=4), "modernise-260314-112653-bbbb", "second try")
LIVE = called(until_gate(6), "modernise-260314-122653-cccc", "at work")
FLOWS = (
    WorkflowFound(path="workflows/migrate.yml", name="migrate", where="here", kind="mapreduce", description="moves it"),
    WorkflowFound(path="broken.yml", name="broken", where="here", broken="PT101: no steps"),
)


async def test_a_run_at_rest_is_taken_up_by_the_key_that_means_it_after_a_yes() -> None:
    shown = shelf()
    failed = "modernise-260314-092653-aaaa"
    async with at_home(shown, size=(150, 40)) as scene:
        scene.app.steering.records.open(failed, "dlq")
        await done(scene)
        assert "r retry" in scene.text()
        await scene.press("escape")
        assert scene.app.steering.place == "fleet"
        await scene.press("escape")
        assert scene.app.steering.place == "home", "where it was chosen"
        await scene.press("escape")
        assert scene.app.steering.place == "home"
        await scene.press("4", "r")
        assert f"prodigy-tui dlq retry {failed} --all" in scene.text(), "the pattern has the focus"
        scene.clock.advance_now(1)
        await scene.press("escape", "enter", "r")
        assert f"prodigy-tui dlq retry {failed} a0" in scene.text()
        await scene.press("escape", "left", "r")
        assert "in the past" in scene.text()
        await scene.press("end")
        shown.held = frozenset({failed})
        await scene.press("r")
        scene.clock.advance_now(1)
        await scene.press("y")
        await done(scene)
        assert "is driven" in scene.text()
        assert shown.taken_up == []
        shown.held = frozenset()
        await scene.press("r")
        scene.clock.advance_now(1)
        await scene.press("y")
        await done(scene)
        assert [one.split()[:4] for one in shown.taken_up] == [["prodigy-tui", "dlq", "retry", failed]]
        assert scene.app.return_value == "over"


async def test_times_are_told_from_the_present_while_a_past_run_is_behind_the_lists() -> None:
    async with at_home(shelf(), size=(120, 36)) as scene:
        scene.app.steering.records.open("modernise-260314-092653-aaaa")
        await done(scene)
        scene.clock.advance_now(3600)
        for key in ("0", "5"):
            await scene.press(key)
            await done(scene)
            assert scene.app.feed.past
            line = next((line for line in scene.text().splitlines() if "! waiting  " in line), "")
            assert "1h" in line, scene.text()


async def test_where_the_process_has_a_run_of_its_own_the_command_is_told() -> None:
    async with at_home(shelf(refuses="this process has its run already"), size=(120, 36)) as scene:
        scene.app.steering.records.open("modernise-260314-092653-aaaa", "dlq")
        await done(scene)
        await scene.press("r")
        assert "in the past; it is done with: prodigy-tui dlq retry" in scene.text()


def shelf(**more: object) -> Shelf:
    logs = {events[0].event.run_id: events for events in (LIVE, GOOD, FAILED)}  # type: ignore[union-attr]  # each begins so
    return Shelf(logs=logs, live=frozenset({"modernise-260314-122653-cccc"}), workflows=FLOWS, **more)  # type: ignore[arg-type]  # one value each


async def test_without_a_run_home_shows_what_waits_runs_and_workflows() -> None:
    async with at_home(shelf()) as scene:
        text = scene.text()
        for word in ("~/shop", "1 live", "land?", "dead letters", "first try", "second try", "workflows/migrate.yml"):
            assert word in text, word
        assert scene.app.steering.home.inbox.has_focus


async def test_enter_on_a_live_run_attaches_to_it_and_steers_it() -> None:
    shown = shelf()
    async with at_home(shown) as scene:
        await scene.press("tab", "enter")
        await done(scene)
        assert scene.app.steering.place == "fleet"
        assert scene.app.steering.can_steer
        await scene.press("p")
        assert [signal.signal for signal in shown.control.sent] == ["pause"]


async def test_enter_on_a_past_run_opens_its_replay_and_home_is_a_key_away() -> None:
    shown = shelf()
    async with at_home(shown) as scene:
        await scene.press("tab", "down", "enter")
        await done(scene)
        assert "REPLAY" in scene.text()
        assert scene.app.model.state.label == "second try"
        await scene.press("0")
        await done(scene)
        assert scene.app.steering.place == "home"
        assert "Inbox" in scene.text()
        await scene.press("1")
        assert "REPLAY" in scene.text()
        scene.app.steering.do("run.close")
        await done(scene)
        assert isinstance(scene.app.feed, EmptyFeed)
        assert scene.app.steering.place == "home"
        assert shown.closed == 1


async def test_enter_in_the_inbox_goes_where_it_is_decided() -> None:
    async with at_home(shelf()) as scene:
        await scene.press("enter")
        await done(scene)
        waits = {"dead": "dlq", "landing": "merges"}
        assert scene.app.steering.place in waits.values()


async def test_what_decides_is_copied() -> None:
    async with at_home(shelf()) as scene:
        await scene.press("y")
        assert scene.app.clipboard.startswith("prodigy-tui ")
        await scene.press("Y")
        assert scene.app.clipboard.startswith("modernise-")


async def test_without_a_run_screens_of_a_run_are_refused() -> None:
    async with at_home(shelf()) as scene:
        for key in ("1", "escape", "p"):
            await scene.press(key)
            assert scene.app.steering.place == "home"
        assert "no run is open" in scene.text()


async def test_without_workflows_it_is_said_how_to_get_one() -> None:
    async with at_home(Shelf(logs={}, live=frozenset(), workflows=())) as scene:
        assert "no workflows here: prodigy-tui init writes one, prodigy-tui demo shows one" in scene.text()
        before = scene.text().count("prodigy-tui init")
        await scene.press("n")
        assert scene.text().count("prodigy-tui init") > before, "the key says why it can do nothing"


async def test_n_goes_to_the_workflows_and_a_yes_starts_one() -> None:
    shown = shelf()
    async with at_home(shown) as scene:
        await scene.press("n")
        assert scene.app.steering.home.workflows.has_focus
        await scene.press("enter")
        await done(scene)
        assert "three steps" in scene.text()
        assert shown.started == []
        scene.clock.advance_now(1)
        await scene.press("y")
        assert shown.started == ["workflows/migrate.yml"]
        assert scene.app.return_value == "over"


@pytest.mark.parametrize(
    "more", [{"problem": "it cannot be started as it is"}, {"refuses": "this process has its run already"}]
)
async def test_what_cannot_be_started_is_shown_with_the_reason(more: dict[str, str]) -> None:
    shown = shelf(**more)
    async with at_home(shown) as scene:
        await scene.press("n", "enter")
        await done(scene)
        assert isinstance(scene.app.screen, TellingScreen)
        assert next(iter(more.values())) in scene.text()
        assert "prodigy-tui run workflows/migrate.yml" in scene.text()
        await scene.press("escape")
        assert scene.app.steering.place == "home"
        assert shown.started == []


async def test_runs_are_sorted_filtered_marked_and_compared() -> None:
    async with at_home(shelf()) as scene:
        await scene.press("5")
        await done(scene)
        runs = scene.app.steering.runs
        assert runs.list.count() == 3
        await scene.press("slash", *"first", "enter")
        assert runs.list.count() == 1
        await scene.press("escape")
        assert runs.list.count() == 3
        await scene.press("o", *"cost", "enter")
        assert runs.sort == "cost"
        await scene.press("c")
        assert "two runs are compared" in scene.text()
        await scene.press("asterisk", "asterisk", "g", "space", "space", "c")
        await done(scene)
        assert isinstance(scene.app.screen, TellingScreen)
        assert "driven time" in scene.text()
        await scene.press("escape", "escape")
        assert runs.marked == {}
        await scene.press("escape")
        assert scene.app.steering.place == "home"


async def test_a_wrong_filter_is_said_and_changes_nothing() -> None:
    async with at_home(shelf()) as scene:
        await scene.press("5", "slash", *"tries>1")
        assert "no field" in scene.text()
        await scene.press("escape")
        assert scene.app.steering.runs.list.count() == 3


async def test_a_report_is_a_key_away_and_its_lanes_are_walked() -> None:
    async with at_home(shelf()) as scene:
        await scene.press("5", "G", "i")
        await done(scene)
        screen = scene.app.steering.report
        assert "Report" in scene.text()
        assert "Agents over worktrees" in scene.text()
        before = screen.lanes.current
        await scene.press("left")
        assert screen.lanes.current is not before
        await scene.press("right", "down", "up", "plus")
        assert screen.lanes.lanes.zoom == 2
        await scene.press("minus")
        assert screen.lanes.lanes.zoom == 1
        await scene.press("enter")
        assert "opened from the run itself" in scene.text()
        await scene.press("escape")
        assert scene.app.steering.place == "runs"


async def test_the_report_of_the_run_that_is_shown_leads_to_its_logs() -> None:
    async with at_home(shelf()) as scene:
        await scene.press("5", "G", "enter")
        await done(scene)
        scene.app.steering.do("screen.report")
        await done(scene)
        chosen = scene.app.steering.report.lanes.current
        assert chosen is not None
        await scene.press("enter")
        assert scene.app.steering.place == "log"


async def test_the_report_follows_the_moment_that_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prodigy_tui.tui.screens.report.REST_S", 0.0)
    monkeypatch.setattr("prodigy_tui.tui.screens.report._REST_FACTOR", 0)
    async with at_home(shelf()) as scene:
        await scene.press("5", "G", "enter")
        await done(scene)
        assert scene.app.steering.replay is not None
        scene.app.steering.replay.seek(60)
        scene.app.steering.do("screen.report")
        await done(scene)
        early = len(measure(FAILED[:60]).timeline)
        assert sum(len(lane.attempts) for lane in scene.app.steering.report.lanes.lanes._lanes) == early


async def test_reports_are_exported_by_the_palette() -> None:
    shown = shelf()
    async with at_home(shown) as scene:
        await scene.press("5", "G")
        scene.app.steering.do("report.export-md")
        scene.app.steering.do("report.export-html")
        await done(scene)
        assert [form for _, form in shown.exported] == ["md", "html"]
        assert "written to report-" in scene.text()


async def test_from_within_a_live_run_its_history_is_a_key_away_and_so_is_the_way_back() -> None:
    bus = Bus()
    feed = LiveFeed(bus, clock=clock_at(LIVE))
    shown = shelf()
    async with at_home(shown, feed=feed, world=World(control=shown.control)) as scene:
        scene.bus = bus
        await scene.publish(*LIVE)
        await scene.press("5")
        await done(scene)
        assert scene.app.steering.runs.current_run == "modernise-260314-122653-cccc"
        await scene.press("down", "enter")
        await done(scene)
        assert "REPLAY" in scene.text()
        await scene.press("L")
        assert scene.app.feed is feed
        assert shown.closed == 1


async def test_the_palette_opens_any_run() -> None:
    async with at_home(shelf()) as scene:
        opens = BY_ID["run.open"]
        assert opens.choose is not None and opens.run_chosen is not None
        captions = [choice.caption for choice in opens.choose(scene.app.steering)]
        assert captions == ["at work", "second try", "first try"]
        opens.run_chosen(scene.app.steering, "modernise-260314-092653-aaaa", "")
        await done(scene)
        assert scene.app.model.state.label == "first try"


async def test_records_are_looked_at_only_while_they_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prodigy_tui.tui.screens.watching.LOOK_EVERY_S", 0.01)
    shown = shelf()
    async with at_home(shown) as scene:
        await scene.press("tab", "enter")
        await done(scene)
        looks = shown.looks
        await scene.pilot.pause(0.1)
        assert shown.looks <= looks + 1


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_hostile_names_are_shown_harmlessly(size: tuple[int, int]) -> None:
    values = [text[:2000] for text in TEXTS.values()]
    flows = tuple(changed(FLOWS[0], path=f"{text}/{number}", description=text) for number, text in enumerate(values))
    one = summary_of(fold(FAILED), live=False)
    more = tuple(
        changed(one, run_id=f"{text}{number}", workflow=text, label=text, message=text)
        for number, text in enumerate(values)
    )
    logs = {"r": called(FAILED, "r", TEXTS["markup"])}
    async with at_home(Shelf(logs=logs, workflows=flows, more=more), size=size) as scene:
        for keys in (["tab"], ["G"], ["tab", "G"], ["5"], ["G"], ["g", "i"]):
            await scene.press(*keys)
            await done(scene)
            check_frame(scene)

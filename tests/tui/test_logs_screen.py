"""The log pane and the screen of logs, key by key."""

from datetime import timedelta
from pathlib import Path

import pytest

from prodigy_tui.storage import OutputWriter
from prodigy_tui.tui.screens.look import LookScreen
from prodigy_tui.tui.screens.prompt import PromptScreen
from prodigy_tui.tui.widgets.logview import LogView
from tests.support.make import make_run
from tests.tui.logs import AGENT
from tests.tui.runs import AT_WORK, DEAD, RUN
from tests.tui.scene import Scene, live, replay, settle

BEGUN = AT_WORK[0].at
ITEM = "items/item-1/1"


def write(outputs: Path, text: str, *, stem: str = ITEM, every_s: float = 1.0) -> None:
    """Writes lines, one after another in time, from the beginning of the run on."""
    with OutputWriter(outputs / stem) as writer:
        for number, line in enumerate(text.splitlines()):
            writer.write(f"{line}\n", BEGUN + timedelta(seconds=number * every_s))


async def open_log(scene: Scene, *keys: str) -> LogView:
    """Goes to the log of the first item."""
    scene.fleet.show_item("item-1")
    await scene.press("l", *keys)
    return scene.app.steering.log.log_view


def lines_of(scene: Scene) -> list[str]:
    """Returns what stands in the pane, without its frame."""
    return [line[1:-1].strip() for line in scene.text().splitlines() if line.startswith("┃")]


async def test_messages_are_folded_and_enter_unfolds_one(tmp_path: Path) -> None:
    write(tmp_path, AGENT)
    async with live(AT_WORK, outputs=tmp_path) as scene:
        await open_log(scene)
        assert "says  The store goes ⋯ +3" in scene.text()
        assert "into a file of its own" not in scene.text()

        await scene.press("g", *["down"] * 4, "enter")
        assert "│ into a file of its own," in scene.text()
        await scene.press("enter")
        assert "into a file of its own" not in scene.text()


async def test_enter_shows_a_line_whole_that_is_cut(tmp_path: Path) -> None:
    write(tmp_path, "> ask\nagent m, session 1\nsaid  " + "word " * 40 + "and the end\n$ make")
    async with live(AT_WORK, outputs=tmp_path, size=(80, 24)) as scene:
        await open_log(scene, "g", "down", "down")
        assert "and the end" not in scene.text()
        await scene.press("enter")
        assert "and the end" in scene.text()
        await scene.press("enter")
        assert "and the end" not in scene.text()


async def test_the_palette_unfolds_everything(tmp_path: Path) -> None:
    write(tmp_path, AGENT)
    async with live(AT_WORK, outputs=tmp_path) as scene:
        await open_log(scene, ":", *"unfold e", "enter")
        assert "88 lines" in scene.text()
        assert "into a file of its own" in scene.text()


async def test_looking_for_words_shows_matches_as_they_are_typed(tmp_path: Path) -> None:
    write(tmp_path, "\n".join(f"line {n}" for n in range(200)))
    async with live(AT_WORK, outputs=tmp_path) as scene:
        log = await open_log(scene, "/", *"line 5")
        assert isinstance(scene.app.screen, LookScreen)
        await scene.shows("/line 5 11/11")
        assert scene.app.screen.input.region.y == scene.app.size.height - 2  # below the log, and in no way of it
        assert log.picture.count == 11

        await scene.press("enter", "N", "N")
        assert "/line 5 10/11 · matches only" in scene.text()
        await scene.press("n", "n")
        assert "/line 5 1/11" in scene.text()
        await scene.press("c")
        assert "±1" in scene.text()
        assert "line 4" in scene.text()
        await scene.press("c", "c")
        assert "all lines" in scene.text()
        assert log.picture.count == 200
        await scene.press("escape")
        assert log.picture.search is None
        assert scene.app.current_mode == "log"
        await scene.press("escape")
        assert scene.app.current_mode == "fleet"


async def test_escape_while_typing_takes_back_what_was_typed(tmp_path: Path) -> None:
    write(tmp_path, "a\nb\nab")
    async with live(AT_WORK, outputs=tmp_path) as scene:
        log = await open_log(scene, "/", "a", "enter", "/", "b", "escape")
        assert log.picture.search is not None
        assert log.picture.search.query is not None
        assert log.picture.search.query.text == "a"
        assert log.picture.count == 2


async def test_lines_without_words_and_patterns_that_are_none(tmp_path: Path) -> None:
    write(tmp_path, "a\nb\nab")
    async with live(AT_WORK, outputs=tmp_path) as scene:
        log = await open_log(scene, "/", *"!a", "enter")
        assert lines_of(scene)[0].endswith("b")
        assert log.picture.count == 1
        await scene.press("/", *"~(~", "enter")
        assert isinstance(scene.app.screen, LookScreen)
        assert "is no pattern" in scene.text()
        await scene.press("escape", "/", *"nowhere", "enter")
        assert "no line for nowhere" in scene.text()


async def test_enter_on_a_match_shows_where_it_stands(tmp_path: Path) -> None:
    write(tmp_path, "\n".join(f"line {n}" for n in range(200)))
    async with live(AT_WORK, outputs=tmp_path) as scene:
        log = await open_log(scene, "/", *"line 77", "enter", "N", "enter")
        assert "line 76" in scene.text()
        assert "line 78" in scene.text()
        assert log.picture.number_at(log.view.cursor) == 77


async def test_what_is_looked_for_goes_on_as_the_log_grows(tmp_path: Path) -> None:
    write(tmp_path, "error one\nfine")
    async with live(AT_WORK, outputs=tmp_path) as scene:
        await open_log(scene, "/", *"error", "enter")
        write(tmp_path, "fine\nerror two")
        scene.bus.output_grew(ITEM, 1)
        await settle(scene.pilot)
        assert "error two" in scene.text()
        assert "/error 2/2" in scene.text()


async def test_in_the_fleet_the_pane_with_the_focus_is_looked_through(tmp_path: Path) -> None:
    write(tmp_path, "error one\nfine")
    async with live(AT_WORK, outputs=tmp_path) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("/")
        assert scene.fleet.filter_input.has_focus
        await scene.press("escape")
        scene.fleet.log_view.focus()
        await scene.press("/", *"error", "enter")
        assert "/error 1/1" in scene.text()
        await scene.press("escape")
        assert "/error" not in scene.text()
        assert scene.fleet.log_view.has_focus


async def test_times_and_wrapping_can_be_turned(tmp_path: Path) -> None:
    write(tmp_path, "first\n" + "word " * 60 + "end")
    async with live(AT_WORK, outputs=tmp_path, size=(80, 24)) as scene:
        log = await open_log(scene)
        assert "09:26:53 first" in scene.text()
        assert lines_of(scene)[1].endswith("…")
        await scene.press("T", "W")
        assert "09:26:53 first" not in scene.text()
        assert "end" in lines_of(scene)
        assert "wrap" in scene.text()
        assert log.wrapped
        await scene.press("T", "W")
        assert "09:26:53 first" in scene.text()


async def test_sideways_goes_by_half_a_page(tmp_path: Path) -> None:
    write(tmp_path, "".join(f"{n:04}" for n in range(2000)))
    async with live(AT_WORK, outputs=tmp_path, size=(80, 24)) as scene:
        await open_log(scene, "T")
        first = lines_of(scene)[0]
        assert first.startswith("0000")
        await scene.press("right")
        assert lines_of(scene)[0].startswith("…")
        assert "0010" in lines_of(scene)[0]
        await scene.press("left")
        assert lines_of(scene)[0] == first


async def test_minutes_go_by_what_the_clock_said(tmp_path: Path) -> None:
    write(tmp_path, "\n".join(f"line {n}" for n in range(400)), every_s=6)
    async with live(AT_WORK, outputs=tmp_path) as scene:
        log = await open_log(scene)

        def here() -> int:
            return log.picture.number_at(log.view.cursor)

        await scene.press("<")
        assert here() == 399 - 10
        await scene.press("{")
        assert here() == 399 - 110
        await scene.press(">")
        assert here() == 399 - 100
        await scene.press("}")
        assert log.following


async def test_several_logs_are_shown_as_one_and_as_tiles(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        write(tmp_path, f"from {number}\nmore {number}", stem=f"items/item-{number}/1", every_s=number)
    async with live(AT_WORK, outputs=tmp_path) as scene:
        scene.fleet.show_item("item-1")
        await scene.press("V")
        assert scene.app.current_mode == "log"
        text = scene.text()
        assert "merged log · agents at work" in text
        assert "a000 from 1" in text
        assert text.index("more 1") < text.index("more 2") < text.index("more 3")

        await scene.press("v")
        assert "Logs · 3 tiles" in scene.text()
        assert "more 2" in scene.text()
        await scene.press("right", "enter")
        assert "a001 item-2 · log" in scene.text()
        await scene.press("v", "v")
        assert "a001 item-2 · log" in scene.text()
        await scene.press("V", "/", *"more", "enter")
        assert "/more 3/3" in scene.text()
        await scene.press("escape", "escape")
        assert "a001 item-2 · log" in scene.text()


async def test_the_marked_agents_are_merged(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        write(tmp_path, f"from {number}", stem=f"items/item-{number}/1")
    async with live(AT_WORK, outputs=tmp_path) as scene:
        for item in ("item-1", "item-3"):
            scene.fleet.show_item(item)
            await scene.press("space")
        await scene.press("V")
        assert "merged log · 2 agents" in scene.text()
        assert "from 3" in scene.text()
        assert "from 2" not in scene.text()


async def test_of_a_run_that_is_over_the_last_logs_are_merged(tmp_path: Path) -> None:
    for number in (1, 2):
        write(tmp_path, f"from {number}", stem=f"items/item-{number}/1")
    async with live(DEAD, outputs=tmp_path) as scene:
        await scene.press("V")
        assert "merged log · 6 agents" in scene.text()
        assert "a001 from 2" in scene.text()
        await scene.press("v")
        assert "Logs · 6 tiles" in scene.text()


async def test_a_log_is_chosen_by_agent_attempt_and_step(tmp_path: Path) -> None:
    events = make_run(items=3, retried={1})
    write(tmp_path, "$ make test\nold failure", stem="items/item-1/1")
    write(tmp_path, "$ make test\nall is well\n$ make lint\nclean", stem="items/item-1/2")
    async with live(events, outputs=tmp_path) as scene:
        log = await open_log(scene, "o")
        assert "try 2" in scene.text()
        await scene.press(*"try 1", "enter")
        assert "old failure" in scene.text()
        assert "try 1 of 2" in scene.text()
        await scene.press("o", *"item-2", "enter")
        assert "a001 item-2 · log" in scene.text()
        await open_log(scene, "escape")
        await scene.press("l", "o", *"lint", "enter")
        assert log.picture.text(log.picture.number_at(log.view.cursor)) == "$ make lint"


async def test_a_failed_attempt_opens_at_the_line_that_failed(tmp_path: Path) -> None:
    noise = "\n".join(f"ok {n}" for n in range(100))
    write(tmp_path, f"$ pytest\n{noise}\nFAILED the one\n{noise}\nfail  exit code 1", stem="items/item-2/1")
    async with live(DEAD, outputs=tmp_path) as scene:
        scene.fleet.show_item("item-2")
        await scene.press("l")
        log = scene.app.steering.log.log_view
        assert log.picture.text(log.picture.number_at(log.view.cursor)) == "FAILED the one"
        assert "FAILED the one" in scene.text()
        assert not log.following
        await scene.press("G", ":", *"that f", "enter")
        assert log.picture.text(log.picture.number_at(log.view.cursor)) == "FAILED the one"


async def test_standard_error_alone_is_shown(tmp_path: Path) -> None:
    with OutputWriter(tmp_path / ITEM) as writer:
        writer.write("$ make\nfine\n", BEGUN)
        writer.write("warning: old\n", BEGUN, error=True)
        writer.write("done\n", BEGUN)
    async with live(AT_WORK, outputs=tmp_path) as scene:
        log = await open_log(scene, ":", *"standard e", "enter")
        assert [log.picture.text(log.picture.number_at(index)) for index in range(log.picture.count)] == [
            "warning: old"
        ]
        await scene.press(":", *"standard e", "enter")
        assert log.picture.count == 4


async def test_saving_asks_where_and_never_writes_over_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "one\n\x1b[31mtwo\x1b[0m")
    async with live(AT_WORK, outputs=tmp_path) as scene:
        await open_log(scene, "S")
        prompt = scene.app.screen
        assert isinstance(prompt, PromptScreen)
        assert prompt.input.value == "a000-1.log"
        await scene.press("enter")
        await scene.app.workers.wait_for_complete()
        assert (tmp_path / "a000-1.log").read_text() == "one\n\x1b[31mtwo\x1b[0m\n"

        await scene.press("S", "enter")
        await scene.app.workers.wait_for_complete()
        await settle(scene.pilot)
        assert "is there already" in scene.text()
        await scene.press("/", *"two", "enter", "S", "enter")
        await scene.app.workers.wait_for_complete()
        assert (tmp_path / "a000-1-found.log").read_text().endswith("  two\n")


async def test_in_the_past_everything_ends_at_the_moment_shown(tmp_path: Path) -> None:
    write(tmp_path, "\n".join(f"line {n}" for n in range(60)))
    at = 30
    seconds = int((RUN[at - 1].at - BEGUN).total_seconds())
    async with replay(RUN, at=at, outputs=tmp_path) as scene:
        log = await open_log(scene, "/", *"line", "enter")
        assert log.picture.count == seconds + 1
        await scene.press("c")  # compares moments elsewhere
        assert log.picture.search is not None
        assert log.picture.search.context == 1
        await scene.press("V")
        merged = scene.app.steering.log.log_view.picture
        assert [merged.text(merged.number_at(index)) for index in range(merged.count)][-1] == f"line {seconds}"
        assert scene.app.steering.replay is not None
        scene.app.steering.replay.seek(at - 8)
        await settle(scene.pilot)
        before = int((RUN[at - 9].at - BEGUN).total_seconds())
        assert merged.count == before + 1


async def test_holders_do_not_slide_when_the_log_grows(tmp_path: Path) -> None:
    write(tmp_path, "\n".join(f"line {n}" for n in range(100)))
    async with live(AT_WORK, outputs=tmp_path) as scene:
        await open_log(scene, "pageup")
        before = lines_of(scene)
        write(tmp_path, "new one\nnew two")
        scene.bus.output_grew(ITEM, 1)
        await settle(scene.pilot)
        assert lines_of(scene)[:15] == before[:15]
        assert "+2 new" in scene.text()
        await scene.press("f")
        assert "new two" in scene.text()


async def test_a_click_chooses_a_line_and_the_wheel_scrolls(tmp_path: Path) -> None:
    write(tmp_path, "\n".join(f"line {n}" for n in range(100)))
    async with live(AT_WORK, outputs=tmp_path) as scene:
        log = await open_log(scene)
        await scene.pilot.click(log, offset=(20, 3))
        assert not log.following
        assert "line 7" in log.picture.text(log.picture.number_at(log.view.cursor))
        await scene.pilot.click(log, offset=(log.size.width, 2))
        assert log.view.top < 20

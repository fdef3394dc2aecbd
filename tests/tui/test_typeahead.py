"""Keys that come before what the ones before them do is done."""

import asyncio
from pathlib import Path
from typing import ClassVar

import pytest
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from prodigy_tui.tui import typeahead
from prodigy_tui.tui.screens.confirm import DEAF_S, ConfirmScreen
from prodigy_tui.tui.screens.fleet import FleetScreen
from prodigy_tui.tui.terminal import GuardedApp
from tests.tui.runs import AT_WORK
from tests.tui.scene import key_event, live
from tests.tui.test_logs_screen import open_log, write


async def test_a_search_and_its_words_come_at_once(tmp_path: Path) -> None:
    write(tmp_path, "\n".join(f"line {number}" for number in range(40)))
    async with live(AT_WORK, outputs=tmp_path) as scene:
        log = await open_log(scene)
        await scene.press_at_once("/", *"line 5", "enter")
        assert log.picture.search is not None
        assert log.picture.search.query is not None
        assert log.picture.search.query.text == "line 5"
        assert scene.app.screen is scene.app.steering.log


async def test_a_filter_and_the_keys_after_it_come_at_once() -> None:
    async with live(AT_WORK) as scene:
        await scene.press_at_once("/", *"item-2", "enter", "l")
        assert scene.fleet.filter_input.value == "item-2"
        assert scene.app.screen is scene.app.steering.log
        assert "item-2" in scene.text()


async def test_the_palette_and_what_is_chosen_there_come_at_once() -> None:
    async with live(AT_WORK) as scene:
        await scene.press_at_once(":", *"dead letters", "enter")
        assert scene.app.screen is scene.app.steering.screens["dlq"]


async def test_a_place_and_its_keys_come_at_once_and_back_again() -> None:
    async with live(AT_WORK) as scene:
        await scene.press_at_once("l", "/", *"x", "escape", "escape", "/", *"item-1")
        assert isinstance(scene.app.screen, FleetScreen)
        assert scene.fleet.filter_input.value == "item-1"


async def test_a_yes_that_comes_at_once_with_the_question_is_not_one() -> None:
    async with live(AT_WORK) as scene:
        scene.fleet.show_item("item-2")
        await scene.press_at_once("X", "y", "enter")
        assert isinstance(scene.app.screen, ConfirmScreen)
        assert scene.control.sent == []
        scene.clock.advance_now(DEAF_S)
        await scene.press("y")
        assert len(scene.control.sent) == 1


KEYS = (
    "j", "space", "/", "x", "enter", "/", "escape", "escape", "l", "enter", "escape", "?", "down", "escape",
    ":", "t", "escape", "o", "escape", "X", "n", "4", "5", "6", "1", "enter", "tab", "f", "a", "unbound", "q", "n",
)  # fmt: skip


async def test_no_key_is_held_back_once_the_one_before_is_done(tmp_path: Path) -> None:
    write(tmp_path, "one\ntwo")
    async with live(AT_WORK, outputs=tmp_path) as scene:
        held = []
        for key in KEYS:
            await scene.press(key)
            if scene.app._typed.holds:
                held.append(key)
        assert held == []


class Ask(ModalScreen[None]):
    """A box that takes long to come to life."""

    AUTO_FOCUS = "Input"

    def __init__(self, ready: asyncio.Event) -> None:
        super().__init__()
        self._ready = ready
        self.input = Input()

    def compose(self) -> ComposeResult:
        yield self.input

    async def on_mount(self) -> None:
        await self._ready.wait()


class Busy(Static, can_focus=True):
    """Takes long over every key."""

    def __init__(self, ready: asyncio.Event) -> None:
        super().__init__("busy")
        self._ready = ready

    async def on_key(self) -> None:
        await self._ready.wait()


class Slow(GuardedApp[None]):
    """Opens a box at `o`; any other key is heard by the app itself."""

    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "interrupt", priority=True)]

    def __init__(self) -> None:
        super().__init__()
        self.ready = asyncio.Event()
        self.ask = Ask(self.ready)
        self.busy = Busy(self.ready)
        self.heard: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.busy

    def action_interrupt(self) -> None:
        self.heard.append("ctrl+c")

    async def on_key(self, event: events.Key) -> None:
        self.heard.append(event.key)
        if event.key == "o":
            self.push_screen(self.ask)


async def turns(app: Slow, *keys: str) -> None:
    for key in keys:
        app.post_message(key_event(key))
    for _ in range(50):
        await asyncio.sleep(0)


async def test_keys_wait_for_a_box_that_is_not_there_yet() -> None:
    app = Slow()
    async with app.run_test() as pilot:
        await turns(app, "a", "o", "b", "c", "backspace", "d")
        assert app.heard == ["a", "o"]
        app.ready.set()
        await pilot.pause()
        assert app.ask.input.value == "bd"


async def test_keys_do_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeahead, "PATIENCE_S", 0.02)
    app = Slow()
    async with app.run_test() as pilot:
        app.busy.focus()
        await turns(app, "a", "b", "c")
        for _ in range(1000):
            await asyncio.sleep(0.001)
            if not app._typed._waiting:
                break
        waiting, heard = len(app._typed._waiting), list(app.heard)
        app.ready.set()
        await pilot.pause()
        assert (waiting, heard) == (0, [])
        assert app.heard == ["a", "b", "c"]


async def test_ctrl_c_waits_for_no_other_key() -> None:
    app = Slow()
    async with app.run_test() as pilot:
        app.busy.focus()
        await turns(app, "a", "b", "ctrl+c")
        assert app.heard == ["ctrl+c"]
        app.ready.set()
        await pilot.pause()
        assert app.heard == ["ctrl+c", "a", "b"]


async def test_keys_that_were_held_back_when_it_is_left_are_for_nobody() -> None:
    app = Slow()
    async with app.run_test():
        await turns(app, "o", "b")
        app.exit()
        app.ready.set()
        await turns(app)
        assert app.ask.input.value == ""


async def test_what_is_pasted_stays_in_its_place_among_the_keys() -> None:
    app = Slow()
    async with app.run_test() as pilot:
        app.post_message(key_event("o"))
        app.post_message(key_event("b"))
        app.post_message(events.Paste("pasted"))
        app.post_message(key_event("c"))
        app.ready.set()
        for _ in range(50):
            await asyncio.sleep(0)
        await pilot.pause()
        assert app.ask.input.value == "bpastedc"

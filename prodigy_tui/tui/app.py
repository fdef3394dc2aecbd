"""The interface's app: takes events from a feed to the screens once a frame, and what a person wants to the run."""

import asyncio
import contextvars
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import ClassVar, Final, Literal, TypeAlias, cast

from textual.binding import Binding, BindingType
from textual.timer import Timer

from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.tui.actions import ACTIONS, BY_ID, applies
from prodigy_tui.tui.desk import Action, PlaceName, View
from prodigy_tui.tui.feed import Feed, ReplayFeed
from prodigy_tui.tui.frame import FrameClock
from prodigy_tui.tui.health import Health
from prodigy_tui.tui.model.jump import parse_jump
from prodigy_tui.tui.model.overview import is_over
from prodigy_tui.tui.model.run import Dirty, RunModel
from prodigy_tui.tui.model.text import agent_name, safe
from prodigy_tui.tui.ports import DiffSource, RunControl
from prodigy_tui.tui.screens.base import RunScreen, Stage
from prodigy_tui.tui.screens.diff import DiffScreen
from prodigy_tui.tui.screens.dlq import DlqScreen
from prodigy_tui.tui.screens.fleet import FleetScreen
from prodigy_tui.tui.screens.leave import Choice, LeaveScreen
from prodigy_tui.tui.screens.log import LogScreen
from prodigy_tui.tui.screens.merge import MergeScreen
from prodigy_tui.tui.screens.palette import PaletteScreen
from prodigy_tui.tui.terminal import ROOM, GuardedApp
from prodigy_tui.tui.themes import load_themes

Ending: TypeAlias = Literal["left", "over"]
"""How the interface was closed: while the run is at work, or when nothing runs any more."""

FOLD_BUDGET_S: Final = 0.004
TICK_S: Final = 0.25
_AGAIN_S: Final = 2.0
"""A second ctrl+c within this time means: stop gently."""


class ProdigyApp(GuardedApp[Ending]):
    """Shows one run, live or past. `run()` returns how it was closed.

    Args:
        feed: where events come from; widgets cannot tell which.
        control: takes signals for the run; `None` when another process drives it, or none.
        outputs: the folder of the run's outputs, when it is at hand.
        diffs: where the text of changes comes from, when the repository is at hand.
        themes: the folder of theme files.
        theme: the name of the first theme; by default the first dark one.
        zone: the time zone of shown times; by default the machine's own.
    """

    CSS_PATH = "app.tcss"
    TITLE = "prodigy"
    ENABLE_COMMAND_PALETTE = False
    DEFAULT_MODE = "fleet"
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [
        (0, "-tiny"),
        (60, "-narrow"),
        (80, "-normal"),
        (116, "-wide"),
        (160, "-broad"),
    ]
    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [
        (0, "-short"),
        (16, "-low"),
        (22, "-even"),
        (30, "-tall"),
        (36, "-lofty"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", "Leave, or stop gently", priority=True, show=False)
    ]

    def __init__(
        self,
        feed: Feed,
        *,
        control: RunControl | None,
        outputs: Path | None,
        diffs: DiffSource | None,
        themes: Path,
        theme: str = "",
        zone: tzinfo | None = None,
    ) -> None:
        shipped = load_themes(themes)
        super().__init__()
        for one in shipped:
            self.register_theme(one)
        self._theme_names = [one.name for one in shipped]
        self.theme = theme if theme in self._theme_names else self._theme_names[0]
        self.feed = feed
        self.run_model = RunModel(past=feed.past, zone=zone)
        self._control = control
        self._diffs = diffs
        self._dirty = Dirty()
        self._interrupted_at = float("-inf")
        self._ticker: Timer | None = None
        self.frames = FrameClock(
            self._call_after,
            monotonic=feed.clock.monotonic,
            fold=self._fold,
            paint=self._paint,
            keep_going=lambda: self.feed.moving or self._log_reads_on(),
            congested=lambda: self.frames_waiting > ROOM // 2,
        )
        self._health = Health(feed, lambda: self.frames_waiting, TICK_S)
        self.stage = Stage(model=self.run_model, feed=feed, desk=self, outputs=outputs, health=self._health.line)
        self._fleet = FleetScreen(self.stage)
        self._log = LogScreen(self.stage)
        self._dlq = DlqScreen(self.stage)
        for name, screen in (("fleet", self._fleet), ("log", self._log), ("dlq", self._dlq)):
            self.add_mode(name, _always(screen))

    # ------------------------------------------------------------------------------------------ from events to screens

    def on_mount(self) -> None:
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        self.feed.open(lambda: _wake(loop, self.frames.arm, context))
        self._ticker = self.set_interval(TICK_S, self._tick, pause=True)

    def on_unmount(self) -> None:
        self.frames.stop()
        self.feed.close()

    def _call_after(self, delay_s: float, callback: Callable[[], None]) -> object:
        return self.set_timer(delay_s, callback)

    def _fold(self) -> bool:
        """Takes in what has come; returns whether more waits."""
        change = self.feed.advance(FOLD_BUDGET_S)
        if change is not None:
            self._dirty = self._dirty | self.run_model.apply(change, self.feed.now())
            self._health.folded(len(change.envelopes))
        return self.feed.backlog > 0

    def _paint(self) -> None:
        """Tells the screens that are up what is dirty; those that are not, ask when they come up."""
        dirty, self._dirty = self._dirty, Dirty()
        for screen in self.screen_stack:
            if isinstance(screen, RunScreen | MergeScreen):
                screen.follow(dirty)
        if self._ticker is not None:
            if self.run_model.past or is_over(self.run_model.state):
                self._ticker.pause()
            else:
                self._ticker.resume()

    def _tick(self) -> None:
        self._health.ticked(self.feed.clock.monotonic())
        for screen in self.screen_stack:
            if isinstance(screen, RunScreen):
                screen.tick()

    def _log_reads_on(self) -> bool:
        return any(not screen.log_view.settled for screen in (self._fleet, self._log) if screen.is_current)

    @property
    def settled(self) -> bool:
        """Whether the screen shows all that has happened."""
        return self.feed.settled and not self._dirty and not self.frames.armed

    # -------------------------------------------------------------------------------------------------- what actions use

    @property
    def model(self) -> RunModel:
        """The run as it is shown."""
        return self.run_model

    @property
    def replay(self) -> ReplayFeed | None:
        """The timeline to move in, in the past."""
        return self.feed if isinstance(self.feed, ReplayFeed) else None

    @property
    def view(self) -> View:
        """The screen that keys are meant for."""
        top = self.screen
        return cast(View, top if isinstance(top, RunScreen | MergeScreen) else self.screen_stack[0])

    @property
    def can_steer(self) -> bool:
        """Whether the run takes signals from here."""
        return self._control is not None and not self.run_model.past

    @property
    def has_diffs(self) -> bool:
        """Whether changes can be shown."""
        return self._diffs is not None

    @property
    def current_item(self) -> str | None:
        """The item under the cursor."""
        chosen = self.chosen_items
        return chosen[0] if chosen else None

    @property
    def chosen_items(self) -> tuple[str, ...]:
        """The items marked here, or the one under the cursor."""
        base = self.screen_stack[0]
        return base.chosen_items if isinstance(base, RunScreen) else ()

    def send(self, signal: SignalReceived) -> None:
        """Hands a signal to the run."""
        if self._control is not None and not self.run_model.past:
            self._control.send(signal)

    def go_to(self, place: PlaceName) -> None:
        """Shows another screen; the log is that of the agent under the cursor."""
        if place == "log":
            base = self.screen_stack[0]
            if isinstance(base, DlqScreen) and base.letters.selected is not None:
                self._fleet.show_item(base.letters.selected)
            self._log.show(self._fleet.shown_row)
        self.switch_mode(place)

    def show_item(self, item_id: str) -> None:
        """Puts the cursor of the fleet on an item."""
        if self.current_mode != "fleet":
            self.switch_mode("fleet")
        self._fleet.show_item(item_id)

    def open_palette(self) -> None:
        """Opens the commands."""
        self._open_list("Commands", tuple(action for action in ACTIONS if action.scope not in ("moving", "merge")))

    def open_help(self) -> None:
        """Opens the keys of the present place."""
        scopes = {binding.binding.action for binding in self.screen.active_bindings.values()}
        here = [action for action in ACTIONS if f"app.do({action.id!r})" in scopes and applies(action, self)]
        self._open_list("Keys of this place", tuple(here))

    def _open_list(self, title: str, actions: tuple[Action, ...]) -> None:
        def chosen(result: tuple[str, str] | None) -> None:
            if result is not None:
                self.action_do(result[0])

        self.push_screen(PaletteScreen(title, actions, self, self._run_with), chosen)

    def _run_with(self, name: str, text: str) -> str:
        if name == "replay.go":
            return self._jump(text)
        action = BY_ID[name]
        return action.run_with(self, text) if action.run_with is not None else ""

    def _jump(self, text: str) -> str:
        replay = self.replay
        if replay is None:
            return "only a replay has places in time"
        place = parse_jump(text, replay.now(), replay.start, self.run_model.zone)
        if isinstance(place, str):
            return place
        if isinstance(place, int):
            replay.seek(place)
        else:
            replay.seek_time(place)
        return ""

    def open_merge(self) -> None:
        """Opens the question whether to land."""
        if not isinstance(self.screen, MergeScreen):
            self.push_screen(MergeScreen(self.stage))

    def open_diff(self) -> None:
        """Shows what the agent under the cursor has changed."""
        item = self.run_model.state.items.get(self.current_item or "")
        if item is not None:
            self._show_diff(f"{agent_name(item.position)} {safe(item.item.id)}", item.base, item.head)

    def open_landing_diff(self) -> None:
        """Shows what would land."""
        state = self.run_model.state
        if state.gate is not None:
            self._show_diff(f"changes for {state.gate.target}", state.gate.onto or state.base, state.tip)

    def _show_diff(self, title: str, base: str, head: str) -> None:
        diffs = self._diffs
        if diffs is None:
            self.say("changes cannot be read here: the repository is not at hand")
            return
        self.push_screen(DiffScreen(title, lambda: diffs.diff(base, head)))

    def leave(self) -> None:
        """Closes the interface; asks when a run of ours is still at work."""
        if is_over(self.run_model.state) or not self.can_steer:
            self.exit("over" if is_over(self.run_model.state) else "left")
        elif not isinstance(self.screen, LeaveScreen):
            self.push_screen(LeaveScreen(self.stage), self._left)

    def _left(self, choice: Choice | None) -> None:
        if choice == "stop":
            self._stop_gently()
        elif choice == "leave":
            self.exit("left")

    def _stop_gently(self) -> None:
        self.send(SignalReceived(signal="stop", source="interface"))
        self.say("stopping gently; the interface stays until you leave")

    def next_theme(self) -> None:
        """Takes the next theme."""
        names = self._theme_names
        self.theme = names[(names.index(self.theme) + 1) % len(names)]

    def say(self, text: str) -> None:
        """Shows a few words for a while."""
        self.notify(text, markup=False)

    # ------------------------------------------------------------------------------------------------------ Textual's

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Lets a key mean another action when this one does not apply at all."""
        if action == "do" and parameters:
            return applies(BY_ID[str(parameters[0])], self)
        return super().check_action(action, parameters)

    def action_do(self, name: str) -> None:
        """Runs an action of the registry, or says why not."""
        action = BY_ID[name]
        reason = action.reason(self)
        if reason:
            self.say(reason)
        elif action.run is not None:
            action.run(self)
        else:
            self.open_palette()

    def action_interrupt(self) -> None:
        """Ctrl+c: asks; a second one soon after stops gently."""
        now = self.feed.clock.monotonic()
        again = now - self._interrupted_at <= _AGAIN_S
        self._interrupted_at = now
        if again and self.can_steer and not is_over(self.run_model.state):
            self._interrupted_at = float("-inf")
            if isinstance(self.screen, LeaveScreen):
                self.screen.dismiss("stop")
            else:
                self._stop_gently()
        else:
            self.leave()


def _always(screen: RunScreen) -> Callable[[], RunScreen]:
    return lambda: screen


def _wake(loop: asyncio.AbstractEventLoop, arm: Callable[[], None], context: contextvars.Context) -> None:
    """Arms a frame from any thread. A loop that has closed meanwhile has nothing to draw any more."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(arm, context=context)

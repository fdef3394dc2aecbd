"""The interface's app: takes events from a feed to the screens, once a frame, and keys to the actions."""

import asyncio
import contextvars
import os
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.timer import Timer

from prodigy_tui.tui.actions.registry import BY_ID, applies
from prodigy_tui.tui.feed import Feed
from prodigy_tui.tui.frame import FrameClock
from prodigy_tui.tui.health import Health
from prodigy_tui.tui.model.overview import is_over
from prodigy_tui.tui.model.run import Dirty, RunModel
from prodigy_tui.tui.picture import self_contained
from prodigy_tui.tui.ports import World
from prodigy_tui.tui.screens.base import RunScreen
from prodigy_tui.tui.screens.leave import LeaveScreen
from prodigy_tui.tui.screens.merge import MergeScreen
from prodigy_tui.tui.screens.question import QuestionScreen
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.steering import Ending, Steering
from prodigy_tui.tui.terminal import ROOM, GuardedApp
from prodigy_tui.tui.themes import first_theme, load_themes

SHEETS: Final = ("base", "fleet", "logs", "letters", "replay", "dialogs", "small")
"""Style sheets in the order of reading: of equal rules the last one holds."""
FOLD_BUDGET_S: Final = 0.004
TICK_S: Final = 0.25


class ProdigyApp(GuardedApp[Ending]):
    """Shows one run, live or past. `run()` returns how it was closed.

    Args:
        feed: where events come from; widgets cannot tell which.
        world: what is at hand besides the events.
        themes: the folder of theme files.
        theme: the name of the first theme; by default one that suits the terminal.
        zone: the time zone of shown times; by default the machine's own.
    """

    CSS_PATH = [f"styles/{sheet}.tcss" for sheet in SHEETS]  # noqa: RUF012  # declared so by Textual
    TITLE = "prodigy"
    ENABLE_COMMAND_PALETTE = False
    DEFAULT_MODE = "fleet"
    AUTO_FOCUS = None
    """Every screen says itself what has the focus."""
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (80, "-normal"), (116, "-wide"), (160, "-broad")]  # noqa: RUF012  # declared so by Textual
    VERTICAL_BREAKPOINTS = [(0, "-short"), (16, "-low"), (22, "-even"), (30, "-tall"), (36, "-lofty")]  # noqa: RUF012  # declared so by Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", "Leave, or stop gently", priority=True, show=False)
    ]

    def __init__(
        self,
        feed: Feed,
        world: World,
        *,
        themes: Path,
        theme: str = "",
        zone: tzinfo | None = None,
    ) -> None:
        shipped = load_themes(themes)
        super().__init__()
        for one in shipped:
            self.register_theme(one)
        names = tuple(one.name for one in shipped)
        self.theme = first_theme(names, asked=theme, colourless=bool(os.environ.get("NO_COLOR")))
        self.feed = feed
        self.model = RunModel(past=feed.past, zone=zone)
        self.frames = FrameClock(
            self._call_after,
            monotonic=feed.clock.monotonic,
            fold=self._fold,
            paint=self._show_dirty,
            keep_going=self._moves_by_itself,
            congested=lambda: self.frames_waiting > ROOM // 2,
        )
        self.steering = Steering(self, feed, self.model, world)
        self._to_show = Dirty()
        self._health_of_picture = Health(feed, lambda: self.frames_waiting, TICK_S)
        self._age_timer: Timer | None = None
        self.steering.build(
            Stage(
                model=self.model,
                feed=feed,
                desk=self.steering,
                world=world,
                themes=names,
                health=self._health_of_picture.line,
            )
        )
        for name, screen in self.steering.screens.items():
            self.add_mode(name, _always(screen))

    @property
    def settled(self) -> bool:
        """Whether the screen shows all that has happened."""
        return self.feed.settled and not self._to_show and not self.frames.armed

    def on_mount(self) -> None:
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        self._age_timer = self.set_interval(TICK_S, self._age, pause=True)
        self.feed.open(lambda: _wake(loop, self.frames.arm, context))

    def on_unmount(self) -> None:
        self.frames.stop()
        self.feed.close()

    def _call_after(self, delay_s: float, callback: Callable[[], None]) -> object:
        return self.set_timer(delay_s, callback)

    def _fold(self) -> bool:
        """Takes in what has come; returns whether more waits."""
        change = self.feed.advance(FOLD_BUDGET_S)
        if change is not None:
            self._to_show = self._to_show | self.model.apply(change, self.feed.now())
            self._health_of_picture.folded(len(change.envelopes))
        return self.feed.backlog > 0

    def _show_dirty(self) -> None:
        """Tells the screens that are up what is dirty; those that are not, ask when they come up."""
        dirty, self._to_show = self._to_show, Dirty()
        at_rest = self.model.past or is_over(self.model.state)
        if at_rest:
            self._health_of_picture.rest()
        for screen in self.screen_stack:
            if isinstance(screen, RunScreen | MergeScreen | QuestionScreen | LeaveScreen):
                screen.follow(dirty)
        if self._age_timer is not None:
            if at_rest:
                self._age_timer.pause()
            else:
                self._age_timer.resume()

    def _moves_by_itself(self) -> bool:
        """Whether a frame is due without events: a replay plays, or a long log is still being read."""
        reading = any(isinstance(screen, RunScreen) and screen.is_reading for screen in self.screen_stack)
        return self.feed.moving or reading

    def _age(self) -> None:
        """Lets ages go on while something runs."""
        self._health_of_picture.ticked(self.feed.clock.monotonic())
        for screen in self.screen_stack:
            if isinstance(screen, RunScreen):
                screen.tick()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Lets a key mean another action when this one does not apply at all."""
        if action == "do" and parameters:
            return applies(BY_ID[str(parameters[0])], self.steering)
        return super().check_action(action, parameters)

    def action_do(self, name: str) -> None:
        """Runs an action of the registry, or says why not."""
        self.steering.do(name)

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        return self_contained(super().export_screenshot(title=title, simplify=simplify))

    async def action_quit(self) -> None:
        """Textual's own ctrl+q asks as `q` does."""
        self.steering.leave()

    def action_interrupt(self) -> None:
        """Ctrl+c."""
        self.steering.interrupted()


def _always(screen: RunScreen) -> Callable[[], RunScreen]:
    return lambda: screen


def _wake(loop: asyncio.AbstractEventLoop, arm: Callable[[], None], context: contextvars.Context) -> None:
    """Arms a frame from any thread. A loop that has closed meanwhile has nothing to draw any more."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(arm, context=context)

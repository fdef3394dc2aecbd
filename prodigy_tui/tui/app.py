"""The interface's app: takes events from a feed to the screens, once a frame, and keys to the actions."""

import asyncio
import contextvars
import os
from collections.abc import Callable, Coroutine, Mapping
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widget import AwaitMount, Widget

from prodigy_tui.garbage import settle
from prodigy_tui.tui.abroad import Abroad
from prodigy_tui.tui.actions.keymap import Keymap, Keys
from prodigy_tui.tui.actions.registry import BY_ID, applies
from prodigy_tui.tui.attention import Attention
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.feed import EmptyFeed, Feed, ReplayFeed
from prodigy_tui.tui.frame import FPS, FrameClock
from prodigy_tui.tui.health import Health
from prodigy_tui.tui.machine import Machine
from prodigy_tui.tui.manners import Manners
from prodigy_tui.tui.model.calm import Calm
from prodigy_tui.tui.model.keynames import use_keys
from prodigy_tui.tui.model.run import Dirty, RunModel
from prodigy_tui.tui.places import PLACES
from prodigy_tui.tui.ports import World
from prodigy_tui.tui.preferences import Personal
from prodigy_tui.tui.records import Records
from prodigy_tui.tui.screens.base import RunScreen
from prodigy_tui.tui.screens.kind import is_a
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.steering import Ending, Steering
from prodigy_tui.tui.terminal import ROOM, GuardedApp
from prodigy_tui.tui.themes import load_own_themes, load_themes
from prodigy_tui.tui.viewing import Viewing

if TYPE_CHECKING:
    from prodigy_tui.tui.recordports import RunsSource

SHEETS: Final = (
    "base", "fleet", "logs", "letters", "replay", "behind", "dialogs", "review", "records", "keys", "outside", "small"
)  # fmt: skip
"""Style sheets in their order: of equal rules the last one holds."""
_LATER: Final[Mapping[str, frozenset[str]]] = {
    "fleet": frozenset({"logs", "letters", "behind", "dialogs", "review", "records", "outside"}),
    "home": frozenset({"fleet", "logs", "letters", "behind", "dialogs", "review", "outside"}),
}
"""Those that a first screen looks the same without; they are read as soon as it is drawn."""
_FOLLOWING: Final = ("RunScreen", "MergeScreen", "QuestionScreen", "LeaveScreen", "ReviewScreen", "SweepScreen")
"""What is told of every frame while it is up."""
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
        personal: how the person likes it, and where that is kept; by default nothing is kept.
        keys: keys that the person has put in the place of others.
        machine: what is at hand besides any run; by default nothing.
        runs: the other runs; without it there is only the one that is shown.
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
        Binding("ctrl+c", "interrupt", "Leave, or stop gently", priority=True, show=False),
        Binding("ctrl+z", "suspend_process", "Stand still until `fg`", priority=True, show=False),
        # What arrives for alt and a digit where the terminal does not tell alt itself.
        *(Binding(sign, f"do('preset.{digit}')", show=False) for digit, sign in enumerate("¡™£¢∞§¶•ª", start=1)),
    ]

    def __init__(  # noqa: PLR0913 - all that it is told of the world outside
        self,
        feed: Feed,
        world: World,
        *,
        themes: Path,
        theme: str = "",
        zone: tzinfo | None = None,
        personal: Personal | None = None,
        keys: Keys | None = None,
        runs: "RunsSource | None" = None,
        machine: Machine | None = None,
    ) -> None:
        machine = machine or Machine()
        own, self._troubles = load_own_themes(machine.themes) if machine.themes is not None else ((), ())
        every = {one.name: one for one in (*load_themes(themes), *own)}
        self.keymap = Keymap(keys)
        use_keys(lambda name: self.keymap.first(BY_ID[name]))
        self.personal = personal or Personal()
        if isinstance(feed, EmptyFeed):
            self.DEFAULT_MODE = "home"  # type: ignore[misc]  # of a class by Textual's idea, of an app by ours
        super().__init__(monotonic=feed.clock.monotonic, later_sheets=_LATER[self.DEFAULT_MODE])
        for one in every.values():
            self.register_theme(one)
        names = tuple(every)
        self.viewing = Viewing(feed, world)
        self.model = RunModel(past=feed.past, zone=zone, calm=Calm(feed.clock.monotonic))
        self.model.top = machine.top
        self.frames = FrameClock(
            self._call_after,
            monotonic=feed.clock.monotonic,
            fold=self._fold,
            paint=self._show_dirty,
            keep_going=self._moves_by_itself,
            congested=lambda: self.frames_waiting > ROOM // 2,
            drawn=self.drawn,
        )
        self.steering = Steering(self, self, self.viewing, self.model, personal=self.personal, keymap=self.keymap)
        self.steering.outside = Abroad(self, machine, lambda: self.steering.stage)
        self.steering.records = Records(runs, self, self.steering, self.viewing, self.model)
        self._to_show = Dirty()
        self._log_alone = True
        """Whether the last frame was one of the log alone that is followed."""
        self._health_of_picture = Health(self.viewing, lambda: self.frames_waiting, TICK_S)
        self._age_timer: Timer | None = None
        self.steering.build(
            Stage(
                model=self.model,
                feed=self.viewing,
                desk=self.steering,
                themes=names,
                health=self._health_of_picture.line,
                wake=self.frames.arm,
            )
        )
        for place in PLACES:
            self.add_mode(place, partial(self._made, place))
        self.manners = Manners(
            self,
            self.personal,
            machine.terminal,
            self.frames,
            themes=names,
            asked_theme=theme,
            colourless=bool(os.environ.get("NO_COLOR")),
            changed=self._behave_as_preferred,
        )
        self.attention = Attention(
            self, self.viewing, self.model, self.personal, machine.terminal, redraw=self._redraw_bars
        )
        self.manners.apply()
        self.stylesheet.set_variables(self.get_css_variables())  # of the first theme: what is parsed first, stays

    def _behave_as_preferred(self) -> None:
        """What the person's preferences change besides the look of the terminal."""
        preferences = self.personal.preferences
        self.model.stalled_after_s = preferences.stalled_after_s
        for screen in self.steering.screens.made:
            screen.set_class(preferences.density == "dense", "-dense")

    def _made(self, place: PlaceName) -> RunScreen:
        """Returns the screen of a place that is gone to for the first time."""
        places = self.steering.screens
        is_first = not places.made
        screen = places[place]
        if is_first:
            # Textual gives the classes of the size when a picture without them has been laid out, styled and drawn.
            for length, breakpoints in (
                (self.size.width, self.HORIZONTAL_BREAKPOINTS),
                (self.size.height, self.VERTICAL_BREAKPOINTS),
            ):
                screen.add_class(max(one for one in breakpoints if one[0] <= length)[1])
        screen.set_class(self.personal.preferences.density == "dense", "-dense")
        return screen

    @property
    def feed(self) -> Feed:
        """The feed that is shown."""
        return self.viewing.shown

    def show(self, feed: Feed, world: World, *, closing: Callable[[], None] = lambda: None) -> None:
        """Turns to another run, or with an `EmptyFeed` to none.

        What was shown is closed, and then its own `closing` is called; only the feed that the app was opened on lives
        on and is gone back to by showing it again, or by `back`.
        """
        self.viewing.turn_to(feed, world, closing)
        self.steering.turned()
        self._turned(another=True)

    def look_back(self, past: ReplayFeed) -> None:
        """Shows the past of the live run that is shown, which goes on meanwhile."""
        self.viewing.look_back(past)
        self._turned(another=False)

    def back(self) -> bool:
        """From the past of a live run back to it, from any other run to what the app was opened on; says if it went."""
        same = self.viewing.is_rewound
        if not self.viewing.back():
            return False
        if not same:
            self.steering.turned()
        self._turned(another=not same)
        return True

    def _turned(self, *, another: bool) -> None:
        """Draws all anew from the feed that is shown by now."""
        self.model.turn(past=self.viewing.past, another=another)
        self._health_of_picture.rest()
        self._fold()
        self.frames.arm()
        self.call_later(self._close_sheets)
        if self.viewing.empty:
            self.call_later(self.steering.go_to, "home")

    def _close_sheets(self) -> None:
        """Closes what was asked about another picture; later, because one of them may be about to close itself."""
        for _ in range(len(self.screen_stack) - 1):
            self.pop_screen()

    def work_beside(self, work: Coroutine[None, None, None]) -> None:
        """Does what takes a moment without keeping the picture waiting."""
        self.run_worker(work, group="records")

    def say_from_afar(self, text: str) -> None:
        """Says something; from any thread."""
        self.call_later(self.steering.say, text)

    def close_to_start(self) -> None:
        """Closes the interface, so that something else can be started."""
        self.exit("over")

    @property
    def settled(self) -> bool:
        """Whether the screen shows all that has happened."""
        return self.viewing.settled and not self._to_show and not self.frames.armed

    def on_load(self) -> None:
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        self.viewing.open(lambda: _wake(loop, self.frames.arm, context))
        self._fold()  # before there is a screen, so that the first picture is one of the run, and none of nothing

    def on_mount(self) -> None:
        self._age_timer = self.set_interval(TICK_S, self._age, pause=True)
        self.attention.open()
        for trouble in self._troubles:
            self.steering.say(trouble)

    def on_ready(self) -> None:
        """The first picture is drawn."""
        self.viewing.pictured()
        self.model.attempts_of(self.model.state)  # looked up in a thread, for what is drawn next
        self.read_later_sheets()
        if not self.is_headless:
            settle()

    def gives_back(self) -> None:
        self.attention.close()

    def on_unmount(self) -> None:
        self.frames.stop()
        self.viewing.close()

    def _call_after(self, delay_s: float, callback: Callable[[], None]) -> object:
        return self.set_timer(delay_s, callback)

    def _fold(self) -> bool:
        """Takes in what has come; returns whether more waits."""
        change = self.viewing.advance(FOLD_BUDGET_S)
        if change is not None:
            self._to_show = self._to_show | self.model.apply(change, self.viewing.now())
            self._health_of_picture.folded(len(change.envelopes))
            if not self.viewing.past:
                self.attention.take(self.steering.notices.take(change.envelopes, change.state))
                self.steering.tell_retries()
        for missed in self.viewing.meanwhile():
            self.steering.notices.take(missed.envelopes, missed.state)
        self._look_beside()
        return self.viewing.backlog > 0 or self._read_on()

    def _read_on(self) -> bool:
        """Lets long logs be read on for a slice; returns whether there is more of them."""
        return any([screen.read_on() for screen in self.screen_stack if isinstance(screen, RunScreen)])

    def _look_beside(self) -> None:
        """Brings up to date what is said of a live run that is not shown."""
        before, now = self.model.beside, self.viewing.beside()
        self.model.beside = now
        if (before.news if before is not None else None) != (now.news if now is not None else None):
            self._to_show = self._to_show | Dirty(state=True)

    def _show_dirty(self) -> None:
        """Tells the screens that are up what is dirty; those that are not, ask when they come up."""
        self.manners.set_pace()
        if self.frames.rate > FPS and not self._log_alone and (log := self.manners.watched_log) is not None:
            self._log_alone = True  # every other frame
            log.follow(self._to_show)
            return
        self._log_alone = False
        dirty, self._to_show = self._to_show, Dirty()
        at_rest = not self.viewing.ages
        if at_rest:
            self._health_of_picture.rest()
        for screen in self.screen_stack:
            if is_a(screen, *_FOLLOWING):
                cast(RunScreen, screen).follow(dirty)
        self.attention.update()
        if self._age_timer is not None:
            if at_rest:
                self._age_timer.pause()
            else:
                self._age_timer.resume()

    def _moves_by_itself(self) -> bool:
        """Whether a frame is due without events: a replay plays, or the last frame was that of a log alone."""
        return self.viewing.moving or bool(self._to_show)

    def _age(self) -> None:
        """Lets ages go on while something runs."""
        self.look_at_size()
        self._health_of_picture.ticked(self.viewing.clock.monotonic())
        self._look_beside()
        for screen in self.screen_stack:
            if is_a(screen, "RunScreen", "QuestionScreen"):
                cast(RunScreen, screen).tick()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Lets a key mean another action when this one does not apply at all."""
        if action == "do" and parameters:
            return applies(BY_ID[str(parameters[0])], self.steering)
        return super().check_action(action, parameters)

    def action_do(self, name: str) -> None:
        """Runs an action of the registry, or says why not."""
        if not self.is_leaving:
            self.steering.do(name)

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        from prodigy_tui.tui.picture import self_contained

        return self_contained(super().export_screenshot(title=title, simplify=simplify))

    def switch_mode(self, mode: str) -> AwaitMount:
        if mode != self.current_mode:
            self.steering.left(cast(PlaceName, self.current_mode))
        return super().switch_mode(mode)

    def _redraw_bars(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, RunScreen):
                screen.tick()

    def bell(self) -> None:
        if self.personal.preferences.bell:
            super().bell()

    def watch_app_focus(self, focus: bool) -> None:
        """The terminal came to the front, or is looked at no more."""
        self.manners.set_pace()
        if focus:
            self.attention.focused()

    def meet(self, node: Widget) -> None:
        """Gives what comes to life the keys that the person has set."""
        self.manners.meet(node)
        if self.keymap.mine:
            from prodigy_tui.tui.rebinding import give_keys

            give_keys(node, self.keymap)

    async def action_quit(self) -> None:
        """Textual's own ctrl+q asks as `q` does."""
        self.steering.leave()

    def action_interrupt(self) -> None:
        """Ctrl+c."""
        self.steering.interrupted()


def _wake(loop: asyncio.AbstractEventLoop, arm: Callable[[], None], context: contextvars.Context) -> None:
    """Arms a frame from any thread. A loop that has closed meanwhile has nothing to draw any more."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(arm, context=context)

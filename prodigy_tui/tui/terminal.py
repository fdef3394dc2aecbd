"""The one place that uses what Textual keeps private, with `composing`, `edges`, `safe_driver` and `sheets` beside it;
checked with 8.2.8.

Textual hands every frame to a writer thread through a queue of 30; when the terminal stops reading (Ctrl+S, a hung
connection) the queue fills up and the next frame blocks the interface's loop for as long as that lasts. `GuardedApp`
leaves frames out while more than a few wait, and draws one whole frame when there is room again.

While another program has the terminal (`away`) nothing is drawn and nothing is written at all: a repaint then would
block the loop for good.

Of an error that nobody handles Textual prints a traceback with local variables; `GuardedApp` closes without a word and
keeps the error for whoever opened it.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final, Generic, TypeVar

from rich.console import RenderableType
from textual import events, on
from textual.app import App, ScreenStackError
from textual.await_complete import AwaitComplete
from textual.dom import DOMNode
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import ANSIToTruecolor, LineFilter
from textual.screen import Screen
from textual.scrollbar import ScrollBar
from textual.theme import Theme
from textual.timer import Timer, TimerCallback
from textual.widget import Widget
from textual.widgets._toast import ToastRack
from textual.worker import WorkerFailed

from prodigy_tui.spared import give_back, leave_out
from prodigy_tui.tui import SPARED
from prodigy_tui.tui.composing import Sparing
from prodigy_tui.tui.edges import EdgesOnce
from prodigy_tui.tui.plain import InAscii
from prodigy_tui.tui.safe_driver import SafeDriver
from prodigy_tui.tui.scrollbars import QuickBar
from prodigy_tui.tui.sheets import ParsedOnce
from prodigy_tui.tui.typeahead import TypeAhead

R = TypeVar("R")

give_back(SPARED)  # Textual has taken what it wants of them

ROOM: Final = 4
"""Frames that may wait for the terminal before further ones are left out."""
_LOOK_AGAIN_S: Final = 0.1
_FOR_TESTS: Final = ("textual.pilot",)
"""What Textual loads with a driver of its own, 1 % of a start, in case somebody presses keys for a person."""


class GuardedApp(App[R], Generic[R]):
    """An app whose loop never waits for the terminal, and which says nothing of its own when it fails."""

    _variables: tuple[Theme, dict[str, str]] | None = None
    """A theme, and what the style sheets are told of it."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic, later_sheets: Collection[str] = ()) -> None:
        super().__init__()
        self._sheets = self.stylesheet = ParsedOnce(variables=self.get_css_variables(), later=later_sheets)
        self.monotonic = monotonic
        self.frames_left_out = 0
        self._longest_s = 0.0
        self.is_away = False
        """Whether another program has the terminal."""
        self.is_leaving = False
        """It has been left: what is typed from now on is not for the interface."""
        self._owes_frame = False
        self._typed = TypeAhead(self, self._hear)
        self._in_ascii: InAscii | None = None

    def get_driver_class(self) -> type[Driver]:
        chosen = super().get_driver_class()
        return SafeDriver if chosen is LinuxDriver else chosen

    async def run_async(self, *arguments: Any, **options: Any) -> R | None:
        leave_out(_FOR_TESTS)
        return await super().run_async(*arguments, **options)

    @property
    def crash(self) -> Exception | None:
        """The error that closed the app, if one did."""
        error = self._exception
        inner = error.error if isinstance(error, WorkerFailed) else None
        return inner if isinstance(inner, Exception) else error

    def get_css_variables(self) -> dict[str, str]:
        # Asked for five times by the first picture; all its colours are computed for it, which is 1 % of a start.
        theme = self.current_theme
        if self._variables is None or self._variables[0] is not theme:
            self._variables = theme, super().get_css_variables()
        return self._variables[1]

    def _refresh_notifications(self) -> None:
        with suppress(ScreenStackError):
            if isinstance(self.screen, TimedScreen) and len(self._notifications):
                self.screen.make_room_for_notices()
        super()._refresh_notifications()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._typed.take(event)
        else:
            await self._hear(event)

    async def _hear(self, event: events.Event) -> None:
        if not (self.is_leaving and isinstance(event, events.InputEvent | events.Paste)):
            await super().on_event(event)

    def pop_screen(self) -> AwaitComplete:
        # Keys that were typed before it was left may have reached a screen, which then closes beneath them.
        return AwaitComplete() if self.is_leaving else super().pop_screen()

    def gives_back(self) -> None:
        """The terminal is about to be given back for good; what was done to it besides the picture must be undone."""

    def exit(self, result: R | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        self.is_leaving = True
        self.gives_back()
        super().exit(result, return_code, message)

    def _fatal_error(self) -> None:
        self.gives_back()
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:  # noqa: ARG002  # its way for errors with a look of their own
        self._fatal_error()

    @property
    def frames_waiting(self) -> int:
        """Frames handed over that the terminal has not taken yet."""
        writer = getattr(self._driver, "_writer_thread", None)
        queue = getattr(writer, "_queue", None)
        return queue.qsize() if queue is not None else 0

    def set_timer(
        self, delay: float, callback: TimerCallback | None = None, *, name: str | None = None, pause: bool = False
    ) -> Timer:
        # Textual leaves out ticks that come too late, even the only one of a timer: when the thread has to wait for as
        # long as the delay while the timer begins, it is never called, and no frame or new size would come any more.
        timer = super().set_timer(delay, callback, name=name, pause=pause)
        timer._skip = False
        if isinstance(timer._callback, partial):
            # It would look into the signature of what is called for each timer, which is 2 % of all work under load.
            timer._callback._param_count = 0  # type: ignore[attr-defined]  # of a partial, which takes any
        return timer

    def get_line_filters(self) -> Sequence[LineFilter]:
        # Nothing of ours is drawn in the sixteen colours unless the theme is the terminal's own, and looking for them
        # costs a tenth of each line, drawn anew or not.
        return [one for one in super().get_line_filters() if not isinstance(one, ANSIToTruecolor)]

    def look_at_size(self) -> None:
        """Takes the terminal's size if it has become another one unnoticed."""
        driver = self._driver
        size = driver.overlooked_size if isinstance(driver, SafeDriver) and not self.is_away else None
        if size is not None:
            self.post_message(events.Resize(size, size))

    def drawn(self) -> float:
        """Returns the seconds that the longest drawing took since this was asked last."""
        longest, self._longest_s = self._longest_s, 0.0
        return longest

    def note_drawing(self, seconds: float) -> None:
        """A screen has been drawn."""
        self._longest_s = max(self._longest_s, seconds)

    def draw_in_ascii(self, on: bool, *, everything: bool) -> None:
        """Draws our glyphs as ASCII, or not; `everything`: also what is not ours."""
        if self._in_ascii is None:
            self._in_ascii = InAscii(everything=everything)
            self._filters.append(self._in_ascii)
        if self._in_ascii.enabled != on:
            self._in_ascii.enabled = on
            for stack in self._screen_stacks.values():
                for screen in stack:
                    for node in screen.walk_children(Widget, with_self=True):
                        node.refresh()

    @property
    def can_lend(self) -> bool:
        """Whether the terminal can be given to another program for a while."""
        driver = self._driver
        return driver is not None and driver.can_suspend and not self.is_away

    @contextmanager
    def away(self) -> Iterator[None]:
        """Gives the terminal to another program; the loop goes on meanwhile, and draws all anew afterwards."""
        raised: BaseException | None = None
        with self.batch_update(), self.suspend():
            self.is_away = True
            try:
                yield
            except BaseException as error:  # noqa: BLE001 - raised again when the terminal is ours again
                raised = error
            self.is_away = False
        if raised is not None:
            raise raised

    @on(Driver.SignalResume)
    def _stands_no_longer(self) -> None:
        """After `fg` the terminal shows what was on it before the interface."""
        self._owes_frame = False
        self.refresh(layout=True)

    def tell_terminal(self, sequence: str) -> bool:
        """Writes what is not part of the picture; returns whether the terminal takes anything now."""
        driver = self._driver
        writes = getattr(driver, "_writer_thread", None) is not None
        if driver is None or not writes or self.is_away or self.frames_waiting > ROOM:
            return False
        driver.write(sequence)
        return True

    def bell(self) -> None:
        self.tell_terminal("\a")

    def read_later_sheets(self) -> None:
        """Reads the style sheets that the first screen does without; harmless when that is done."""
        if self._sheets.read_later():
            self._sheets.reparse()
            self._sheets.update(self)

    def meet(self, node: Widget) -> None:
        """A widget or screen is about to come to life."""

    def _register_child(self, parent: DOMNode, child: Widget, before: int | None, after: int | None) -> None:
        if isinstance(child, Screen):
            child._compositor = Sparing()
            if self._registry:
                self.read_later_sheets()
        self.meet(child)
        child._styles_cache = EdgesOnce()
        super()._register_child(parent, child, before, after)

    def _start_widget(self, parent: Widget, widget: Widget) -> None:
        # Scrollbars come to life here only.
        widget._styles_cache = EdgesOnce()
        if isinstance(widget, ScrollBar):
            widget.renderer = QuickBar  # type: ignore[misc]  # "to change only that instance", says Textual
        super()._start_widget(parent, widget)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if self.is_away:
            return
        if renderable is not None and self.frames_waiting > ROOM:
            self.frames_left_out += 1
            if not self._owes_frame:
                self._owes_frame = True
                self.set_timer(_LOOK_AGAIN_S, self._pay_frame)
            return
        super()._display(screen, renderable)

    def _begin_update(self) -> None:
        if isinstance(self._driver, SafeDriver):
            self._driver.gather()
        super()._begin_update()

    def _end_update(self) -> None:
        super()._end_update()
        if isinstance(self._driver, SafeDriver):
            self._driver.hand_over()

    def _pay_frame(self) -> None:
        if self.frames_waiting > ROOM:
            self.set_timer(_LOOK_AGAIN_S, self._pay_frame)
            return
        self._owes_frame = False
        self.screen.refresh(layout=True)


class TimedScreen(Screen[R], Generic[R]):
    """A screen that tells how long drawing it takes: lines are made and put together there, when Textual finds time.

    It has no tooltips, and what notices are shown in only when there is one: both would be made, styled and laid out
    for the first picture.
    """

    _was_shown = False

    def _extend_compose(self, widgets: list[Widget]) -> None:
        """Textual's own widgets are left out."""

    def make_room_for_notices(self) -> None:
        """Notices can be shown from now on."""
        if self.is_mounted and not any(isinstance(child, ToastRack) for child in self.children):
            self.mount(ToastRack(id="textual-toastrack"), before=0)

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        # Textual looks up all styles again, because the theme may have changed while another screen was up.
        event.refresh_styles = self._was_shown
        self._was_shown = True

    def _compositor_refresh(self) -> None:
        app = self.app
        if not isinstance(app, GuardedApp):
            super()._compositor_refresh()
            return
        began = app.monotonic()
        super()._compositor_refresh()
        app.note_drawing(app.monotonic() - began)

"""Says outside of the picture that something needs a person: title, badge, bell, desktop.

Nothing runs by itself: a timer lives only while the badge blinks for what is new, which it does once a second, or while
a message to the desktop is gathered.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from textual.timer import Timer

from prodigy_tui.tui.abilities import Abilities
from prodigy_tui.tui.model.attention import RINGS, for_the_outer, notify_sequence, title, title_sequence, words
from prodigy_tui.tui.model.notices import URGENT, Notice
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.preferences import Personal
from prodigy_tui.tui.terminal import GuardedApp
from prodigy_tui.tui.viewing import Viewing

BLINK_S: Final = 0.5
"""Half a second lit, half a second not: once a second."""
_BLINKS: Final = 10
_GATHER_S: Final = 1.0
_KEEP_TITLE: Final = "\x1b[22;0t"
_OLD_TITLE: Final = "\x1b[23;0t"


class Attention:
    """One interface's ways to call a person."""

    def __init__(
        self,
        app: GuardedApp[Any],
        viewing: Viewing,
        model: RunModel,
        personal: Personal,
        terminal: Abilities,
        *,
        redraw: Callable[[], None],
    ) -> None:
        self._app, self._viewing, self._model, self._personal, self._terminal = app, viewing, model, personal, terminal
        self._since = viewing.clock.now()
        self._redraw = redraw
        self._title = ""
        self._kept = self._closed = False
        self._waiting = 0
        self._blinks_left = 0
        self._blink: Timer | None = None
        self._gathering: Timer | None = None
        self._gathered: dict[tuple[str, str], Notice] = {}

    def open(self) -> None:
        """Keeps the title that the terminal has."""
        if self._terminal.title:
            self._kept = self._app.tell_terminal(_KEEP_TITLE)

    def close(self) -> None:
        """Gives the terminal its title back, and is silent from now on."""
        for timer in (self._blink, self._gathering):
            if timer is not None:
                timer.stop()
        if self._kept:
            self._kept = False
            self._app.tell_terminal(_OLD_TITLE)
        self._closed = True

    def take(self, notices: Sequence[Notice]) -> None:
        """Calls for what has just happened; what had happened before the interface was opened is no news."""
        fresh = [notice for notice in notices if notice.kind in URGENT and notice.last_at > self._since]
        if not fresh:
            return
        preferences = self._personal.preferences
        if any(notice.kind in RINGS for notice in fresh):
            self._app.bell()
        if preferences.notify == "unfocused" and self._terminal.notify and not self._app.app_focus:
            self._gather(fresh)
        if any(notice.kind == "waits" for notice in fresh):
            self._begin_to_blink()

    def update(self) -> None:
        """Brings the title up to date; it tells of the live run also while something else is shown."""
        if self._closed:
            return
        live = self._viewing.live_state
        waiting, before = len(live.gates) if live is not None else 0, self._waiting
        self._waiting = waiting
        if not waiting:
            self._rest()
        elif waiting > before and self._viewing.past:
            # The events of a run that is not shown are nobody's news; that more waits there is.
            self._app.bell()
            self._begin_to_blink()
        wanted = title(live or self._model.state, waiting, lit=self._model.lit)
        if self._terminal.title and wanted != self._title and self._app.tell_terminal(title_sequence(wanted)):
            self._title = wanted

    def focused(self) -> None:
        """Somebody looks: there is nothing to tell the desktop any more."""
        self._gathered.clear()

    def _gather(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            self._gathered[notice.kind, notice.text if notice.kind != "waits" else ""] = notice
        if self._gathering is None:
            self._gathering = self._app.set_timer(_GATHER_S, self._tell_desktop)

    def _tell_desktop(self) -> None:
        self._gathering = None
        told = words(self._gathered.values())
        self._gathered.clear()
        if told:
            sequence = notify_sequence(self._terminal.notify, told)
            self._app.tell_terminal(for_the_outer(sequence) if self._terminal.tmux else sequence)

    def _begin_to_blink(self) -> None:
        preferences = self._personal.preferences
        if not preferences.blink or preferences.motion == "reduced":
            return
        self._blinks_left = _BLINKS
        if self._blink is None:
            self._blink = self._app.set_interval(BLINK_S, self._turn)

    def _turn(self) -> None:
        self._blinks_left -= 1
        if self._blinks_left <= 0 or self._personal.preferences.motion == "reduced":
            self._rest()
        else:
            self._model.lit = not self._model.lit
        self._redraw()
        self.update()

    def _rest(self) -> None:
        if self._blink is not None:
            self._blink.stop()
            self._blink = None
        self._model.lit = True

"""Lets the interface look and move as the person likes it, as far as the terminal can."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from textual.widget import Widget

from prodigy_tui.tui.abilities import Abilities
from prodigy_tui.tui.frame import CALM_FPS, FPS, LOG_FPS, FrameClock
from prodigy_tui.tui.preferences import Personal
from prodigy_tui.tui.screens.kind import is_a
from prodigy_tui.tui.terminal import GuardedApp
from prodigy_tui.tui.themes import first_theme
from prodigy_tui.tui.widgets.logview import LogView

if TYPE_CHECKING:
    from textual.widgets import Input


class Manners:
    """Applies preferences to an app.

    Args:
        asked_theme: the theme asked for when the program was called; it comes before the one that is kept.
        colourless: whether colours are not wanted (`NO_COLOR`).
    """

    def __init__(
        self,
        app: GuardedApp[Any],
        personal: Personal,
        terminal: Abilities,
        frames: FrameClock,
        *,
        themes: Sequence[str],
        asked_theme: str,
        colourless: bool,
        changed: Callable[[], None],
    ) -> None:
        self._app, self._personal, self._terminal, self._frames = app, personal, terminal, frames
        self._themes, self._asked_theme, self._colourless = themes, asked_theme, colourless
        self._changed = changed
        personal.watch(self.apply)

    @property
    def reduced(self) -> bool:
        """Whether motion is to be reduced."""
        return self._personal.preferences.motion == "reduced"

    def apply(self) -> None:
        """Looks as the person likes it by now."""
        preferences, terminal = self._personal.preferences, self._terminal
        tried = preferences.theme != self._personal.kept.preferences.theme
        asked = preferences.theme if tried or not self._asked_theme else self._asked_theme
        self._app.theme = first_theme(
            self._themes, asked=asked, colourless=self._colourless, few_colours=terminal.few_colours
        )
        wanted = preferences.glyphs
        in_ascii = not terminal.any_text or wanted == "ascii" or (wanted == "auto" and not terminal.unicode)
        self._app.draw_in_ascii(in_ascii, everything=not terminal.any_text)
        self._app.animation_level = "none" if self.reduced else "full"
        self.set_pace()
        self._changed()

    def set_pace(self) -> None:
        """Paints less often when less motion is wanted, or nobody looks; more often when a log is followed closely."""
        if self.reduced or not self._app.app_focus:
            self._frames.limit(CALM_FPS)
        else:
            self._frames.limit(FPS if self.watched_log is None else LOG_FPS)

    @property
    def watched_log(self) -> LogView | None:
        """The log that has the focus, while its end is followed."""
        focused = self._app.focused if self._app.is_running else None
        return focused if isinstance(focused, LogView) and focused.following else None

    def meet(self, node: Widget) -> None:
        """Keeps what comes to life from blinking where that is not wanted."""
        if is_a(node, "Input"):
            cast("Input", node).cursor_blink = not self.reduced

"""The part of the desk that is about getting around: palette, help, panes, the way back, copying, what was missed."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from textual.app import App

from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.actions.keymap import Keymap
from prodigy_tui.tui.actions.registry import ACTIONS, applies
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.model.notices import Notices
from prodigy_tui.tui.model.text import clip, safe
from prodigy_tui.tui.model.trail import Trail
from prodigy_tui.tui.model.undo import Undo
from prodigy_tui.tui.panes import Panes, Target
from prodigy_tui.tui.preferences import Personal, Preset
from prodigy_tui.tui.screens.base import RunScreen
from prodigy_tui.tui.screens.kind import is_a
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.viewing import Viewing

if TYPE_CHECKING:
    from prodigy_tui.tui.places import Places
    from prodigy_tui.tui.screens.palette import PaletteScreen, Wish

_NOT_IN_THE_PALETTE: Final = frozenset({"moving", "merge", "timeline"})
"""Scopes whose actions mean nothing there: moving, and what belongs to a sheet that is not up then."""
_SAID_CELLS: Final = 200
_STAYS_S: Final = 30.0
"""How long something is shown that nobody may miss, unless they click it away."""


class Around(ABC):
    """Implements that part for an app."""

    def __init__(self, app: App[Any], viewing: Viewing, *, personal: Personal, keymap: Keymap) -> None:
        self._app = app
        self._viewing = viewing
        self._trail: Trail[PlaceName] = Trail()
        self._going_back = False
        self.personal = personal
        self.keymap = keymap
        self.panes = Panes(app)
        self.undo = Undo(self._now)
        self.notices = Notices()

    @property
    @abstractmethod
    def stage(self) -> Stage: ...
    @property
    @abstractmethod
    def screens(self) -> "Places": ...
    @abstractmethod
    def do(self, name: str) -> None: ...

    def _now(self) -> datetime:
        return self._viewing.clock.now()

    # The palette and the keys of a place.

    def open_palette(self) -> None:
        """Opens the list of everything that can be done."""
        self._open_commands()

    def open_steps(self, action: Action) -> None:
        """Opens the palette where the first step of an action is asked."""
        from prodigy_tui.tui.screens.palette import Wish

        self._open_commands(Wish(action=action), alone=True)

    def _open_commands(self, begin: "Wish | None" = None, *, alone: bool = False) -> None:
        from prodigy_tui.tui.screens.palette import PaletteScreen, Way

        actions = tuple(one for one in ACTIONS if one.scope not in _NOT_IN_THE_PALETTE and one.id != "back")
        self._open(PaletteScreen(Way.EVERYTHING, actions, self.stage.desk, begin=begin, alone=alone), alone=alone)

    def open_help(self) -> None:
        """Shows what every key means here."""
        from prodigy_tui.tui.screens.palette import PaletteScreen, Way

        self.personal.used_help()
        bound = {active.binding.action for active in self._app.screen.active_bindings.values()}
        here = [one for one in ACTIONS if f"app.do({one.id!r})" in bound and applies(one, self.stage.desk)]
        self._open(PaletteScreen(Way.KEYS_HERE, tuple(here), self.stage.desk))

    def _open(self, palette: "PaletteScreen", *, alone: bool = False) -> None:
        def chosen(wish: "Wish | None") -> None:
            if wish is not None:
                self._grant(wish, alone=alone)

        self._app.push_screen(palette, chosen)

    def _grant(self, wish: "Wish", *, alone: bool) -> None:
        """Does what was asked for; what cannot be done as it was typed is asked again."""
        action, desk = wish.action, self.stage.desk
        if wish.item_id:
            desk.show_item(wish.item_id)
            return
        if action is None:
            wrong = desk.travel.jump(wish.moment)
        elif action.run is not None:
            self.do(action.id)
            return
        elif reason := action.reason(desk):
            self.say(reason)
            return
        elif action.run_chosen is not None:
            wrong = action.run_chosen(desk, wish.chosen, wish.text)
        else:
            wrong = action.run_with(desk, wish.text) if action.run_with is not None else ""
        if wrong:
            self.say(wrong)
            self._open_commands(wish, alone=alone)

    # Places and panes.

    def left(self, place: PlaceName) -> None:
        """A screen is left for another."""
        if not self._going_back:
            self._trail.leave(place)

    def no_last_view(self) -> str:
        """Returns why there is no way back; empty when there is."""
        return "" if self._trail else "there was no other view before"

    def last_view(self) -> None:
        """Goes to the screen before this one."""
        place = self._trail.back(cast(PlaceName, self._app.current_mode))
        if place is None:
            return
        self._going_back = True
        try:
            self._app.switch_mode(place)
        finally:
            self._going_back = False

    def step_back(self) -> None:
        """One level back: a pane that stands alone, what the screen has open, the screen itself; never further."""
        screen = self._app.screen
        if self.panes.zoomed and not _types(self._app):
            self.panes.unzoom()
        elif callable(back := getattr(screen, "action_back", None)):
            back()
        elif isinstance(screen, RunScreen) and screen.place != "fleet":
            self._app.switch_mode("fleet")

    def open_jump(self) -> None:
        """Puts labels on everything that can be jumped to."""

        def chosen(target: Target | None) -> None:
            if target is not None:
                target.go()

        targets = self.panes.targets()
        if targets:
            from prodigy_tui.tui.screens.jump import JumpScreen

            self._app.push_screen(JumpScreen(targets), chosen)

    def layout(self) -> Preset:
        """Returns how the fleet is laid out."""
        from prodigy_tui.tui.screens.layouts import layout_of

        return layout_of(self.screens.fleet)

    def lay_out(self, preset: Preset) -> None:
        """Goes to the fleet and lays it out."""
        from prodigy_tui.tui.screens.layouts import lay_out

        if self._app.current_mode != "fleet":
            self._app.switch_mode("fleet")
        fleet = self.screens.fleet
        fleet.call_after_refresh(lay_out, fleet, preset)

    # What was done and what happened.

    def offer_undo(self, what: str, deed: Callable[[], object], until: datetime | None = None) -> None:
        """Says how to take back what was just done here; from `until` on it is too late."""
        self.undo.offer(safe(what, _SAID_CELLS), deed, until)

    def turned(self) -> None:
        """Another run is shown: nothing of the one before is meant any more."""
        self.undo.forget()
        self.notices.clear()
        self._trail.clear()

    def open_notices(self) -> None:
        """Shows what happened, and was perhaps missed."""
        if not is_a(self._app.screen, "NoticesScreen"):
            from prodigy_tui.tui.screens.notices import NoticesScreen

            self._app.push_screen(NoticesScreen(self.stage, self.notices))

    def open_settings(self) -> None:
        """Shows how the interface looks and behaves, to be changed."""
        if not is_a(self._app.screen, "SettingsScreen"):
            from prodigy_tui.tui.screens.settings import SettingsScreen

            self._app.push_screen(SettingsScreen(self.stage))

    def copied(self, *, path: bool) -> str:
        """Returns what copying gives here."""
        top = self._app.screen
        screen = top if isinstance(top, RunScreen) else self.screens[cast(PlaceName, self._app.current_mode)]
        return screen.copied_path() if path else screen.copied()

    def copy(self, text: str) -> None:
        """Puts a text where the terminal keeps what was copied, and says what it was."""
        self._app.copy_to_clipboard(text)
        lines = text.count("\n") + 1
        more = f" (and {lines - 1} more lines)" if lines > 1 else ""
        self.say(f"copied: {clip(safe(text.partition(chr(10))[0]), _SAID_CELLS)}{more}")

    def watch_retry(self, items: Iterable[str]) -> None:
        """Says, until somebody takes it away, how the retries end."""
        self.notices.watch(items)

    def tell_retries(self) -> None:
        """Says what has become of retries by hand."""
        for text, failed in self.notices.retries_told():
            self._app.notify(
                text, markup=False, severity="error" if failed else "information", timeout=_STAYS_S if failed else None
            )

    def say(self, text: str) -> None:
        """Says something for a moment; it can be read again in the list of what happened."""
        self.notices.say(text, self._now())
        self._app.notify(text, markup=False)


def _types(app: App[Any]) -> bool:
    from textual.widgets import Input

    return isinstance(app.focused, Input)

"""What a sheet says of a key that means nothing there: the keys that do, in its frame, until it closes."""

from typing import Final

from textual import events
from textual.screen import ModalScreen, ScreenResultType

from prodigy_tui.tui.actions.keymap import SHOWN
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.widgets.page import Page

_MEANS_MORE: Final = frozenset({"ctrl+c", "ctrl+z", "ctrl+q"})
"""Keys that are taken before any screen sees them."""


class TellsItsKeys(ModalScreen[ScreenResultType]):
    """A sheet of one page that decides something. If it just kept silent, it would seem to hang."""

    unheard: Line = ()
    """What stands below the page since a key was pressed that means nothing here."""

    @property
    def sheet(self) -> Page:
        """The page with the frame."""
        raise NotImplementedError

    def keys_here(self) -> tuple[str, ...]:
        """Returns the keys that decide."""
        raise NotImplementedError

    def on_key(self, event: events.Key) -> None:
        """Sees every key, whether it is bound or not."""
        if event.key in self.active_bindings or event.key in _MEANS_MORE:
            return
        keys = " ".join(SHOWN.get(one, one) for one in self.keys_here())
        self.unheard = ((f"keys here: {keys}", "warning"),)
        self.sheet.entitle(self.sheet.title_line, self.unheard)

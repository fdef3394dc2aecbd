"""How the interface looks."""

from typing import Final

from prodigy_tui.tui.actions.action import Action

ACTIONS: Final[tuple[Action, ...]] = (
    Action(id="view.theme", caption="View: next theme", run=lambda desk: desk.next_theme()),
)

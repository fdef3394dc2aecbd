"""The way to everything else; always last in the footer."""

from typing import Final

from prodigy_tui.tui.actions.action import Action

ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="palette", caption="Commands", hint="palette", keys=(":", "ctrl+p"), run=lambda desk: desk.open_palette()
    ),
    Action(id="leave", caption="Leave", hint="leave", keys=("q",), run=lambda desk: desk.leave()),
    Action(id="help", caption="Keys of this place", hint="keys", keys=("?",), run=lambda desk: desk.open_help()),
)

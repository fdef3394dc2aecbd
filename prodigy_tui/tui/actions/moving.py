"""Moving within what has the focus."""

from typing import Final

from prodigy_tui.tui.actions.action import Action

ACTIONS: Final[tuple[Action, ...]] = (
    Action(id="move.down", caption="Down", keys=("down", "j"), scope="moving", run=lambda desk: desk.view.move(1)),
    Action(id="move.up", caption="Up", keys=("up", "k"), scope="moving", run=lambda desk: desk.view.move(-1)),
    Action(
        id="move.page-down",
        caption="A page down",
        keys=("pagedown", "ctrl+d"),
        scope="moving",
        run=lambda desk: desk.view.page(1),
    ),
    Action(
        id="move.page-up",
        caption="A page up",
        keys=("pageup", "ctrl+u"),
        scope="moving",
        run=lambda desk: desk.view.page(-1),
    ),
    Action(
        id="move.top", caption="To the top", keys=("g", "home"), scope="moving", run=lambda desk: desk.view.edge(-1)
    ),
    Action(
        id="move.bottom", caption="To the bottom", keys=("G", "end"), scope="moving", run=lambda desk: desk.view.edge(1)
    ),
    Action(
        id="move.enter",
        caption="Open, or fold and unfold",
        hint="open",
        keys=("enter",),
        scope="moving",
        run=lambda desk: desk.view.enter(),
    ),
)

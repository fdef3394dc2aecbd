"""Getting about: panes, labels, the way back, what was missed, copying, undoing, settings."""

from typing import Final

from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.desk import Desk


def undo(desk: Desk) -> None:
    what = desk.undo.undo()
    desk.say(f"undone: {what}")


ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="back",
        caption="Go: one level back",
        hint="back",
        keys=("escape",),
        run=lambda desk: desk.step_back(),
    ),
    Action(
        id="view.last",
        caption="Go: to the view before this one",
        hint="last view",
        keys=("backspace",),
        why_not=lambda desk: desk.no_last_view(),
        run=lambda desk: desk.last_view(),
    ),
    Action(
        id="pane.next",
        caption="Go: next pane",
        keys=("tab",),
        run=lambda desk: desk.panes.step(1),
    ),
    Action(
        id="pane.previous",
        caption="Go: previous pane",
        keys=("shift+tab",),
        run=lambda desk: desk.panes.step(-1),
    ),
    Action(
        id="jump",
        caption="Go: jump to a line or pane by its label",
        hint="jump",
        keys=(";",),
        run=lambda desk: desk.open_jump(),
    ),
    Action(
        id="pane.zoom",
        caption="View: this pane alone, and back",
        hint="zoom",
        keys=("z",),
        why_not=lambda desk: desk.panes.no_zoom(),
        run=lambda desk: desk.panes.zoom(),
    ),
    Action(
        id="notices",
        caption="Help: what happened while you were away",
        hint="missed",
        keys=("!",),
        run=lambda desk: desk.open_notices(),
    ),
    Action(
        id="settings",
        caption="View: settings…",
        hint="settings",
        keys=("comma",),
        run=lambda desk: desk.open_settings(),
    ),
    Action(
        id="undo",
        caption="Undo the last thing done here",
        hint="undo",
        keys=("u",),
        why_not=lambda desk: desk.undo.reason(),
        run=undo,
    ),
    Action(
        id="copy",
        caption="Copy: what the cursor stands on",
        hint="copy",
        keys=("y",),
        why_not=lambda desk: "" if desk.copied(path=False) else "nothing here to copy",
        run=lambda desk: desk.copy(desk.copied(path=False)),
    ),
    Action(
        id="copy.path",
        caption="Copy: its path or id",
        keys=("Y",),
        why_not=lambda desk: "" if desk.copied(path=True) else "nothing here has a path or an id",
        run=lambda desk: desk.copy(desk.copied(path=True)),
    ),
)

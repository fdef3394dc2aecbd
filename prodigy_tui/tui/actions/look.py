"""How the interface looks; everything of it is on the settings screen, this is the short way."""

from typing import Final

from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.choosing import Choice

_AS_THE_TERMINAL: Final = "as the terminal"


def themes(desk: Desk) -> list[Choice]:
    now = desk.personal.kept.preferences.theme
    return [
        Choice(id=_AS_THE_TERMINAL, caption=_AS_THE_TERMINAL, chosen=not now),
        *(Choice(id=name, caption=name, chosen=name == now) for name in desk.themes),
    ]


def try_theme(desk: Desk, name: str) -> None:
    if name:
        desk.personal.try_out(theme=_theme(name))
    else:
        desk.personal.try_out()


def keep_theme(desk: Desk, name: str, _: str) -> str:
    if trouble := desk.personal.prefer(theme=_theme(name)):
        desk.say(f"until you leave: {trouble}")
    return ""


def _theme(choice: str) -> str:
    return "" if choice == _AS_THE_TERMINAL else choice


ACTIONS: Final[tuple[Action, ...]] = (
    Action(id="view.theme", caption="View: theme…", choose=themes, run_chosen=keep_theme, try_out=try_theme),
)

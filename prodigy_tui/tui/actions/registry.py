"""The one list of what a person can do: keys, palette, help, footer and the reasons why not all come from here."""

from typing import Final

from textual.binding import Binding

from prodigy_tui.tui.actions import (
    agents,
    everywhere,
    fleet,
    letters,
    logs,
    look,
    merging,
    moving,
    places,
    replaying,
    run,
)
from prodigy_tui.tui.actions.action import Action, Scope
from prodigy_tui.tui.desk import Desk

ACTIONS: Final[tuple[Action, ...]] = tuple(
    action
    for room in (
        replaying,
        places,
        moving,
        fleet,
        logs,
        merging,
        agents,
        letters,
        run,
        look,
        everywhere,
    )
    for action in room.ACTIONS
)
"""Of two with the same key the first that applies is meant: replaying comes before all, leaving and help last."""

BY_ID: Final[dict[str, Action]] = {action.id: action for action in ACTIONS}


def actions_in(*scopes: Scope) -> tuple[Action, ...]:
    """Returns the actions of some scopes, in the order of the list."""
    return tuple(action for action in ACTIONS if action.scope in scopes)


def bindings_for(*scopes: Scope) -> list[Binding]:
    """Returns Textual's bindings for some scopes; where two share a key, the first that applies now is taken."""
    return [
        Binding(key, f"app.do({action.id!r})", action.caption, show=False, id=f"{action.id}:{key}")
        for action in actions_in(*scopes)
        for key in action.keys
    ]


def applies(action: Action, desk: Desk) -> bool:
    """Whether the action's key means this action now; it may still be refused, with a reason."""
    return action.scope != "replay" or desk.replay is not None


def hints(ids: tuple[str, ...], desk: Desk, most: int = 4) -> list[tuple[str, str]]:
    """Returns key and word of the most useful actions that can be done now, help last."""
    useful = [BY_ID[name] for name in ids]
    able = [action for action in useful if not action.reason(desk)][:most]
    return [(_shown(action.keys[0]), action.hint) for action in (*able, BY_ID["palette"], BY_ID["help"])]


_KEY_NAMES: Final = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "shift+left": "shift+←",
    "shift+right": "shift+→",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "escape": "esc",
}


def _shown(key: str) -> str:
    return _KEY_NAMES.get(key, key)


def shown_keys(action: Action) -> str:
    """Returns the keys of an action as people read them."""
    return " ".join(_shown(key) for key in action.keys)

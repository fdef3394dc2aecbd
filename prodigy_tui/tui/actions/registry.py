"""The one list of what a person can do: keys, palette, help, footer and the reasons why not all come from here."""

from typing import TYPE_CHECKING, Final

from prodigy_tui.tui.actions import (
    agents,
    around,
    choosing,
    everywhere,
    fleet,
    history,
    letters,
    logs,
    look,
    merging,
    moving,
    outside,
    places,
    presets,
    replaying,
    review,
    run,
)
from prodigy_tui.tui.actions.action import Action, Scope
from prodigy_tui.tui.desk import Desk

if TYPE_CHECKING:
    from textual.binding import Binding

ACTIONS: Final[tuple[Action, ...]] = tuple(
    action
    for room in (
        review,
        replaying,
        places,
        history,
        moving,
        fleet,
        logs,
        merging,
        agents,
        letters,
        outside,
        run,
        look,
        choosing,
        presets,
        around,
        everywhere,
    )
    for action in room.ACTIONS
)
"""Of two with the same key the first that applies is meant: replaying comes before all, leaving and help last."""

BY_ID: Final[dict[str, Action]] = {action.id: action for action in ACTIONS}


def actions_in(*scopes: Scope) -> tuple[Action, ...]:
    """Returns the actions of some scopes, in the order of the list."""
    return tuple(action for action in ACTIONS if action.scope in scopes)


def bindings_for(*scopes: Scope) -> "list[Binding]":
    """Returns Textual's bindings for some scopes; where two share a key, the first that applies now is taken."""
    from textual.binding import Binding  # whoever only reads settings does without

    return [
        Binding(key, f"app.do({action.id!r})", action.caption, show=False, id=f"{action.id}:{key}")
        for action in actions_in(*scopes)
        for key in action.keys
    ]


def applies(action: Action, desk: Desk) -> bool:
    """Whether the action's key means this action now; it may still be refused, with a reason."""
    if action.scope == "replay" and desk.replay is None:
        return False
    elsewhere = desk.place in action.yields_in or (action.only and desk.place not in action.only)
    return not elsewhere or not desk.keymap.is_shared(action)


def hints(ids: tuple[str, ...], desk: Desk, most: int = 4) -> list[tuple[str, str]]:
    """Returns key and word of the most useful actions that can be done now, help last."""
    useful = [BY_ID[name] for name in ids]
    able = [
        action
        for action in useful
        if desk.keymap.first(action) and desk.place not in action.yields_in and not action.reason(desk)
    ][:most]
    return [(desk.keymap.first(action), action.word(desk)) for action in (*able, BY_ID["palette"], BY_ID["help"])]

"""A person's own keys, put in the place of those that a screen or widget was written with.

Textual has keymaps of its own, but they know no key that means one thing live and another in the past.
"""

import re
from typing import Final

from textual.binding import Binding, BindingsMap
from textual.widget import Widget

from prodigy_tui.tui.actions.keymap import Keymap
from prodigy_tui.tui.actions.registry import ACTIONS

_DOES: Final = re.compile(r"app\.do\('([^']+)'\)")


def give_keys(node: Widget, keymap: Keymap) -> None:
    """Binds the actions of a screen or widget to the keys in force; what else it binds stays.

    Of two actions on one key the first in the registry is asked first, as in the bindings it was written with.
    """
    others: list[Binding] = []
    bound: set[str] = set()
    for _, binding in node._bindings:
        found = _DOES.fullmatch(binding.action)
        if found is not None and binding.id is not None:
            bound.add(found[1])
        else:
            others.append(binding)
    if not bound:
        return
    actions = [
        Binding(key, f"app.do({action.id!r})", action.caption, show=False, id=f"{action.id}:{key}")
        for action in ACTIONS
        if action.id in bound
        for key in keymap.keys(action)
    ]
    node._bindings = BindingsMap([*actions, *others])

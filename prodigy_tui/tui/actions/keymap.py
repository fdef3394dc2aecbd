"""The keys in force: those of the actions, and those that a person has put in their place. Knows no Textual."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from prodigy_tui.tui.actions.action import Action, Scope
from prodigy_tui.tui.actions.registry import ACTIONS, BY_ID

Keys = Mapping[str, tuple[str, ...]]
"""Action → its keys."""

GROUNDS: Final[Mapping[str, tuple[Scope, ...]]] = {
    "fleet": ("replay", "moving", "fleet", "agent", "log", "everywhere"),
    "log": ("replay", "moving", "agent", "log", "everywhere"),
    "merges": ("replay", "moving", "merges", "agent", "everywhere"),
    "dlq": ("replay", "moving", "dlq", "agent", "everywhere"),
    "home": ("moving", "home", "records", "everywhere"),
    "runs": ("moving", "runs", "records", "everywhere"),
    "report": ("moving", "report", "records", "everywhere"),
    "review": ("review", "moving", "everywhere"),
    "merge": ("merge",),
    "timeline": ("timeline",),
}
"""Where keys mean something, and whose do there. Keys of the replay come before the others while there is one."""

SHOWN: Final[Mapping[str, str]] = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "escape": "esc",
    "comma": ",",
    "at": "@",
    "delete": "del",
}
_NAMED: Final = frozenset(
    [
        "up",
        "down",
        "left",
        "right",
        "home",
        "end",
        "pageup",
        "pagedown",
        "insert",
        "delete",
        "backspace",
        "tab",
        "enter",
        "escape",
        "space",
        "comma",
        "at",
    ]
) | {f"f{number}" for number in range(1, 25)}
_MODIFIED: Final = re.compile(r"((?:ctrl\+|alt\+|shift\+)*)(.+)")
_NOT_FOR_ACTIONS: Final = {
    "escape": "goes one level back everywhere",
    "ctrl+c": "leaves, or stops gently",
    "ctrl+q": "leaves",
}
NEVER_WITHOUT: Final = frozenset({"palette", "help", "leave"})
"""Actions that must keep a key: the way to all the others, and the way out."""
FIXED: Final = frozenset({"back"})


class KeysWrong(ValueError):
    """Keys cannot be put that way; `action` is the one whose keys they are."""

    def __init__(self, action: str, why: str, hint: str) -> None:
        super().__init__(why)
        self.action = action
        self.hint = hint


class Keymap:
    """The keys of all actions."""

    def __init__(self, mine: Keys | None = None) -> None:
        self._mine = dict(mine or {})

    @property
    def mine(self) -> Keys:
        """The keys that the person has set."""
        return self._mine

    def keys(self, action: Action) -> tuple[str, ...]:
        """Returns the keys of an action as the terminal names them."""
        return self._mine.get(action.id, action.keys)

    def shown(self, action: Action) -> str:
        """Returns the keys of an action as people read them."""
        return " ".join(shown_key(key) for key in self.keys(action))

    def first(self, action: Action) -> str:
        """Returns the key to name for an action; empty when it has none."""
        keys = self.keys(action)
        return shown_key(keys[0]) if keys else ""

    def is_shared(self, action: Action) -> bool:
        """Whether one of its keys means other things at other places."""
        return not self._shared.isdisjoint(self.keys(action))

    @cached_property
    def _shared(self) -> frozenset[str]:
        uses = Counter(key for action in ACTIONS for key in self.keys(action))
        return frozenset(key for key, count in uses.items() if count > 1)


def shown_key(key: str) -> str:
    """Returns a key as people read it."""
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    return "+".join((*modifiers, SHOWN.get(last, last)))


def canonical(key: str) -> str:
    """Returns the name of a key as the terminal gives it; empty for what is no key."""
    if len(key) == 1:
        return {",": "comma", " ": "space", "@": "at"}.get(key, key) if key.isprintable() else ""
    found = _MODIFIED.fullmatch(key.lower())
    if found is None:
        return ""
    modifiers, last = found[1], found[2]
    if last in _NAMED or (len(last) == 1 and last.isprintable() and modifiers and "shift+" not in modifiers):
        return modifiers + last
    return ""


def read_keys(given: Mapping[str, Sequence[str]]) -> Keys:
    """Returns keys that a person has written, as the terminal names them.

    Raises:
        KeysWrong: An action is not known, a key is none, or it means another thing at the same place.
    """
    mine: dict[str, tuple[str, ...]] = {}
    for name, keys in given.items():
        if name not in BY_ID or name in FIXED:
            raise KeysWrong(name, "is no action that can have other keys", _alike(name))
        mine[name] = tuple(dict.fromkeys(_key(name, key) for key in keys))
        if not mine[name] and name in NEVER_WITHOUT:
            raise KeysWrong(name, "must have a key", "everything else is reached from there")
    keymap = Keymap(mine)
    for name in mine:
        _refuse_clash(BY_ID[name], keymap)
    return mine


def _key(name: str, key: str) -> str:
    found = canonical(key)
    if not found:
        raise KeysWrong(name, f"{key!r} is no key", "write x, X, f5, delete, ctrl+x, alt+1 or shift+left")
    if found in _NOT_FOR_ACTIONS:
        raise KeysWrong(name, f"{key!r} cannot be given away: it {_NOT_FOR_ACTIONS[found]}", "choose another key")
    return found


def _alike(name: str) -> str:
    from rapidfuzz import process

    found = process.extractOne(name, [known for known in BY_ID if known not in FIXED], score_cutoff=60)
    return f"did you mean {found[0]!r}?" if found else "docs/reference/keys.md lists them"


def _refuse_clash(action: Action, keymap: Keymap) -> None:
    for other in ACTIONS:
        if other.id == action.id or _may_share(action, other):
            continue
        for place in _together(action, other):
            for key in keymap.keys(action):
                if key in keymap.keys(other):
                    raise KeysWrong(
                        action.id,
                        f"key {shown_key(key)!r} means {other.id!r} in the same place ({place})",
                        f"choose another, or give {other.id} other keys as well",
                    )


def _may_share(one: Action, other: Action) -> bool:
    """Whether the shipped keys say already which of the two is meant."""
    return (one.scope == "replay") != (other.scope == "replay") or not set(one.keys).isdisjoint(other.keys)


def _together(one: Action, other: Action) -> list[str]:
    """Returns the places where both may be meant."""
    found = []
    for place, scopes in GROUNDS.items():
        meant = one.scope in scopes and other.scope in scopes
        if meant and all(place in action.only for action in (one, other) if action.only):
            found.append(place)
    return found

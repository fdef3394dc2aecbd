"""What the palette lists: everything by subject, the words that find it, and what cannot be done at the end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from rapidfuzz import fuzz

from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.looks import ITEM_LOOKS
from prodigy_tui.tui.model.text import agent_name

GROUPS: Final = (
    "Run", "Agent", "Merge", "Review", "DLQ", "Replay", "Screen", "Go", "View", "Filter", "Mark", "Log", "Copy",
    "Export", "Engine", "Runs", "Help",
)  # fmt: skip
"""Subjects in the order of the list; others come before the last."""
LATELY: Final = "lately"
GO: Final = "go:"
"""How the id of an entry begins that goes to an agent."""
AROUND: Final = "around"
FIRST: Final = (
    "screen.home", "screen.fleet", "screen.log", "screen.merges", "screen.dlq", "screen.runs",
    "replay.look-back", "replay.live", "pane.next", "back", "leave",
)  # fmt: skip
"""Actions that whoever asks for the keys of a place needs first."""
NOTE: Final = "note"
"""The id of a line that can only be read."""
NO_COUNTS: Final = "a number before a key does not repeat it: digits go to the screens"
_ALIASES: Final = {
    "Agents": "Agent",
    "Dead letters": "DLQ",
    "Heat map": "View",
    "Decide": "Merge",
    "Look back": "Replay",
    "Undo": "Go",
    "Retry": "Agent",
}
_WITHOUT_GROUP: Final = "Go"
_OF_ID: Final = {"fleet": "Mark", "agent": "Agent", "move": "Move", "help": "Help", "palette": "Help", "leave": "Run"}
_CLOSE_ENOUGH: Final = 76.0
_NEARLY: Final = 20.0
"""Ranks from which on words were only nearly right: shown where nothing else is."""
_RECENT_SHOWN: Final = 5
_AGENTS_SHOWN: Final = 6
_POSITION: Final = re.compile(r"a?0*(\d{1,6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One line of the palette."""

    id: str
    group: str
    words: str
    """What it does, without its group."""
    keys: str = ""
    reason: str = ""
    """Why it cannot be done now; empty when it can."""


def command(name: str, caption: str, *, keys: str = "", reason: str = "") -> Command:
    """Returns the line of an action, its group told by its caption (`Group: words`) or its id."""
    head, colon, rest = caption.partition(": ")
    if colon and len(head) <= 12:
        return Command(id=name, group=_ALIASES.get(head, head), words=rest, keys=keys, reason=reason)
    group = _OF_ID.get(name.split(".", maxsplit=1)[0], _WITHOUT_GROUP)
    words = caption[:1].lower() + caption[1:] if caption[1:2].islower() else caption
    return Command(id=name, group=group, words=words, keys=keys, reason=reason)


def found(commands: Sequence[Command], text: str, *, recent: Sequence[str] = ()) -> list[Command]:
    """Returns the commands that match some words, the best first; without words all of them by group.

    What cannot be done comes last. What was used lately comes first, as a group of its own while nothing is typed.
    """
    if not text.strip():
        able = [one for one in commands if not one.reason]
        by_id = {one.id: one for one in able}
        lately = [by_id[name] for name in recent if name in by_id][:_RECENT_SHOWN]
        again = [Command(id=one.id, group=LATELY, words=f"{one.group}: {one.words}", keys=one.keys) for one in lately]
        rest = [one for one in able if one not in lately]
        return [*again, *_by_group(rest), *_by_group([one for one in commands if one.reason])]
    ranked = [(rank, one) for one in commands if (rank := _rank(one, text)) is not None]
    ranked = [hit for hit in ranked if hit[0] < _NEARLY] or ranked
    places = {name: place for place, name in enumerate(recent)}
    ranked.sort(key=lambda hit: (bool(hit[1].reason), hit[0], places.get(hit[1].id, len(places))))
    return [one for _, one in ranked]


def keys_of_place(commands: Sequence[Command]) -> list[Command]:
    """Returns the keys of a place: the ways around first, and at the end what no key does."""
    by_id = {one.id: one for one in commands}
    first = [by_id[name] for name in FIRST if name in by_id and not by_id[name].reason]
    around = [replace(one, group=AROUND) for one in first]
    rest = [one for one in found(commands, "") if one not in first]
    return [*around, *rest, Command(id=NOTE, group="", words=NO_COUNTS)]


def agents(state: RunState, text: str) -> list[Command]:
    """Returns lines that go to the agents that a text may mean: `a017`, `17`, or a part of a name."""
    text = text.strip().casefold()
    if len(text) < 2:
        return []
    items = state.items.values()
    number = _POSITION.fullmatch(text)
    if number is not None:
        meant = [item for item in items if item.position == int(number[1])]
    else:
        meant = list(islice((item for item in items if text in item_name(item).casefold()), _AGENTS_SHOWN))
    return [
        Command(
            id=f"{GO}{item.item.id}",
            group="Agent",
            words=f"go to {agent_name(item.position)} {item_name(item)} · {ITEM_LOOKS[item.status].word}",
        )
        for item in meant
    ]


def _by_group(commands: Sequence[Command]) -> list[Command]:
    known = {group: place for place, group in enumerate(GROUPS)}
    return sorted(
        commands, key=lambda one: (known.get(one.group, len(GROUPS) - 1.5), one.group if one.group not in known else "")
    )


def _rank(one: Command, text: str) -> float | None:
    """Returns how far a command is from the words, or `None` when it is too far."""
    if text.strip() in one.keys.split():
        return 0.0
    wanted = text.casefold().split()
    said = f"{one.group} {one.words}".casefold()
    if all(word in said for word in wanted):
        parts = re.findall(r"\w+", said)
        begins = sum(any(part.startswith(word) for part in parts) for word in wanted)
        return 1.0 + (len(wanted) - begins) + len(said) / 1000
    likeness = fuzz.partial_ratio(" ".join(wanted), said)
    return _NEARLY + 100.0 - likeness if likeness >= _CLOSE_ENOUGH and len(" ".join(wanted)) > 2 else None

"""What is done to an agent that is chosen in the palette, wherever one is."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from prodigy_tui.events.item_state import ItemState, ItemStatus
from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.choosing import Choice
from prodigy_tui.tui.model.looks import ITEM_LOOKS
from prodigy_tui.tui.model.text import agent_name, safe

_AT_WORK: Final[frozenset[ItemStatus]] = frozenset({"running", "waiting"})
_TO_STOP: Final[frozenset[ItemStatus]] = frozenset({"running", "waiting", "pending", "retrying"})
_FAILED: Final[frozenset[ItemStatus]] = frozenset({"dead", "skipped", "cancelled"})
_MOST: Final = 2_000
"""Agents to choose from; whoever has more types a name into the fleet's filter."""


def agents(statuses: frozenset[ItemStatus] | None = None) -> Callable[[Desk], Sequence[Choice]]:
    """Returns what lists the agents of some states, by position."""

    def choices(desk: Desk) -> Sequence[Choice]:
        items = desk.model.state.items.values()
        found = (item for item in items if statuses is None or item.status in statuses)
        here = desk.current_item
        return [choice_of(item, chosen=item.item.id == here) for item in islice(found, _MOST)]

    return choices


def choice_of(item: ItemState, *, chosen: bool = False) -> Choice:
    """Returns an agent to choose."""
    look = ITEM_LOOKS[item.status]
    caption = f"{agent_name(item.position)} {item_name(item)}"
    return Choice(id=item.item.id, caption=caption, note=f"{look.word} {safe(item.step, 60)}".strip(), chosen=chosen)


def nobody(statuses: frozenset[ItemStatus], why: str) -> Callable[[Desk], str]:
    """Returns what says that there is no agent of some states."""

    def why_not(desk: Desk) -> str:
        return "" if any(item.status in statuses for item in desk.model.state.items.values()) else why

    return why_not


def send(desk: Desk, signal: SignalReceived) -> str:
    desk.send(signal)
    return ""


def go(desk: Desk, item_id: str, _: str) -> str:
    desk.show_item(item_id)
    return ""


def open_log(desk: Desk, item_id: str, _: str) -> str:
    desk.show_item(item_id)
    desk.go_to("log")
    return ""


def open_changes(desk: Desk, item_id: str, _: str) -> str:
    item = desk.model.state.items.get(item_id)
    if item is None or not item.head:
        return "it has committed nothing yet"
    desk.show_item(item_id)
    desk.open_diff()
    return ""


def tell(desk: Desk, item_id: str, note: str) -> str:
    if not note:
        return "a note says something"
    return send(desk, SignalReceived(signal="tell", item_id=item_id, note=note, source="interface"))


ACTIONS: Final[tuple[Action, ...]] = (
    Action(id="choose.go", caption="Agent: go to one…", choose=agents(), run_chosen=go),
    Action(id="choose.log", caption="Agent: open the log of one…", choose=agents(), run_chosen=open_log),
    Action(
        id="choose.diff",
        caption="Agent: open the changes of one…",
        why_not=lambda desk: "" if desk.has_diffs else "changes cannot be read here: the repository is not at hand",
        choose=agents(),
        run_chosen=open_changes,
    ),
    Action(
        id="choose.tell",
        caption="Agent: tell one…",
        steers=True,
        why_not=nobody(_AT_WORK, "nobody is at work"),
        choose=agents(_AT_WORK),
        ask="the agent's next instruction",
        run_chosen=tell,
    ),
    Action(
        id="choose.stop",
        caption="Agent: stop one gently…",
        steers=True,
        why_not=nobody(_TO_STOP, "nobody is at work"),
        choose=agents(_TO_STOP),
        run_chosen=lambda desk, item_id, _: send(
            desk, SignalReceived(signal="stop-item", item_id=item_id, source="interface")
        ),
    ),
    Action(
        id="choose.retry",
        caption="Agent: retry one that failed for good…",
        steers=True,
        why_not=nobody(_FAILED, "nothing has failed for good"),
        choose=agents(_FAILED),
        run_chosen=lambda desk, item_id, _: send(
            desk, SignalReceived(signal="retry", item_id=item_id, source="interface")
        ),
    ),
)

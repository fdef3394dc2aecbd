"""One agent, or the marked ones. Everything that changes the run is a signal; what hits several asks first."""

from collections.abc import Callable, Sequence
from typing import Final

from prodigy_tui.events.item_state import ItemState, ItemStatus
from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.events.values import SignalName
from prodigy_tui.tui.actions.action import Action, performs
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.looks import ITEM_LOOKS
from prodigy_tui.tui.model.text import agent_name, fit, safe
from prodigy_tui.tui.model.verbs import retry_these
from prodigy_tui.wording import plural

_STOPPABLE: Final[frozenset[ItemStatus]] = frozenset({"running", "waiting", "pending", "retrying"})
_IN_HAND: Final[frozenset[ItemStatus]] = frozenset({"running", "waiting"})
_RETRYABLE: Final[frozenset[ItemStatus]] = frozenset({"dead", "skipped", "cancelled"})
_PREVIEWED: Final = 40


def chosen(desk: Desk) -> list[ItemState]:
    """Returns the marked items, or the one under the cursor."""
    items = desk.model.state.items
    return [item for item_id in desk.chosen_items if (item := items.get(item_id)) is not None]


def stoppable(desk: Desk) -> list[ItemState]:
    stopping = desk.model.state.stopping_items
    return [item for item in chosen(desk) if item.status in _STOPPABLE and item.item.id not in stopping]


def killable(desk: Desk) -> list[ItemState]:
    """Returns what can be ended at once, what is stopping already too."""
    return [item for item in chosen(desk) if item.status in _STOPPABLE]


def retryable(desk: Desk) -> list[ItemState]:
    return [item for item in chosen(desk) if _can_be_retried(item)]


def all_retryable(desk: Desk) -> list[ItemState]:
    """Returns what of the marked items failed for good, or without marks of all that the list shows."""
    if len(desk.chosen_items) > 1:
        return retryable(desk)
    items, rows = desk.model.state.items, desk.model.rows
    return [items[item_id] for item_id in rows.item_ids() if _can_be_retried(items[item_id])]


def _can_be_retried(item: ItemState) -> bool:
    return item.status in _RETRYABLE and item.discarded is None


def stop(desk: Desk) -> None:
    """Stops one agent at once, several after a yes."""
    _each(
        desk,
        stoppable(desk),
        "stop-item",
        "Stop gently",
        "what they have committed stays on their branches",
    )


def kill(desk: Desk) -> None:
    """Ends agents without any grace, after a yes."""
    items = killable(desk)
    preview = _preview(items, "their steps end at once, without the time to tidy up that a gentle stop gives")
    desk.confirm("Kill", preview, f"kills {_them(items)}", lambda: _send(desk, items, "stop-item", at_once=True))


def retry(desk: Desk) -> None:
    """Tries one item again at once, several of the fleet after a yes; the dead letter queue shows a plan first."""
    items = retryable(desk)
    if desk.place == "dlq":
        desk.view.perform("retry")
    elif desk.records.takes_up:
        desk.records.take_up(f"to try again {_them(items)}", retry_outside(desk))
    elif desk.place == "fleet":
        _each(desk, items, "retry", "Try again", "goes back to the queue, each with a fresh worktree")
    else:
        _send(desk, items, "retry")


def retry_outside(desk: Desk) -> str:
    return retry_these(desk.model.state, retryable(desk))


def retry_all_outside(desk: Desk) -> str:
    return retry_these(desk.model.state, all_retryable(desk))


def retry_all(desk: Desk) -> None:
    items = all_retryable(desk)
    preview = _preview(items, "they go back to the queue, each with a fresh worktree")
    desk.confirm("Try again", preview, f"tries {_them(items)} again", lambda: _send(desk, items, "retry"))


def tell(desk: Desk) -> None:
    """Asks for a note and hands it to the agents."""
    items = [item for item in chosen(desk) if item.status in _IN_HAND]

    def told(text: str) -> None:
        for item in items:
            desk.send(SignalReceived(signal="tell", item_id=item.item.id, note=text, source="interface"))
        desk.say(f"told {_them(items)}; a step that is not an agent's passes it on to the next that is")

    desk.ask(
        f"Tell {plural(len(items), 'agent')}", _preview(items, "the note is the agent's next instruction")[:12], told
    )


def _each(desk: Desk, items: Sequence[ItemState], name: SignalName, title: str, about: str) -> None:
    if len(items) > 1:
        verb = f"{title.lower()} {_them(items)}"
        desk.confirm(title, _preview(items, about), verb, lambda: _send(desk, items, name))
    else:
        _send(desk, items, name)


def _send(desk: Desk, items: Sequence[ItemState], name: SignalName, *, at_once: bool = False) -> None:
    for item in items:
        desk.send(SignalReceived(signal=name, item_id=item.item.id, source="interface", at_once=at_once))
    if name == "retry":
        desk.watch_retry(item.item.id for item in items)
    elif items:
        done = "killed" if at_once else "stopping"
        desk.say(f"{done} {_them(items)}; {key('agent.retry')} tries {_it(items)} again, once stopped")
    desk.view.perform("unmark")


def _them(items: Sequence[ItemState]) -> str:
    if len(items) == 1:
        return f"{agent_name(items[0].position)} {safe(items[0].item.label or items[0].item.id, 60)}"
    return plural(len(items), "agent")


def _it(items: Sequence[ItemState]) -> str:
    return "it" if len(items) == 1 else "each"


def _preview(items: Sequence[ItemState], about: str) -> list[Line]:
    """Returns what is hit, each by name and state, and what that means."""
    lines: list[Line] = [((f"{plural(len(items), 'agent')}: {about}", "text"),), BLANK]
    for item in items[:_PREVIEWED]:
        look = ITEM_LOOKS[item.status]
        step = f"  {safe(item.step, 60)}" if item.step else ""
        lines.append(
            (
                (f" {look.glyph} ", look.role),
                (fit(agent_name(item.position), 7), "muted"),
                (fit(item_name(item), 36), "text"),
                (f" {look.word}{step}", "muted"),
            )
        )
    more = len(items) - _PREVIEWED
    return [*lines, ((f"   and {more:,} more", "muted"),)] if more > 0 else lines


def _none(found: Callable[[Desk], list[ItemState]], why: str) -> Callable[[Desk], str]:
    def reason(desk: Desk) -> str:
        if found(desk):
            return ""
        items = chosen(desk)
        if not items:
            return "select an agent"
        if len(items) == 1 and items[0].item.id in desk.model.state.stopping_items:
            return "already stopping"
        return (
            f"{safe(items[0].item.label or items[0].item.id, 60)} {why}" if len(items) == 1 else f"none of them {why}"
        )

    return reason


def nothing_to_retry(desk: Desk) -> str:
    return "" if retryable(desk) else "only what failed for good can be retried"


def nobody_to_tell(desk: Desk) -> str:
    if any(item.status in _IN_HAND for item in chosen(desk)):
        return ""
    return "select an agent that is at work"


def no_diff(desk: Desk) -> str:
    if not desk.has_diffs:
        return "changes cannot be read here: the repository is not at hand"
    item = desk.model.state.items.get(desk.current_item or "")
    if item is None:
        return "select an agent"
    return "" if item.head else f"{item.item.id} has committed nothing yet"


def show_changes(desk: Desk) -> None:
    if desk.place == "fleet":
        desk.view.perform("diff")
    else:
        desk.open_diff()


ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="agent.diff",
        caption="Agent: show its changes",
        hint="diff",
        keys=("d",),
        scope="agent",
        why_not=no_diff,
        run=show_changes,
    ),
    Action(
        id="agent.review",
        caption="Agent: review its changes on the whole screen",
        scope="agent",
        why_not=no_diff,
        run=lambda desk: desk.open_diff(),
    ),
    Action(
        id="view.facts",
        only=("fleet",),
        caption="Agent: facts instead of the log, and back",
        hint="facts",
        keys=("i",),
        scope="fleet",
        run=performs("facts"),
    ),
    Action(
        id="agent.stop",
        caption="Agents: stop gently what is marked, or selected",
        hint="stop",
        keys=("x",),
        scope="agent",
        steers=True,
        why_not=_none(stoppable, "is not running"),
        run=stop,
    ),
    Action(
        id="agent.kill",
        caption="Agents: kill what is marked, or selected…",
        hint="kill",
        keys=("X",),
        scope="agent",
        steers=True,
        why_not=_none(killable, "is not running"),
        run=kill,
    ),
    Action(
        id="agent.retry",
        caption="Retry what is marked, or selected",
        hint="retry",
        keys=("r",),
        scope="agent",
        steers=True,
        command=retry_outside,
        why_not=nothing_to_retry,
        run=retry,
    ),
    Action(
        id="agent.retry-all",
        only=("fleet",),
        caption="Retry all marked or shown that failed for good…",
        hint="retry all",
        keys=("R",),
        scope="fleet",
        steers=True,
        command=retry_all_outside,
        taken_up="to try again all that failed for good, as marked or listed",
        why_not=lambda desk: "" if all_retryable(desk) else "nothing has failed for good",
        run=retry_all,
    ),
    Action(
        id="agent.tell",
        caption="Agents: tell what is marked, or selected…",
        hint="tell",
        keys=("t",),
        scope="agent",
        steers=True,
        why_not=nobody_to_tell,
        run=tell,
    ),
)

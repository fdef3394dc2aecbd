"""One agent, or the marked ones. Everything that changes the run is a signal."""

from typing import Final

from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.desk import Desk


def stop_item(desk: Desk) -> None:
    desk.send(SignalReceived(signal="stop-item", item_id=desk.current_item, source="interface"))


def no_stoppable(desk: Desk) -> str:
    item = desk.model.state.items.get(desk.current_item or "")
    if item is None:
        return "select an agent"
    if item.status not in ("running", "pending", "retrying"):
        return f"{item.item.id} is not running"
    return "already stopping" if item.item.id in desk.model.state.stopping_items else ""


def retry(desk: Desk) -> None:
    for item_id in retryable(desk):
        desk.send(SignalReceived(signal="retry", item_id=item_id, source="interface"))
    desk.view.perform("unmark")


def retryable(desk: Desk) -> list[str]:
    items = desk.model.state.items
    chosen = (items.get(item_id) for item_id in desk.chosen_items)
    return [item.item.id for item in chosen if item is not None and item.status in ("dead", "skipped", "cancelled")]


def nothing_to_retry(desk: Desk) -> str:
    return "" if retryable(desk) else "only what failed for good can be retried"


def no_diff(desk: Desk) -> str:
    if not desk.has_diffs:
        return "changes cannot be read here: the repository is not at hand"
    item = desk.model.state.items.get(desk.current_item or "")
    if item is None:
        return "select an agent"
    return "" if item.head else f"{item.item.id} has committed nothing yet"


ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="agent.diff",
        caption="Agent: show its changes",
        hint="diff",
        keys=("d",),
        scope="agent",
        why_not=no_diff,
        run=lambda desk: desk.open_diff(),
    ),
    Action(
        id="agent.stop",
        caption="Agent: stop gently",
        hint="stop",
        keys=("x",),
        scope="agent",
        steers=True,
        why_not=no_stoppable,
        run=stop_item,
    ),
    Action(
        id="agent.retry",
        caption="Retry what is marked, or selected",
        hint="retry",
        keys=("r",),
        scope="agent",
        steers=True,
        why_not=nothing_to_retry,
        run=retry,
    ),
)

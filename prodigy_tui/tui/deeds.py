"""What the actions do, and why some cannot be done now. Everything that changes the run is a signal."""

from collections.abc import Callable
from typing import Literal

from prodigy_tui.events.schema import GateOpened, SignalReceived
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.feed import ReplayFeed
from prodigy_tui.tui.model.asked import oldest_question
from prodigy_tui.tui.model.overview import is_over


def pause(desk: Desk) -> None:
    stopped = desk.model.state.stop is not None and desk.model.state.stop.kind == "drain"
    resume = desk.model.state.paused or desk.model.state.disk is not None or stopped
    desk.send(SignalReceived(signal="resume" if resume else "pause", source="interface"))


def ended(desk: Desk) -> str:
    return "the run is over" if is_over(desk.model.state) else ""


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


def set_parallel(desk: Desk, text: str) -> str:
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        return f"{text!r} is not a number from 1 to 1000"
    desk.send(SignalReceived(signal="set-parallel", number=int(text), source="interface"))
    return ""


def no_gate(desk: Desk) -> str:
    return "" if desk.model.state.gate is not None else "nothing waits to be merged"


def merge(desk: Desk) -> None:
    """Opens the question; of a run that ended without landing, asks for it anew."""
    if (asked := oldest_question(desk.model.state, desk.current_item)) is not None:
        desk.open_question(asked)
    else:
        desk.send(SignalReceived(signal="merge", source="interface"))
        desk.say("asked to land; m opens the question when it is ready")


def no_merge(desk: Desk) -> str:
    state = desk.model.state
    if state.gates:
        return ""
    unlanded = state.landing is not None and state.landing.status in ("unmerged", "refused", "conflict")
    if not is_over(state) or not unlanded:
        return "nothing waits for your answer"
    if desk.model.past:
        return "in the past"
    return "" if desk.can_steer else "another process drives this run"


def answer(desk: Desk, answer: Literal["approve", "later"]) -> None:
    gate = desk.model.state.gate
    if gate is not None:
        desk.send(SignalReceived(signal="answer", gate=gate.gate, answer=answer, source="interface"))


def answer_question(desk: Desk, gate: GateOpened, answer: str) -> str:
    """Answers a question; returns why that cannot be done from here, or nothing."""
    if desk.model.past:
        return "in the past"
    if not desk.can_steer:
        return "another process drives this run"
    desk.send(SignalReceived(signal="answer", gate=gate.gate, answer=answer, source="interface"))
    return ""


def no_diff(desk: Desk) -> str:
    if not desk.has_diffs:
        return "changes cannot be read here: the repository is not at hand"
    item = desk.model.state.items.get(desk.current_item or "")
    if item is None:
        return "select an agent"
    return "" if item.head else f"{item.item.id} has committed nothing yet"


def problem(direction: int) -> Callable[[Desk], None]:
    """Returns what goes to the next item that failed, or the previous one, round and round."""

    def go(desk: Desk) -> None:
        rows = desk.model.rows
        problems = [key[2] for name in ("attention", "dead") for key in rows.section(name).keys]
        if not problems:
            desk.say("nothing has failed")
            return
        here = problems.index(desk.current_item) if desk.current_item in problems else (-1 if direction > 0 else 0)
        desk.show_item(problems[(here + direction) % len(problems)])

    return go


def next_for_me(desk: Desk) -> None:
    asked = oldest_question(desk.model.state)
    if asked is not None and not desk.model.past:
        desk.open_question(asked)
    else:
        problem(1)(desk)


def replaying(deed: Callable[[ReplayFeed], object]) -> Callable[[Desk], None]:
    def run(desk: Desk) -> None:
        if desk.replay is not None:
            deed(desk.replay)

    return run


def mark(direction: int) -> Callable[[Desk], None]:
    def go(desk: Desk) -> None:
        if desk.replay is not None and not desk.replay.to_mark(direction):
            desk.say("no further mark")

    return go


def performs(deed: str) -> Callable[[Desk], None]:
    return lambda desk: desk.view.perform(deed)


def signal(name: Literal["drain", "stop"]) -> Callable[[Desk], None]:
    return lambda desk: desk.send(SignalReceived(signal=name, source="interface"))

"""The run as a whole."""

from collections.abc import Callable
from typing import Final, Literal

from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.overview import is_over
from prodigy_tui.tui.model.verbs import continue_command


def held(desk: Desk) -> bool:
    """Whether nothing new starts until somebody says so: the key that pauses lets it go on."""
    if desk.records.takes_up:
        return True
    state = desk.model.state
    return state.paused or state.disk is not None or (state.stop is not None and state.stop.kind == "drain")


def pause(desk: Desk) -> None:
    desk.send(SignalReceived(signal="resume" if held(desk) else "pause", source="interface"))


def ended(desk: Desk) -> str:
    return "the run is over" if is_over(desk.model.state) else ""


def set_parallel(desk: Desk, text: str) -> str:
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        return f"{text!r} is not a number from 1 to 1000"
    desk.send(SignalReceived(signal="set-parallel", number=int(text), source="interface"))
    return ""


def signal(name: Literal["drain", "stop"]) -> Callable[[Desk], None]:
    return lambda desk: desk.send(SignalReceived(signal=name, source="interface"))


ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="run.pause",
        caption="Run: pause, or go on",
        hint="pause",
        hint_now=lambda desk: "go on" if held(desk) else "pause",
        keys=("p",),
        steers=True,
        command=lambda desk: continue_command(desk.model.state),
        taken_up="to let it go on",
        why_not=ended,
        run=pause,
    ),
    Action(
        id="run.parallel",
        caption="Run: how many agents at once…",
        steers=True,
        why_not=ended,
        ask="agents at once",
        run_with=set_parallel,
    ),
    Action(
        id="run.drain",
        caption="Run: start nothing new, let agents finish",
        steers=True,
        why_not=ended,
        run=signal("drain"),
    ),
    Action(
        id="run.stop",
        caption="Run: stop gently, to be resumed later",
        steers=True,
        why_not=ended,
        run=signal("stop"),
    ),
)

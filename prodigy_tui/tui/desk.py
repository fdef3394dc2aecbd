"""What an action is, and what it works with: the app, seen through `Desk`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from prodigy_tui.events.schema import GateOpened, SignalReceived
from prodigy_tui.tui.feed import ReplayFeed
from prodigy_tui.tui.model.run import RunModel

Scope: TypeAlias = Literal["everywhere", "moving", "agent", "log", "dlq", "replay", "merge", "diff"]
PlaceName: TypeAlias = Literal["fleet", "log", "dlq"]


class View(Protocol):
    """What every screen can be told."""

    def move(self, lines: int) -> None: ...
    def page(self, direction: int) -> None: ...
    def edge(self, direction: int) -> None: ...
    def enter(self) -> None: ...
    def perform(self, deed: str) -> None:
        """Does what only this screen can do; a screen that cannot does nothing."""
        ...


class Desk(Protocol):
    """What actions work with."""

    @property
    def model(self) -> RunModel: ...
    @property
    def replay(self) -> ReplayFeed | None: ...
    @property
    def view(self) -> View: ...
    @property
    def place(self) -> PlaceName:
        """The screen that is up, below whatever is open over it."""
        ...

    @property
    def can_steer(self) -> bool:
        """Whether the run takes signals from here."""
        ...

    @property
    def has_diffs(self) -> bool: ...
    @property
    def current_item(self) -> str | None:
        """The item under the cursor."""
        ...

    @property
    def chosen_items(self) -> tuple[str, ...]:
        """The items marked here, or the one under the cursor."""
        ...

    def send(self, signal: SignalReceived) -> None: ...
    def go_to(self, place: PlaceName) -> None: ...
    def show_item(self, item_id: str) -> None: ...
    def open_palette(self) -> None: ...
    def open_help(self) -> None: ...
    def open_question(self, gate: GateOpened) -> None: ...
    def open_diff(self) -> None: ...
    def open_landing_diff(self) -> None: ...
    def open_question_diff(self, gate: GateOpened) -> None: ...
    def jump(self, text: str) -> str:
        """Goes to a place in time as people type it; returns what is wrong with it, or nothing."""
        ...

    def leave(self) -> None: ...
    def next_theme(self) -> None: ...
    def say(self, text: str) -> None: ...


_PLACES: dict[PlaceName, str] = {"fleet": "the fleet (1)", "log": "the log (2)", "dlq": "the dead letter queue (4)"}


def _always(_: Desk) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that a person can do."""

    id: str
    caption: str
    hint: str = ""
    """One word for the footer."""
    keys: tuple[str, ...] = ()
    scope: Scope = "everywhere"
    only: tuple[PlaceName, ...] = ()
    """Screens on which it means something; empty: all."""
    steers: bool = False
    """Changes the run; refused in the past, and where another process drives it."""
    why_not: Callable[[Desk], str] = _always
    """Returns why it cannot be done now; empty when it can."""
    run: Callable[[Desk], None] | None = None
    ask: str = ""
    """What must be typed first; `run_with` gets it."""
    run_with: Callable[[Desk, str], str] | None = None
    """Does it with what was typed; returns what is wrong with that, or nothing."""

    def reason(self, desk: Desk) -> str:
        """Returns why the action cannot be done now; empty when it can."""
        if self.scope == "replay" and desk.replay is None:
            return "only in a replay"
        if self.only and desk.place not in self.only:
            return f"only in {' and '.join(_PLACES[place] for place in self.only)}"
        if self.steers:
            if desk.model.past:
                return "in the past"
            if not desk.can_steer:
                return "another process drives this run"
        return self.why_not(desk)

"""What an action is: something a person can do, with its keys, its place and the reason why not now."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from prodigy_tui.tui.desk import Desk, PlaceName
from prodigy_tui.tui.model.choosing import Choice
from prodigy_tui.tui.model.keynames import key

Scope: TypeAlias = Literal[
    "everywhere",
    "moving",
    "fleet",
    "agent",
    "log",
    "dlq",
    "replay",
    "merge",
    "diff",
    "review",
    "merges",
    "timeline",
    "records",
    "home",
    "runs",
    "report",
]

_PLACES: dict[PlaceName, str] = {
    "fleet": "the fleet",
    "log": "the log",
    "merges": "the merges",
    "dlq": "the dead letter queue",
    "runs": "the runs",
    "report": "a report",
    "home": "the home screen",
}


def _place(name: PlaceName) -> str:
    return _PLACES[name] if name == "report" else f"{_PLACES[name]} ({key(f'screen.{name}')})"


def _always(_: Desk) -> str:
    return ""


class Action(Struct, frozen=True, kw_only=True):
    """One thing that a person can do."""

    id: str
    caption: str
    hint: str = ""
    """One word for the footer."""
    hint_now: Callable[[Desk], str] | None = None
    """The word for the footer, where it depends on how things are."""
    keys: tuple[str, ...] = ()
    scope: Scope = "everywhere"
    only: tuple[PlaceName, ...] = ()
    """Screens on which it means something; empty: all."""
    yields_in: tuple[PlaceName, ...] = ()
    """Places where its key is that of another action."""
    steers: bool = False
    """Changes the run; refused in the past, and where another process drives it."""
    command: Callable[[Desk], str] = _always
    """Returns what does it from a shell where it cannot be done from here; empty when nothing would."""
    taken_up: str = ""
    """What a run at rest is taken up for by that command, in words; without them the action sees to it itself."""
    why_not: Callable[[Desk], str] = _always
    """Returns why it cannot be done now; empty when it can."""
    run: Callable[[Desk], None] | None = None
    ask: str = ""
    """What must be typed first; `run_with` gets it."""
    run_with: Callable[[Desk, str], str] | None = None
    """Does it with what was typed; returns what is wrong with that, or nothing."""
    choose: Callable[[Desk], Sequence[Choice]] | None = None
    """What is chosen first, from a list in the palette; `run_chosen` gets its id."""
    run_chosen: Callable[[Desk, str, str], str] | None = None
    """Does it with what was chosen and, where there is an `ask`, typed; returns what is wrong, or nothing."""
    try_out: Callable[[Desk, str], None] | None = None
    """Shows what a choice would do while the cursor stands on it; an empty id: nothing is tried any more."""

    @property
    def in_steps(self) -> bool:
        """Whether something must be chosen or typed first."""
        return self.run is None

    def word(self, desk: Desk) -> str:
        """Returns what the footer says of it now."""
        return self.hint_now(desk) if self.hint_now is not None else self.hint

    def reason(self, desk: Desk) -> str:
        """Returns why the action cannot be done now; empty when it can."""
        if self.scope == "replay" and desk.replay is None:
            return "only in a replay"
        if self.only and desk.place not in self.only:
            return f"only in {' and '.join(map(_place, self.only))}"
        if self.steers and not desk.can_steer:
            command = self.command(desk) if desk.travel.no_live() else ""
            if command and desk.records.takes_up:
                return ""
            if desk.model.past:
                return f"in the past; it is done with: {command}" if command else "in the past"
            return "another process drives this run" if desk.model.state.run_id else "no run is open"
        return self.why_not(desk)

    def at_rest(self, desk: Desk) -> str:
        """Returns the command by which a run that nobody drives is taken up for this; empty where it is not."""
        return self.command(desk) if self.taken_up and not desk.can_steer and desk.records.takes_up else ""


def performs(deed: str) -> Callable[[Desk], None]:
    """Returns what tells the screen that is up to do what only it can."""
    return lambda desk: desk.view.perform(deed)

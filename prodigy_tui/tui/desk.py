"""What actions work with: the app, its screens and the run, seen through `Desk`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from prodigy_tui.events.schema import GateOpened, SignalReceived
    from prodigy_tui.tui.actions.keymap import Keymap
    from prodigy_tui.tui.feed import ReplayFeed
    from prodigy_tui.tui.model.line import Line
    from prodigy_tui.tui.model.reviewing import Subject
    from prodigy_tui.tui.model.run import RunModel
    from prodigy_tui.tui.model.undo import Undo
    from prodigy_tui.tui.preferences import Personal, Preset
    from prodigy_tui.tui.records import Records
    from prodigy_tui.tui.travel import Travel

PlaceName: TypeAlias = Literal["fleet", "log", "merges", "dlq", "runs", "report", "home"]


class View(Protocol):
    """What every screen can be told."""

    def move(self, lines: int) -> None: ...
    def page(self, direction: int) -> None: ...
    def edge(self, direction: int) -> None: ...
    def enter(self) -> None: ...
    def perform(self, deed: str) -> None:
        """Does what only this screen can do; a screen that cannot does nothing."""
        ...


class Review(Protocol):
    """A change that is open for review."""

    def reason(self, deed: str) -> str:
        """Returns why something cannot be done with it now; empty when it can."""
        ...


class Panes(Protocol):
    """The panes of the screen that is up."""

    @property
    def zoomed(self) -> bool: ...
    def step(self, direction: int) -> None: ...
    def no_zoom(self) -> str: ...
    def zoom(self) -> None: ...


class Outside(Protocol):
    """The ways out of the interface and back."""

    def no_shell(self) -> str:
        """Returns why the terminal cannot be lent; empty when it can."""
        ...

    def no_editor(self) -> str: ...
    def shell(self, folder: Path) -> None:
        """Opens the person's shell in a folder, on this terminal."""
        ...

    def edit(self, folder: Path, file: Path) -> None:
        """Opens a file, or a folder, in the person's editor."""
        ...

    def stand_still(self) -> None:
        """Suspends the whole program, and with it the run."""
        ...

    def no_commands(self) -> str: ...
    def open_commands(self) -> None:
        """Shows what the program has run."""
        ...


class Desk(Protocol):
    """What actions work with."""

    @property
    def outside(self) -> Outside: ...

    @property
    def keymap(self) -> Keymap:
        """The keys in force."""
        ...

    @property
    def personal(self) -> Personal:
        """How the person likes the interface."""
        ...

    @property
    def panes(self) -> Panes: ...
    @property
    def undo(self) -> Undo:
        """What can be taken back."""
        ...

    def offer_undo(self, what: str, deed: Callable[[], object], until: datetime | None = None) -> None:
        """Says how to take back what was just done here; from `until` on it is too late."""
        ...

    def watch_retry(self, items: Iterable[str]) -> None:
        """Items that somebody has given back to work by hand: it is said, and stays said, how that ends."""
        ...

    def do(self, name: str) -> None:
        """Runs an action by its id, or says why not."""
        ...

    def step_back(self) -> None:
        """One level back; never out of the program."""
        ...

    def no_last_view(self) -> str: ...
    def last_view(self) -> None: ...
    def copied(self, *, path: bool) -> str:
        """Returns what copying gives here: what the cursor stands on, or its path or id."""
        ...

    def layout(self) -> Preset:
        """Returns how the fleet is laid out."""
        ...

    def lay_out(self, preset: Preset) -> None: ...
    def open_jump(self) -> None: ...
    def open_notices(self) -> None: ...
    def open_settings(self) -> None: ...

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
    def travel(self) -> Travel:
        """The way to other moments."""
        ...

    @property
    def records(self) -> Records:
        """The way to other runs."""
        ...

    @property
    def current_run(self) -> str | None:
        """The run under the cursor where runs are listed, else the one that is shown."""
        ...

    def no_closing(self) -> str:
        """Returns why the run that is shown cannot be closed for what was there before it; empty when it can."""
        ...

    def close_run(self) -> None: ...

    @property
    def can_steer(self) -> bool:
        """Whether the run takes signals from here."""
        ...

    @property
    def has_diffs(self) -> bool: ...
    @property
    def review(self) -> Review | None:
        """The change that is open for review, on top of everything else."""
        ...

    @property
    def current_item(self) -> str | None:
        """The item under the cursor."""
        ...

    @property
    def chosen_items(self) -> tuple[str, ...]:
        """The items marked here, or the one under the cursor."""
        ...

    def send(self, signal: SignalReceived) -> None: ...
    def reduce_again(self) -> None:
        """Has reduce run anew, where this process drives the run."""
        ...

    def go_to(self, place: PlaceName) -> None: ...
    def show_item(self, item_id: str) -> None: ...
    def show_logs(self, items: tuple[str, ...], *, tiled: bool) -> None:
        """Shows the logs of several items as one, or as tiles; no items: of those at work. Shown already: one again."""
        ...

    def open_palette(self) -> None: ...
    def open_help(self) -> None: ...
    def open_question(self, gate: GateOpened) -> None: ...
    def open_review(self, subject: Subject, *, instead: bool = False) -> None:
        """Opens a change; `instead`: in the place of the one that is open."""
        ...

    def open_sweep(self) -> None:
        """Opens the question whether all clean suspects are accepted."""
        ...

    def open_diff(self) -> None: ...
    def open_landing_diff(self) -> None: ...
    def open_question_diff(self, gate: GateOpened) -> None: ...
    def copy(self, text: str) -> None:
        """Puts a text where the terminal keeps what was copied."""
        ...

    def leave(self) -> None: ...
    @property
    def themes(self) -> tuple[str, ...]:
        """The names of the themes to choose from."""
        ...

    def say(self, text: str) -> None: ...
    def ask(self, title: str, told: list[Line], take: Callable[[str], None]) -> None:
        """Asks for one line of text; what is typed goes to `take`."""
        ...

    def confirm(self, title: str, told: list[Line], verb: str, do: Callable[[], None]) -> None:
        """Asks before something is done; `verb` says what a yes does."""
        ...

"""What actions work with, made of the app, its screens and the ports: who opens what, and what is sent to the run."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from textual.app import App

from prodigy_tui.events.schema import GateOpened, SignalReceived
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.abroad import Abroad
from prodigy_tui.tui.actions.keymap import Keymap
from prodigy_tui.tui.actions.registry import BY_ID
from prodigy_tui.tui.around import Around
from prodigy_tui.tui.desk import PlaceName, Review, View
from prodigy_tui.tui.feed import ReplayFeed
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.overview import is_over
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.places import Places
from prodigy_tui.tui.preferences import Personal
from prodigy_tui.tui.records import Records
from prodigy_tui.tui.screens.base import LEAST_HEIGHT, LEAST_WIDTH, RunScreen
from prodigy_tui.tui.screens.kind import is_a
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.travel import Travel, Turner
from prodigy_tui.tui.viewing import Viewing

if TYPE_CHECKING:
    from prodigy_tui.report.compare import Comparison as RunComparison
    from prodigy_tui.tui.model.compare import Comparison
    from prodigy_tui.tui.model.reviewing import Memory, Subject
    from prodigy_tui.tui.screens.dlq import DlqScreen
    from prodigy_tui.tui.screens.fleet import FleetScreen
    from prodigy_tui.tui.screens.home import HomeScreen
    from prodigy_tui.tui.screens.leave import Choice, LeaveScreen
    from prodigy_tui.tui.screens.log import LogScreen
    from prodigy_tui.tui.screens.merges import MergesScreen
    from prodigy_tui.tui.screens.report import ReportScreen
    from prodigy_tui.tui.screens.review import ReviewScreen
    from prodigy_tui.tui.screens.runs import RunsScreen
from prodigy_tui.tui.widgets.page import Lines

Ending: TypeAlias = Literal["left", "over"]
"""How the interface was closed: while the run is at work, or when nothing runs any more."""

_AGAIN_S = 2.0
"""A second ctrl+c within this time means: stop gently."""


class Steering(Around):
    """Implements `Desk` for an app. Knows which screens there are; screens know only the `Desk`."""

    records: Records
    outside: Abroad

    def __init__(
        self,
        app: App[Ending],
        turner: Turner,
        viewing: Viewing,
        model: RunModel,
        *,
        personal: Personal,
        keymap: Keymap,
    ) -> None:
        super().__init__(app, viewing, personal=personal, keymap=keymap)
        self._app: App[Ending] = app
        self._model = model
        self._turner = turner
        self._travel = Travel(turner, self, viewing, model)
        self._interrupted_at = float("-inf")

    def build(self, stage: Stage) -> None:
        """Gives the screens their stage."""
        self._stage = stage
        self._places = Places(stage)

    @property
    def stage(self) -> Stage:
        return self._stage

    @property
    def screens(self) -> Places:
        """The screens by name."""
        return self._places

    @property
    def fleet(self) -> "FleetScreen":
        return self._places.fleet

    @property
    def log(self) -> "LogScreen":
        return self._places.log

    @property
    def merges(self) -> "MergesScreen":
        return self._places.merges

    @property
    def dlq(self) -> "DlqScreen":
        return self._places.dlq

    @property
    def runs(self) -> "RunsScreen":
        return self._places.runs

    @property
    def report(self) -> "ReportScreen":
        return self._places.report

    @property
    def home(self) -> "HomeScreen":
        return self._places.home

    @property
    def model(self) -> RunModel:
        return self._model

    @property
    def replay(self) -> ReplayFeed | None:
        return self._viewing.replay

    @property
    def travel(self) -> Travel:
        return self._travel

    @property
    def view(self) -> View:
        top = self._app.screen
        return cast(View, top if is_a(top, "RunScreen", "MergeScreen", "ReviewScreen") else self._base)

    @property
    def place(self) -> PlaceName:
        return cast(PlaceName, self._app.current_mode)

    @property
    def _base(self) -> RunScreen:
        return self.screens[self.place]

    @property
    def can_steer(self) -> bool:
        return self._viewing.world.control is not None and not self._model.past

    @property
    def has_diffs(self) -> bool:
        return self._viewing.world.diffs is not None

    @property
    def review(self) -> Review | None:
        top = self._app.screen
        return cast("ReviewScreen", top).deciding if is_a(top, "ReviewScreen") else None

    @property
    def chosen_items(self) -> tuple[str, ...]:
        return self._base.chosen_items

    @property
    def current_item(self) -> str | None:
        return self._base.current_item

    @property
    def current_run(self) -> str | None:
        if is_a(base := self._base, "HomeScreen", "RunsScreen", "ReportScreen"):
            return cast("HomeScreen | RunsScreen | ReportScreen", base).current_run
        return self._model.state.run_id or None

    def no_closing(self) -> str:
        return "the interface was opened on what is shown" if self._viewing.at_home else ""

    def close_run(self) -> None:
        self._turner.back()

    def open_run_comparison(self, comparison: "RunComparison") -> None:
        """Shows what differs between two runs."""
        from prodigy_tui.tui.model.reporting import comparison_lines as run_comparison_lines

        a, b = comparison.a, comparison.b
        names = (safe(side.label or side.run_id, 60) for side in (a, b))
        self.tell(" → ".join(names), partial(run_comparison_lines, comparison))

    def tell(self, title: str, told: Lines) -> None:
        """Shows lines to read."""
        from prodigy_tui.tui.screens.telling import TellingScreen

        self._app.push_screen(TellingScreen(title, told))

    def send(self, signal: SignalReceived) -> None:
        control = self._viewing.world.control
        if control is not None and not self._model.past:
            control.send(signal)

    def reduce_again(self) -> None:
        decisions = self._viewing.world.decisions
        if decisions is not None and self.can_steer:
            decisions.reduce_again()
            self.say("reduce runs again")

    def do(self, name: str) -> None:
        """Runs an action of the registry, or says why not."""
        action = BY_ID[name]
        reason = action.reason(self)
        if reason:
            self.say(reason)
        elif command := action.at_rest(self):
            self.records.take_up(action.taken_up, command)
        elif action.run is not None:
            action.run(self)
        else:
            self.open_steps(action)

    def go_to(self, place: PlaceName) -> None:
        if self._viewing.empty and place not in ("home", "runs", "report"):
            self.say("no run is open; enter on one opens it")
            return
        if place == "log":
            item_id = self.current_item
            row = Row("item", item_id) if item_id is not None else self.fleet.shown_row
            if row is None or row.kind != "fold":  # of a group there is no log
                self.log.show(row)
            if (here := self.place) != "log":
                self.log.opened_from = here if here in ("merges", "dlq") else "fleet"
        self._app.switch_mode(place)

    def show_item(self, item_id: str) -> None:
        if self._app.current_mode != "fleet":
            self._app.switch_mode("fleet")
        self.fleet.show_item(item_id)

    def show_logs(self, items: tuple[str, ...], *, tiled: bool) -> None:
        self.log.show_several(items, tiled=tiled)
        self._app.switch_mode("log")

    def open_comparison(self, comparison: "Comparison") -> None:
        from prodigy_tui.tui.screens.compare import CompareScreen

        self._app.push_screen(CompareScreen(comparison, self._model.zone))

    def open_question(self, gate: GateOpened) -> None:
        if is_a(self._app.screen, "MergeScreen", "QuestionScreen"):
            return
        if gate.kind == "landing":
            width, height = self._app.size
            if width < LEAST_WIDTH or height < LEAST_HEIGHT:  # the sheet would be hidden and would swallow keys
                self.say(f"the landing is decided in a larger window, from {LEAST_WIDTH}×{LEAST_HEIGHT} cells on")
                return
            from prodigy_tui.tui.screens.merge import MergeScreen

            self._app.push_screen(MergeScreen(self._stage))
        else:
            from prodigy_tui.tui.screens.question import QuestionScreen

            self._app.push_screen(QuestionScreen(self._stage, gate.gate))

    def open_diff(self) -> None:
        item = self._model.state.items.get(self.current_item or "")
        if item is not None:
            from prodigy_tui.tui.model.reviewing import Subject

            self.open_review(Subject("item", item.item.id))

    def open_landing_diff(self) -> None:
        gate = self._model.state.gate
        if gate is not None:
            self.open_question_diff(gate)

    def open_question_diff(self, gate: GateOpened) -> None:
        from prodigy_tui.tui.model.reviewing import subject_of

        self.open_review(subject_of(gate))

    def open_sweep(self) -> None:
        diffs = self._viewing.world.diffs
        if diffs is not None and not is_a(self._app.screen, "SweepScreen"):
            from prodigy_tui.tui.screens.sweep import SweepScreen

            self._app.push_screen(SweepScreen(self._stage, diffs))

    @cached_property
    def _memory(self) -> "Memory":
        from prodigy_tui.tui.model.reviewing import Memory

        return Memory()

    def open_review(self, subject: "Subject", *, instead: bool = False) -> None:
        diffs = self._viewing.world.diffs
        if diffs is None:
            self.say("changes cannot be read here: the repository is not at hand")
            return
        from prodigy_tui.tui.screens.review import ReviewScreen

        review = ReviewScreen(self._stage, subject, diffs, self._memory)
        if instead:
            self._app.switch_screen(review)
        else:
            self._app.push_screen(review)

    @property
    def _driven(self) -> RunState | None:
        """The run that this process drives."""
        return self._viewing.driven_state

    def leave(self) -> None:
        driven = self._driven
        if driven is None or is_over(driven):
            self._app.exit("over" if is_over(driven or self._model.state) else "left")
        elif not is_a(self._app.screen, "LeaveScreen"):
            from prodigy_tui.tui.screens.leave import LeaveScreen

            self._app.push_screen(LeaveScreen(self._stage), self._left)

    def interrupted(self) -> None:
        """Ctrl+c: asks; a second one soon after, or while the question is up, stops gently."""
        now = self._viewing.clock.monotonic()
        again = now - self._interrupted_at <= _AGAIN_S or is_a(self._app.screen, "LeaveScreen")
        self._interrupted_at = now
        driven = self._driven
        if not again or driven is None or is_over(driven):
            self.leave()
            return
        self._interrupted_at = float("-inf")
        screen = self._app.screen
        if is_a(screen, "LeaveScreen"):
            cast("LeaveScreen", screen).dismiss("stop")
        else:
            self._left("stop")

    def _left(self, choice: "Choice | None") -> None:
        over = self._driven is None or is_over(self._driven)
        if choice == "stop" and not over:
            driven = self._viewing.driven
            if driven is not None and driven.control is not None:
                driven.control.send(SignalReceived(signal="stop", source="interface"))
            self.say("stopping gently; the interface stays until you leave")
        elif choice == "leave":
            self._app.exit("over" if over else "left")

    @property
    def themes(self) -> tuple[str, ...]:
        return self._stage.themes

    def ask(self, title: str, told: list[Line], take: Callable[[str], None]) -> None:
        def taken(text: str | None) -> None:
            if text:
                take(text)

        from prodigy_tui.tui.screens.prompt import PromptScreen

        self._app.push_screen(PromptScreen(title, told), taken)

    def confirm(self, title: str, told: list[Line], verb: str, do: Callable[[], None]) -> None:
        from prodigy_tui.tui.screens.confirm import ConfirmScreen

        self._app.push_screen(ConfirmScreen(title, told, verb, do, self._viewing.clock.monotonic))

"""What actions work with, made of the app, its screens and the ports: who opens what, and what is sent to the run."""

from typing import Literal, TypeAlias, cast

from textual.app import App

from prodigy_tui.events.schema import GateOpened, SignalReceived
from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.actions.registry import ACTIONS, BY_ID, applies
from prodigy_tui.tui.desk import PlaceName, View
from prodigy_tui.tui.feed import Feed, ReplayFeed
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.jump import parse_jump
from prodigy_tui.tui.model.overview import is_over
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.model.text import agent_name, clip, safe
from prodigy_tui.tui.ports import World
from prodigy_tui.tui.screens.base import RunScreen
from prodigy_tui.tui.screens.diff import DiffScreen
from prodigy_tui.tui.screens.dlq import DlqScreen
from prodigy_tui.tui.screens.fleet import FleetScreen
from prodigy_tui.tui.screens.leave import Choice, LeaveScreen
from prodigy_tui.tui.screens.log import LogScreen
from prodigy_tui.tui.screens.merge import MergeScreen
from prodigy_tui.tui.screens.palette import PaletteScreen
from prodigy_tui.tui.screens.question import QuestionScreen
from prodigy_tui.tui.screens.stage import Stage

Ending: TypeAlias = Literal["left", "over"]
"""How the interface was closed: while the run is at work, or when nothing runs any more."""

_AGAIN_S = 2.0
"""A second ctrl+c within this time means: stop gently."""


class Steering:
    """Implements `Desk` for an app. Knows which screens there are; screens know only the `Desk`."""

    def __init__(self, app: App[Ending], feed: Feed, model: RunModel, world: World) -> None:
        self._app = app
        self._feed = feed
        self._model = model
        self._world = world
        self._interrupted_at = float("-inf")

    def build(self, stage: Stage) -> None:
        """Makes the screens."""
        self._stage = stage
        self.fleet = FleetScreen(stage)
        self.log = LogScreen(stage)
        self.dlq = DlqScreen(stage)

    @property
    def screens(self) -> dict[PlaceName, RunScreen]:
        """The screens by name."""
        return {"fleet": self.fleet, "log": self.log, "dlq": self.dlq}

    @property
    def model(self) -> RunModel:
        return self._model

    @property
    def replay(self) -> ReplayFeed | None:
        return self._feed if isinstance(self._feed, ReplayFeed) else None

    @property
    def view(self) -> View:
        top = self._app.screen
        return cast(View, top if isinstance(top, RunScreen | MergeScreen) else self._base)

    @property
    def place(self) -> PlaceName:
        return cast(PlaceName, self._app.current_mode)

    @property
    def _base(self) -> RunScreen:
        return self.screens[self.place]

    @property
    def can_steer(self) -> bool:
        return self._world.control is not None and not self._model.past

    @property
    def has_diffs(self) -> bool:
        return self._world.diffs is not None

    @property
    def chosen_items(self) -> tuple[str, ...]:
        return self._base.chosen_items

    @property
    def current_item(self) -> str | None:
        return self._base.current_item

    def send(self, signal: SignalReceived) -> None:
        if self._world.control is not None and not self._model.past:
            self._world.control.send(signal)

    def do(self, name: str) -> None:
        """Runs an action of the registry, or says why not."""
        action = BY_ID[name]
        reason = action.reason(self)
        if reason:
            self.say(reason)
        elif action.run is not None:
            action.run(self)
        else:
            self.open_palette()

    def go_to(self, place: PlaceName) -> None:
        if place == "log":
            item_id = self.current_item
            row = Row("item", item_id) if item_id is not None else self.fleet.shown_row
            self.log.show(row)
        self._app.switch_mode(place)

    def show_item(self, item_id: str) -> None:
        if self._app.current_mode != "fleet":
            self._app.switch_mode("fleet")
        self.fleet.show_item(item_id)

    def open_palette(self) -> None:
        self._open_list("Commands", tuple(action for action in ACTIONS if action.scope not in ("moving", "merge")))

    def open_help(self) -> None:
        bound = {active.binding.action for active in self._app.screen.active_bindings.values()}
        here = [action for action in ACTIONS if f"app.do({action.id!r})" in bound and applies(action, self)]
        self._open_list("Keys of this place", tuple(here))

    def _open_list(self, title: str, actions: tuple[Action, ...]) -> None:
        def chosen(name: str | None) -> None:
            if name is not None:
                self.do(name)

        self._app.push_screen(PaletteScreen(title, actions, self), chosen)

    def jump(self, text: str) -> str:
        if self.replay is None:
            return "only a replay has places in time"
        place = parse_jump(text, self.replay.now(), self.replay.start, self._model.zone)
        if isinstance(place, str):
            return place
        if isinstance(place, int):
            self.replay.seek(place)
        else:
            self.replay.seek_time(place)
        return ""

    def open_question(self, gate: GateOpened) -> None:
        if isinstance(self._app.screen, MergeScreen | QuestionScreen):
            return
        if gate.kind == "landing":
            self._app.push_screen(MergeScreen(self._stage))
        else:
            self._app.push_screen(QuestionScreen(self._stage, gate.gate))

    def open_diff(self) -> None:
        item = self._model.state.items.get(self.current_item or "")
        if item is not None:
            self._show_diff(f"{agent_name(item.position)} {item_name(item)}", item.base, item.head)

    def open_landing_diff(self) -> None:
        state = self._model.state
        if state.gate is not None:
            head = state.gate.head or state.tip
            self._show_diff(f"changes for {safe(state.gate.target)}", state.gate.onto or state.base, head)

    def open_question_diff(self, gate: GateOpened) -> None:
        self._show_diff(f"changes for {clip(safe(gate.question), 60)}", gate.onto or self._model.state.base, gate.head)

    def _show_diff(self, title: str, base: str, head: str) -> None:
        diffs = self._world.diffs
        if diffs is None:
            self.say("changes cannot be read here: the repository is not at hand")
            return
        self._app.push_screen(DiffScreen(title, lambda: diffs.diff(base, head)))

    def leave(self) -> None:
        over = is_over(self._model.state)
        if over or not self.can_steer:
            self._app.exit("over" if over else "left")
        elif not isinstance(self._app.screen, LeaveScreen):
            self._app.push_screen(LeaveScreen(self._stage), self._left)

    def interrupted(self) -> None:
        """Ctrl+c: asks; a second one soon after stops gently."""
        now = self._feed.clock.monotonic()
        again = now - self._interrupted_at <= _AGAIN_S
        self._interrupted_at = now
        if not again or not self.can_steer or is_over(self._model.state):
            self.leave()
            return
        self._interrupted_at = float("-inf")
        screen = self._app.screen
        if isinstance(screen, LeaveScreen):
            screen.dismiss("stop")
        else:
            self._left("stop")

    def _left(self, choice: Choice | None) -> None:
        over = is_over(self._model.state)
        if choice == "stop" and not over:
            self.send(SignalReceived(signal="stop", source="interface"))
            self.say("stopping gently; the interface stays until you leave")
        elif choice == "leave":
            self._app.exit("over" if over else "left")

    def next_theme(self) -> None:
        names = sorted(name for name in self._app.available_themes if name in self._stage.themes)
        self._app.theme = names[(names.index(self._app.theme) + 1) % len(names)]

    def say(self, text: str) -> None:
        self._app.notify(text, markup=False)

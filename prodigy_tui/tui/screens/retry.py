"""The plan of a retry: what goes back to work, how, and what it will cost. One item first, unless somebody says all."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.retrying import RetryPlan, choices, parameter, plan_lines
from prodigy_tui.tui.model.text import agent_name, clip, safe
from prodigy_tui.tui.screens.confirm import DEAF_S
from prodigy_tui.tui.screens.prompt import PromptScreen
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.page import Page
from prodigy_tui.wording import plural


class RetryScreen(ModalScreen[None]):
    """Enter sends one item, `y` all of them; what was typed before it opened is not heard."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "go(True)", "One item first"),
        ("y", "go(False)", "All of them"),
        ("escape,n", "app.pop_screen", "Leave it"),
        ("plus,equals_sign", "at_once(1)", "More at once"),
        ("minus", "at_once(-1)", "Fewer at once"),
        ("k", "turn('keep_files')", "The failed attempt's files"),
        ("f", "turn('forced')", "What needs a look too"),
        ("e", "turn('reduce')", "Reduce again"),
        ("p", "parameter", "A parameter"),
        ("down,j", "move(1)", "Down"),
        ("up", "move(-1)", "Up"),
        ("pagedown", "move(10)", "Down"),
        ("pageup", "move(-10)", "Up"),
    ]

    def __init__(self, stage: Stage, plan: RetryPlan, done: Callable[[Sequence[ItemState]], None]) -> None:
        super().__init__()
        self.stage = stage
        self.plan = plan
        self._done = done
        self._trouble = ""
        self._busy = False
        self._opened_at = stage.feed.clock.monotonic()
        self.page = Page(id="facts")

    def compose(self) -> ComposeResult:
        yield self.page

    def on_mount(self) -> None:
        self.page.entitle((("Try again", "strong"), (f" · {clip(self.plan.what, 60)}", "muted")))
        self.page.focus()
        self._draw()

    def _draw(self) -> None:
        trouble: list[Line] = [((self._trouble, "error"),), BLANK] if self._trouble else []
        self.page.set_lines(partial(plan_lines, self.plan), head=[*choices(self.plan), BLANK, *trouble])

    @property
    def _deaf(self) -> bool:
        return self._busy or self.stage.feed.clock.monotonic() - self._opened_at < DEAF_S

    def action_go(self, one: bool) -> None:
        """Sends one item back to work, or all of them."""
        going = self._still(((self.plan.one,) if self.plan.one is not None else ()) if one else self.plan.going)
        if self._deaf:
            return
        if not going:
            self._say("nothing of it is in the dead letter queue any more" if self.plan.going else "")
            return
        self._busy = True
        self.run_worker(self._go(going), group="retry", exclusive=True)

    def _still(self, items: Sequence[ItemState]) -> list[ItemState]:
        """Returns those that can go back to work now: others may have been quicker."""
        state = self.stage.model.state
        return [item for item in items if item.item.id in state.dead_letters]

    async def _go(self, going: Sequence[ItemState]) -> None:
        plan, desk, decisions = self.plan, self.stage.desk, self.stage.world.decisions
        try:
            if not desk.can_steer:
                self._say("another process drives this run")
                return
            if plan.parameters and decisions is not None:
                refused = await decisions.change_parameters(plan.parameters)
                if refused:
                    self._say(refused)
                    return
        finally:
            self._busy = False
        if plan.wanted != plan.parallel:
            desk.send(SignalReceived(signal="set-parallel", number=plan.wanted, source="interface"))
        for item in going:
            desk.send(
                SignalReceived(signal="retry", item_id=item.item.id, keep_files=plan.keep_files, source="interface")
            )
        if plan.reduce and decisions is not None:
            decisions.reduce_again()
        self.dismiss()
        self._done(going)
        rest = len(plan.going) - len(going)
        name = f"{agent_name(going[0].position)} {safe(going[0].item.label or going[0].item.id, 60)}"
        what = name if len(going) == 1 else plural(len(going), "item")
        verb = "goes" if len(going) == 1 else "go"
        desk.say(
            f"{what} {verb} back to work"
            + (f"; {key('dlq.retry-pattern')} retries the other {rest} when it went well" if rest else "")
        )

    def _say(self, trouble: str) -> None:
        self._trouble = clip(safe(trouble), 400)
        self._draw()

    def _change(self, plan: RetryPlan) -> None:
        self.plan = plan
        self._say("")

    def action_at_once(self, more: int) -> None:
        """Changes how many agents may be at work at once."""
        self._change(replace(self.plan, wanted=self.plan.at_once(more)))

    def action_turn(self, name: str) -> None:
        """Turns a choice on or off."""
        plan = self.plan
        match name:
            case "keep_files":
                self._change(replace(plan, keep_files=not plan.keep_files))
            case "forced" if any(not item.eligible for item in plan.items):
                self._change(replace(plan, forced=not plan.forced))
            case "reduce" if plan.can_change and plan.has_reduced:
                self._change(replace(plan, reduce=not plan.reduce))

    def action_parameter(self) -> None:
        """Asks for another value of a parameter."""
        if not self.plan.can_change:
            self._say("parameters cannot be changed from here")
            return
        known = self.stage.model.state.settings.parameters
        told: list[Line] = [
            (("for what runs from now on; what setup has said and the items stay as they are", "muted"),),
            *(((f"{safe(name, 40)}=", "muted"), (safe(str(value), 200), "text")) for name, value in known.items()),
        ]

        def taken(text: str | None) -> None:
            if not text:
                return
            found = parameter(text)
            if found is None:
                self._say("a parameter is given as NAME=VALUE")
            else:
                self._change(replace(self.plan, parameters={**self.plan.parameters, found[0]: found[1]}))

        self.app.push_screen(PromptScreen("Another value: NAME=VALUE", told), taken)

    def action_move(self, lines: int) -> None:
        """Scrolls."""
        self.page.move(lines)

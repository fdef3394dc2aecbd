"""The question before leaving a run that is not over."""

from typing import ClassVar, Literal, TypeAlias

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from prodigy_tui.tui.model.leaving import leaving
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.page import Page

Choice: TypeAlias = Literal["watch", "stop", "leave"]


class LeaveScreen(ModalScreen[Choice]):
    """Keep watching, stop gently, or leave the run to itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,w,enter", "dismiss('watch')", "Keep watching"),
        ("s", "dismiss('stop')", "Stop gently"),
        ("l", "dismiss('leave')", "Leave"),
    ]

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.question = Page(id="facts")

    def compose(self) -> ComposeResult:
        yield self.question

    def on_mount(self) -> None:
        self.question.entitle((("Leave?", "strong"),))
        self.question.focus()
        self.follow(Dirty(state=True))

    def follow(self, dirty: Dirty) -> None:
        """Says what is the case now."""
        if dirty.state and self.question.is_attached:
            self.question.set_lines(leaving(self.stage.feed.driven_state or self.stage.model.state))

"""The question before leaving a run that is still at work."""

from typing import ClassVar, Literal, TypeAlias

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.text import plural
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.page import Page

Choice: TypeAlias = Literal["watch", "stop", "leave"]


class LeaveScreen(ModalScreen[Choice]):
    """Keep watching, stop gently, or leave the run to itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,w", "dismiss('watch')", "Keep watching"),
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
        running = plural(self.stage.model.state.counts.running, "agent")
        lines: list[Line] = [
            ((f"{running} at work.", "strong"),),
            BLANK,
            (("w ", "key"), ("keep watching", "text"), ("  (esc)", "muted")),
            (("s ", "key"), ("stop gently: nothing new starts, running steps are asked to stop,", "text")),
            (("  everything can be resumed", "muted"), ("  (ctrl+c again)", "muted")),
            (("l ", "key"), ("leave: the run goes on in this terminal without the interface", "text")),
        ]
        self.question.entitle((("Leave?", "strong"),))
        self.question.set_lines(lines)
        self.question.focus()

"""Letters over the lines and panes of the screen below; typing them goes there."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from prodigy_tui.tui.model.labels import labels
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.panes import Target
from prodigy_tui.tui.widgets.surface import Bar


class Label(Bar):
    """The letters of one target, those already typed greyed."""

    def __init__(self, label: str, target: Target) -> None:
        super().__init__()
        self.label = label
        self.target = target
        self._typed = 0
        self.styles.position = "absolute"
        self.styles.offset = target.at
        self.styles.width, self.styles.height = len(label), 1

    def lines(self, width: int) -> list[Line]:  # noqa: ARG002  # as wide as its letters
        return [((self.label[: self._typed], "muted"), (self.label[self._typed :], "badge"))]

    def typed(self, text: str) -> None:
        """Shows what is left to type, or nothing at all where something else was meant."""
        self._typed = len(text)
        self.display = self.label.startswith(text)
        self.update()


class JumpScreen(ModalScreen[Target | None]):
    """Returns what was chosen; any key that is no label goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "Back")]

    def __init__(self, targets: Sequence[Target]) -> None:
        super().__init__()
        self._labels = [Label(label, target) for label, target in zip(labels(len(targets)), targets, strict=False)]
        self._typed = ""

    def compose(self) -> ComposeResult:
        yield from self._labels

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            return
        event.stop()
        self._typed += event.character or "\0"
        left = [label for label in self._labels if label.label.startswith(self._typed)]
        if not left:
            self.dismiss(None)
        elif left[0].label == self._typed:
            self.dismiss(left[0].target)
        else:
            for label in self._labels:
                label.typed(self._typed)

    def on_resize(self) -> None:
        """What the labels stood on has moved."""
        if self.size != self.app.size:
            self.dismiss(None)

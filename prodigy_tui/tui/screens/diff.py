"""A unified diff to read; loaded beside the loop, the newest question wins."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from prodigy_tui.errors import ProdigyError
from prodigy_tui.tui.model.text import plural, safe
from prodigy_tui.tui.widgets.page import DiffLines, Page


class DiffScreen(ModalScreen[None]):
    """What changed between two commits."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,d", "app.pop_screen", "Back"),
        ("down,j", "move(1)", "Down"),
        ("up,k", "move(-1)", "Up"),
        ("pagedown,space,ctrl+d", "turn(1)", "A page down"),
        ("pageup,ctrl+u", "turn(-1)", "A page up"),
        ("g,home", "edge(-1)", "To the top"),
        ("G,end", "edge(1)", "To the bottom"),
        ("right_square_bracket", "hunk(1)", "Next hunk"),
        ("left_square_bracket", "hunk(-1)", "Previous hunk"),
    ]

    def __init__(self, title: str, load: Callable[[], Awaitable[str]]) -> None:
        super().__init__()
        self._title = title
        self._load = load
        self._diff = DiffLines("")
        self.text = Page(wrapped=False, id="diff")

    def compose(self) -> ComposeResult:
        yield self.text

    def on_mount(self) -> None:
        self.text.entitle(((safe(self._title), "strong"),), (("reading…", "muted"),))
        self.text.focus()
        self._read()

    @work(exclusive=True, group="diff")
    async def _read(self) -> None:
        try:
            text = await self._load()
        except ProdigyError as error:
            self.text.set_lines([((safe(str(error)), "error"),)])
            self.text.entitle(((safe(self._title), "strong"),), (("esc back", "muted"),))
            return
        self._diff = DiffLines(text)
        self.text.set_lines(self._diff if len(self._diff) else [(("no changes", "muted"),)])
        standing = f"{plural(len(self._diff), 'line')} · ] next hunk · [ previous · esc back"
        self.text.entitle(((safe(self._title), "strong"),), ((standing, "muted"),))

    def action_move(self, lines: int) -> None:
        """Scrolls."""
        self.text.move(lines)

    def action_turn(self, direction: int) -> None:
        """Scrolls by a screenful."""
        self.text.page(direction)

    def action_edge(self, direction: int) -> None:
        """Scrolls to the start, or the end."""
        self.text.edge(direction)

    def action_hunk(self, direction: int) -> None:
        """Goes to the next hunk, or the previous one."""
        line = self._diff.hunk(self.text.scroll_offset.y, direction)
        if line is not None:
            self.text.scroll_top_to(line)

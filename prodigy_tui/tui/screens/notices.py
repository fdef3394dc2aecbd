"""What happened that a person may have missed; enter goes to the agent that it was about."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.notices import Notice, Notices
from prodigy_tui.tui.model.text import clip, clock, fit, span
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.tui.widgets.page import Page
from prodigy_tui.wording import plural


class NoticeList(CursorList[int]):
    """Notices, the latest first; what is new stands out."""

    def __init__(self, stage: Stage, notices: list[Notice]) -> None:
        super().__init__(id="actions")
        self._stage = stage
        self.notices = notices

    def count(self) -> int:
        return len(self.notices)

    def key_at(self, index: int) -> int | None:
        return index if 0 <= index < len(self.notices) else None

    def index_of(self, key: int) -> int | None:
        return self.key_at(key)

    def heading(self, width: int) -> Line:
        new = sum(not notice.read and notice.kind != "said" for notice in self.notices)
        words = f"{plural(len(self.notices), 'line')}, {new} new" if self.notices else "nothing has happened so far"
        return ((clip(f" {words}", width), "muted"),)

    def line(self, key: int, width: int) -> Line:
        notice = self.notices[key]
        feed, zone = self._stage.feed, self._stage.model.zone
        age = span((feed.clock.now() - notice.last_at).total_seconds())
        return (
            (f" {'·' if notice.read or notice.kind == 'said' else '●'} ", notice.role),
            (f"{clock(notice.last_at, zone)} ", "muted"),
            (f"{fit(age, 6, right=True)} ago  ", "muted"),
            (clip(notice.told, width - 26), notice.role),
        )


class NoticesScreen(ModalScreen[None]):
    """The list over whatever screen was up; what is shown counts as read when it closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,exclamation_mark,q", "close", "Close"),
        ("enter", "go", "Go there"),
        ("y", "copy", "Copy"),
        ("down,j", "move(1)", "Down"),
        ("up,k", "move(-1)", "Up"),
        ("pagedown", "turn(1)", "A page down"),
        ("pageup", "turn(-1)", "A page up"),
    ]

    def __init__(self, stage: Stage, notices: Notices) -> None:
        super().__init__()
        self._stage = stage
        self._notices = notices
        self.list = NoticeList(stage, notices.newest_first())
        self.about = Page(id="about")
        self.about.can_focus = False

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = "What happened"
            box.border_subtitle = "enter goes there · y copies · esc closes"
            yield self.list
            yield self.about

    def on_mount(self) -> None:
        self.list.focus()
        self.list.lines_moved()

    @on(CursorList.Selected)
    def _tell(self) -> None:
        """Says in full what the line under the cursor has no room for."""
        here = self.list.notices[self.list.index : self.list.index + 1]
        self.about.set_lines([((notice.told, "text"),) for notice in here])

    @on(CursorList.Opened)
    def _opened(self) -> None:
        self.action_go()

    def action_go(self) -> None:
        """Goes to the agent that the line is about."""
        desk = self._stage.desk
        if not self.list.notices:
            return
        notice = self.list.notices[self.list.index]
        if notice.kind in ("waits", "landing"):
            self.action_close()
            desk.do("next-for-me")
        elif notice.item_id is not None:
            self.action_close()
            desk.show_item(notice.item_id)
        else:
            desk.say("that was about the run as a whole")

    def action_copy(self) -> None:
        """Copies the line."""
        if self.list.notices:
            self._stage.desk.copy(self.list.notices[self.list.index].told)

    def action_close(self) -> None:
        """Everything has been read."""
        self._notices.mark_read()
        self.dismiss()

    def action_move(self, lines: int) -> None:
        """Moves the cursor."""
        self.list.move(lines)

    def action_turn(self, direction: int) -> None:
        """Moves the cursor by a screenful."""
        self.list.page(direction)

"""The review of a change: its files, the difference of one of them, what was checked, and what a person decides.

Nothing here answers to enter, and nothing at all in the first moments: what was typed then was for the screen below.
"""

from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.screen import Screen

from prodigy_tui.errors import ProdigyError
from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.model.diffpage import Layout, layout_for
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.reviewing import (
    Findings,
    Memory,
    Reviewed,
    Subject,
    is_landing,
    is_viewed,
    landing_query,
    reviewed,
)
from prodigy_tui.tui.model.reviewstate import ReviewState
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.model.standing import Place, decision_line, files_title, head_line, reading_line, why_not
from prodigy_tui.tui.model.telling import check_glyphs, check_lines, review_facts
from prodigy_tui.tui.ports import DiffSource
from prodigy_tui.tui.screens.base import TooSmall
from prodigy_tui.tui.screens.deciding import Deciding
from prodigy_tui.tui.screens.reading import Reading
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.tui.widgets.diffview import DiffView
from prodigy_tui.tui.widgets.filelist import FileList
from prodigy_tui.tui.widgets.page import Page
from prodigy_tui.tui.widgets.reviewbars import ReviewBar

DEAF_S: Final = 0.3
"""For so long after opening, keys do not answer: they were meant for the screen below."""


class ReviewScreen(Screen[None]):
    """Files on the left or above, the difference of the selected one beside or below; the difference has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for("review", "moving", "everywhere"),
        ("escape", "back", "Back, decide later"),
    ]

    def __init__(self, stage: Stage, subject: Subject, diffs: DiffSource, memory: Memory) -> None:
        super().__init__()
        self.stage = stage
        self.subject = subject
        self.state = ReviewState()
        self.deciding = Deciding(self)
        self._diffs = diffs
        self._found = reviewed(stage.model.state, subject) or Reviewed(title="nothing to look at any more")
        self._asked = self._found.gate is not None
        self._opened_at = stage.feed.clock.monotonic()
        self.files = FileList(id="files")
        self.code = DiffView(id="code")
        self.told = Page(id="told")
        self._bars = (
            ReviewBar(self._write_head, id="about"),
            ReviewBar(self._write_standing, id="standing"),
        )
        self._small = TooSmall(stage.model, stage.feed.now)
        self.reading = Reading(self, diffs, memory)

    def compose(self) -> ComposeResult:
        yield self._small
        yield self._bars[0]
        with Container(id="review"):
            with Vertical(id="beside"):
                yield self.files
                yield self.told
            yield self.code
        yield self._bars[1]

    def on_mount(self) -> None:
        self.files.entitle(files_title("Files"))
        self.told.entitle((("What is known", "strong"),))
        self.code.entitle((("reading…", "muted"),))
        self.code.focus()
        self.reading.look(self._found.head)
        self.reading.load("all")
        self.check()

    # ---------------------------------------------------------------------------------------------- what is looked at

    @property
    def found(self) -> Reviewed:
        """The subject as it stands, or as it stood last."""
        return self._found

    @property
    def layout_now(self) -> Layout:
        """How differences are shown."""
        return layout_for(self.state.wish, self.app.size.width)

    @property
    def deaf(self) -> bool:
        """Whether keys are not listened to yet, or nothing could be read."""
        return self.stage.feed.clock.monotonic() - self._opened_at < DEAF_S or not self.code.display

    def follow(self, dirty: Dirty) -> None:
        """Takes in what has become of the subject; what is being read stays where it is."""
        if not dirty.state or not self.is_mounted:
            return
        now = reviewed(self.stage.model.state, self.subject)
        before = self._found
        if now is not None:
            self._found = now
            if (now.onto, now.head, now.gate) != (before.onto, before.head, before.gate):
                self.check()
        self.deciding.over = self._asked and (now is None or now.gate is None)
        self.draw()

    def tick(self) -> None:
        """Nothing here changes with time alone."""

    def draw(self) -> None:
        """Brings the lines around the difference up to date."""
        state, model = self.state, self.stage.model
        looked = self.reading.looked
        if state.part != "clashes":
            seen = (file.key for file in state.changes.files if is_viewed(looked, file))
            self.files.set_viewed(frozenset(seen))
        self.told.set_lines(review_facts(self._found, model.state, state.findings, state.history))
        for bar in (*self._bars, self._small):
            if bar.display:
                bar.update()

    def _write_head(self, width: int) -> list[Line]:
        glyphs = check_glyphs(check_lines(self._found, self.stage.model.state, self.state.findings))
        return [head_line(self._found, self.stage.model.state, self.state, glyphs, width)]

    def _write_standing(self, width: int) -> list[Line]:
        choices = self.deciding.choices()
        place = Place(file=self.reading.place, stop=self.code.stop, stops=self.code.stops, layout=self.layout_now)
        reading = reading_line(self.state, place, width, new=self.reading.new_since is not None, why=why_not(choices))
        return [reading, decision_line(choices, width)]

    @on(CursorList.Selected)
    def _selected(self, event: "CursorList.Selected") -> None:
        if event.sender is self.files and str(event.key) != self.reading.key:
            self.reading.open(str(event.key))

    # ------------------------------------------------------------------------------------------------------- checking

    @work(exclusive=True, group="review-check")
    async def check(self) -> None:
        """Finds out whether the change merges, and what is in the way of a landing."""
        self.state.findings = await self.examined()
        self.draw()

    async def examined(self) -> Findings:
        """Returns how things stand now."""
        found, state = self._found, self.stage.model.state
        try:
            if found.gate is not None and is_landing(found):
                return Findings(ground=await self._diffs.ground(landing_query(state, found.gate)))
            if found.onto:
                return Findings(fit=await self._diffs.fit(found.onto, found.head))
        except ProdigyError as error:
            return Findings(failed=str(error))
        return Findings()

    # ------------------------------------------------------------------------------------------------------- keys

    def perform(self, deed: str) -> None:
        """Does what was pressed, after the first moments."""
        if self.deaf:
            return
        match deed:
            case "next-hunk" | "previous-hunk":
                self.reading.step(1 if deed == "next-hunk" else -1)
            case "layout":
                self.state.wish = self.state.next_wish(self.layout_now)
                self.reading.show_again()
            case "whitespace":
                self.state.ignore_whitespace = not self.state.ignore_whitespace
                self.reading.show_again()
                self.reading.recount()
            case "viewed":
                self.reading.mark()
            case "left" | "right":
                self.code.sideways(1 if deed == "right" else -1)
            case "facts":
                self.toggle_class("-told")
                (self.told if self.has_class("-told") else self.code).focus()
            case "conflicts":
                self.reading.load("all" if self.state.part == "clashes" else "clashes")
            case "new":
                self.reading.load("all" if self.state.part == "new" else "new")
            case "edit" if (found := self.reading.on_disk) is not None:
                self.stage.desk.outside.edit(*found)
            case _:
                self.deciding.perform(deed)
        self.draw()

    def action_back(self) -> None:
        """Back to the difference, then out: the question stays open."""
        if self.has_class("-told"):
            self.perform("facts")
        elif self.state.part != "all":
            self.reading.load("all")
        else:
            self.dismiss()

    def move(self, lines: int) -> None:
        """Moves in what has the focus."""
        self._focused.move(lines)
        self.draw()

    def page(self, direction: int) -> None:
        """Moves by a screenful."""
        self._focused.page(direction)
        self.draw()

    def edge(self, direction: int) -> None:
        """Moves to the start, or the end."""
        self._focused.edge(direction)
        self.draw()

    @property
    def _focused(self) -> FileList | DiffView | Page:
        return next((pane for pane in (self.files, self.told) if pane.has_focus), self.code)

    def enter(self) -> None:
        """Goes from the list of files into the file, and there unfolds it. It answers nothing."""
        if self.files.has_focus:
            self.code.focus()
        elif not self.deaf:
            self.reading.unfold()

    def on_resize(self) -> None:
        """Another width may be one for another layout."""
        if self.state.loaded and self.state.wish == "auto" and self.reading.key is not None:
            self.reading.show_again()

"""The review of a change: its files, the difference of one of them, what was checked, and what a person decides.

Nothing here answers to enter, and nothing at all in the first moments: what was typed then was for the screen below.
"""

import asyncio
from pathlib import Path
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.screen import Screen

from prodigy_tui.errors import ProdigyError
from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.model.changes import Tally
from prodigy_tui.tui.model.diffpage import Layout, Readable, TextPage, layout_for
from prodigy_tui.tui.model.hunks import FileDiff, read_patch
from prodigy_tui.tui.model.line import BLANK, Line
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
from prodigy_tui.tui.model.reviewstate import (
    Part,
    ReviewState,
    clash_page,
    clashes_as_changes,
    file_page,
    instead,
    name_of,
    trouble_page,
)
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.model.standing import Place, decision_line, head_line, reading_line, why_not
from prodigy_tui.tui.model.telling import check_glyphs, check_lines, review_facts
from prodigy_tui.tui.model.worktrees import worktree_of
from prodigy_tui.tui.ports import DiffSource
from prodigy_tui.tui.screens.base import TooSmall
from prodigy_tui.tui.screens.deciding import Deciding
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
        self._memory = memory
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
        self._small = TooSmall(stage.model)
        self.key: str | None = None
        """The file that is shown."""

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
        self.files.entitle((("Files", "strong"),))
        self.told.entitle((("What is known", "strong"),))
        self.code.entitle((("reading…", "muted"),))
        self.code.focus()
        self._memory.look(self.stage.model.state.run_id, self.subject, self._found.head)
        self.load("all")
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

    @property
    def new_since(self) -> tuple[str, str] | None:
        """The commit that was looked at and the one that is there now, when they differ."""
        looked = self._memory.of(self.stage.model.state.run_id, self.subject)
        if self._found.head != looked.head:
            return looked.head, self._found.head
        return (looked.since, looked.head) if looked.since else None

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
        looked = self._memory.of(model.state.run_id, self.subject)
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
        place_of_file = self.files.index_of(self.key) if self.key is not None else None
        choices = self.deciding.choices()
        place = Place(file=place_of_file, stop=self.code.stop, stops=self.code.stops, layout=self.layout_now)
        reading = reading_line(self.state, place, width, new=self.new_since is not None, why=why_not(choices))
        return [reading, decision_line(choices, width)]

    # ------------------------------------------------------------------------------------------------------- reading

    @work(exclusive=True, group="review-list")
    async def load(self, part: Part) -> None:
        """Reads the files of the change, the first difference, and then what takes longer."""
        state, found = self.state, self._found
        try:
            if part == "clashes" and state.findings.fit is not None:
                changes = clashes_as_changes(state.findings.fit)
            elif part == "new" and (new := self.new_since) is not None:
                changes = await self._diffs.between(*new)
                self._memory.look(self.stage.model.state.run_id, self.subject, new[1])
            else:
                part = "all"
                changes = await self._diffs.changes(found.base, found.head)
        except ProdigyError as error:
            self._fail(str(error))
            return
        state.part, state.changes, state.loaded, state.trouble = part, changes, True, ""
        state.tally = None if part != "clashes" else Tally()
        self.key = None
        self.files.entitle((("In conflict" if part == "clashes" else "Files", "strong"),))
        self.files.show(changes)
        self.files.set_counts({})
        self._open(self._first_key())
        self.draw()
        if part == "clashes":
            return
        await asyncio.sleep(0)
        try:
            await self._count()
            state.history = await self._diffs.history(changes)
        except ProdigyError as error:
            self.stage.desk.say(str(error))
        self.draw()

    async def _count(self) -> None:
        changes, ignore = self.state.changes, self.state.ignore_whitespace
        counts = await self._diffs.counts(changes, ignore_whitespace=ignore)
        self.state.tally = Tally.of({file.key: counts.get(file.key, (0, 0)) for file in changes.files})
        self.files.set_counts(self.state.counts)

    def _first_key(self) -> str | None:
        """Returns the first file that has not been viewed."""
        looked, changes = self._memory.of(self.stage.model.state.run_id, self.subject), self.state.changes
        unseen = (file.key for file in changes.files if not is_viewed(looked, file))
        return next(unseen, changes.files[0].key if changes.files else None)

    def _fail(self, trouble: str) -> None:
        self.state.trouble = trouble
        self.code.show(trouble_page(trouble))
        self.code.entitle((("cannot be read", "error"),))
        self.draw()

    @on(CursorList.Selected)
    def _selected(self, event: "CursorList.Selected") -> None:
        if event.sender is self.files and str(event.key) != self.key:
            self._open(str(event.key))

    def _open(self, key: str | None, *, keep: bool = False, at_end: bool = False) -> None:
        """Shows a file, as soon as it is read."""
        file = self.files.file(key) if key is not None else None
        if key is None or file is None:
            self.code.show(TextPage([BLANK, (("no changes", "muted"),)]))
            self.code.entitle((("no changes", "muted"),))
            return
        self.key = key
        self.files.select(key)
        fit = self.state.findings.fit
        if self.state.part == "clashes" and fit is not None:
            self._show(clash_page(fit.files, key), keep=keep, at_end=at_end)
            return
        told = instead(file, self.state.counts, key in self.state.unfolded)
        if told is not None:
            self._show(TextPage(told))
            return
        diff = self.state.read.get(self.state.changes, key, self.state.ignore_whitespace)
        if diff is not None:
            self._show_diff(key, diff, keep=keep, at_end=at_end)
        else:
            self._read(key, keep, at_end)

    @work(exclusive=True, group="review-file")
    async def _read(self, key: str, keep: bool, at_end: bool) -> None:
        state = self.state
        changes, ignore = state.changes, state.ignore_whitespace
        try:
            patch = await self._diffs.file(changes, key, ignore_whitespace=ignore)
        except ProdigyError as error:
            self._show(trouble_page(str(error)))
            return
        long = len(patch.text) > 100_000
        diff = await asyncio.to_thread(read_patch, patch.text) if long else read_patch(patch.text)
        state.read.put(changes, key, ignore, diff)
        if patch.cut:
            self.stage.desk.say("only the first 4 MiB of this difference are shown")
        if key == self.key and changes is state.changes:
            self._show_diff(key, diff, keep=keep, at_end=at_end)

    def _show_diff(self, key: str, diff: FileDiff, *, keep: bool, at_end: bool) -> None:
        file = self.files.file(key)
        if file is not None:
            page = file_page(file, diff, self.layout_now, unfolded=key in self.state.unfolded)
            self._show(page, keep=keep, at_end=at_end)

    def _show(self, page: Readable, *, keep: bool = False, at_end: bool = False) -> None:
        self.code.show(page, keep=keep)
        if at_end:
            self.code.to_stop(self.code.stops - 1)
        file = self.files.file(self.key) if self.key is not None else None
        words = self.layout_now if self.state.part != "clashes" else "run · before · agent"
        self.code.entitle(((name_of(file), "strong"),), ((words, "muted"),))
        self.draw()

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
                self._step(1 if deed == "next-hunk" else -1)
            case "layout":
                self.state.wish = self.state.next_wish(self.layout_now)
                self._open(self.key, keep=True)
            case "whitespace":
                self.state.ignore_whitespace = not self.state.ignore_whitespace
                self._open(self.key, keep=True)
                self._recount()
            case "viewed":
                self._mark()
            case "left" | "right":
                self.code.sideways(1 if deed == "right" else -1)
            case "facts":
                self.toggle_class("-told")
                (self.told if self.has_class("-told") else self.code).focus()
            case "conflicts":
                self.load("all" if self.state.part == "clashes" else "clashes")
            case "new":
                self.load("all" if self.state.part == "new" else "new")
            case "edit":
                self._edit()
            case _:
                self.deciding.perform(deed)
        self.draw()

    def file_on_disk(self) -> Path | None:
        """Returns where the file that is shown lies in the worktree of its agent, if it does."""
        item = self.stage.model.state.items.get(self._found.item_id or "")
        file = self.files.file(self.key) if self.key is not None else None
        if item is None or file is None:
            return None
        path = worktree_of(item) / file.path
        return path if path.is_file() else None

    def _edit(self) -> None:
        path = self.file_on_disk()
        if path is not None:
            self.stage.desk.outside.edit(worktree_of(self.stage.model.state.items[self._found.item_id or ""]), path)

    @work(exclusive=True, group="review-list")
    async def _recount(self) -> None:
        try:
            await self._count()
        except ProdigyError as error:
            self.stage.desk.say(str(error))
        self.draw()

    def _step(self, direction: int) -> None:
        """Goes to the next hunk; behind the last one of a file, to the next file."""
        if self.code.step(direction):
            return
        place = self.files.index_of(self.key) if self.key is not None else None
        key = self.files.key_at(place + direction) if place is not None and place + direction >= 0 else None
        if key is None:
            self.stage.desk.say("that was the last change" if direction > 0 else "that was the first change")
        else:
            self._open(key, at_end=direction < 0)

    def _mark(self) -> None:
        """Marks the file as viewed and goes on to the next that is not, or takes its mark away."""
        changes, key = self.state.changes, self.key
        file = self.files.file(key) if key is not None else None
        if file is None or key is None or self.state.part == "clashes":
            return
        looked = self._memory.of(self.stage.model.state.run_id, self.subject)
        if is_viewed(looked, file):
            del looked.viewed[key]
            return
        looked.viewed[key] = file.content
        place = self.files.index_of(key) or 0
        behind = (*changes.files[place + 1 :], *changes.files[:place])
        unseen = next((one.key for one in behind if not is_viewed(looked, one)), None)
        if unseen is not None:
            self._open(unseen)

    def action_back(self) -> None:
        """Back to the difference, then out: the question stays open."""
        if self.has_class("-told"):
            self.perform("facts")
        elif self.state.part != "all":
            self.load("all")
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
        """Unfolds the file. It answers nothing."""
        if self.key is not None and not self.deaf:
            self.state.unfolded ^= {self.key}
            self._open(self.key)

    def on_resize(self) -> None:
        """Another width may be one for another layout."""
        if self.state.loaded and self.state.wish == "auto" and self.key is not None:
            self._open(self.key, keep=True)

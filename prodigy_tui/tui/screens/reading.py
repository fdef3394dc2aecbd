"""The reading of a change: its list of files, the difference of the one that is shown, and the way through them."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.worker import Worker

from prodigy_tui.errors import ProdigyError
from prodigy_tui.tui.model.changes import ChangedFile, Tally
from prodigy_tui.tui.model.diffpage import Readable, TextPage
from prodigy_tui.tui.model.hunks import FileDiff, read_patch
from prodigy_tui.tui.model.line import BLANK
from prodigy_tui.tui.model.reviewing import Looked, Memory, is_viewed
from prodigy_tui.tui.model.reviewstate import (
    Part,
    clash_page,
    clashes_as_changes,
    file_page,
    instead,
    name_of,
    trouble_page,
)
from prodigy_tui.tui.model.standing import files_title
from prodigy_tui.tui.model.worktrees import worktree_of
from prodigy_tui.tui.ports import DiffSource

if TYPE_CHECKING:
    from prodigy_tui.tui.screens.review import ReviewScreen


class Reading:
    """What is read for one review, and shown in its two panes. What is newer replaces what is still being read."""

    def __init__(self, screen: "ReviewScreen", diffs: DiffSource, memory: Memory) -> None:
        self._screen = screen
        self._stage = screen.stage
        self._state = screen.state
        self._files, self._code = screen.files, screen.code
        self._diffs = diffs
        self._memory = memory
        self.key: str | None = None
        """The file that is shown."""

    @property
    def file(self) -> ChangedFile | None:
        """What is known of the file that is shown."""
        return self._files.file(self.key) if self.key is not None else None

    @property
    def place(self) -> int | None:
        """Where the file that is shown stands in the list."""
        return self._files.index_of(self.key) if self.key is not None else None

    @property
    def looked(self) -> Looked:
        """What the person has seen of this change."""
        return self._memory.of(self._stage.model.state.run_id, self._screen.subject)

    def look(self, head: str) -> None:
        """Remembers that the change is looked at as it is at a commit."""
        self._memory.look(self._stage.model.state.run_id, self._screen.subject, head)

    @property
    def new_since(self) -> tuple[str, str] | None:
        """The commit that was looked at and the one that is there now, when they differ."""
        looked, head = self.looked, self._screen.found.head
        if head != looked.head:
            return looked.head, head
        return (looked.since, looked.head) if looked.since else None

    def _begin(self, group: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Reads beside the picture, instead of what is being read for the same place."""
        _: Worker[None] = self._screen.run_worker(work, exclusive=True, group=group)

    # ----------------------------------------------------------------------------------------------- the list of files

    def load(self, part: Part) -> None:
        """Reads the files of the change, the first difference, and then what takes longer."""
        self._begin("review-list", partial(self._load, part))

    async def _load(self, part: Part) -> None:
        state, found = self._state, self._screen.found
        try:
            if part == "clashes" and state.findings.fit is not None:
                changes = clashes_as_changes(state.findings.fit)
            elif part == "new" and (new := self.new_since) is not None:
                changes = await self._diffs.between(*new)
                self.look(new[1])
            else:
                part = "all"
                changes = await self._diffs.changes(found.base, found.head)
        except ProdigyError as error:
            self._fail(str(error))
            return
        state.part, state.changes, state.loaded, state.trouble = part, changes, True, ""
        state.tally = None if part != "clashes" else Tally()
        self.key = None
        self._files.entitle(files_title("In conflict" if part == "clashes" else "Files"))
        self._files.show(changes)
        self._files.set_counts({})
        self.open(self._first_key())
        self._screen.draw()
        if part == "clashes":
            return
        await asyncio.sleep(0)
        try:
            await self._count()
            state.history = await self._diffs.history(changes)
        except ProdigyError as error:
            self._stage.desk.say(str(error))
        self._screen.draw()

    def recount(self) -> None:
        """Counts the changed lines anew."""
        self._begin("review-list", self._recount)

    async def _recount(self) -> None:
        try:
            await self._count()
        except ProdigyError as error:
            self._stage.desk.say(str(error))
        self._screen.draw()

    async def _count(self) -> None:
        changes, ignore = self._state.changes, self._state.ignore_whitespace
        counts = await self._diffs.counts(changes, ignore_whitespace=ignore)
        self._state.tally = Tally.of({file.key: counts.get(file.key, (0, 0)) for file in changes.files})
        self._files.set_counts(self._state.counts)

    def _unseen(self, files: tuple[ChangedFile, ...]) -> Iterator[str]:
        looked = self.looked
        return (file.key for file in files if not is_viewed(looked, file))

    def _first_key(self) -> str | None:
        """Returns the first file that has not been viewed."""
        files = self._state.changes.files
        return next(self._unseen(files), files[0].key if files else None)

    def _fail(self, trouble: str) -> None:
        self._state.trouble = trouble
        self._code.show(trouble_page(trouble))
        self._code.entitle((("cannot be read", "error"),))
        self._screen.draw()

    # -------------------------------------------------------------------------------------------------------- one file

    def open(self, key: str | None, *, keep: bool = False, at_end: bool = False) -> None:
        """Shows a file, as soon as it is read."""
        file = self._files.file(key) if key is not None else None
        if key is None or file is None:
            self._code.show(TextPage([BLANK, (("no changes", "muted"),)]))
            self._code.entitle((("no changes", "muted"),))
            return
        self.key = key
        self._files.select(key)
        state = self._state
        fit = state.findings.fit
        if state.part == "clashes" and fit is not None:
            self._show(clash_page(fit.files, key), keep=keep, at_end=at_end)
            return
        told = instead(file, state.counts, key in state.unfolded)
        if told is not None:
            self._show(TextPage(told))
            return
        diff = state.read.get(state.changes, key, state.ignore_whitespace)
        if diff is not None:
            self._show_diff(key, diff, keep=keep, at_end=at_end)
        else:
            self._begin("review-file", partial(self._read, key, keep, at_end))

    def show_again(self) -> None:
        """Shows the file in another way; what was in view stays there."""
        self.open(self.key, keep=True)

    async def _read(self, key: str, keep: bool, at_end: bool) -> None:
        state = self._state
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
            self._stage.desk.say("only the first 4 MiB of this difference are shown")
        if key == self.key and changes is state.changes:
            self._show_diff(key, diff, keep=keep, at_end=at_end)

    def _show_diff(self, key: str, diff: FileDiff, *, keep: bool, at_end: bool) -> None:
        file = self._files.file(key)
        if file is not None:
            page = file_page(file, diff, self._screen.layout_now, unfolded=key in self._state.unfolded)
            self._show(page, keep=keep, at_end=at_end)

    def _show(self, page: Readable, *, keep: bool = False, at_end: bool = False) -> None:
        self._code.show(page, keep=keep)
        if at_end:
            self._code.to_stop(self._code.stops - 1)
        words = self._screen.layout_now if self._state.part != "clashes" else "run · before · agent"
        self._code.entitle(((name_of(self.file), "strong"),), ((words, "muted"),))
        self._screen.draw()

    # --------------------------------------------------------------------------------------------- the way through them

    def step(self, direction: int) -> None:
        """Goes to the next hunk; behind the last one of a file, to the next file."""
        if self._code.step(direction):
            return
        place = self.place
        key = self._files.key_at(place + direction) if place is not None and place + direction >= 0 else None
        if key is None:
            self._stage.desk.say("that was the last change" if direction > 0 else "that was the first change")
        else:
            self.open(key, at_end=direction < 0)

    def unfold(self) -> None:
        """Unfolds the file that is shown, or folds it again."""
        if self.key is not None:
            self._state.unfolded ^= {self.key}
            self.open(self.key)

    def mark(self) -> None:
        """Marks the file as viewed and goes on to the next that is not, or takes its mark away."""
        file, looked = self.file, self.looked
        if file is None or self._state.part == "clashes":
            return
        if is_viewed(looked, file):
            del looked.viewed[file.key]
            return
        looked.viewed[file.key] = file.content
        files, place = self._state.changes.files, self.place or 0
        unseen = next(self._unseen((*files[place + 1 :], *files[:place])), None)
        if unseen is not None:
            self.open(unseen)

    @property
    def on_disk(self) -> tuple[Path, Path] | None:
        """The worktree of the agent, and the file that is shown in it, if it lies there."""
        item = self._stage.model.state.items.get(self._screen.found.item_id or "")
        file = self.file
        if item is None or file is None:
            return None
        path = worktree_of(item) / file.path
        return (worktree_of(item), path) if path.is_file() else None

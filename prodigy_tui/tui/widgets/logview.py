"""The log pane: one viewer that is pointed at one log after the other; follows the end, or holds where it was left."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from prodigy_tui.tui.model.line import plain, wrap
from prodigy_tui.tui.model.log_ending import EndedLog, Ending, ending_of
from prodigy_tui.tui.model.log_picture import LogPicture
from prodigy_tui.tui.model.log_subject import Subject, at_work, logs_of, standing, stem_of_subject
from prodigy_tui.tui.model.log_viewport import Viewport
from prodigy_tui.tui.model.output import OutputLog, absent_reason
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.run import Dirty, RunModel
from prodigy_tui.tui.model.text import clock, safe
from prodigy_tui.tui.widgets.logsought import BUDGET_S, SoughtLog

if TYPE_CHECKING:
    from prodigy_tui.tui.model.log_merged import MergedLog


class LogView(SoughtLog, can_focus=True, inherit_bindings=False):
    """The output of the row that it is pointed at, or of several."""

    def __init__(
        self,
        model: RunModel,
        now: Callable[[], datetime],
        outputs: Callable[[], Path | None],
        *,
        wake: Callable[[], None] = lambda: None,
        id: str | None = None,  # noqa: A002  # Textual's name
    ) -> None:
        super().__init__(wake, id=id)
        self._model = model
        self._now = now
        self._outputs = outputs
        self._place = outputs()
        """The folder that the log on show is in; another run has another."""
        self.subject = Subject()
        self._log = OutputLog(None, "")
        self._merged: MergedLog | None = None
        """Where several are shown."""
        self.picture = LogPicture(self._log, model.zone)
        self.unseen = 0
        """Lines that came while the view was held."""
        self._told_at: int | None = None
        """The line that says how it ended, as far as it has been shown whole."""
        self._wanted: Callable[[], int | None] | None = None
        """What says where to go as soon as everything is known."""

    # ------------------------------------------------------------------------------------------------ what is shown

    @property
    def row(self) -> Row | None:
        """The row whose output this is."""
        return self.subject.row

    def show(self, row: Row | None, attempt: int = 0, *, stream: str = "") -> None:
        """Points the view at the output of a row, or at one that belongs to none."""
        self.subject = Subject(row=row, attempt=attempt, stream=stream)
        self._turn_to_stem()
        self.update()

    def show_merged(self, items: Iterable[str]) -> None:
        """Points the view at the outputs of some items, or of all that are at work, by time."""
        row, state, self._place = self.subject.row, self._model.state, self._outputs()
        self.subject = Subject(row=row, merged=tuple(items))
        if self._place is None:
            self._turn_to_stem()
        else:
            from prodigy_tui.tui.model.log_merged import MergedLog

            self._merged = MergedLog(self._place, logs_of(self.subject.merged or at_work(state), state))
            self._turn_to(LogPicture(self._merged, self._model.zone))
            self.picture.reading = None
            self.picture.names = self._merged.names
        self.update()

    def follow(self, dirty: Dirty) -> None:
        """Brings the view up to date: a new attempt has a log of its own."""
        if self._outputs() != self._place:
            self.show(self.subject.row)
            return
        if (merged := self._merged) is not None:
            items = self.subject.merged or at_work(self._model.state)
            if dirty.state or dirty.jumped:
                merged.add(logs_of(items, self._model.state))
                self.picture.names = merged.names
            grown = bool(merged.grew(dirty.streams))
        elif stem_of_subject(self.subject, self._model.state) != self._log.stem:
            self._turn_to_stem()
            grown = True
        else:
            grown = self._log.stem in dirty.streams
        if self.subject.row is not None and self.subject.row.kind == "fold":
            grown = grown or dirty.rows
        if grown or dirty.jumped or dirty.state or self._is_stale or not self.settled or self._model.past:
            self.update()

    def _turn_to_stem(self) -> None:
        self._place, self._merged = self._outputs(), None
        self._log = OutputLog(self._place, stem_of_subject(self.subject, self._model.state))
        self._turn_to(LogPicture(EndedLog(self._log, self._ending), self._model.zone))
        row = self.subject.row
        if row is not None and row.kind == "item":
            from prodigy_tui.tui.model.log_failure import failing_line, has_failed

            if has_failed(self._model.state, row.id, self.subject.attempt):
                self._wanted = lambda: failing_line(self.picture)

    def _ending(self) -> Ending | None:
        row = self.subject.row
        if row is None or row.kind != "item" or not self._log.stem.startswith("items/"):
            return None
        return ending_of(self._model.state, row.id, self.subject.attempt)

    def _turn_to(self, picture: LogPicture) -> None:
        """Shows another log; what is looked for is looked for in it too."""
        search = self.picture.search
        self.picture, self.view, self._wanted, self._sought = picture, Viewport(), None, None
        self._sideways = self.unseen = 0
        self._told_at = None
        picture.timestamps = self._timestamps
        if search is not None:
            picture.look_for(search.query, context=search.context, errors=search.errors)

    def read_on(self) -> bool:
        """Reads on for as long as a frame allows, without drawing; returns whether there is more."""
        if not self.settled:
            self._read()
        return not self.settled

    def update(self) -> None:
        """Reads on, to the moment that the picture shows."""
        self._read()
        picture = self.picture
        said = [] if picture.count else self._say()
        self._fit()
        if self._wanted is not None and self.settled and picture.source.count and self.size.height:
            wanted, self._wanted = self._wanted(), None
            if wanted is not None:
                self.go_to_line(wanted)
        if self._is_stale or said != self._said or self._seen is None:
            self._said = said
            self.show_anew()
        else:
            self._caption()

    def _read(self) -> None:
        """Takes in what came, for as long as a frame allows; a held view stays where it is."""
        picture, source = self.picture, self.picture.source
        before = source.count
        top, here = picture.number_at(self.view.top), self._here()
        at = self._now() if self._model.past else None
        until = self._monotonic() + BUDGET_S
        changed = source.refresh(at)
        while source.more and self._monotonic() < until:
            changed = source.refresh(at) or changed
        if isinstance(source, EndedLog) and source.told_at is not None and source.told_at != self._told_at:
            self._told_at = source.told_at
            picture.unfolded.add(source.told_at)  # why it failed is read whole
        self._step(until)
        self._is_stale = self._is_stale or changed or self._left
        if not self.view.following:
            self.unseen += max(0, source.count - before)
            self.view.top, self.view.cursor = picture.index_of(top), picture.index_of(here)
            if self._sought is not None:
                self._stand_on(here)
        if not self.settled:
            self._wake()

    def show_anew(self) -> None:
        self._is_stale = False
        if self.view.following:
            self.unseen = 0
        self.set_class(not self.picture.count, "-absent")
        self._caption()
        super().show_anew()

    def _say(self) -> list[str]:
        """Returns what stands in place of a log, broken to the width: a command in it must be seen whole."""
        search = self.picture.search
        if self.subject.merged is not None and not self.picture.source.count:
            reason = ["no agent is at work"] if not self.picture.names else ["nothing has been printed yet"]
        elif search is not None and self.picture.source.count:
            sought = search.query.text if search.query is not None else "standard error"
            reason = ["still looking…" if search.more else f"no line for {sought}", "", "esc shows everything again"]
        elif (row := self.subject.row) is not None and row.kind == "fold":
            from prodigy_tui.tui.model.group_facts import group_lines

            group = group_lines(row, self._model.rows.section(row.id), self._model.glance(self._now()))
            reason = [plain(line) for line in group]
        else:
            reason = absent_reason(self.subject.row, self._model.state, self._log)
        width = self._text_width - 2
        return [plain(part) for text in reason for part in wrap(((safe(text), "muted"),), width)]

    def _caption(self) -> None:
        """Says in the frame what is shown, and whether it moves."""
        at = f" up to {clock(self._now(), self._model.zone)}" if self._model.past else ""
        title = self.subject.title(self._model.state)
        row = self.subject.row
        kind = "" if self.subject.merged is not None or (row is not None and row.kind == "gate") else " · log"
        if self.subject.merged is None and row is not None and row.kind == "fold":
            from prodigy_tui.tui.model.group_facts import group_title

            title, kind = group_title(row, self._model.rows.section(row.id), self._model.glance(self._now())), ""
        self.entitle(
            ((f"{title}{kind}{at}", "strong"),),
            standing(
                self.picture,
                following=self.view.following,
                unseen=self.unseen,
                cursor=self.picture.number_at(self.view.cursor),
                wrap=self.wrapped,
            ),
        )

    # ---------------------------------------------------------------------------------------------------- in its frame

    def on_resize(self) -> None:
        self._said = [] if self.picture.count else self._say()
        self._fit()
        self._seen = None
        self.update()

"""The log pane: one viewer that is pointed at one log after the other; follows the end, or holds where it was left."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from prodigy_tui.clock import SystemClock
from prodigy_tui.tui.model.line import plain, wrap
from prodigy_tui.tui.model.log_failure import failing_line, has_failed
from prodigy_tui.tui.model.log_merged import MergedLog
from prodigy_tui.tui.model.log_picture import LogPicture
from prodigy_tui.tui.model.log_query import Query
from prodigy_tui.tui.model.log_search import CONTEXTS
from prodigy_tui.tui.model.log_subject import Subject, at_work, logs_of, standing, stem_of_subject
from prodigy_tui.tui.model.log_viewport import Viewport
from prodigy_tui.tui.model.output import OutputLog, absent_reason
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.run import Dirty, RunModel
from prodigy_tui.tui.model.text import clock, safe
from prodigy_tui.tui.widgets.logsheet import LogSheet

BUDGET_S: Final = 0.004
"""How long a frame looks at lines: for what they are, and for what is looked for."""


class LogView(LogSheet, can_focus=True, inherit_bindings=False):
    """The output of the row that it is pointed at, or of several."""

    def __init__(
        self,
        model: RunModel,
        now: Callable[[], datetime],
        outputs: Callable[[], Path | None],
        *,
        id: str | None = None,  # noqa: A002  # Textual's name
    ) -> None:
        super().__init__(id=id)
        self._model = model
        self._now = now
        self._outputs = outputs
        self._place = outputs()
        """The folder that the log on show is in; another run has another."""
        self._monotonic = SystemClock().monotonic
        self.subject = Subject()
        self._log = OutputLog(None, "")
        self.picture = LogPicture(self._log, model.zone)
        self.unseen = 0
        """Lines that came while the view was held."""
        self._timestamps = True
        self._wanted: Callable[[], int | None] | None = None
        """What says where to go as soon as everything is known."""
        self._left = False

    # ------------------------------------------------------------------------------------------------ what is shown

    @property
    def row(self) -> Row | None:
        """The row whose output this is."""
        return self.subject.row

    @property
    def settled(self) -> bool:
        """Whether everything that the file holds is known."""
        return not self.picture.source.more and not self._left

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
            merged = MergedLog(self._place, logs_of(self.subject.merged or at_work(state), state))
            self._turn_to(LogPicture(merged, self._model.zone))
            self.picture.reading = None
            self.picture.names = merged.names
        self.update()

    def follow(self, dirty: Dirty) -> None:
        """Brings the view up to date: a new attempt has a log of its own."""
        if self._outputs() != self._place:
            self.show(self.subject.row)
            return
        source = self.picture.source
        if isinstance(source, MergedLog):
            items = self.subject.merged or at_work(self._model.state)
            if dirty.state or dirty.jumped:
                source.add(logs_of(items, self._model.state))
                self.picture.names = source.names
            grown = bool(source.grew(dirty.streams))
        elif stem_of_subject(self.subject, self._model.state) != self._log.stem:
            self._turn_to_stem()
            grown = True
        else:
            grown = self._log.stem in dirty.streams
        if grown or dirty.jumped or dirty.state or not self.settled or self._model.past:
            self.update()

    def _turn_to_stem(self) -> None:
        self._place = self._outputs()
        self._log = OutputLog(self._place, stem_of_subject(self.subject, self._model.state))
        self._turn_to(LogPicture(self._log, self._model.zone))
        row = self.subject.row
        if row is not None and row.kind == "item" and has_failed(self._model.state, row.id, self.subject.attempt):
            self._wanted = lambda: failing_line(self.picture)

    def _turn_to(self, picture: LogPicture) -> None:
        """Shows another log; what is looked for is looked for in it too."""
        search = self.picture.search
        self.picture, self.view, self._wanted = picture, Viewport(), None
        self._sideways = self.unseen = 0
        picture.timestamps = self._timestamps
        if search is not None:
            picture.look_for(search.query, context=search.context, errors=search.errors)

    def update(self) -> None:
        """Reads on, to the moment that the picture shows."""
        picture, source = self.picture, self.picture.source
        before = source.count
        top, cursor = picture.number_at(self.view.top), picture.number_at(self.view.cursor)
        changed = source.refresh(self._now() if self._model.past else None)
        self._step()
        if not self.view.following:
            self.unseen += max(0, source.count - before)
            self.view.top, self.view.cursor = picture.index_of(top), picture.index_of(cursor)
        said = [] if picture.count else self._say()
        self._fit()
        if self._wanted is not None and self.settled and source.count and self.size.height:
            wanted, self._wanted = self._wanted(), None
            if wanted is not None:
                self.go_to_line(wanted)
        if changed or self._left or said != self._said or self._rows is None:
            self._said = said
            self.show_anew()
        else:
            self._caption()

    def _step(self) -> None:
        """Looks at what came, for as long as a frame allows."""
        until = self._monotonic() + BUDGET_S
        was_left = self._left
        self._left = self.picture.step(lambda: self._monotonic() >= until)
        if was_left or self._left:
            self._rows = None

    def show_anew(self) -> None:
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
        else:
            reason = absent_reason(self.subject.row, self._model.state, self._log)
        width = self._text_width - 2
        return [plain(part) for text in reason for part in wrap(((safe(text), "muted"),), width)]

    def _caption(self) -> None:
        """Says in the frame what is shown, and whether it moves."""
        at = f" up to {clock(self._now(), self._model.zone)}" if self._model.past else ""
        title = self.subject.title(self._model.state)
        kind = "" if self.subject.merged is not None else " · log"
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

    # --------------------------------------------------------------------------------------------- what is looked for

    def look_for(self, query: Query | None, *, errors: bool = False) -> None:
        """Shows only lines that match, or everything again; the line under the cursor stays where it can."""
        search = self.picture.search
        context = search.context if search is not None else CONTEXTS[0]
        if query is not None and query.inverted:
            context = CONTEXTS[0]
        here = self.picture.number_at(self.view.cursor)
        self.picture.look_for(query, context=context, errors=errors)
        self._shown_anew(here)

    def show_around(self) -> None:
        """Shows the next number of lines around each match, or all lines."""
        search = self.picture.search
        if search is None:
            return
        here = self.picture.number_at(self.view.cursor)
        search.show_around(CONTEXTS[(CONTEXTS.index(search.context) + 1) % len(CONTEXTS)])
        self._shown_anew(here)

    def to_match(self, direction: int) -> bool:
        """Goes to the next match, or the one before; returns whether there is any."""
        search = self.picture.search
        if search is None:
            return False
        here = self.picture.number_at(self.view.cursor) + (1 if self.view.following and direction < 0 else 0)
        found = search.next_hit(here, direction)
        if found is not None:
            self.go_to_line(found)
        return found is not None

    def copied(self) -> str:
        """Returns the line under the cursor, safe to be pasted."""
        count = self.picture.count
        return safe(self.picture.text(self.picture.number_at(min(self.view.cursor, count - 1)))) if count else ""

    def turn_fold(self) -> None:
        """Folds what the cursor stands on, or unfolds it; of what was looked for, shows where it stands."""
        number = self.picture.number_at(self.view.cursor)
        self.view.hold()
        if self.picture.filtered:
            search = self.picture.search
            if search is not None:
                search.show_around(None)
            self._shown_anew(number)
            self.go_to_line(number)
        else:
            self._shown_anew(self.picture.turn(number))

    def turn_all_folds(self) -> None:
        """Unfolds everything, or folds it again."""
        if self.picture.reading is not None:
            number = self.picture.number_at(self.view.cursor)
            self.picture.reading.turn_all()
            self._shown_anew(number)

    def turn_timestamps(self) -> None:
        """Shows when lines were printed, or not."""
        self._timestamps = self.picture.timestamps = not self._timestamps
        self._shown_anew(self.picture.number_at(self.view.cursor))

    def turn_wrap(self) -> None:
        """Breaks long lines, or cuts them."""
        self.wrapped, self._sideways = not self.wrapped, 0
        self._shown_anew(self.picture.number_at(self.view.cursor))

    def _shown_anew(self, number: int) -> None:
        """Draws after something else is shown of the same log, with a line where it was."""
        self._step()
        following = self.view.following
        self._fit()
        if not following and self.picture.count:
            self.view.go_to(self.picture.index_of(number))
        self._said = [] if self.picture.count else self._say()
        self.show_anew()

    # ---------------------------------------------------------------------------------------------------- in its frame

    def on_resize(self) -> None:
        self._said = [] if self.picture.count else self._say()
        self._fit()
        self._rows = None
        self.update()

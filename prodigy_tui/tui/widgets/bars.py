"""The lines around the panels: title and tabs above, the reason for waiting and the status below, the activity log."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from prodigy_tui.tui.model.beside import behind_badge, beside_line
from prodigy_tui.tui.model.line import Line, Role, Span, between, cells, join, shorten
from prodigy_tui.tui.model.looks import DEAD, WAITING, Look
from prodigy_tui.tui.model.overview import badge, bottleneck, elapsed_s, is_over, left_s, progress, spent, tallies
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.model.text import clip, clock, fit, safe, stopwatch
from prodigy_tui.tui.widgets.surface import Bar

WIDE: Final = 116
_PROGRESS_CELLS: Final = 24
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


class RunBar(Bar):
    """A bar over the run's model at the time that the picture shows."""

    def __init__(self, model: RunModel, now: Callable[[], datetime], *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.model = model
        self.now = now


class TitleBar(RunBar):
    """Which run, where it is, what it is doing; on wide screens also time, cost, tabs and progress."""

    def __init__(
        self,
        model: RunModel,
        now: Callable[[], datetime],
        *,
        tabs: Callable[[], Line],
        open_tab: Callable[[int], None] = lambda _: None,
    ) -> None:
        super().__init__(model, now)
        self._tabs = tabs
        self._open_tab = open_tab

    def lines(self, width: int) -> list[Line]:
        state, now = self.model.state, self.now()
        far = progress(state)
        word, role = self._badge(now)
        share = far.percent if far.total else ""
        name = safe(state.workflow or "…", 60)
        if width < WIDE:
            left: Line = ((" prodigy ▸ ", "primary"), (name, "strong"), (f"  {word} ", role), (share, "muted"))
            right: Line = (*self._counts(), (" ", "text"))
            price: Line = ((f"{spent(state)}  ", "muted"),) if spent(state) else ()
            if cells(left) + cells(price) + cells(right) + 2 <= width:
                right = (*price, *right)
            return [between(left, right, width)]
        phase = f" ▸ {far.phase} {share}" if far.phase else ""
        left = ((" prodigy ▸ ", "primary"), (name, "strong"), (phase, "text"), ("   ", "text"), (word, role))
        return [between(left, self._facts(now), width), between(self._tabs(), self._progress(), width)]

    def clicked(self, row: int, place: int, line: Line) -> None:  # noqa: ARG002  # as of all bars
        if row == 1 and place < len(self._tabs()):
            self._open_tab(place)

    def _badge(self, now: datetime) -> tuple[str, Role]:
        beside = self.model.beside
        if self.model.past and beside is not None and beside.same:
            return behind_badge(beside, now)
        return badge(self.model.state, past=self.model.past)

    def _facts(self, now: datetime) -> Line:
        state = self.model.state
        facts = [safe(state.label or state.run_id)]
        rewound = self.model.beside is not None and self.model.beside.same
        if self.model.past and not rewound:
            facts.append(f"{now.astimezone(self.model.zone):%Y-%m-%d}")
        facts.append(stopwatch(elapsed_s(state, now)))
        left = left_s(state, now)
        if left is not None and not (is_over(state) or state.paused or self.model.past):
            facts.append(f"ETA ≈{stopwatch(left)}")
        if spent(state):
            facts.append(spent(state))
        return ((" · ".join(facts) + " ", "muted"),)

    def _progress(self) -> Line:
        far = progress(self.model.state)
        if not far.total:
            return ()
        eighths = int(far.share * _PROGRESS_CELLS * 8)
        full, rest = divmod(eighths, 8)
        bar = ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(_PROGRESS_CELLS)
        return (("▕", "muted"), (bar, "primary"), ("▏ ", "muted"), (f"{far.done}/{far.total} ", "strong"))

    def _counts(self) -> Line:
        urgent = [(look, number) for look, number in tallies(self.model.state) if look.role in ("warning", "error")]
        return tuple((f"{look.glyph}{number} ", _role(look, self.model)) for look, number in urgent)


class ReasonBar(RunBar):
    """The one reason why the run is not faster, or what became of it."""

    def __init__(
        self, model: RunModel, now: Callable[[], datetime], *, press: Callable[[str], None] = lambda _: None
    ) -> None:
        super().__init__(model, now)
        self._press = press

    def clicked(self, row: int, place: int, line: Line) -> None:  # noqa: ARG002  # the whole line says one thing
        state, beside = self.model.state, self.model.beside
        if beside is not None and beside.asks:
            self._press("replay.live")
        elif state.gates and not self.model.past:
            self._press("merge.open")
        elif is_over(state) and state.dead_letters:
            self._press("screen.dlq")

    def lines(self, width: int) -> list[Line]:
        trouble: Line = ((safe(self.model.trouble), "error"),) if self.model.trouble else ()
        meanwhile = beside_line(self.model.beside) if self.model.beside is not None else ()
        model = self.model
        reason = trouble or meanwhile
        reason = reason or bottleneck(model.state, self.now(), past=model.past, room=width - 3, top=model.top)
        return [shorten(((" ▸ ", "muted"), *reason), width)] if reason else [()]


class StatusBar(RunBar):
    """How many are in each state, the health of the picture, and the most useful keys here."""

    def __init__(
        self,
        model: RunModel,
        now: Callable[[], datetime],
        *,
        hints: Callable[[], list[tuple[str, str]]],
        health: Callable[[], Line],
        press: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__(model, now)
        self._hints = hints
        self._press = press
        self._health = health

    def lines(self, width: int) -> list[Line]:
        counts: list[Span] = [(" ", "text")]
        counts += [(f"{look.glyph}{number} ", _role(look, self.model)) for look, number in tallies(self.model.state)]
        left: Line = join([tuple(counts), self._health()])
        keys = self._hints()
        right = _keys(keys)
        while len(keys) > 1 and cells(left) + cells(right) + 2 > width:
            # The last hint is the way to all the others: it stays longest.
            del keys[-2]
            right = _keys(keys)
        return [between(left, right, width)]

    def clicked(self, row: int, place: int, line: Line) -> None:  # noqa: ARG002  # it is one line
        """A hint is pressed; a count leads to what it counts."""
        text, role = line[place]
        if role == "text" and place and line[place - 1][1] == "key":
            text, role = line[place - 1]
        if role == "key":
            self._press(text)
            return
        looks = [look for look, _ in tallies(self.model.state)]
        if 0 < place <= len(looks):
            self._press({WAITING: "merge.open", DEAD: "screen.dlq"}.get(looks[place - 1], "screen.fleet"))


def _role(look: Look, model: RunModel) -> Role:
    """What waits for a person blinks when it is new."""
    return "muted" if look is WAITING and not model.lit else look.role


def _keys(keys: list[tuple[str, str]]) -> Line:
    return (*join([((key, "key"), (f" {words}", "text")) for key, words in keys]), (" ", "text"))


class Ticker(RunBar):
    """The last things that happened, in two columns when there is room."""

    def lines(self, width: int) -> list[Line]:
        height = max(1, self.size.height)
        columns = 2 if width >= WIDE else 1
        latest = self.model.latest(height * columns)
        cell = width // columns
        rows: list[Line] = []
        for line in range(height):
            spans: list[Span] = []
            for column in range(columns):
                index = column * height + line
                if index < len(latest):
                    told = latest[index]
                    spans.append((f" {clock(told.at, self.model.zone)}  ", "muted"))
                    spans.append((fit(told.who, 7), "primary"))
                    spans.append((fit(clip(told.text, cell - 19), cell - 18), told.role))
            rows.append(tuple(spans))
        return rows

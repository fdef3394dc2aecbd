"""The log of one item or phase as lines: read lazily from its file, cut at the moment the picture shows."""

from datetime import datetime
from pathlib import Path
from typing import Final

from prodigy_tui.events.advice import landing_advice
from prodigy_tui.events.schema import GateOpened, LandingFinished
from prodigy_tui.events.state import RunState
from prodigy_tui.storage.lines import LineIndex
from prodigy_tui.storage.output import OutputReader
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.log_source import BLOCK_BYTES
from prodigy_tui.tui.model.rows import Row

SLICE_BYTES: Final = 256 * 1024
"""How much of a file is indexed between two looks at the clock; about a millisecond."""
_DETAIL_LINES: Final = 20
_COPIED: Final = 1024 * 1024
"""Bytes that are copied at once."""


def stem_of(row: Row | None, state: RunState, attempt: int = 0) -> str:
    """Returns the name of the output that belongs to a row, relative to the run's outputs; empty when it has none.

    `attempt`: that one at an item, instead of the last.
    """
    if row is None:
        return ""
    if row.kind == "item" and attempt:
        item = state.items.get(row.id)
        return f"items/{item.item.safe_id}/{attempt}" if item is not None and attempt <= item.attempt else ""
    if row.kind == "item":
        if state.resolution is not None and state.resolution.item_id == row.id:
            return "phases/resolve"  # what is done about its conflict; then it is its agent's again
        if state.verification is not None and row.id in state.verification.item_ids:
            return "phases/verify"
        item = state.items.get(row.id)
        return f"items/{item.item.safe_id}/{item.attempt}" if item is not None and item.attempt else ""
    if row.kind in ("phase", "step"):
        phase = row.id.partition("/")[0]
        return f"phases/{phase}" if phase in state.phases else ""
    return ""


class OutputLog:
    """One log, read from its file. Absolute line numbers never change; `refresh` says how many there are by now."""

    first = 0

    def __init__(self, outputs: Path | None, stem: str) -> None:
        self.stem = stem
        self.count = 0
        self.whole = 0
        self.more = False
        """Whether the file holds more than has been indexed yet."""
        self._reader = OutputReader(outputs / stem) if outputs is not None and stem else None
        self._index = LineIndex(self._reader) if self._reader is not None else None
        self._until: int | None = None

    @property
    def missing(self) -> bool:
        """Whether there is no such file here."""
        return self._reader is None or self._reader.missing

    def refresh(self, at: datetime | None) -> bool:
        """Takes in what the file grew by, cut at `at` when given; returns whether anything differs."""
        if self._reader is None or self._index is None:
            return False
        before = (self.count, self._until)
        self._until = self._reader.size(at)
        self.more = self._index.extend(at_most=SLICE_BYTES) and self._index.reach < self._until
        self.count = self._index.count(self._until)
        self.whole = self._index.whole(self._until)
        return before != (self.count, self._until)

    def lines(self, first: int, last: int) -> list[str]:
        """Returns some lines as they stand in the file."""
        return self._index.lines(first, last, until=self._until) if self._index is not None else []

    def block(self, first: int) -> int:
        """Returns the line before which to stop who looks at every line from `first` on."""
        return min(self.count, self._index.block(first, BLOCK_BYTES)) if self._index is not None else first

    def texts(self, first: int, last: int) -> list[str]:
        """Returns lines as they were printed, to be looked at one by one."""
        return self._index.texts(first, last, until=self._until) if self._index is not None else []

    def raw(self, first: int, last: int) -> bytes | None:
        """Returns the bytes of whole lines, parted by line feeds; `None` where they are better read as texts."""
        return self._index.raw(first, last, until=self._until) if self._index is not None else None

    def times(self, first: int, last: int) -> list[int]:
        """Returns when lines began to be printed, in microseconds since 1970."""
        if self._reader is None or self._index is None or first >= last:
            return []
        starts = [self._index.start_of(number) for number in range(first, last)]
        pieces = self._reader.times(starts[0], starts[-1] + 1)
        found, piece = [], 0
        for start in starts:
            while piece < len(pieces) - 1 and pieces[piece][1] <= start:
                piece += 1
            found.append(pieces[piece][0] if pieces else 0)
        return found

    def errors(self, first: int, last: int) -> set[int]:
        """Returns those lines that came from standard error."""
        if self._reader is None or self._index is None or first >= last:
            return set()
        start, index = self._index.start_of(first), self._index
        end = index.start_of(last) if last <= index.whole() else self._until or 0
        found: set[int] = set()
        for begin, after in self._reader.error_pieces(start, end):
            found.update(range(index.line_at(begin), index.line_at(after - 1) + 1))
        return found

    def line_at(self, moment: datetime) -> int:
        """Returns the last line that had begun at a moment."""
        if self._reader is None or self._index is None:
            return 0
        return max(0, min(self.count, self._index.count(self._reader.size(moment))) - 1)

    def name(self, number: int) -> str:  # noqa: ARG002  # a log of one is nobody else's
        """Returns nothing: all lines are of one."""
        return ""

    def save(self, path: Path) -> None:
        """Writes everything up to the moment shown to a new file, as it was printed, and never over another.

        Raises:
            OSError: it cannot be written, or is there.
        """
        with path.open("xb") as file:
            start, end = 0, self._until or 0
            while self._reader is not None and start < end:
                data = self._reader.raw(start, min(end, start + _COPIED))
                if not data:
                    break
                file.write(data)
                start += len(data)


def absent_reason(row: Row | None, state: RunState, log: OutputLog) -> list[str]:
    """Returns what is said in place of an empty log, with the tail that the events hold of a failure."""
    if row is not None and row.kind == "gate" and (gate := state.gates.get(row.id)) is not None:
        return asked_lines(gate)
    if row is None or row.kind in ("fold", "gate"):
        return ["select an agent to see what it prints"]
    advice = landing_advice(state) if row == Row("phase", "merge") else None
    if advice is not None:
        return [f"not landed: {state.message}", "", f"{advice.text}:", "", *advice.commands]
    if row == Row("phase", "merge") and state.landing is not None and state.landing.status == "landed":
        return _landed(state.landing)
    if not log.stem:
        return ["nothing has been printed yet: it has not begun"]
    if not log.missing:
        return ["nothing has been printed yet"]
    said = [f"the output file {log.stem}.log is not here"]
    from prodigy_tui.tui.model.letters import failure_tail

    item = state.items.get(row.id) if row.kind == "item" else None
    tail = failure_tail(item) if item is not None else []
    if item is not None and item.failure is not None and item.status != "success":
        said += [f"it failed: {item.failure.message}", ""]
    return [*said, "what the event log holds of its end:", "", *tail] if tail else said


def asked_lines(gate: GateOpened) -> list[str]:
    """Returns a question, and the keys that answer it."""
    answers = f"{key('move.enter')} or {key('merge.open')} opens it; the answers: {', '.join(gate.options)}"
    detail = [*gate.detail.splitlines()[:_DETAIL_LINES], ""] if gate.detail else []
    return [gate.question, "", *detail, answers if gate.options else f"{key('merge.open')} opens it"]


def _landed(landing: LandingFinished) -> list[str]:
    at = f" at {landing.commit[:10]}" if landing.commit else ""
    return [f"landed on {landing.target}{at}", *(["undo it with:", landing.undo] if landing.undo else [])]

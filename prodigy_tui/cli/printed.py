"""What steps have printed: found by item, phase, step and stream, in whole lines, as far as it is there."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, get_args

from msgspec import Struct

from prodigy_tui.cli.following import LogTail
from prodigy_tui.cli.names import Names, NotTaken, find_item, meant
from prodigy_tui.engine.artifacts import item_stream, phase_stream
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.evolve_merges import is_of_verification
from prodigy_tui.events.evolve_resolutions import is_of_resolution
from prodigy_tui.events.schema import Envelope, StepFinished, StepStarted
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseName
from prodigy_tui.storage import OutputReader

if TYPE_CHECKING:
    from prodigy_tui.storage import RunFolder

_PHASES: Final = get_args(PhaseName)
_OF_MERGES: Final = ("resolve", "verify")
"""What runs in the midst of merges: of agents, and of the landing."""
_PIECE: Final = 1024 * 1024
"""Bytes that are read at once."""


class Asked(Struct, frozen=True, kw_only=True):
    """What somebody wants to see."""

    what: str | None = None
    """An item or a phase; None: all phases."""
    step: str | None = None
    errors: bool = False
    attempt: int | None = None


class Part(Struct, frozen=True, kw_only=True):
    """Whole lines of one stream."""

    title: str
    text: str


class _Stream(Struct, kw_only=True):
    title: str
    reader: OutputReader
    offset: int = 0
    """Up to where it has been read."""
    rest: str = ""
    """A line that nobody has ended yet."""


class _Span(Struct):
    """Where in a stream a step has printed."""

    start: int
    end: int | None = None
    """None: it is at work."""


def _stream_of_run(event: StepStarted | StepFinished) -> str:
    """Returns where a step that is no item's prints to."""
    if is_of_verification(event):
        return phase_stream("verify")
    return phase_stream("resolve" if is_of_resolution(event) else event.phase)


class Printed:
    """The output of a run."""

    def __init__(self, folder: "RunFolder", asked: Asked) -> None:
        self._folder = folder
        self._asked = asked
        self._tail = LogTail(folder.events)
        self._state = RunState()
        self._item: str | None = None
        self._labels: dict[str, None] = {}
        self._streams: dict[str, _Stream] = {}
        self._spans: dict[str, dict[tuple[str, int], _Span]] = {}
        """Stream -> path and number of the step's start -> where it has printed; of the wanted step only."""
        self.found = False
        """Whether anything was printed."""

    @property
    def has_titles(self) -> bool:
        """Whether parts may come from several streams."""
        return len(self._streams) > 1 or self._asked.what is None

    def new(self, *, last: bool) -> Iterator[Part]:
        """Yields what has come since the last time; `last`: a line without end counts as one.

        Raises:
            NotTaken: there is no such item or step.
        """
        sizes = {name: stream.reader.size() for name, stream in self._streams.items()}
        for _, envelope in self._tail.new():
            self._state = evolve(self._state, envelope)
            self._note_step(envelope)
        self._find_streams()
        if last and self._asked.step is not None and not any(self._spans.get(name) for name in self._streams):
            raise NotTaken(f"no step {self._asked.step!r} has begun there", hint=meant(self._asked.step, self._labels))
        for name, stream in self._streams.items():
            # What was there before the log was read: which step printed it is known.
            size = stream.reader.size() if last else sizes.get(name, 0)
            for text in self._lines(name, stream, size, last=last):
                self.found = True
                yield Part(title=stream.title, text=text)

    # -------------------------------------------------------------------------------------------------- which streams

    def _find_streams(self) -> None:
        what, state = self._asked.what, self._state
        if what is None or (what in (*_PHASES, *_OF_MERGES) and what not in state.items):
            for name, phase in sorted(state.phases.items(), key=lambda entry: entry[1].started_at):
                if what in (None, name):
                    self._add(phase_stream(name), phase.phase)
            for name in _OF_MERGES:
                if what in (None, name) and not OutputReader(self._folder.stream(phase_stream(name))).missing:
                    self._add(phase_stream(name), name)
            return
        if self._item is None:
            self._item = find_item(state, what)
        entry = state.items[self._item]
        for attempt in range(1, entry.attempt + 1):
            if self._asked.attempt in (None, attempt):
                self._add(item_stream(entry.item, attempt), f"{Names.of(state)(self._item)}, attempt {attempt}")

    def _add(self, name: str, title: str) -> None:
        if name not in self._streams:
            self._streams[name] = _Stream(title=title, reader=OutputReader(self._folder.stream(name)))

    def _note_step(self, envelope: Envelope) -> None:
        """Notes where the wanted step begins and ends."""
        event, wanted = envelope.event, self._asked.step
        if wanted is None or not isinstance(event, StepStarted | StepFinished):
            return
        entry = self._state.items.get(event.item_id) if event.item_id is not None else None
        name = item_stream(entry.item, event.attempt) if entry is not None else _stream_of_run(event)
        spans = self._spans.setdefault(name, {})
        if isinstance(event, StepStarted):
            self._labels |= {event.path: None, event.label: None}
            if event.path == wanted or event.label.startswith(wanted):
                spans[event.path, len(spans)] = _Span(event.log_offset)
            return
        for (path, _), span in spans.items():
            if path == event.path and span.end is None:
                span.end = event.log_offset

    # ----------------------------------------------------------------------------------------------------- which lines

    def _lines(self, name: str, stream: _Stream, size: int, *, last: bool) -> Iterator[str]:
        """Yields texts of whole lines without their last line break."""
        while stream.offset < size:
            end = min(size, stream.offset + _PIECE)
            for first, after in self._wanted(name, stream, stream.offset, end):
                *whole, stream.rest = (stream.rest + stream.reader.read(first, after)).split("\n")
                if whole:
                    yield "\n".join(whole)
            stream.offset = end
        if last and stream.rest:
            yield stream.rest
            stream.rest = ""

    def _wanted(self, name: str, stream: _Stream, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yields what is wanted between two offsets."""
        spans = [_Span(0)] if self._asked.step is None else list(self._spans.get(name, {}).values())
        for span in spans:
            first, after = max(start, span.start), min(end, span.end if span.end is not None else end)
            if first < after:
                yield from stream.reader.error_pieces(first, after) if self._asked.errors else [(first, after)]

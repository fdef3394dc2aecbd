"""Laws of the event log: whatever a crash leaves of the file, the log opens with its whole lines and goes on."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from prodigy_tui.events.bus import Bus
from prodigy_tui.events.codec import encode
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.loglines import LogLines
from prodigy_tui.events.schema import Envelope, LogRecovered, WarningRaised
from prodigy_tui.events.source import read_events
from tests.support.clock import FakeClock
from tests.support.executors import InlineExecutor
from tests.support.make import START, make_run

LINES = [encode(envelope) for envelope in make_run(items=1)[:5]]
CONTENT = b"".join(LINES)


async def test_every_byte_length_of_a_log_opens_with_exactly_its_whole_lines(tmp_path: Path):
    path = tmp_path / "events.jsonl"
    envelopes = make_run(items=1)[: len(LINES)]
    for length in range(len(CONTENT) + 1):
        path.write_bytes(CONTENT[:length])
        whole = CONTENT[:length].count(b"\n")
        dropped = length - sum(map(len, LINES[:whole]))
        assert tuple(LogLines(path)) == envelopes[:whole]

        log, found = EventLog.open(path, clock=FakeClock(START), bus=Bus(), executor=InlineExecutor())
        log.append(WarningRaised(message="goes on"))
        await log.close()

        assert found[:whole] == envelopes[:whole]
        assert [envelope.event for envelope in found[whole:]] == [LogRecovered(dropped_bytes=dropped)] * bool(dropped)
        assert [envelope.seq for envelope in read_events(path)] == list(range(1, len(found) + 2))


class LogMachine(RuleBasedStateMachine):
    """Appends, syncs, crashes at any byte after the last sync, and opens again."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "events.jsonl"
        self.runner = asyncio.Runner()
        self.clock = FakeClock(START)
        self.bus = Bus()
        self.published: list[Envelope] = []
        self.bus.subscribe(self.published.append)
        self.known: list[Envelope] = []
        """What the log must hold, in order: all of it if nothing crashed."""
        self.durable = 0
        """How many of them no crash may take."""
        self.log: EventLog | None = None

    def teardown(self) -> None:
        if self.log is not None:
            self.runner.run(self.log.close())
        self.runner.close()
        self.folder.cleanup()

    @precondition(lambda self: self.log is None)
    @rule()
    def open(self) -> None:
        self.log, found = EventLog.open(self.path, clock=self.clock, bus=self.bus, executor=InlineExecutor())
        survived = [envelope for envelope in found if envelope in self.known]
        assert survived == self.known[: len(survived)]
        assert len(survived) >= self.durable
        assert all(isinstance(envelope.event, LogRecovered) for envelope in found[len(survived) :])
        self.known = list(found)

    @precondition(lambda self: self.log is not None)
    @rule(messages=st.lists(st.text(max_size=20), min_size=1, max_size=5), sync=st.booleans())
    def append(self, messages: list[str], sync: bool) -> None:
        log = self.log
        assert log is not None

        async def work() -> None:
            self.published.clear()
            for message in messages:
                self.known.append(log.append(WarningRaised(message=message)))
            if sync:
                await log.durable()
                self.durable = len(self.known)
            await asyncio.sleep(0)

        self.runner.run(work())
        assert self.published == self.known[-len(messages) :]

    @precondition(lambda self: self.log is not None)
    @rule()
    def close(self) -> None:
        assert self.log is not None
        self.runner.run(self.log.close())
        self.log = None
        self.durable = len(self.known)

    @precondition(lambda self: self.log is not None)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """The machine loses power: of what was written after the last sync, any number of bytes is left."""
        assert self.log is not None
        self.runner.run(self.log.close())  # only to give the descriptor back; the file is cut below
        content = self.path.read_bytes()
        kept = sum(len(encode(envelope)) for envelope in self.known[: self.durable])
        self.path.write_bytes(content[: data.draw(st.integers(kept, len(content)))])
        self.log = None

    @invariant()
    def file_is_a_prefix_of_what_was_appended(self) -> None:
        if self.path.exists():
            held = list(read_events(self.path))
            assert held == self.known[: len(held)]


LogMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestLogMachine = LogMachine.TestCase

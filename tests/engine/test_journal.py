"""The journal keeps for its process what the log must not have."""

from prodigy_tui.clock import SystemClock
from prodigy_tui.engine.journal import Journal
from prodigy_tui.events.bus import Bus
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.log import EventLog
from prodigy_tui.events.schema import StepFinished
from prodigy_tui.events.values import StepResult
from tests.support.make import make_run


async def test_a_result_with_a_secret_is_recorded_without_and_known_to_the_process(tmp_path):
    state = fold(make_run(items=2)[:4])
    log, _ = EventLog.open(tmp_path / "events.jsonl", clock=SystemClock(), bus=Bus())
    journal = Journal(log, state, lambda text: text.replace("s3cr3t", "***"))
    log._last_seq = state.last_seq
    result = StepResult(captured="s3cr3t", output="fine")

    journal.record(StepFinished(phase="setup", path="0", status="ok", result=result))
    journal.record(StepFinished(phase="setup", path="1", status="ok", result=StepResult(output="fine")))
    await journal.close()

    recorded = [envelope.event.result for envelope in read_lines(tmp_path / "events.jsonl")]
    assert [(one.captured, one.masked) for one in recorded] == [("***", True), (None, False)]
    assert journal.unmasked == {("setup", "0"): result}


def read_lines(path):
    from prodigy_tui.events.codec import decode

    return [decode(line) for line in path.read_bytes().splitlines(keepends=True)]

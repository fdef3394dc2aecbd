"""How a failed attempt ended is the last line of its log, where the log does not say it itself."""

from pathlib import Path

from prodigy_tui.events.evolve import fold
from prodigy_tui.tui.model.log_ending import EndedLog, ending_of
from prodigy_tui.tui.model.log_picture import LogPicture
from prodigy_tui.tui.model.output import OutputLog
from tests.support.make import make_run
from tests.tui.scene import write_output

RUN = make_run(items=4, failing={2}, conflicting={3}, retried={4})
STATE = fold(RUN)
CONFLICT = "merge conflict in src/shared.py"


def log_of(folder: Path, item_id: str, attempt: int = 0) -> EndedLog:
    shown = attempt or STATE.items[item_id].attempt
    return EndedLog(OutputLog(folder, f"items/{item_id}/{shown}"), lambda: ending_of(STATE, item_id, attempt))


def test_a_conflict_is_said_behind_what_the_agent_has_printed(tmp_path: Path) -> None:
    write_output(tmp_path, "items/item-3/1", RUN, ["$ pytest -q", "12 passed"])
    log = log_of(tmp_path, "item-3")
    assert log.refresh(None)

    assert log.texts(0, log.count) == ["$ pytest -q", "12 passed", f"fail  {CONFLICT}"]
    assert log.told_at == 2
    assert len(log.times(0, log.count)) == log.count
    assert log.whole == 2, "what is more than the file may give way to what the file gets"
    picture = LogPicture(log)
    picture.step(lambda: False)
    assert [picture.text(picture.number_at(line)) for line in range(picture.count)][-1] == f"fail  {CONFLICT}"

    write_output(tmp_path, "items/item-3/1", RUN, [f"fail  {CONFLICT}"])
    assert log.refresh(None)
    assert log.count == 3, "the log says it itself by now"
    log.save(tmp_path / "saved.log")
    assert (tmp_path / "saved.log").read_text().splitlines()[-1] == f"fail  {CONFLICT}"


def test_only_attempts_that_failed_end_so(tmp_path: Path) -> None:
    for name in ("item-1/1", "item-4/1", "item-4/2"):
        write_output(tmp_path, f"items/{name}", RUN, ["done"])
    wanted = {("item-1", 0): 1, ("item-4", 1): 2, ("item-4", 0): 1}
    for (item_id, attempt), count in wanted.items():
        log = log_of(tmp_path, item_id, attempt)
        log.refresh(None)
        assert log.count == count, (item_id, attempt)
    nothing = log_of(tmp_path, "item-2")
    nothing.refresh(None)
    assert nothing.missing
    assert nothing.count == 0

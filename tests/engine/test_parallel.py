"""`max_parallel: auto` as a table (language 13.8)."""

import pytest

from prodigy_tui.engine.decisions.parallel import Host, parallel_change
from prodigy_tui.engine.items.host import read_host
from prodigy_tui.events.evolve_pace import note_limit
from prodigy_tui.events.item_state import Counts
from prodigy_tui.events.pace import Window
from prodigy_tui.events.schema import ParallelChanged
from prodigy_tui.events.state import RunState
from prodigy_tui.workflow.model import AutoParallel, ItemInput, MapPhase
from tests.support.make import START
from tests.support.rules import rule

AUTO = MapPhase(input=ItemInput(kind="list"), auto_parallel=AutoParallel(min=2, start=4, max=8))


def a_state(number: int, attempts: int = 0, limits: int = 0, items: int = 100, **fields: object) -> RunState:
    window = Window(attempts=attempts, limits=limits)
    return RunState(max_parallel=number, window=window, counts=Counts(pending=items), **fields)


@rule("13.8 runs: auto up", "13.8 runs: auto down", "13.8 runs: auto held", "13.8 runs: auto bounds")
@pytest.mark.parametrize(
    ("state", "host", "number"),
    [
        (a_state(4), Host(), None),
        (a_state(4, attempts=3), Host(), None),
        (a_state(4, attempts=4), Host(), 5),
        (a_state(8, attempts=99), Host(), None),
        (a_state(4, attempts=4, items=4), Host(), None),
        (a_state(4, limits=1), Host(), 2),
        (a_state(7, attempts=7, limits=1), Host(), 3),
        (a_state(3, limits=1), Host(), 2),
        (a_state(2, limits=3), Host(), 2),
        (a_state(1, limits=1, items=1), Host(), 1),
        (a_state(4, attempts=4), Host(memory_available=0.05), None),
        (a_state(4, attempts=4), Host(memory_available=0.5, load=1.0), 5),
        (a_state(4, attempts=4), Host(load=1.6), None),
        (a_state(4, limits=1), Host(load=1.6), 2),
        (a_state(4, attempts=4, parallel_is_fixed=True), Host(), None),
    ],
)
def test_how_many_work_at_once(state, host, number):
    changed = parallel_change(AUTO, state, host)

    assert (changed.number if isinstance(changed, ParallelChanged) else None) == number


@rule("13.8 runs: number")
def test_a_number_that_the_author_gave_stays():
    assert parallel_change(MapPhase(input=ItemInput(kind="list")), a_state(4, attempts=9), Host()) is None


@rule("13.8 runs: auto burst")
def test_several_answers_of_one_limit_are_one_limit():
    state = note_limit(RunState(), None, START)
    again = note_limit(state, START.replace(year=START.year + 1), START)
    later = note_limit(again, START, START)

    assert [one.window.limits for one in (state, again, later)] == [1, 1, 2]


def test_the_host_is_read_where_the_system_tells(tmp_path):
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:       1000 kB\nMemFree:  1 kB\nMemAvailable:    250 kB\n")

    assert read_host(file).memory_available == 0.25
    file.write_text("nonsense\n")
    assert read_host(file).memory_available is None
    assert read_host(tmp_path / "none").memory_available is None

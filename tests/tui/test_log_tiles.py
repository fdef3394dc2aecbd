"""Tiles of logs, and what can be opened from a log."""

from datetime import timedelta
from pathlib import Path

from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.state import RunState
from prodigy_tui.storage import OutputWriter
from prodigy_tui.tui.model.line import cells, plain
from prodigy_tui.tui.model.log_choices import Choice, choices, matching
from prodigy_tui.tui.model.log_failure import failing_line
from prodigy_tui.tui.model.log_picture import LogPicture
from prodigy_tui.tui.model.log_subject import Subject
from prodigy_tui.tui.model.log_tiles import Tiles
from prodigy_tui.tui.model.rows import Row
from tests.support.make import make_run
from tests.tui.logs import AGENT, Lines, write_log

RUN = make_run(items=12, max_parallel=11)


def state_after(count: int) -> RunState:
    state = RunState()
    for envelope in RUN[:count]:
        state = evolve(state, envelope)
    return state


def busy_state() -> RunState:
    """The moment at which the most agents are at work."""
    return max((state_after(count) for count in range(20, 80, 5)), key=lambda state: len(list(state.slots)))


def test_tiles_fill_the_screen_and_keep_to_nine(tmp_path: Path):
    state = busy_state()
    assert len(list(state.slots)) > 9
    for item in state.order:
        write_log(tmp_path / f"items/{item}/1", f"first of {item}\nlast of {item} \x1b[31m漢字" + "x" * 300)
    tiles = Tiles()
    assert tiles.refresh(state, tmp_path, None)
    assert not tiles.refresh(state, tmp_path, None)
    assert len(tiles.tiles) == 9
    for width, height in ((76, 18), (120, 40), (201, 51)):
        lines = tiles.lines(state, RUN[60].at, width, height)
        assert [cells(line) for line in lines] == [width] * height
        assert "last of" in "".join(map(plain, lines))


def test_a_tile_whose_agent_has_ended_gives_its_place_away():
    early, late = busy_state(), state_after(len(RUN) // 2 + 40)
    tiles = Tiles()
    tiles.refresh(early, None, None)
    before = [tile.item_id for tile in tiles.tiles]
    tiles.refresh(late, None, None)
    after = [tile.item_id for tile in tiles.tiles]
    busy = set(late.slots.values())

    assert all(now == then or now in busy for now, then in zip(after, before, strict=False))
    assert len(set(after)) == len(after)


def test_a_tile_ends_at_the_moment_shown(tmp_path: Path):
    state = busy_state()
    item = next(iter(state.slots.values()))
    with OutputWriter(tmp_path / f"items/{item}/1") as writer:
        writer.write("then\n", RUN[0].at)
        writer.write("later\n", RUN[0].at + timedelta(seconds=60))
    tiles = Tiles()
    tiles.show([item])
    tiles.refresh(state, tmp_path, RUN[0].at + timedelta(seconds=30))

    assert tiles.tiles[0].lines == ("then",)


def test_steps_attempts_and_agents_can_be_opened():
    source = Lines(*AGENT.splitlines())
    picture = LogPicture(source)
    picture.step(lambda: False)
    state = state_after(len(RUN))
    found = choices(Subject(row=Row("item", "item-1")), picture, state, is_there=lambda name: name == "phases/verify")

    assert [choice.line for choice in found[:2]] == [0, source.all.index("$ pytest -q")]
    assert Choice(stream="phases/verify") in found
    assert Choice(Row("item", "item-7")) in found
    assert matching(found, "item-1", lambda choice: choice.row.id if choice.row else "")[0] == Choice(
        Row("item", "item-1")
    )


def test_the_line_that_failed_is_the_first_that_says_so_in_the_last_thing_run():
    def line_of(*texts: str) -> str | None:
        picture = LogPicture(Lines(*texts))
        picture.step(lambda: False)
        number = failing_line(picture)
        return None if number is None else picture.text(number)

    assert line_of() is None
    assert line_of(
        "$ a", "error: old", "$ make", "x.c:3: error: new", "make: *** Error 2", "fail  exit code 2"
    ).startswith("x.c:3")
    assert line_of("$ a", "nothing telling", "fail  exit code 1") == "nothing telling"
    assert line_of("$ a", "fail  exit code 1") == "fail  exit code 1"

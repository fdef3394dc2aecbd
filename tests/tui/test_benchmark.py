"""The benchmark of the interface measures what it says: a key has its frame, a figure is held against its target."""

from pathlib import Path

import pytest

from tests.benchmarks.figures import Figure, heading, read, row, written
from tests.benchmarks.interface.picture import Picture
from tests.benchmarks.interface.program import begun, key_to_paint, measured, scenario

KEYS = 20


@pytest.mark.slow
def test_each_key_is_paired_with_the_frame_after_it(tmp_path: Path) -> None:
    terminal, result = scenario(tmp_path, "under_load", agents=20, rate=50, seconds=3.5)
    begun(terminal, result)
    while len(terminal.typed) < KEYS:
        terminal.type("jk"[len(terminal.typed) % 2])
        terminal.run(0.02)
    found = measured(terminal, result)

    assert len(found["painted"]) == KEYS
    assert found["painted"] == sorted(found["painted"])
    assert min(key_to_paint(terminal, found["painted"])) > 0
    assert found["lost"] == 0


def test_figures_are_held_against_targets_and_an_earlier_result(tmp_path: Path) -> None:
    figures = [
        Figure(goal="G1", what="lag", value=6.0, unit="ms", target=16, stretch=8),
        Figure(goal="G5", what="lines", value=90.0, unit="k/s", target=100, at_least=True),
        Figure(goal="G8", what="for comparison", value=1.5, unit="s"),
    ]
    file = tmp_path / "before.json"
    file.write_text(written([figures[0]]).replace("6.0", "3.0"))
    before = read(file)

    assert [figure.verdict for figure in figures] == ["stretch", "MISSED", ""]
    assert [figure.met for figure in figures] == [True, False, True]
    assert row(figures[0], before).endswith("stretch    2.00")
    assert row(figures[1], before).endswith("MISSED")
    assert heading(compared=True).endswith("before ours by the floor's")


def test_a_picture_is_what_the_alternate_screen_shows() -> None:
    picture = Picture(8, 3)
    picture.draw(
        "lost\x1b[?1049h\x1b[?2026h\x1b[1;1H\x1b[1;31mone 世\x1b[0m\x1b[2;3Htwo\r\nthree\x1b[3;2H\x1b]0;a\x07HH"
    )

    assert picture.lines() == ["one 世", "  two", "tHHee"]

    picture.draw("\x1b[?1049lscribbles\x1b[?1049h\x1b[1;1Hnew")
    assert picture.lines() == ["new", "", ""]

from datetime import timedelta

import pytest

from prodigy_tui.cli.moments import NoSuchMoment, parse_moment
from prodigy_tui.events.timeline import Timeline
from tests.support.make import make_run

TIMELINE = Timeline(make_run(items=4))
START = TIMELINE.events[0].at


@pytest.mark.parametrize(
    ("text", "cursor"),
    [("0", 0), ("12", 12), ("999999", TIMELINE.last_seq), ("+0s", 1), ("+2s", 9), ("+1h", TIMELINE.last_seq)],
)
def test_places_by_number_and_by_time_since_the_start(text, cursor) -> None:
    assert parse_moment(text, TIMELINE) == cursor


def test_time_of_day_is_that_of_the_day_of_the_run() -> None:
    local = (START + timedelta(seconds=2)).astimezone()

    for text in (f"{local:%H:%M:%S.%f}", f"{local:%Y-%m-%d %H:%M:%S.%f}", local.isoformat()):
        assert parse_moment(text, TIMELINE) == 9


@pytest.mark.parametrize("text", ["", "soon", "-3", "+", "+soon", "25:00", "1.5", "٣", "2026-99-99"])
def test_anything_else_is_refused(text) -> None:
    with pytest.raises(NoSuchMoment):
        parse_moment(text, TIMELINE)


def test_empty_run_has_one_place() -> None:
    assert parse_moment("+1h", Timeline([])) == 0

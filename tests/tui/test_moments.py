"""Places in time as people type them, the moments they look for, and two moments held against each other."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.timeline import Timeline
from prodigy_tui.tui.model.bookmarks import Bookmark, Bookmarks
from prodigy_tui.tui.model.compare import Moment, compare
from prodigy_tui.tui.model.comparing import comparison_head, comparison_lines
from prodigy_tui.tui.model.jump import Sought, is_place, parse_jump, position_text, shared_place
from prodigy_tui.tui.model.line import plain
from prodigy_tui.tui.model.seeking import find, wrong_with
from prodigy_tui.tui.model.timeline import TimelinePicture
from tests.support.make import START, make_run

RUN = make_run(items=30, failing={3, 20}, retried={7}, max_parallel=5)
TIMELINE = Timeline(RUN)
END = RUN[-1].at


def sought(text: str) -> Sought:
    place = parse_jump(text, START, START, UTC)
    assert isinstance(place, Sought), place
    return place


def found(text: str, after: int = 1, bookmarks: Sequence[Bookmark] = ()) -> int | None:
    state = TIMELINE.state_at(after)
    place = sought(text)
    assert wrong_with(place, TIMELINE.newest) == ""
    return find(place, TIMELINE, after, state, bookmarks)()


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("@09:26:53.250", START.replace(microsecond=250_000)),
        ("@2026-03-14T12:31", datetime(2026, 3, 14, 12, 31, tzinfo=UTC)),
        ("@2026-03-14T12:31+02:00", datetime(2026, 3, 14, 10, 31, tzinfo=UTC)),
        ("@+1h30m", START + timedelta(minutes=100)),
        ("@a044 failed", Sought("failed", "a044")),
        ("@auth/login page failed", Sought("failed", "auth/login page")),
        ("@merge", Sought("merge")),
        ("@phase map", Sought("phase", "map")),
        ("@bookmark before the fall", Sought("bookmark", "before the fall")),
    ],
)
def test_places_as_they_are_typed(typed: str, place: object) -> None:
    assert parse_jump(typed, START + timedelta(minutes=10), START, UTC) == place


@pytest.mark.parametrize(
    "typed", ["@", "@nonsense", "@25:00", "@2026-99-99", "@a044 flying", "@#" + "9" * 40, "@+" + "9" * 30 + "d"]
)
def test_what_is_no_place_is_answered_in_words(typed: str) -> None:
    assert isinstance(parse_jump(typed, START, START, UTC), str)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3)))
def test_a_copied_position_names_the_same_instant(passed: timedelta) -> None:
    moment = START + passed
    text = position_text("modernise-1", moment, START, UTC)

    assert is_place(text)
    name, place = shared_place(text) or ("", "")
    assert name == "modernise-1"
    assert parse_jump(place, START, START, UTC) == moment


def test_a_copied_position_is_short_when_it_can_be() -> None:
    assert position_text("0142", START.replace(microsecond=204_000), START, UTC) == "run 0142 @09:26:53.204"


def test_the_next_moment_of_an_item() -> None:
    failed = found("@a002 failed")
    assert failed is not None
    for seq, status in ((failed - 1, "running"), (failed, "failed")):
        assert TIMELINE.state_at(seq).items["item-3"].status == status
    # It is dead soon after: that is no new failure.
    assert found("@item-3 failed", failed) is None
    again = found("@a006 running", found("@a006 failed") or 0)
    assert again is not None
    assert TIMELINE.state_at(again).items["item-7"].attempt == 2
    assert found("@a001 failed") is None


def test_the_next_mark_of_a_kind() -> None:
    assert found("@problem") == next(mark.seq for mark in TIMELINE.marks if mark.kind == "failure")
    reduce = found("@phase reduce")
    assert reduce is not None
    assert TIMELINE.state_at(reduce).phase == "reduce"
    marks = [Bookmark(seq=9, at=START, name="Here"), Bookmark(seq=40, at=START, name="there")]
    assert (found("@bookmark", 9, marks), found("@bookmark here", 9, marks)) == (40, 9)


def test_an_item_that_is_not_there_is_said_at_once() -> None:
    assert "a999" in wrong_with(sought("@a999 failed"), TIMELINE.newest)


class Store:
    def __init__(self) -> None:
        self.kept: list[Sequence[Bookmark]] = []

    def load(self) -> Sequence[Bookmark]:
        return (Bookmark(seq=30, at=START, name="old"),)

    def save(self, bookmarks: Sequence[Bookmark]) -> str:
        self.kept.append(bookmarks)
        return ""


def test_bookmarks_are_kept_in_order_one_a_moment() -> None:
    store = Store()
    bookmarks = Bookmarks(store)
    bookmarks.put(Bookmark(seq=9, at=START, name="first"))
    bookmarks.put(Bookmark(seq=30, at=START, name="new"))

    assert [(one.seq, one.name) for one in store.kept[-1]] == [(9, "first"), (30, "new")]
    assert bookmarks.after(9) == bookmarks.before(31) == bookmarks.at(30)
    bookmarks.drop(30)
    assert [one.seq for one in store.kept[-1]] == [9]


def test_two_moments_in_any_order() -> None:
    one, other = 30, len(RUN)
    before = Moment(state=fold(RUN[:one]), at=RUN[one - 1].at, seq=one)
    after = Moment(state=fold(RUN), at=END, seq=other)
    comparison = compare(after, before)

    assert comparison == compare(before, after)
    assert comparison.events == other - one
    assert sum(counted.after - counted.before for counted in comparison.counts) == 0
    assert {turned.item.item.id for turned in comparison.turned} == {
        item_id
        for item_id, item in after.state.items.items()
        if (old := before.state.items[item_id]).status != item.status or old.attempt != item.attempt
    }
    text = "\n".join(map(plain, [*comparison_head(comparison, UTC), *comparison_lines(comparison)]))
    assert "† dead-lettered      0       2      +2" in text
    assert "agents changed state" in text
    assert "2 attempts" in text


def test_a_moment_beside_itself_is_nothing_new() -> None:
    here = Moment(state=fold(RUN[:60]), at=RUN[59].at, seq=60)

    assert compare(here, here).turned == ()
    assert "no agent has changed its state" in plain(comparison_lines(compare(here, here))[-1])


@pytest.mark.parametrize("width", [1, 7, 58, 106, 198])
def test_the_bar_fills_its_width_and_finds_its_way_back(width: int) -> None:
    marks = [Bookmark(seq=40, at=RUN[39].at, name="x")]
    picture = TimelinePicture(TIMELINE, START, END, width, bookmarks=marks, zone=UTC)

    assert len(picture.bars) == len(picture.marks) == len(picture.ticks) == width
    assert picture.marks[picture.column(RUN[39].at)] == ("★", "accent")
    for column in range(width - 1):
        assert picture.column(picture.moment(column)) == column
    assert picture.moment(width - 1) == END
    if width > 50:
        assert "map" in "".join(text for text, _ in picture.marks)
        assert picture.ticks.startswith("09:26")

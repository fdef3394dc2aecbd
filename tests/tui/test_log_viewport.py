"""Where a log is looked at: at its end until a person goes elsewhere, and there until they come back."""

from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.tui.model.log_cells import slice_of, wrapped
from prodigy_tui.tui.model.log_viewport import Viewport
from prodigy_tui.tui.model.text import width_of

MOVES = st.one_of(
    st.tuples(st.just("move"), st.integers(-5, 5)),
    st.tuples(st.just("scroll"), st.integers(-9, 9)),
    st.tuples(st.just("page"), st.sampled_from([-1, 1])),
    st.tuples(st.just("edge"), st.sampled_from([-1, 1])),
    st.tuples(st.just("go_to"), st.integers(0, 40)),
    st.tuples(st.just("drag_to"), st.integers(0, 40)),
    st.tuples(st.just("grow"), st.integers(0, 5)),
    st.tuples(st.just("size"), st.integers(1, 9)),
)


@given(st.lists(MOVES, max_size=12), st.lists(st.integers(1, 12), min_size=60, max_size=60), st.booleans())
def test_the_cursor_is_in_view_and_nothing_is_shown_beyond_the_end(moves, heights, tall):
    view = Viewport()
    if tall:
        view.heights = lambda line: heights[line]
    count, height = 7, 4
    view.fit(count, height)
    for what, value in moves:
        if what == "grow":
            before, held = (view.top, view.skipped), not view.following
            count = min(60, count + value)
            view.fit(count, height)
            assert not held or (view.top, view.skipped) == before
        elif what == "size":
            height = value
            view.fit(count, height)
        else:
            getattr(view, what)(value)
        assert 0 <= view.top < count
        assert 0 <= view.cursor < count
        below = sum(view.heights(line) for line in range(view.top, count)) - view.skipped
        assert below >= min(height, sum(view.heights(line) for line in range(count)))
        if view.following:
            assert below <= height or view.top == 0
        elif what != "grow":
            shown = sum(view.heights(line) for line in range(view.top, view.cursor)) - view.skipped
            assert view.cursor >= view.top
            assert shown < height


def test_going_up_holds_and_going_below_the_end_follows():
    view = Viewport()
    view.fit(100, 10)
    view.move(-1)
    assert (view.following, view.cursor, view.top) == (False, 98, 90)
    view.move(1)
    view.move(1)
    assert view.following


def test_a_held_cursor_stays_in_view_of_a_smaller_and_a_larger_terminal():
    view = Viewport()
    view.fit(33, 21)
    view.go_to(31)
    for height, top in ((4, 28), (37, 0), (4, 28), (21, 12)):
        view.fit(33, height)
        assert (view.cursor, view.top) == (31, top)


def test_a_page_up_and_a_page_down_come_back_to_the_end():
    view = Viewport()
    view.fit(100, 10)
    view.page(-1)
    assert (view.following, view.top) == (False, 81)
    view.page(1)
    assert view.following


@given(st.text(alphabet="ab 漢é", max_size=40), st.integers(1, 12), st.integers(0, 60))
def test_parts_of_lines_fit_and_hold_everything(text, width, start):
    first, last, lead = slice_of(text, start, width)
    assert width_of(text[first:last]) + lead <= width
    pieces = wrapped(text, max(2, width))
    assert all(width_of(text[begin:end]) <= max(2, width) for begin, end in pieces)
    assert [text[begin:end].replace(" ", "") for begin, end in pieces if end > begin] == [
        part for part in ("".join(text[begin:end].split(" ")) for begin, end in pieces if end > begin)
    ]
    assert "".join(text[begin:end] for begin, end in pieces).replace(" ", "") == text.replace(" ", "")

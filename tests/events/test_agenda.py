"""The agenda against a sorted list, and what stays of older ones."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.events.agenda import Agenda
from tests.support.make import START


@given(st.lists(st.none() | st.integers(0, 9), max_size=60))
def test_entries_come_in_the_order_in_which_they_are_due(steps):
    agenda, model = Agenda(), []
    for number, seconds in enumerate(steps):
        if seconds is not None:
            model.append((seconds, number))
            agenda = agenda.having(f"i{number}", START + timedelta(seconds=seconds))
        elif model:
            model.remove(min(model))
            agenda = agenda.without_first()
        first = agenda.first
        assert agenda.size == len(model)
        assert (first.item_id if first is not None else None) == (f"i{min(model)[1]}" if model else None)


def test_an_older_agenda_stays_as_it_was():
    one = Agenda().having("a", START + timedelta(seconds=2))
    two = one.having("b", START)

    assert (one.first.item_id, two.first.item_id, two.without_first().first.item_id) == ("a", "b", "a")

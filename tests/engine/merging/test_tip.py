"""The message of an item's merge: what people call the item, and its id."""

import pytest

from prodigy_tui.engine.merging.tip import merge_message
from prodigy_tui.events.schema import ItemsLoaded, MergeStarted, PhaseStarted
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Item
from prodigy_tui.git.messages import read_trailers
from tests.support.make import make_run_started
from tests.support.queued import then


@pytest.mark.parametrize(
    ("label", "subject"),
    [
        ("zeta", "Merge zeta (33fef417a746) into prodigy/modernise-260314-092653-q7xk"),
        ("", "Merge 33fef417a746 into prodigy/modernise-260314-092653-q7xk"),
        ("33fef417a746", "Merge 33fef417a746 into prodigy/modernise-260314-092653-q7xk"),
        (
            "a\n\nProdigy-Item: other\x1b[2J\u202e" + "x" * 90,
            f"Merge a Prodigy-Item: other␛[2J{'x' * 34}… (33fef417a746) into prodigy/modernise-260314-092653-q7xk",
        ),
    ],
)
def test_the_subject_says_what_people_call_the_item(label: str, subject: str) -> None:
    item = Item(id="33fef417a746", safe_id="33fef417a746", data="zeta", label=label)
    state = then(RunState(), make_run_started(), PhaseStarted(phase="map"), ItemsLoaded(items=(item,)))

    message = merge_message(state, MergeStarted(item_id=item.id, attempt=2, head="h", onto="o"))

    assert message.splitlines()[0] == subject
    assert read_trailers(message) == {
        "Prodigy-Run": state.run_id,
        "Prodigy-Item": item.id,
        "Prodigy-Attempt": "2",
    }

"""The reference of keys says what the registry says."""

from prodigy_tui.tui.actions.registry import ACTIONS
from tests.docs.key_reference import PAGE, page


def test_the_reference_of_keys_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.docs.key_reference"


def test_every_action_is_in_it() -> None:
    assert [action.id for action in ACTIONS if f"| `{action.id}`" not in page()] == []

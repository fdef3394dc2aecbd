"""What a run and people have told each other, as the state keeps it: answers and warnings."""

from prodigy_tui.events.frozen import Frozen


class Answer(Frozen, frozen=True, kw_only=True):
    """What a person said to a question."""

    answer: str
    note: str = ""
    by: str = "person"


class Warned(Frozen, frozen=True, kw_only=True):
    """A warning that was raised."""

    seq: int
    message: str
    code: str | None = None
    item_id: str | None = None

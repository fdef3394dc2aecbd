"""What happened: alike facts are one line until they have been read; and what else the desk keeps for a while."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from prodigy_tui.events import schema as ev
from prodigy_tui.events.evolve import evolve
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.labels import MOST, labels
from prodigy_tui.tui.model.notices import Notices
from prodigy_tui.tui.model.trail import Trail
from prodigy_tui.tui.model.undo import Undo
from prodigy_tui.tui.preferences import Kept, Personal
from tests.support.make import make_run

DEAD = make_run(items=12, failing=range(1, 12, 2))
AT = datetime(2026, 3, 14, tzinfo=UTC)


def told(events: tuple[Envelope, ...]) -> Notices:
    notices, state = Notices(), RunState()
    for envelope in events:
        state = evolve(state, envelope)
        notices.take([envelope], state)
    return notices


def test_agents_that_failed_for_good_are_one_line() -> None:
    notices = told(DEAD)
    lines = [notice.told for notice in notices.newest_first()]

    assert sum(isinstance(envelope.event, ev.ItemDeadLettered) for envelope in DEAD) == 6
    assert lines[-1] == "6 agents failed for good (a000, a002, a004 and 3 more): pytest -q failed with exit code 1"
    assert notices.newest_first()[-1].item_id == "item-11"


def test_what_was_read_is_not_new_and_what_comes_then_is_a_line_of_its_own() -> None:
    notices = told(DEAD)
    before = notices.unread
    notices.mark_read()
    state = RunState()
    for envelope in DEAD:
        state = evolve(state, envelope)
    again = next(envelope for envelope in DEAD if isinstance(envelope.event, ev.ItemDeadLettered))
    assert notices.take([again], state) == []
    changed = notices.take([replace(again, seq=DEAD[-1].seq + 1)], state)

    assert before > 0
    assert notices.unread == 1
    assert [notice.count for notice in changed] == [1]
    assert len([notice for notice in notices.newest_first() if notice.kind == "dead"]) == 2


def test_how_retries_by_hand_end_is_said_once_for_all_that_went_together() -> None:
    state = RunState()
    for envelope in DEAD:
        state = evolve(state, envelope)
    dead = [envelope for envelope in DEAD if isinstance(envelope.event, ev.ItemDeadLettered)]
    merged = next(envelope for envelope in DEAD if isinstance(envelope.event, ev.MergeFinished))
    notices = Notices()

    notices.watch(["item-1"])
    notices.take(dead[1:2], state)
    assert notices.retries_told() == [], "that was another one"
    notices.take([replace(dead[0], seq=1000)], state)
    assert notices.retries_told() == [("a000 item-1 failed again: pytest -q failed with exit code 1", True)]
    assert notices.retries_told() == []
    assert "a000 item-1 failed again" in notices.newest_first()[0].told or len(notices.newest_first()) > 1

    notices.watch(["item-1", merged.event.item_id])  # type: ignore[union-attr]  # it is a merge
    notices.take([replace(dead[0], seq=1001)], state)
    assert notices.retries_told() == []
    notices.take([replace(merged, seq=1002)], state)
    assert notices.retries_told() == [("1 of 2 items failed again", True)]


def test_messages_stay_but_are_nothing_new_and_hostile_ones_are_harmless() -> None:
    notices = Notices()
    for _ in range(3):
        notices.say("copied: \x1b]52;c;eA==\x07\x1b[31mred", AT)

    (notice,) = notices.newest_first()
    assert notice.told == "copied: red (×3)"
    assert notices.unread == 0


def test_no_more_than_so_many_are_kept() -> None:
    notices = Notices()
    for number in range(1_000):
        notices.say(f"line {number}", AT)

    assert [notice.text for notice in notices.newest_first()][:2] == ["line 999", "line 998"]
    assert len(notices.newest_first()) == 200


def test_labels_are_short_and_none_begins_another() -> None:
    for count in (0, 1, 26, 27, 200, MOST, MOST + 5):
        made = labels(count)
        assert len(made) == len(set(made)) == min(count, MOST)
        ones = {label for label in made if len(label) == 1}
        assert not any(label[0] in ones for label in made if len(label) == 2)
    assert all(len(label) == 1 for label in labels(26))
    assert labels(30)[:3] == ["a", "s", "d"]


def test_the_way_back_leads_through_views_once() -> None:
    trail: Trail[str] = Trail()
    for place in ("fleet", "log", "log", "dlq"):
        trail.leave(place)

    assert [trail.back("merges"), trail.back("dlq"), trail.back("log"), trail.back("fleet")] == [
        "dlq",
        "log",
        "fleet",
        None,
    ]


def test_the_last_deed_can_be_taken_back_once_and_in_time() -> None:
    now, done = [AT], []
    undo = Undo(lambda: now[0])
    assert undo.reason() == "nothing to undo"

    undo.offer("discarded a001", lambda: done.append(1), AT + timedelta(seconds=10))
    undo.offer("discarded a002", lambda: done.append(2), AT + timedelta(seconds=10))
    assert undo.reason() == ""
    assert undo.undo() == "discarded a002"
    assert done == [2]
    assert undo.reason() == "nothing to undo"

    undo.offer("discarded a003", lambda: done.append(3), AT + timedelta(seconds=10))
    now[0] = AT + timedelta(seconds=10)
    assert undo.reason() == "too late to undo: discarded a003"


class Store:
    """Keeps it in memory."""

    def __init__(self, trouble: str = "") -> None:
        self.kept = Kept()
        self.trouble = trouble

    def load(self) -> Kept:
        return self.kept

    def save(self, change: object) -> str:
        assert callable(change)
        self.kept = change(self.kept)
        return self.trouble


def test_what_is_tried_is_shown_and_not_kept() -> None:
    store, seen = Store(), []
    personal = Personal(store)
    personal.watch(lambda: seen.append(personal.preferences.theme))

    personal.try_out(theme="light")
    personal.try_out()
    assert seen == ["light", ""]
    assert store.kept.preferences.theme == ""

    personal.try_out(theme="light")
    assert personal.prefer(theme="light") == ""
    assert store.kept.preferences.theme == "light"
    assert seen == ["light", "", "light"]


def test_what_cannot_be_kept_holds_until_the_end() -> None:
    personal = Personal(Store("disk full"))

    assert personal.prefer(bell=False) == "disk full"
    assert not personal.preferences.bell


def test_recent_commands_are_few_and_each_once() -> None:
    personal = Personal(Store())
    for number in range(30):
        personal.used(f"action.{number % 15}")

    assert personal.kept.recent[:2] == ("action.14", "action.13")
    assert len(personal.kept.recent) == len(set(personal.kept.recent)) == 12

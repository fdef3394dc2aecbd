from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.schema import AgentStarted, Envelope, GateOpened, ItemsLoaded
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.feed import Change
from prodigy_tui.tui.model.activity import item_of
from prodigy_tui.tui.model.calm import Calm
from prodigy_tui.tui.model.filter_parsing import parse_filter
from prodigy_tui.tui.model.filtering import FilterWrong, Grammar
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.item_subject import ITEM_FIELDS
from prodigy_tui.tui.model.ordering import GROUPS, SORTS, Order
from prodigy_tui.tui.model.rows import Row, Rows
from prodigy_tui.tui.model.run import RunModel
from tests.support.clock import FakeClock
from tests.support.make import START, make_run
from tests.tui.scene import until_gate


def glance(state: RunState) -> Glance:
    return Glance(state=state, now=START)


def everything(rows: Rows) -> list[Row | None]:
    return [rows.at(line) for line in range(len(rows))]


def rebuilt(state: RunState, *, unfolded: Sequence[str] = (), words: str = "", order: Order | None = None) -> Rows:
    rows = Rows()
    rows.order = order or Order()
    rows.set_filter(parse_filter(words, Grammar(fields=ITEM_FIELDS)), glance(state))
    for name in unfolded:
        rows.toggle(name)
    return rows


ORDERS = st.builds(Order, sort=st.sampled_from(list(SORTS)), reverse=st.booleans(), group=st.sampled_from(list(GROUPS)))


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 12),
    st.sets(st.integers(1, 12)),
    st.sets(st.integers(1, 12)),
    st.sampled_from(["", "item-1", "!dead", "done"]),
    st.sets(st.sampled_from(["dead", "queued", "done", "step:0"])),
    ORDERS,
)
def test_rows_kept_event_by_event_are_those_of_the_state(
    items: int, failing: set[int], retried: set[int], words: str, unfolded: set[str], order: Order
) -> None:
    state, rows = RunState(), rebuilt(RunState(), unfolded=tuple(unfolded), words=words, order=order)

    for envelope in make_run(items=items, failing=failing, retried=retried - failing):
        state = evolve(state, envelope)
        if isinstance(envelope.event, ItemsLoaded):
            rows.rebuild(glance(state))
        item_id = item_of(envelope.event)
        rows.touch(glance(state), [item_id] if item_id is not None else [])
        rows.set_fixed(state)

        assert everything(rows) == everything(rebuilt(state, unfolded=tuple(unfolded), words=words, order=order))
        for line, row in enumerate(everything(rows)):
            assert row is not None
            assert rows.index_of(row) == line


PLAIN: dict[str, Callable[[ItemState], object]] = {
    "position": lambda item: item.position,
    "tokens": lambda item: -(item.usage.input_tokens + item.usage.output_tokens),
    "tries": lambda item: -item.attempt,
    "cost": lambda item: -(item.usage.usd if item.usage.usd is not None else -1),
    "name": lambda item: int(item.item.id.removeprefix("item-")),
    "files": lambda item: -len(item.files),
}


@settings(max_examples=20, deadline=None)
@given(st.data(), st.sampled_from(list(PLAIN)), st.booleans())
def test_one_list_is_a_plain_sort_below_what_needs_a_person(data: st.DataObject, sort: str, reverse: bool) -> None:
    events = make_run(items=14, failing={2, 9}, retried={4, 11}, max_parallel=4)
    state = fold(events[: data.draw(st.integers(12, len(events)))])
    rows = rebuilt(state, order=Order(sort=sort, reverse=reverse, group="none"))

    pinned = [item_id for item_id in rows.item_ids() if state.items[item_id].status in ("failed", "retrying")]
    rest = [state.items[item_id] for item_id in state.order if item_id not in pinned]
    plainly = sorted(rest, key=lambda item: (PLAIN[sort](item), item.position), reverse=reverse)
    assert list(rows.item_ids()) == [*pinned, *(item.item.id for item in plainly)]


def test_an_order_holds_as_time_goes_by() -> None:
    state = halfway()
    for sort in SORTS:
        order = Order(sort=sort, group="none")
        now, later = Rows(), Rows()
        now.set_order(order, Glance(state=state, now=START + timedelta(minutes=1)))
        later.set_order(order, Glance(state=state, now=START + timedelta(minutes=1, seconds=100)))
        assert list(now.item_ids()) == list(later.item_ids()), sort


def test_an_event_moves_what_it_names_and_looks_at_nothing_else() -> None:
    class Watched(dict[str, ItemState]):
        looked: ClassVar[list[str]] = []

        def get(self, key: str, default: object = None) -> ItemState | None:  # type: ignore[override]  # as one reads
            self.looked.append(key)
            return super().get(key)

    state = halfway()
    rows = rebuilt(state)
    watched = replace(state, items=Watched(state.items))

    rows.touch(glance(watched), ["item-3"])

    assert Watched.looked == ["item-3"]


def test_lines_of_a_live_run_move_twice_a_second_at_most_and_never_under_the_cursor() -> None:
    events = make_run(items=6, max_parallel=2)
    loaded = next(envelope.seq for envelope in events if isinstance(envelope.event, ItemsLoaded))
    clock = FakeClock(start=START)
    calm = Calm(clock.monotonic)
    model = RunModel(past=False, calm=calm)

    def take(envelope: Envelope) -> bool:
        return model.apply(Change.after((envelope,), fold(events[: envelope.seq])), START).rows

    begun = [envelope for envelope in events if isinstance(envelope.event, AgentStarted)]
    for envelope in events[:loaded]:
        take(envelope)
    clock.advance_now(1)
    assert take(begun[0])
    assert not take(begun[1]), "lines have just moved"
    clock.advance_now(0.4)
    calm.moved()
    clock.advance_now(0.4)
    assert not model.settle(START), "the cursor has just moved"
    clock.advance_now(0.2)
    assert model.settle(START)
    assert everything(model.rows) == everything(rebuilt(model.state))
    assert not model.settle(START)


def test_a_silent_agent_is_a_problem_and_stands_first_among_those_at_work() -> None:
    state = halfway()
    rows = rebuilt(state)
    at_work = [item_id for item_id in rows.item_ids() if state.items[item_id].status == "running"]
    silent = at_work[-1]
    quiet = replace(state.items[silent], last_at=START)
    later = replace(state, items=state.items.insert(silent, quiet))

    assert rows.look_for_silence(Glance(state=later, now=state.last_at or START, stalled_after_s=30))
    assert silent in rows.problems()
    assert next(item for item in rows.item_ids() if state.items[item].status == "running") == silent


def halfway() -> RunState:
    events = make_run(items=40, failing=range(1, 9), retried=range(9, 16), max_parallel=5)
    return fold(events[: len(events) // 2])


def test_what_needs_a_person_comes_first_and_what_is_over_is_folded() -> None:
    state = halfway()
    rows = rebuilt(state)

    kinds = [
        row.id if row.kind == "fold" else state.items[row.id].status
        for row in everything(rows)
        if row is not None and row.kind in ("item", "fold")
    ]

    order = list(dict.fromkeys(kinds))
    assert [name for name in order if name != "merging"] == ["failed", "retrying", "dead", "running", "queued", "done"]
    assert kinds.index("running") < kinds.index("queued") < kinds.index("done")
    assert "pending" not in kinds
    assert "success" not in kinds


def test_dead_letters_show_the_newest_and_fold_the_rest() -> None:
    state = fold(make_run(items=10, failing=range(1, 9)))
    rows = rebuilt(state)

    shown = [row.id for row in everything(rows) if row is not None and row.kind == "item"]

    newest = sorted(state.dead_letters, key=lambda item_id: -state.dead_letters[item_id])
    assert shown == newest[:3]
    assert rows.at(0) == Row("fold", "dead")


def test_a_folded_item_is_found_at_the_line_that_folds_it_until_revealed() -> None:
    rows = rebuilt(fold(make_run(items=5)))

    assert rows.index_of(Row("item", "item-3")) == rows.index_of(Row("fold", "done"))
    rows.reveal("item-3")
    assert rows.at(rows.index_of(Row("item", "item-3")) or 0) == Row("item", "item-3")


def test_an_open_gate_is_the_first_row() -> None:
    events = until_gate()
    rows = rebuilt(fold(events))

    assert rows.at(0) == Row("gate", "landing")
    assert isinstance(events[-1].event, GateOpened)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("item-3", 1),
        ("a002", 1),
        ("dead", 2),
        ("!dead", 3),
        ("pytest exit", 2),
        ("ITEM !item-1 !item-2", 3),
        ("zzz", 0),
    ],
)
def test_a_filter_admits_by_words_and_unfolds(words: str, count: int) -> None:
    rows = rebuilt(fold(make_run(items=5, failing={1, 2})), words=words)

    assert len([row for row in everything(rows) if row is not None and row.kind == "item"]) == count


def test_a_filter_that_takes_too_long_is_refused_and_the_one_before_holds() -> None:
    state = fold(make_run(items=5))
    slow = replace(state.items["item-3"], step="a" * 3000 + "b")
    slowed = replace(state, items=state.items.insert("item-3", slow))
    rows = rebuilt(slowed, words="!item-1")

    with pytest.raises(FilterWrong, match="takes too long"):
        rows.set_filter(parse_filter("~(a+)+$~", Grammar(fields=ITEM_FIELDS)), glance(slowed))
    assert rows.filter.text == "!item-1"
    assert rows.admitted == 4

    rows = rebuilt(state, words="!~(a+)+$~")
    rows.touch(glance(slowed), ["item-3"])
    assert not rows.admits("item-3")
    assert "takes too long" in rows.trouble


def test_steps_of_a_plain_run_stand_in_their_order() -> None:
    from prodigy_tui.events.schema import RunStarted
    from prodigy_tui.events.values import PhaseOutline, StepOutline
    from tests.support.make import make_envelope, make_run_started

    begun = make_run_started()
    outline = (
        PhaseOutline(phase="steps", steps=(StepOutline(label="a", kind="shell"), StepOutline(label="b", kind="agent"))),
    )
    plain = RunStarted(
        **{name: getattr(begun, name) for name in begun.__struct_fields__} | {"outline": outline, "kind": "plain"}
    )
    envelopes: tuple[Envelope, ...] = (make_envelope(plain),)

    rows = rebuilt(fold(envelopes))

    assert everything(rows) == [Row("step", "steps/0"), Row("step", "steps/1")]

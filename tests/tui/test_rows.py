from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.schema import Envelope, GateOpened, ItemsLoaded
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.activity import item_of
from prodigy_tui.tui.model.rows import Filter, Row, Rows
from tests.support.make import make_run
from tests.tui.scene import until_gate


def everything(rows: Rows) -> list[Row | None]:
    return [rows.at(line) for line in range(len(rows))]


def rebuilt(state: RunState, *, unfolded: Sequence[str] = (), words: str = "") -> Rows:
    rows = Rows()
    rows.set_filter(words, state)
    for name in unfolded:
        rows.toggle(name)
    return rows


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 12),
    st.sets(st.integers(1, 12)),
    st.sets(st.integers(1, 12)),
    st.sampled_from(["", "item-1", "!dead", "done"]),
    st.sets(st.sampled_from(["dead", "queued", "done"])),
)
def test_rows_kept_event_by_event_are_those_of_the_state(
    items: int, failing: set[int], retried: set[int], words: str, unfolded: set[str]
) -> None:
    state, rows = RunState(), rebuilt(RunState(), unfolded=tuple(unfolded), words=words)

    for envelope in make_run(items=items, failing=failing, retried=retried - failing):
        state = evolve(state, envelope)
        if isinstance(envelope.event, ItemsLoaded):
            rows.rebuild(state)
        item_id = item_of(envelope.event)
        rows.touch(state, [item_id] if item_id is not None else [])
        rows.set_fixed(state)

        assert everything(rows) == everything(rebuilt(state, unfolded=tuple(unfolded), words=words))
        for line, row in enumerate(everything(rows)):
            assert row is not None
            assert rows.index_of(row) == line


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
    assert order == ["retrying", "dead", "running", "merging", "queued", "done"] or order[0] in (
        "attention",
        "retrying",
    )
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


def test_an_empty_filter_is_none() -> None:
    assert not Filter("  ")


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

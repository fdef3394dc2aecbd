"""The pipeline of work items and their ids (language 13.4, 13.5)."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.ids import short_hash
from prodigy_tui.workflow.item_order import sort_positions
from prodigy_tui.workflow.items import ItemsError, Selection, item_ids, parse_sort_by, safe_ids, select
from prodigy_tui.workflow.model import ItemInput, MapPhase, SortKey
from prodigy_tui.workflow.rendering import canonical_json
from prodigy_tui.workflow.variables import Scope


def selected(raw: Any, **keys: Any) -> Selection:
    return select(MapPhase(input=ItemInput(kind="list"), **keys), raw, Scope())


def data_of(raw: Any, **keys: Any) -> list[Any]:
    return [item.data for item in selected(raw, **keys).items]


def test_stages_run_in_their_order_and_are_counted() -> None:
    raw = {"rows": [{"k": key, "n": number} for number, key in enumerate("cabcabzz")]}

    selection = selected(
        raw,
        json_path="$.rows[*]",
        filter="k != 'z'",
        distinct=("k",),
        sort_by=parse_sort_by("k"),
        offset=1,
        max_items=1,
    )

    assert [item.data for item in selection.items] == [{"k": "b", "n": 2}]
    assert selection.stages == {"json_path": 8, "filter": 6, "distinct": 3, "sort_by": 3, "offset": 2, "max_items": 1}
    assert list(selection.stages) == ["json_path", "filter", "distinct", "sort_by", "offset", "max_items"]
    assert [item.index for item in selection.items] == [0]


@pytest.mark.parametrize(
    ("raw", "keys", "items", "codes"),
    [
        ([1, 2], {}, [1, 2], []),
        ({"a": 1}, {}, [{"a": 1}], []),
        ({"a": [1]}, {}, [{"a": [1]}], ["PT504"]),
        ({"a": [1], "b": [2]}, {}, [{"a": [1], "b": [2]}], []),
        ("x", {}, ["x"], []),
        ({"a": [1, 2]}, {"json_path": "$.a"}, [1, 2], ["PT903"]),
        ({"a": [1, 2]}, {"json_path": "$.a", "spread": False}, [[1, 2]], []),
        ({"a": [[1], [2]]}, {"json_path": "$.a[*]"}, [[1], [2]], []),
        ({"a": 1}, {"json_path": "$.b"}, [], ["PT504"]),
        ({"a": [1]}, {"json_path": ""}, [{"a": [1]}], ["PT504"]),
        ([1, 2], {"filter": False}, [], []),
        ([1, 2], {"filter": True}, [1, 2], []),
        ([{"a": 1}], {"filter": "nope == 1 && a == 1"}, [], ["PT405"]),
        ([{"a": 1}, {"b": 1}], {"filter": "b == 1"}, [{"b": 1}], []),
        ([], {"filter": "b == 1"}, [], []),
    ],
)
def test_what_becomes_an_item(raw: Any, keys: dict[str, Any], items: list[Any], codes: list[str]) -> None:
    selection = selected(raw, **keys)

    assert [item.data for item in selection.items] == items
    assert [warning.code for warning in selection.warnings] == codes


def test_warning_names_the_path_to_write() -> None:
    (warning,) = selected({"my items": [1]}).warnings

    assert warning.message.endswith("json_path: $['my items']")


@pytest.mark.parametrize(
    ("raw", "keys", "code"),
    [
        ([1], {"min_items": 2}, "PT506"),
        ([1], {"filter": "a =="}, "PT401"),
        ([1], {"json_path": "$["}, "PT407"),
        (["x" * 1_100_000], {}, "PT506"),
        (["\ud800"], {}, "PT503"),
        (list(range(100_001)), {}, "PT506"),
        ([{"a": 1}, {}], {"id_field": "a"}, "PT505"),
        ([{"a": 1}, {"a": "1"}], {"id_field": "item.a"}, "PT505"),
        ([{"a": [1]}], {"id_field": "a"}, "PT505"),
        ([{"a": None}], {"id_field": "a"}, "PT505"),
    ],
)
def test_refusals(raw: Any, keys: dict[str, Any], code: str) -> None:
    with pytest.raises(ItemsError) as caught:
        selected(raw, **keys)

    assert caught.value.code == code


def test_limits_leave_what_is_cut_away_alone() -> None:
    assert len(data_of(list(range(150_000)), max_items=10)) == 10


def test_distinct_keeps_the_first_of_the_input() -> None:
    raw = [{"a": 1, "n": 0}, {"a": 1.0, "n": 1}, {"a": True, "n": 2}, {"n": 3}, {"a": None, "n": 4}, {"a": {"x": [1]}}]

    assert data_of([*raw, {"a": {"x": [1]}}], distinct=("item.a",)) == [raw[0], raw[2], raw[3], raw[5]]
    assert data_of(["b", "a", "b"], distinct=("item",)) == ["b", "a"]
    assert data_of([{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 1}], distinct=("a", "b")) == [
        {"a": 1, "b": 1},
        {"a": 1, "b": 2},
    ]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("a", [SortKey(path="a")]),
        ("item.a[0] DESC", [SortKey(path="item.a[0]", descending=True)]),
        ("-a, b asc nulls first", [SortKey(path="a", descending=True), SortKey(path="b", nulls_first=True)]),
        ("a Descending NULLS Last,b", [SortKey(path="a", descending=True), SortKey(path="b")]),
        ("a-b['c d'] NULLS FIRST", [SortKey(path="a-b['c d']", nulls_first=True)]),
        (["a DESC", "-b"], [SortKey(path="a", descending=True), SortKey(path="b", descending=True)]),
        ("desc DESC", [SortKey(path="desc", descending=True)]),
    ],
)
def test_sort_keys(text: str | list[str], keys: list[SortKey]) -> None:
    assert list(parse_sort_by(text)) == keys


@pytest.mark.parametrize(
    "text",
    ["", " ", "a,", ",a", "a DOWN", "-a DESC", "a NULLS", "a DESC ASC", "a NULLS FIRST DESC", "a b", "a FIRST", "1"],
)
def test_bad_sort_keys(text: str) -> None:
    with pytest.raises(ItemsError, match="PT406"):
        parse_sort_by(text)


@pytest.mark.parametrize(
    ("sort_by", "order"),
    [
        ("k", [False, True, -1, 2.5, 3, "A", "a", [1], {"x": 1, "y": 2}, None]),
        ("-k", [{"x": 1, "y": 2}, [1], "a", "A", 3, 2.5, -1, True, False, None]),
        ("k NULLS FIRST", [None, False, True, -1, 2.5, 3, "A", "a", [1], {"x": 1, "y": 2}]),
        ("k DESC NULLS FIRST", [None, {"x": 1, "y": 2}, [1], "a", "A", 3, 2.5, -1, True, False]),
    ],
)
def test_sort_order(sort_by: str, order: list[Any]) -> None:
    values: list[Any] = ["a", None, 3, {"x": 1, "y": 2}, True, "A", -1, [1], False, 2.5]

    assert [item["k"] for item in data_of([{"k": value} for value in values], sort_by=parse_sort_by(sort_by))] == order


@given(st.lists(st.tuples(st.integers(0, 3), st.none() | st.sampled_from("abc")), max_size=20), st.booleans())
def test_sorting_is_stable_and_later_keys_break_ties(rows: list[tuple[int, str | None]], descending: bool) -> None:
    items = [{"a": first, "b": second} for first, second in rows]
    keys = [SortKey(path="a", descending=descending), SortKey(path="b")]

    order = sort_positions(items, range(len(items)), keys)

    expected = sorted(
        range(len(rows)),
        key=lambda at: (-rows[at][0] if descending else rows[at][0], rows[at][1] is None, rows[at][1] or ""),
    )
    assert order == expected


def test_ids() -> None:
    hashed = hashlib.sha256(b'{"a":"\xc3\xa9","b":1}').hexdigest()[:12]

    assert item_ids([{"b": 1, "a": "é"}]) == [hashed]
    assert item_ids([{"id": "x"}, {"id": 7}, {"id": True}]) == ["x", "7", "true"]
    assert item_ids(["a", "a", "a"])[1:] == [item_ids(["a"])[0] + "-2", item_ids(["a"])[0] + "-3"]
    assert item_ids([{"k": {"n": "q"}}], "item.k.n") == ["q"]


def test_equal_given_ids_get_hashes() -> None:
    items = [{"id": "x", "n": 1}, {"id": "x", "n": 2}, {"id": "x", "n": 1}, {"id": None}, {"id": [1]}]

    first, second, third, *others = item_ids(items)

    assert first == f"x-{short_hash(canonical_json(items[0]))}"
    assert second == f"x-{short_hash(canonical_json(items[1]))}"
    assert third == first + "-2"
    assert all(len(name) == 12 for name in others)


def test_ids_do_not_depend_on_the_order_of_sorting() -> None:
    raw = [{"v": 2}, {"v": 1}, {"v": 2}]

    ascending = {item.id for item in selected(raw, sort_by=parse_sort_by("v")).items}
    descending = {item.id for item in selected(raw, sort_by=parse_sort_by("-v")).items}

    assert ascending == descending


@given(st.lists(st.sampled_from(["a", 1, {"id": "x"}, {"id": "x", "n": 1}, {"id": "x-2"}, {"v": []}]), max_size=12))
def test_ids_are_all_different(items: list[Any]) -> None:
    assert len(set(item_ids(items))) == len(items)


@pytest.mark.parametrize(
    ("ids", "safe"),
    [
        (["a", "b.c"], ["a", "b.c"]),
        (["A", "a"], [f"A-{short_hash('A')}", f"a-{short_hash('a')}"]),
        (["x y", "x-y"], [f"x-y-{short_hash('x y')}", f"x-y-{short_hash('x-y')}"]),
        (["é"], [f"e-{short_hash('é')}"]),
        (["日本"], [f"item-{short_hash('日本')}"]),
        (["a..b/../c"], [f"a.b-.-c-{short_hash('a..b/../c')}"]),
        (["x.lock"], [f"x-lock-{short_hash('x.lock')}"]),
        (["-a-"], [f"a-{short_hash('-a-')}"]),
        (["y" * 50], ["y" * 40 + "-" + short_hash("y" * 50)]),
    ],
)
def test_safe_ids(ids: list[str], safe: list[str]) -> None:
    assert list(safe_ids(ids).values()) == safe


@given(st.sets(st.text(alphabet="aAbB .-/é", min_size=1, max_size=4), max_size=12))
def test_safe_ids_differ_without_regard_to_case(ids: set[str]) -> None:
    names = safe_ids(sorted(ids)).values()

    assert len({name.casefold() for name in names}) == len(ids)

"""The pipeline of work items (language 13.5), and what becomes an item (13.3)."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow import items as items_module
from prodigy_tui.workflow.freeze import freeze, sort_rank
from prodigy_tui.workflow.item_order import distinct_positions, sort_positions
from prodigy_tui.workflow.items import ItemsError, Selection, parse_sort_by, select
from prodigy_tui.workflow.model import ItemInput, MapPhase, SortKey
from prodigy_tui.workflow.variables import Scope
from tests.support.rules import rule

TEXT = st.text(alphabet="ab1 .-é\n", max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "id", "x y"]), inner),
    max_leaves=12,
)


def nested(levels: int) -> Any:
    data: Any = []
    for _ in range(levels):
        data = [data]
    return data


def selected(raw: Any, **keys: Any) -> Selection:
    return select(MapPhase(input=ItemInput(kind="list"), **keys), raw, Scope())


def data_of(raw: Any, **keys: Any) -> list[Any]:
    return [item.data for item in selected(raw, **keys).items]


@rule("13.5 order")
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


@rule(
    "13.3 hidden list",
    "13.3 path definite",
    "13.3 path indefinite",
    "13.3 path nothing",
    "B.3 json_path spread",
    "13.5 filter",
    "13.5 filter problems",
)
@pytest.mark.parametrize(
    ("raw", "keys", "items", "codes"),
    [
        ([1, 2], {}, [1, 2], []),
        ({"a": 1}, {}, [{"a": 1}], []),
        ({"a": [1]}, {}, [{"a": [1]}], ["PT504"]),
        ({"a": [1], "b": [2]}, {}, [{"a": [1], "b": [2]}], []),
        ("x", {}, ["x"], []),
        ({"a": [1, 2]}, {"json_path": "$.a"}, [1, 2], ["PT903"]),
        ({"a": [1, 2]}, {"json_path": "$.a", "spread": True}, [1, 2], []),
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


@rule("13.3 hidden list")
def test_warning_names_the_path_to_write() -> None:
    (warning,) = selected({"my items": [1]}).warnings

    assert warning.message.endswith("write json_path: $['my items'][*]")


@rule("13.5 min_items", "13.5 filter problems", "19 items after", "19 item size")
@pytest.mark.parametrize(
    ("raw", "keys", "code"),
    [
        ([1], {"min_items": 2}, "PT506"),
        ([1], {"filter": "a =="}, "PT401"),
        ([1], {"json_path": "$["}, "PT407"),
        (["x" * 1_100_000], {}, "PT506"),
        (["\ud800"], {}, "PT503"),
        (list(range(100_001)), {}, "PT506"),
        (nested(250), {}, "PT506"),
        (nested(50_000), {"distinct": ("item",)}, "PT506"),
        ([1], {"filter": "a matches '('"}, "PT403"),
        ([{"a": "x" * 30 + "!"}], {"filter": "a matches '^(x|x|y?x)+$'"}, "PT408"),
    ],
)
def test_refusals(raw: Any, keys: dict[str, Any], code: str) -> None:
    with pytest.raises(ItemsError) as caught:
        selected(raw, **keys)

    assert caught.value.code == code


@rule("19 items after")
def test_limits_leave_what_is_cut_away_alone() -> None:
    assert len(data_of(list(range(150_000)), max_items=10)) == 10


@rule("13.5 distinct", "13.5 distinct equality", "13.5 distinct paths")
def test_distinct_keeps_the_first_of_the_input() -> None:
    raw = [{"a": 1, "n": 0}, {"a": 1.0, "n": 1}, {"a": True, "n": 2}, {"n": 3}, {"a": None, "n": 4}, {"a": {"x": [1]}}]

    assert data_of([*raw, {"a": {"x": [1]}}], distinct=("item.a",)) == [raw[0], raw[2], raw[3], raw[5]]
    assert data_of(["b", "a", "b"], distinct=("item",)) == ["b", "a"]
    assert data_of([{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 1}], distinct=("a", "b")) == [
        {"a": 1, "b": 1},
        {"a": 1, "b": 2},
    ]


@rule("13.5 sort grammar", "B.3 sort_by")
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


@rule("13.5 sort malformed", "B.3 sort_by")
@pytest.mark.parametrize(
    "text",
    ["", " ", "a,", ",a", "a DOWN", "-a DESC", "a NULLS", "a DESC ASC", "a NULLS FIRST DESC", "a b", "a FIRST", "1"],
)
def test_bad_sort_keys(text: str) -> None:
    with pytest.raises(ItemsError, match="PT406"):
        parse_sort_by(text)


@rule("13.5 sort order", "13.5 sort nulls")
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


@rule("13.5 sort stable", "13.5 sort nulls")
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


@rule("19 items before")
def test_a_million_items_are_too_many_before_the_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items_module, "MAX_BEFORE", 3)

    assert data_of([1, 2, 3]) == [1, 2, 3]
    with pytest.raises(ItemsError, match="PT506: the input has 4 items, at most 3 are possible"):
        selected([1, 2, 3, 4], max_items=1)


@pytest.mark.parametrize(("text", "kinds"), [("k", "asc"), ("-k", "desc")])
@rule("13.5 sort order")
@given(st.lists(JSON, max_size=12))
def test_every_value_has_its_place(text: str, kinds: str, values: list[Any]) -> None:
    items = [{"k": value} for value in values]

    order = sort_positions(items, range(len(items)), parse_sort_by(text))
    ranks = [sort_rank(items[at]["k"]) for at in order if items[at]["k"] is not None]

    assert sorted(order) == list(range(len(items)))
    assert ranks == sorted(ranks, reverse=kinds == "desc")
    assert sort_positions(items, order, parse_sort_by(text)) == order


@rule("13.5 distinct")
@given(st.lists(st.fixed_dictionaries({"k": JSON}), max_size=12))
def test_distinct_keeps_one_of_each_and_the_first(rows: list[dict[str, Any]]) -> None:
    kept = distinct_positions(rows, range(len(rows)), ["k"])

    assert kept == sorted(kept)
    keys = [freeze(rows[at]["k"]) for at in kept]
    assert len(set(keys)) == len(keys)
    assert all(freeze(row["k"]) in keys for row in rows)
    assert all(freeze(rows[at]["k"]) not in {freeze(row["k"]) for row in rows[:at]} for at in kept)


@rule("13.5 slice")
@given(st.lists(st.integers(), max_size=12), st.integers(0, 15), st.none() | st.integers(0, 15))
def test_offset_and_max_items_cut_a_slice(numbers: list[int], offset: int, most: int | None) -> None:
    expected = numbers[offset:] if most is None else numbers[offset : offset + most]

    assert data_of(numbers, offset=offset, max_items=most) == expected


@rule("13.5 order")
@given(
    st.lists(st.fixed_dictionaries({"k": st.integers(0, 3), "n": st.integers(0, 9)}), max_size=15),
    st.integers(0, 4),
    st.none() | st.integers(0, 5),
)
def test_the_pipeline_is_its_stages_one_after_the_other(
    rows: list[dict[str, int]], offset: int, most: int | None
) -> None:
    path, keys = "$.rows[*]", parse_sort_by("n DESC, k")
    expected = data_of({"rows": rows}, json_path=path)
    for stage in (
        {"filter": "n != 5"},
        {"distinct": ("k",)},
        {"sort_by": keys},
        {"offset": offset},
        {"max_items": most},
    ):
        expected = data_of(expected, **stage)

    together = data_of(
        {"rows": rows}, json_path=path, filter="n != 5", distinct=("k",), sort_by=keys, offset=offset, max_items=most
    )

    assert together == expected


@rule("13.5 total")
@given(
    JSON,
    st.fixed_dictionaries(
        {},
        optional={
            "json_path": st.sampled_from(["$.a", "$[*]", "$..a", "$.a[*].b", "$[?(@.a > 1)]", "a.`sorted`", "$[0:2]"]),
            "spread": st.none() | st.booleans(),
            "filter": st.sampled_from(
                [True, False, "a", "a > 1", "item.a in b", "len(a) == b", "a matches 'x'", "a =="]
            ),
            "distinct": st.sampled_from([("item",), ("a", "b[0]"), ("a[*].b",), ("a b",)]),
            "sort_by": st.sampled_from(["a", "-item, b", "a[0] DESC NULLS FIRST", "b[*]"]).map(parse_sort_by),
            "id_field": st.sampled_from(["a", "item", "id", "1"]),
            "offset": st.integers(0, 3),
            "max_items": st.integers(0, 3),
            "min_items": st.integers(0, 3),
        },
    ),
)
def test_any_data_and_any_options_give_items_or_a_problem(raw: Any, keys: dict[str, Any]) -> None:
    try:
        selection = selected(raw, **keys)
    except ItemsError as error:
        assert re.fullmatch(r"PT(40[1-8]|50[356])", error.code)
        assert "\n" not in error.message
        return
    assert len(selection.items) == selection.stages["max_items"]
    assert [item.index for item in selection.items] == list(range(len(selection.items)))
    assert len({item.id for item in selection.items}) == len(selection.items)

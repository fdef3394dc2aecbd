"""A list read element by element is the list that the whole text holds, or is left to those who read all of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prodigy_tui.workflow.item_stream import NotStreamed, stream_elements
from prodigy_tui.workflow.items import Selection, parse_json_path, parse_sort_by, select, select_streamed
from prodigy_tui.workflow.json_data import JsonError, load_json
from prodigy_tui.workflow.model import ItemInput, MapPhase
from prodigy_tui.workflow.variables import Scope

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "id", "ü"]), inner),
    max_leaves=10,
)
SIZES = st.integers(1, 30)


def pieces(text: bytes, size: int) -> Iterator[bytes]:
    return (text[start : start + size] for start in range(0, len(text), size))


def streamed(text: str | bytes, size: int = 7, keys: tuple[str, ...] = ()) -> list[Any] | None:
    data = text.encode() if isinstance(text, str) else text
    try:
        return list(stream_elements(pieces(data, size), keys))
    except NotStreamed:
        return None


@given(st.lists(JSON, min_size=1, max_size=5), SIZES, st.sampled_from([None, 1]), st.booleans())
def test_elements_are_those_of_the_whole_text(data, size, indent, ascii_only):
    text = json.dumps(data, indent=indent, ensure_ascii=ascii_only, allow_nan=True)
    try:
        whole = load_json(text)
    except (JsonError, UnicodeEncodeError):
        whole = None

    assert streamed(text, size) == whole


@given(st.text('[]{},:"a1e.- \n\\t', max_size=12), SIZES)
@example("[1,2]]", 3)
@example("[1 2]", 3)
@example("[1,]", 3)
@example('["a":1]', 3)
def test_text_that_is_no_json_is_never_read_so(text, size):
    try:
        whole = load_json(text)
    except JsonError:
        whole = None
    found = streamed(text, size)

    assert found is None or found == whole


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_the_list_can_be_inside_of_objects(size):
    text = json.dumps({"x": [1, {"rows": 2}], "a": {"n": 1.5, "rows": [{"k": 1}, 12.25, "é😀"], "y": {}}, "z": None})

    assert streamed(text, size, ("a", "rows")) == [{"k": 1}, 12.25, "é😀"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("[]", ()),
        ('{"a": 1}', ()),
        ("", ()),
        ("[1", ()),
        ("[1] 2", ()),
        ('[1, "\\ud800"]', ()),
        (b'[1, "\xff"]', ()),
        ("[1, NaN]", ()),
        ("[1, 1e999]", ()),
        pytest.param("[" * 100_000, (), id="deep"),
        ('{"b": [1]}', ("a",)),
        ('{"a": {"0": 1}}', ("a",)),
        ('{"a": [1], "a": [2]}', ("a",)),
        ('{"a": [1]', ("a",)),
        ('{"a": [1]]', ("a",)),
        ('{"a": [1], 1: 2}', ("a",)),
        ('{1: 2, "a": [1]}', ("a",)),
        ('{"a": [1],}', ("a",)),
    ],
)
def test_what_is_odd_is_left_to_those_who_read_it_whole(text, keys):
    assert streamed(text, 5, keys) is None


def test_only_a_piece_or_two_are_held():
    taken = []

    def counted() -> Iterator[bytes]:
        yield b"["
        for number in range(1000):
            taken.append(number)
            yield b'{"number": %d},' % number
        yield b"0]"

    elements = stream_elements(counted())

    assert [next(elements)["number"] for _ in range(10)] == list(range(10))
    assert len(taken) < 20


@pytest.mark.parametrize(
    ("path", "keys"),
    [("$[*]", ()), ("$.a[*]", ("a",)), ("a['b c'][*]", ("a", "b c")), ("$", None), ("$.a", None), ("$.a[0][*]", None)],
)
def test_paths_to_the_elements_of_one_list_are_known(path, keys):
    found = parse_json_path(path)

    assert found is not None
    assert found.keys == keys


ROWS: list[Any] = [{"k": number * 7 % 5, "n": number, "id": f"i{number % 9}"} for number in range(40)]


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"filter": "k > 1 && n != 12", "sort_by": parse_sort_by("-k, n"), "distinct": ("k", "id")},
        {"filter": "k > 1", "offset": 2, "max_items": 5, "id_field": "n"},
        {"filter": "item.misspelt == 1 || k == 2"},
        {"filter": False},
        {"filter": True},
    ],
)
def test_selected_one_by_one_or_all_at_once_is_the_same(keys):
    phase = MapPhase(input=ItemInput(kind="list"), **keys)

    found: Selection = select_streamed(phase, iter(ROWS), Scope())

    assert found == select(phase, ROWS, Scope())

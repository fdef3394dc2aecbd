"""`json_path` (language 13.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.items import ItemsError
from prodigy_tui.workflow.json_path import check_json_path, parse_json_path

DATA = {
    "items": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "c": {"d": 4}}],
    "nested": [[1, 2], [3]],
    "object": {"k": {"v": 1}, "l": {"v": 2}},
    "x y": [1],
    "a-b": {"c": 5},
}


@pytest.mark.parametrize(
    ("text", "found", "definite"),
    [
        ("$", [DATA], True),
        ("$.items", [DATA["items"]], True),
        ("items", [DATA["items"]], True),
        (".items", [DATA["items"]], True),
        ("$.items[*]", DATA["items"], False),
        ("items[*].a", [1, 2, 3], False),
        ("$.items[0]", [{"a": 1, "b": "x"}], True),
        ("$.items[-1].c.d", [4], True),
        ("$.items[9]", [], True),
        ("$['items'][1]['a']", [2], True),
        ('$["x y"]', [[1]], True),
        ("$.a-b.c", [5], True),
        ("$.nested[*]", [[1, 2], [3]], False),
        ("$.nested[*][*]", [1, 2, 3], False),
        ("$.object[*]", [DATA["object"]], False),
        ("$.object.*.v", [1, 2], False),
        ("$.items[0:2].a", [1, 2], False),
        ("$.items[0,2].a", [1, 3], False),
        ("$.items[?(@.a > 1)].a", [2, 3], False),
        ("$.items[?(@.a > 1 && @.b == 'y')].a", [2], False),
        ("$.items[?(@.a == 1 || @.a == 3)].a", [1, 3], False),
        ("$.items[?(@.b == 'x && y')]", [], False),
        ("$..d", [4], False),
        ("$.items[?(@.c)].c[*].d", [4], False),
        ("$.items.`len`", [3], True),
        ("$.nope", [], True),
    ],
)
def test_selection(text: str, found: list[object], definite: bool) -> None:
    path = parse_json_path(text)

    assert path is not None
    assert (path.find(DATA), path.definite, path.warnings) == (found, definite, ())


def test_single_ampersand_is_an_old_spelling() -> None:
    path = parse_json_path("$.items[?(@.a > 1 & @.b == 'y & z' & @.b != 'y')].a")

    assert path is not None
    assert path.text == "$.items[?(@.a > 1 && @.b == 'y & z' && @.b != 'y')].a"
    assert [warning.code for warning in path.warnings] == ["PT901"]


@pytest.mark.parametrize("text", ["", "  "])
def test_empty_text_is_no_path(text: str) -> None:
    assert parse_json_path(text) is None


@pytest.mark.parametrize(
    "text", ["$[", "$.items[?(@.a =~ 'x')]", "$.items[?(@.a >)]", "$..", "a b c", "$.é", "$[*", "$.a[*]["]
)
def test_malformed(text: str) -> None:
    with pytest.raises(ItemsError, match="PT407"):
        parse_json_path(text)
    assert check_json_path(text)


@given(st.text(alphabet="$.[]*?()@'\"ab01:,=<>&|-` ", max_size=20))
def test_any_text_is_a_path_or_refused(text: str) -> None:
    if check_json_path(text) is None and (path := parse_json_path(text)):
        path.find({"a": [1, {"b": 2}], "b": "x"})

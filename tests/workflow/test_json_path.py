"""`json_path` (language 13.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow import json_path_library
from prodigy_tui.workflow.items import ItemsError
from prodigy_tui.workflow.json_path import check_json_path, parse_json_path
from tests.support.rules import rule

DATA = {
    "items": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "c": {"d": 4}}],
    "nested": [[1, 2], [3]],
    "object": {"k": {"v": 1}, "l": {"v": 2}},
    "x y": [1],
    "a-b": {"c": 5},
}


@rule("13.3 path dialect", "13.3 path $", "13.3 path object")
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
        ("$['items','nope'][0].a", [1], False),
        ("$['x y','a-b']", [[1], {"c": 5}], False),
        ("$.items[*].nope", [], False),
        ("$[?(@.c)]", [{"c": 5}], False),
        ("$.items[-2:].a", [2, 3], False),
        ("$['it\\'s']", [], True),
        ("$.items[?(@.a > 1)]", DATA["items"][1:], False),
        ("$.items[0].a + $.items[1].a", [3], False),
        ("$.items[0].b * 9999999999", [], False),
    ],
)
def test_selection(text: str, found: list[object], definite: bool) -> None:
    path = parse_json_path(text)

    assert path is not None
    assert (path.find(DATA), path.definite, path.warnings) == (found, definite, ())


@rule("13.3 path &")
def test_single_ampersand_is_an_old_spelling() -> None:
    path = parse_json_path("$.items[?(@.a > 1 & @.b == 'y & z' & @.b != 'y')].a")

    assert path is not None
    assert path.text == "$.items[?(@.a > 1 && @.b == 'y & z' && @.b != 'y')].a"
    assert [warning.code for warning in path.warnings] == ["PT901"]


@rule("13.3 path empty")
@pytest.mark.parametrize("text", ["", "  "])
def test_empty_text_is_no_path(text: str) -> None:
    assert parse_json_path(text) is None


@rule("13.3 path malformed")
@pytest.mark.parametrize(
    "text",
    [
        "$[",
        "$.items[?(@.a =~ 'x')]",
        "$.items[?(@.a >)]",
        "$..",
        "a b c",
        "$.é",
        "$[*",
        "$.a[*][",
        "$.`split(x)`",
        "$.`sub(/(/, x)`",
    ],
)
def test_malformed(text: str) -> None:
    with pytest.raises(ItemsError, match="PT407"):
        parse_json_path(text)
    assert check_json_path(text)


@rule("13.3 path =~")
def test_regexes_belong_into_the_filter() -> None:
    assert check_json_path("$.a[?(@.b =~ 'x')]") == "'=~' is not possible in a json_path; use 'filter'"


@rule("19 path size")
@pytest.mark.parametrize(
    "text",
    [
        "$" + ".a" * 4097,
        "$[?(@.a == '" + "x" * 8200 + "')]",
        "(" * 65 + "$" + ")" * 65,
        "$" + "[?(@" * 40 + ")]" * 40,
        "$" + "[0,1]" * 1000,
        "a" + "|a" * 3000,
    ],
)
def test_long_and_deep_paths_are_refused(text: str) -> None:
    with pytest.raises(ItemsError, match="PT408"):
        parse_json_path(text)


@rule("19 path steps")
@pytest.mark.parametrize(
    "text",
    ["$..*..*..*", "$" + "[0,0]" * 60, "$..*.`parent`..*.`parent`..*", "$.a[*]" + "[0,0]" * 30 + "[*]" + "[0,0]" * 30],
)
def test_a_path_cannot_run_for_ever(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_path_library, "MAX_STEPS", 10_000)
    deep: list[object] = []
    for _ in range(100):
        deep = [deep, 1]
    path = parse_json_path(text)

    assert path is not None
    with pytest.raises(ItemsError, match=r"PT408: json_path '.*' takes too many steps in this input"):
        path.find({"a": deep} if text.startswith("$.a") else deep)


@rule("19 path steps")
def test_a_regex_inside_a_path_has_a_time_limit() -> None:
    path = parse_json_path("$.s.`sub(/^(a|a|b?a)+$/, x)`")

    assert path is not None
    with pytest.raises(ItemsError, match="PT408: a regex in json_path"):
        path.find({"s": "a" * 60 + "!"})


@rule("13.3 path malformed")
@pytest.mark.parametrize("text", ["$.items.`sorted`", "$.object.`sub(/a/, b)`"])
def test_a_path_that_does_not_suit_the_data(text: str) -> None:
    path = parse_json_path(text)

    assert path is not None
    with pytest.raises(ItemsError, match=r"PT407: json_path '.*' cannot be followed in this input"):
        path.find(DATA)


@rule("13.3 path malformed")
@given(st.text(alphabet="$.[]*?()@'\"ab01:,=<>&|-` ", max_size=20))
def test_any_text_is_a_path_or_refused(text: str) -> None:
    if check_json_path(text) is not None or (path := parse_json_path(text)) is None:
        return
    try:
        path.find({"a": [1, {"b": 2}], "b": "x"})
    except ItemsError as error:
        assert error.code in {"PT407", "PT408"}
